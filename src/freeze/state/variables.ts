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
import { type Attr, type FuncRef, int, list, type } from '../../graph/attr.ts'
import { calledFunctions, type Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { respell } from '../../rewrite/respell.ts'
import { scalar, vector } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { isFunctional } from '../control-flow/expand.ts'
import { functionNamed } from '../control-flow/functions.ts'
import { freshFunctionName, mapFunctions } from '../control-flow/keep.ts'
import { hasFrames, redirect, splice } from '../surgery.ts'
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
    else replaceByValue(graph, node, constants.get(tensor)!)
  }
  carry(graph, slots, { names: new Map() })
}

/** A second name of a value stays where a user knows it. */
function replaceByCopy(graph: Graph, node: Node, value: Value): void {
  if (graph.isPublic(node)) replaceByValue(graph, node, graph.add('Identity', [value]).out())
  redirect(graph, node.out(), value)
  if (graph.nodes.has(node)) splice(graph, node)
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

/** The copies of functions made so far, by the function and the types of its new arguments. */
interface Copies {
  readonly names: Map<string, string>
}

/** Makes everything that took a handle take the value. Nests as deep as functions do. */
function carry(graph: Graph, slots: readonly Slot[], copies: Copies): void {
  const todo = [...slots]
  const functional = new Map<Node, Map<number, DType>>()
  for (;;) {
    for (let at = todo.pop(); at; at = todo.pop()) {
      const { node, slot, dtype } = at
      if (isFunctional(node)) {
        functional.set(node, (functional.get(node) ?? new Map<number, DType>()).set(slot, dtype))
        continue
      }
      const outputs = passedOn(node, slot)
      if (!outputs) read(graph, at)
      else {
        todo.push(...outputs.flatMap(output => handleSlots(output, dtype)))
        passValue(graph, at)
      }
    }
    const [next] = functional
    if (!next) return
    functional.delete(next[0])
    for (const output of specialise(graph, next[0], next[1], copies)) todo.push(...handleSlots(output, output.dtype!))
  }
}

/** Makes a node that passed the handle on pass the value on; an Identity goes. */
function passValue(graph: Graph, { node, slot, dtype }: Slot): void {
  const { op } = node
  if (op === 'IdentityN') {
    node.setAttr(
      'T',
      list(
        'type',
        node.types('T').map((t, i) => (i === slot ? dtype : t)),
      ),
    )
  } else if (/^(Ref)?Identity$/.test(op) && isBypassable(graph, node)) {
    bypass(graph, node, node.inputs[0]!)
  } else {
    node.setAttr('T', type(dtype))
    if (op.startsWith('Ref')) respell(graph, node, op.slice(3))
  }
}

/** How each op that reads through a handle reads the value. */
const READERS: Readonly<Record<string, (graph: Graph, slot: Slot) => void>> = {
  ReadVariableOp: readAll,
  /** Of a reference: a copy of what it refers to. */
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
  const reader = READERS[node.op]
  if (reader) reader(graph, at)
  if (reader || node.inputTypes?.[slot] !== 'resource') return // takes the value as it is
  throw new FreezeError('stateful', `this ${node.op} needs the variable itself, which becomes a constant`, {
    node: node.name,
    hint: 'Keep the variable with --keep-variables, or freeze another output.',
  })
}

/** A read of the whole value is the value. */
function readAll(graph: Graph, { node, slot }: Slot): void {
  const value = node.inputs[slot]!
  if (isBypassable(graph, node)) bypass(graph, node, value)
  else if (node.op !== 'Identity') {
    respell(graph, node, 'Identity', [value], new Map([['T', type(value.dtype!)]]))
  }
}

/** Whether readers may do without the node: no user knows its name, and no branch or loop hangs on it. */
function isBypassable(graph: Graph, node: Node): boolean {
  if (graph.isPublic(node) || node.controlUses.size > 0) return false
  return node.controls.size === 0 || ![...node.out().uses.keys()].some(reader => reader.op === 'Merge')
}

/** Readers take the value themselves, and are held in the branch or loop that held the node. */
function bypass(graph: Graph, node: Node, value: Value): void {
  for (const reader of node.out().uses.keys()) for (const before of node.controls) reader.addControl(before)
  redirect(graph, node.out(), value)
  splice(graph, node)
}

function gatherNd(graph: Graph, { node, dtype }: Slot): void {
  const attrs = new Map<string, Attr>([
    ['Tparams', type(dtype)],
    ['Tindices', type(node.type('Tindices'))],
  ])
  respell(graph, node, 'GatherNd', node.inputs, attrs)
}

function isInitialized(graph: Graph, { node, slot }: Slot): void {
  replaceByValue(graph, node, constBeside(graph, node.inputs[slot]!, scalar('bool', true), node.name))
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
  respell(graph, node, 'GatherV2', [params!, indices!, axis], attrs)
}

function variableShape(graph: Graph, { node, slot }: Slot): void {
  const value = node.inputs[slot]!
  const outType = node.type('out_type')
  if (value.tensor) {
    replaceByValue(graph, node, graph.const(vector(outType, [...value.tensor.shape]), node.name))
    return
  }
  const attrs = new Map<string, Attr>([
    ['T', type(value.dtype!)],
    ['out_type', type(outType)],
  ])
  respell(graph, node, 'Shape', [value], attrs)
}

/** A new constant takes the place, and the name, of a node. */
function replaceByValue(graph: Graph, node: Node, value: Value): void {
  const { name } = node
  for (const waiting of [...node.controlUses]) waiting.addControl(value.node)
  redirect(graph, node.out(), value)
  splice(graph, node)
  graph.rename(value.node, name)
}

/** A constant in the branch or loop that a value is in. */
function constBeside(graph: Graph, value: Value, tensor: Tensor, name: string): Value {
  const made = graph.const(tensor, name)
  if (value.node.op !== 'Const' && hasFrames(graph))
    made.node.addControl(graph.add('Identity', [value], {}, `${name}/pivot`))
  return made
}

/** Gives a functional node copies of its functions that take values for handles. Its outputs that were handles. */
function specialise(graph: Graph, node: Node, slots: ReadonlyMap<number, DType>, copies: Copies): Value[] {
  const isLoop = /While$/.test(node.op)
  const [inputAttr, first] = isLoop ? ['T', 0] : ['Tin', 1]
  const types = new Map([...slots].map(([slot, dtype]) => [slot - first, dtype]))
  const before = node.outputTypes ?? []
  node.setAttr(
    inputAttr,
    list(
      'type',
      node.types(inputAttr).map((t, i) => types.get(i) ?? t),
    ),
  )
  const copy = (ref: FuncRef): FuncRef => ({ ...ref, name: copyFor(graph, ref.name, types, node, copies) })
  mapFunctions(node, copy)
  const [called] = calledFunctions(node)
  const results = graph.functions.get(called ?? '')?.body.outputs ?? []
  if (!isLoop)
    node.setAttr(
      'Tout',
      list(
        'type',
        before.map((t, i) => results[i]?.value.dtype ?? t),
      ),
    )
  return before.flatMap((t, i) => (t === 'resource' && node.outputTypes?.[i] !== 'resource' ? [node.out(i)] : []))
}

/** The function that is `name` with values of these types for arguments; made when first asked for. */
function copyFor(graph: Graph, name: string, types: ReadonlyMap<number, DType>, caller: Node, copies: Copies): string {
  const key = JSON.stringify([name, [...types].sort(([a], [b]) => a - b)])
  const known = copies.names.get(key)
  if (known) return known
  const f = functionNamed(graph, name, caller)
  const body = f.body.clone()
  const copy = freshFunctionName(graph, name)
  copies.names.set(key, copy)
  graph.functions.set(copy, { ...f, name: copy, body })
  const slots: Slot[] = []
  for (const [index, dtype] of types) {
    const port = body.inputs[index]
    invariant(port, `${name} has an argument ${index}`)
    slots.push(...handleSlots(port.value, dtype))
    port.value.node.setAttr('T', type(dtype))
    body.inputs[index] = { key: port.key, value: port.value }
  }
  carry(body, slots, copies)
  for (const [i, { key, value }] of body.outputs.entries()) body.outputs[i] = { key, value }
  return copy
}
