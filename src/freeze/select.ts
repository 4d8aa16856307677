/**
 * Chooses what is public in the frozen graph: the signature's inputs and outputs, or
 * those that the user names. Inputs become placeholders, whatever they were;
 * everything else is kept only as far as an output needs it.
 */

import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import { type PartialShape, shape as shapeAttr, shapeText } from '../graph/attr.ts'
import { bypass, moveReaders, replaceOp, takePlace } from '../graph/edit.ts'
import { hasDataflow, inOrder, Liveness } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import { isLearningPhase, legalName, tensorName, tensorNamed } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { likelyOutputs } from '../models/likely-outputs.ts'
import type { SignatureTensor } from '../models/model.ts'
import { scalar } from '../tensor/make.ts'
import { type Choice, type PublicPort, portNamed, type Selection } from './choice.ts'
import { expandable } from './control-flow/expand.ts'
import { resultTypes } from './control-flow/functions.ts'
import { FEATURES, featuresOf } from './features.ts'
import { holdInitOps } from './init-ops.ts'
import { type Named, resolveByTail, resolveExactly } from './outputs.ts'
import { resizeBatch } from './resize-batch.ts'
import { setConstants } from './set-constants.ts'

/** Sets the graph's inputs and outputs as far as they can be named before functions are inlined. */
export function select(choice: Choice, notes: string[]): Selection {
  const { graph, signature, options } = choice
  for (const node of graph.nodes) {
    if (!isFed(node)) continue
    node.clearControls() // it never runs, nor does what it waits for
    takeAnnotatedShape(node)
  }
  const known = setConstants(choice)
  const asked = holdInitOps(choice, nonEmpty(options.outputs), notes)
  const names = nonEmpty(asked) ?? signature?.outputs.map(entry => entry.key) ?? sinks(choice)
  const outputs = names.map(name => namedOutput(choice, name))
  const lateOutputs = names.filter((_, i) => !outputs[i])
  // Before the inputs are cut: an output may be one of them.
  graph.outputs.splice(0, Infinity, ...outputs.flatMap(output => output?.port ?? []))
  const inputs: PublicPort[] = []
  const lateInputs: string[] = []
  const open = (entry: SignatureTensor): boolean => !known.has(String(entry.value))
  const own = signature?.inputs.filter(open).map(entry => entry.key)
  for (const name of nonEmpty(options.inputs) ?? own ?? neededPlaceholders(choice, lateOutputs, notes)) {
    const found = resolveExactly(graph, name, signature?.inputs ?? []) ?? layerNamed(choice, name)
    if (found) inputs.push(input(choice, name, found.value, found.entry))
    else lateInputs.push(name)
  }
  graph.inputs.splice(0, Infinity, ...inputs.map(({ port }) => port))
  return { inputs, outputs, late: { outputs: lateOutputs, inputs: lateInputs } }
}

const nonEmpty = (names: readonly string[] | undefined): readonly string[] | undefined =>
  names && names.length > 0 ? names : undefined

/** Resolves what could not be named before inlining. Throws `missing` for what is not there at all. */
export function selectLate(choice: Choice, selection: Selection): PublicPort[] {
  const { graph, options } = choice
  const late = [...selection.late.outputs]
  const outputs = selection.outputs.map(output => {
    if (output) return output
    const name = late.shift()!
    const value = resolveByTail(graph, name, 'output', knownNames(choice, 'outputs'))
    return { key: name, port: { key: name, value }, shape: null, ...from(choice, value) }
  })
  graph.outputs.splice(0, Infinity, ...outputs.map(({ port }) => port))
  for (const name of selection.late.inputs) selection.inputs.push(...lateInputs(choice, name))
  const order = options.inputs
  const place = ({ key }: PublicPort): number => order!.indexOf(order!.includes(key) ? key : FEATURES)
  if (order) selection.inputs.sort((a, b) => place(a) - place(b))
  graph.inputs.splice(0, Infinity, ...selection.inputs.map(({ port }) => port))
  return outputs
}

/** The meaning of a name that could not be resolved before inlining: the features of examples, or the tail of a name. */
function lateInputs(choice: Choice, name: string): PublicPort[] {
  const features = name === FEATURES ? featuresOf(choice.graph) : []
  if (features.length > 0)
    return features.map(({ key, value }) => ({ ...input(choice, key, value, undefined), name: legalName(key) }))
  const value = resolveByTail(choice.graph, name, 'input', knownNames(choice, 'inputs'))
  return [input(choice, name, value, undefined)]
}

function namedOutput(choice: Choice, name: string): PublicPort | undefined {
  const { graph, signature, options } = choice
  const found = resolveExactly(graph, name, signature?.outputs ?? [])
  if (!found) return layerOutput(choice, name)
  const { entry, value } = found
  const call = choice.keepsCalls ? undefined : expandable(value.node, graph)
  const shape = entry?.shape ?? null
  const common = { key: name, shape, ...(entry && { dtype: entry.dtype }), ...from(choice, value) }
  const isKey = entry?.key === name
  if (!call || (call.kind !== 'call' && options.controlFlow === 'v2')) {
    return { ...common, port: { key: name, value } }
  }
  if (isKey) return { ...common, port: { key: name, value }, name: legalName(name) }
  return { ...common, port: { key: name, value: portsOf(graph, value.node).out(value.index) }, name: value.node.name }
}

/** An output of a layer of a Keras file: `dense`, or `lstm:1` for its second output. */
function layerNamed({ graph, model }: Choice, name: string): Named | undefined {
  const { node, index } = tensorName(name)
  const value = model.layers?.get(name)?.[0] ?? model.layers?.get(node)?.[index]
  const own = value && tensorNamed(graph, String(value))
  return own && { value: own, isNode: false }
}

/** A layer as an output: as for the model's own, an Identity with the name stands beside the op, where the name is free. */
function layerOutput(choice: Choice, name: string): PublicPort | undefined {
  const found = layerNamed(choice, name)
  if (!found) return undefined
  const { graph } = choice
  const legal = legalName(name)
  const isNamed = graph.node(legal) !== undefined || found.value.dtype === undefined
  const identity = isNamed ? undefined : graph.add('Identity', [found.value], {}, legal)
  if (identity) graph.kept.add(identity)
  return { key: name, port: { key: name, value: found.value }, shape: null }
}

/** The names by which a user may mean an input or output that the model says it has. */
const knownNames = ({ model, signature }: Choice, side: 'inputs' | 'outputs'): string[] => [
  ...(signature?.[side].map(entry => entry.key) ?? []),
  ...(model.layers?.keys() ?? []),
]

/** Keeps the second names of outputs, beside them or before them, of those that were chosen only. */
export function keepNames(graph: Graph, outputs: readonly PublicPort[]): void {
  const chosen = new Set(outputs.map(({ port }) => port.value))
  const before = new Set(outputs.flatMap(({ port }) => port.value.node.inputs.map(value => value.node)))
  const isSecond = (node: Node): boolean => before.has(node) || node.inputs.some(value => chosen.has(value))
  for (const node of [...graph.kept]) if (!isSecond(node)) graph.kept.delete(node)
}

/** An IdentityN over all outputs of a node that will be expanded; one for each node. */
function portsOf(graph: Graph, node: Node): Node {
  const name = `${node.name}/ports`
  const known = graph.node(name)
  if (known?.inputs[0]?.node === node) return known
  const types = resultTypes(node, graph)
  if (!types) {
    throw new FreezeError('unsupported', `the types of the results of this ${node.op} are not known`, {
      node: node.name,
      hint: 'Name an output inside the function, or a key of the signature.',
    })
  }
  const ports = types.map((_, i) => node.out(i))
  return graph.add('IdentityN', ports, { T: types }, name)
}

const from = ({ model }: Choice, value: Value): { from?: string } =>
  model.madeFrom === 'layers' || !model.graph.node(value.node.name) ? {} : { from: `${value.node.name}:${value.index}` }

/** An input: the placeholder that it is, or one that is put in its place. */
function input(choice: Choice, key: string, value: Value, entry: SignatureTensor | undefined): PublicPort {
  const { graph, signature } = choice
  const common = { key, shape: entry?.shape ?? null, ...from(choice, value) }
  const { node } = value
  if (node.is('placeholder')) {
    const placeholder = node.op === 'PlaceholderV2' ? replaceOp(graph, node, 'Placeholder') : node
    const isMade = entry !== undefined && isMadeForSignature(node, entry.key, signature!.name, graph)
    return { ...common, port: { key, value: placeholder.out() }, ...(isMade && { name: legalName(entry.key) }) }
  }
  const made = cut(choice, value, entry)
  return { ...common, port: { key, value: made }, name: entry?.key === key ? legalName(key) : cutName(value) }
}

const cutName = ({ node, index }: Value): string => (index === 0 ? node.name : `${node.name}_${index}`)

/** Puts a placeholder in the place of a value. */
function cut({ graph }: Choice, value: Value, entry: SignatureTensor | undefined): Value {
  const dtype = value.dtype ?? entry?.dtype
  if (!dtype || dtype === 'resource' || dtype === 'variant') {
    throw new FreezeError(
      'unsupported',
      `${value} cannot be an input: it is ${dtype ? `a ${dtype}` : 'of unknown type'}`,
      {
        node: value.node.name,
        hint: 'Cut the graph at a tensor of numbers or strings.',
      },
    )
  }
  if (hasDataflow(graph) && new Liveness(graph).depth(value.node) > 0) {
    throw new FreezeError('unsupported', `${value} cannot be an input: it is inside a loop or branch`, {
      node: value.node.name,
      hint: 'Cut the graph before or behind it.',
    })
  }
  const shape = entry?.shape ?? new Facts(graph).shape(value)
  const placeholder = graph.add('Placeholder', [], { dtype, shape: shapeAttr(shape) }, `${value.node.name}/input`)
  moveReaders(graph, value, placeholder.out())
  return placeholder.out()
}

/** TensorFlow 2 makes a placeholder `serving_default_image` for the signature's key `image`, and calls read it. */
function isMadeForSignature(node: Node, key: string, signature: string, graph: Graph): boolean {
  const stem = `${signature}_${legalName(key)}`
  const isNamed = node.name === stem || new RegExp(`^${escapeRegExp(stem)}_\\d+$`).test(node.name)
  return isNamed && [...node.out().uses.keys()].every(reader => expandable(reader, graph)?.kind === 'call')
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A placeholder that has no value of its own: somebody feeds it whenever it is needed. */
const isFed = ({ role }: Node): boolean => role?.kind === 'placeholder' && !role.hasDefault

/** A graph that was saved with `add_shapes` has a placeholder's shape in an annotation where its attribute says nothing. */
function takeAnnotatedShape(node: Node): void {
  const noted = node.attrs.get('_output_shapes')
  const shape = noted?.kind === 'list' && noted.of === 'shape' ? noted.value[0] : undefined
  if (shape && node.shape('shape') === null) node.setAttr('shape', shapeAttr(shape))
}

/**
 * The inputs of a model that lists none: the placeholders that its outputs need. The others (labels, a learning rate)
 * are dropped, with a note. An output that is found only after functions are inlined may need any of them.
 */
function neededPlaceholders({ graph }: Choice, lateOutputs: readonly string[], notes: string[]): string[] {
  const all = [...graph.nodes].filter(isFed)
  if (lateOutputs.length > 0) return all.map(node => node.name)
  const outputs = graph.outputs.map(({ value }) => value.node)
  const needed = new Set(inOrder([...outputs, ...graph.controlOutputs.values(), ...graph.kept]))
  for (const node of all) if (!needed.has(node)) notes.push(`${node.name}: dropped, no output needs this placeholder.`)
  return all.filter(node => needed.has(node)).map(node => node.name)
}

/** The outputs of a graph that has no signature: what nothing in it reads. */
function sinks({ graph, model }: Choice): string[] {
  const likely = likelyOutputs(graph).map(({ value }) => value)
  const found = likely.length > 0 ? likely : unread(graph)
  for (const value of found) keepFirstName(graph, value)
  const names = found.map(String)
  if (names.length > 0) return names
  throw new FreezeError('missing', 'the model has no signature, and nothing in its graph looks like an output', {
    file: model.name,
    hint: 'Name the outputs with --outputs.',
  })
}

/**
 * An output may have two names, as freezing a Keras file writes it: the op keeps its name in the layer's scope, and the
 * layer's own is beside it. A user may know either, so both stay.
 *
 *     dense/Relu = Relu(…)   dense = Identity(dense/Relu)
 */
function keepFirstName(graph: Graph, { node }: Value): void {
  const [first] = node.inputs
  if (node.op === 'Identity' && first && isInScope(first.node.name, node.name)) graph.kept.add(first.node)
}

/** Whether a node is of a layer; `split_1` is also the second output of the layer `split`. */
function isInScope(node: string, layer: string): boolean {
  const first = layer.replace(/_\d+$/, '')
  return node.startsWith(`${layer}/`) || (first !== layer && (node === first || node.startsWith(`${first}/`)))
}

/** The first outputs that nothing reads, whatever they are. */
function unread(graph: Graph): Value[] {
  const liveness = new Liveness(graph)
  return [...graph.nodes]
    .filter(node => liveness.depth(node) === 0)
    .map(node => node.out())
    .filter(value => value.uses.size === 0 && value.dtype && value.dtype !== 'resource')
}

/** Placeholders that nobody named and whose value is known: a learning phase is false, one with a default has it. */
export function takeDefaults(graph: Graph, notes: string[]): void {
  for (const node of inOrder(graph.roots())) {
    if (!node.is('placeholder') || graph.isInput(node)) continue
    if (node.role?.kind === 'placeholder' && node.role.hasDefault) bypass(graph, node, node.input(0))
    else if (isLearningPhase(node)) {
      takePlace(graph, node, [graph.const(scalar('bool', false), node.name)])
      notes.push(`${node.name} is false: the graph is frozen for inference.`)
    }
  }
}

/** Any other placeholder that an output needs is an input too, with a note. */
export function closeInputs({ graph, model, signature }: Choice, selection: Selection, notes: string[]): void {
  for (const node of [...graph.nodes]) {
    if (!node.is('placeholder') || graph.isInput(node)) continue
    addInput({ graph, model, signature, options: {} }, selection, node, notes)
  }
}

function addInput(choice: Choice, selection: Selection, node: Node, notes: string[]): void {
  const dtype = node.type('dtype')
  if (dtype === 'resource' || dtype === 'variant') {
    throw new FreezeError('stateful', `it is a ${dtype} that the program must feed`, {
      node: node.name,
      hint: 'Export the model as a SavedModel, or cut the graph behind it with --inputs.',
    })
  }
  const entry = choice.signature?.inputs.find(({ value }) => value.node.name === node.name)
  const added = input(choice, entry?.key ?? node.name, node.out(), entry)
  selection.inputs.push(added)
  choice.graph.inputs.push(added.port)
  notes.push(
    `${node.name} is an input too: an output needs it, although ${entry ? 'it was not named' : 'no signature lists it'}.`,
  )
}

/**
 * Gives inputs the shapes that the caller names: open sizes become fixed, a batch that is baked in another. Throws
 * `missing` for an input that is not there, and `invalid-graph` where the shape does not fit or a node cannot follow.
 */
export function fixShapes(graph: Graph, selection: Selection, shapes: ReadonlyMap<string, PartialShape>): void {
  for (const [name, shape] of shapes) {
    const found = portNamed(selection.inputs, name, 'input')
    const { value } = found.port
    const before = value.node.shape('shape') ?? found.shape
    if (before && shape && !isRefinement(shape, before)) {
      const isBatch = shape.length === before.length && isRefinement(shape.slice(1), before.slice(1))
      if (!isBatch) throw misfit(value.node, shape, before)
      resizeBatch(graph, value, before, shape)
    }
    value.node.setAttr('shape', shapeAttr(shape))
    selection.inputs[selection.inputs.indexOf(found)] = { ...found, shape }
  }
}

const misfit = (node: Node, shape: readonly (number | null)[], before: readonly (number | null)[]): FreezeError =>
  new FreezeError(
    'invalid-graph',
    `the shape ${shapeText(shape)} does not fit the input, which has ${shapeText(before)}`,
    {
      node: node.name,
      hint: 'Fix only dimensions that the model leaves open, or change the first one, the batch.',
    },
  )

const isRefinement = (shape: readonly (number | null)[], before: readonly (number | null)[]): boolean =>
  shape.length === before.length && shape.every((d, i) => before[i] === null || d === before[i])
