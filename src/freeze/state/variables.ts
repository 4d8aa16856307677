/**
 * Variables become constants. A variable that nobody writes is its value, so a
 * handle to it is that value too: what passes a handle on passes the value on,
 * and what reads through the handle reads the value.
 *
 *     w = VarHandleOp()                          w = Const
 *     s = Switch(w, p)                           s = Switch(w, p)
 *     r = ReadVariableOp(s:1)   y = Relu(r)  →   y = Relu(s:1)
 *
 * Branches and loops that are functions take the value for an argument, in a
 * copy of the function for each choice of arguments.
 */

import { FreezeError, invariant } from '../../errors.ts'
import { type Attr, int, type } from '../../graph/attr.ts'
import { type CallSite, controlSite, FunctionCopies } from '../../graph/calls.ts'
import { bypass, replaceOp, retype, splice, takePlace } from '../../graph/edit.ts'
import { hasDataflow } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { scalar, vector } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { entryFor } from '../../tensorflow/op-table.ts'
import { withoutReference } from '../../tensorflow/roles.ts'
import { passedOn } from './handles.ts'

/** Puts constants in the place of variables' nodes, under their names. Variables that are one share a constant. */
export function freezeVariables(graph: Graph, values: ReadonlyMap<Node, Tensor>): void {
  const constants = new Map<Tensor, Value>()
  const slots: Slot[] = []
  for (const [node, tensor] of values) {
    slots.push(...handleSlots(node.out(), tensor.dtype))
    const shared = constants.get(tensor)
    constants.set(tensor, shared ?? graph.const(tensor, node.name))
    if (shared) replaceByCopy(graph, node, shared)
    else takePlace(graph, node, [constants.get(tensor)!])
  }
  carry(graph, slots, new FunctionCopies())
}

/** A second name of a value stays where a user knows it. */
function replaceByCopy(graph: Graph, node: Node, value: Value): void {
  if (graph.isPublic(node)) takePlace(graph, node, [graph.add('Identity', [value]).out()])
  if (graph.nodes.has(node)) bypass(graph, node, value)
}

/** An input that took a handle and now takes a value of this type. */
interface Slot {
  readonly node: Node
  readonly slot: number
  readonly dtype: DType
}

const handleSlots = (value: Value, dtype: DType): Slot[] =>
  [...value.uses.keys()].flatMap(node =>
    node.inputs.flatMap((input, slot) => (input === value ? [{ node, slot, dtype }] : [])),
  )

/** Makes everything that took a handle take the value. Nests as deep as functions do. */
function carry(graph: Graph, slots: readonly Slot[], copies: FunctionCopies): void {
  const todo = [...slots]
  const sites = new Map<Node, Map<number, DType>>()
  for (;;) {
    for (let at = todo.pop(); at; at = todo.pop()) {
      const { node, slot, dtype } = at
      if (node.is('branch', 'loop')) {
        sites.set(node, (sites.get(node) ?? new Map<number, DType>()).set(slot, dtype))
        continue
      }
      const outputs = passedOn(node, slot)
      if (!outputs) read(graph, at)
      else {
        todo.push(...outputs.flatMap(output => handleSlots(output, dtype)))
        passValue(graph, at)
      }
    }
    const [next] = sites
    if (!next) return
    sites.delete(next[0])
    for (const output of specialise(graph, controlSite(next[0], graph)!, next[1], copies))
      todo.push(...handleSlots(output, output.dtype!))
  }
}

/** Makes a node that passed the handle on pass the value on; an Identity goes. */
function passValue(graph: Graph, { node, slot, dtype }: Slot): void {
  const { op, role } = node
  if (role?.kind === 'forwards' && !role.isMany && isBypassable(graph, node)) {
    bypass(graph, node, node.input(0))
    return
  }
  retype(node, slot, dtype)
  if (withoutReference(op) !== op) replaceOp(graph, node, withoutReference(op))
}

/** How each op that reads through a handle reads the value. */
const READERS: Readonly<Record<string, (graph: Graph, slot: Slot) => void>> = {
  ReadVariableOp: readAll,
  /** For a reference: a copy of what it refers to. */
  Identity: readAll,
  ResourceGather: gather,
  ResourceGatherNd: gatherNd,
  VariableShape: variableShape,
  VarIsInitializedOp: isInitialized,
  IsVariableInitialized: isInitialized,
  DisableCopyOnRead: (graph, { node }) => splice(graph, node),
}

/** Makes what reads through the handle read the value. */
function read(graph: Graph, at: Slot): void {
  const { node, slot } = at
  const reader = entryFor(READERS, node.op)
  if (reader) reader(graph, at)
  if (reader || node.inputTypes?.[slot] !== 'resource') return // takes the value as it is
  throw new FreezeError('stateful', `this ${node.op} needs the variable to stay a variable`, {
    node: node.name,
    hint: 'Keep the variable with --keep-variables, or freeze another output.',
  })
}

/** A read of the whole value is the value. */
function readAll(graph: Graph, { node, slot }: Slot): void {
  const value = node.input(slot)
  if (isBypassable(graph, node)) bypass(graph, node, value)
  else if (node.op !== 'Identity') {
    replaceOp(graph, node, 'Identity', { inputs: [value], attrs: new Map([['T', type(value.dtype!)]]) })
  }
}

/** Whether readers may do without the node: no user knows its name, and no branch or loop hangs on it. */
function isBypassable(graph: Graph, node: Node): boolean {
  if (graph.isPublic(node) || node.controlUses.size > 0) return false
  return node.controls.size === 0 || ![...node.out().uses.keys()].some(reader => reader.is('merge'))
}

function gatherNd(graph: Graph, { node, dtype }: Slot): void {
  const attrs = new Map<string, Attr>([
    ['Tparams', type(dtype)],
    ['Tindices', type(node.type('Tindices'))],
  ])
  replaceOp(graph, node, 'GatherNd', { attrs })
}

function isInitialized(graph: Graph, { node, slot }: Slot): void {
  takePlace(graph, node, [constBeside(graph, node.input(slot), scalar('bool', true), node.name)])
}

function gather(graph: Graph, { node, dtype }: Slot): void {
  const [params, indices] = node.inputs
  const batchDims = node.int('batch_dims')
  const axis = constBeside(graph, params!, scalar('int32', batchDims), `${node.name}/axis`)
  const attrs = new Map<string, Attr>([
    ['Tparams', type(dtype)],
    ['Tindices', type(node.type('Tindices'))],
    ['Taxis', type('int32')],
    ['batch_dims', int(batchDims)],
  ])
  replaceOp(graph, node, 'GatherV2', { inputs: [params!, indices!, axis], attrs })
}

function variableShape(graph: Graph, { node, slot }: Slot): void {
  const value = node.input(slot)
  const outType = node.type('out_type')
  if (value.tensor) {
    takePlace(graph, node, [graph.const(vector(outType, [...value.tensor.shape]), node.name)])
    return
  }
  const attrs = new Map<string, Attr>([
    ['T', type(value.dtype!)],
    ['out_type', type(outType)],
  ])
  replaceOp(graph, node, 'Shape', { inputs: [value], attrs })
}

/** A constant in the branch or loop that a value is in. */
function constBeside(graph: Graph, value: Value, tensor: Tensor, name: string): Value {
  const made = graph.const(tensor, name)
  if (value.node.op !== 'Const' && hasDataflow(graph))
    made.node.addControl(graph.add('Identity', [value], {}, `${name}/pivot`))
  return made
}

/** Gives a branch or loop copies of its functions that take values for handles. Its outputs that were handles. */
function specialise(graph: Graph, site: CallSite, slots: ReadonlyMap<number, DType>, copies: FunctionCopies): Value[] {
  const { node } = site
  const types = new Map([...slots].map(([slot, dtype]) => [site.argumentAt(slot)!, dtype]))
  const before = node.outputTypes ?? []
  site.setArgumentTypes(site.argumentTypes.map((t, i) => types.get(i) ?? t))
  const key = [...types].sort(([a], [b]) => a - b)
  const change = (body: Graph): void => takeValues(body, types, copies)
  site.mapBodies(({ ref }) => copies.of(graph, ref, { caller: node, key, change }))
  const giving = site.bodies.find(body => site.givesResults(body))
  const results = graph.functions.get(giving?.ref.name ?? '')?.body.outputs ?? []
  site.setResultTypes(before.map((t, i) => results[i]?.value.dtype ?? t))
  return before.flatMap((t, i) => (t === 'resource' && node.outputTypes?.[i] !== 'resource' ? [node.out(i)] : []))
}

/** Makes a function's body take values of these types for its arguments. */
function takeValues(body: Graph, types: ReadonlyMap<number, DType>, copies: FunctionCopies): void {
  const slots: Slot[] = []
  for (const [index, dtype] of types) {
    const port = body.inputs[index]
    invariant(port, `the function has an argument ${index}`)
    slots.push(...handleSlots(port.value, dtype))
    port.value.node.setAttr('T', type(dtype))
    body.inputs[index] = { key: port.key, value: port.value }
  }
  carry(body, slots, copies)
  for (const [i, { key, value }] of body.outputs.entries()) body.outputs[i] = { key, value }
}
