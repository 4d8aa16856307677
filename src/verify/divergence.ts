/**
 * Where two graphs that should compute the same part: from each output that differs the
 * result is followed back, through nodes whose values differ too, to the first of them.
 * Nodes are the same by name. A node that optimising gave another value on purpose (a
 * convolution that took over the scale of a batch norm) is passed by, as what follows
 * it agrees again.
 */

import type { Arrays } from '../engines/engine.ts'
import { isFreezeError } from '../errors.ts'
import { type NdArray, numbers } from '../evaluate/array.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { isFloat } from '../tensorflow/dtype.ts'
import { opTable } from '../tensorflow/op-table.ts'
import { agrees, compare, type Figures, type Tolerance } from './compare.ts'
import type { Subject } from './subject.ts'

/** The first node whose value differs. */
export interface Divergence {
  readonly node: string
  readonly op: string
  /** The op in the original, where it is another one. */
  readonly originalOp?: string
  /** The attributes that differ. */
  readonly attributes: readonly string[]
  readonly figures: Figures
  readonly inputs: readonly DivergentInput[]
}

/** An input of that node, and how far it is from the original's. */
export interface DivergentInput {
  readonly tensor: string
  /** Absent where one side has no such input, or it cannot be fetched. */
  readonly figures?: Figures
}

/** A graph with what it is fed. */
export interface Fed {
  readonly subject: Subject
  readonly feeds: Arrays
}

/** How many tensors are fetched in one run: their values are in memory together. */
const AT_ONCE = 256

/**
 * The first node of the result that differs from the original's of the same name; undefined where no inner tensor
 * can be compared. `outputs` are the tensors of the result that differ.
 */
export async function firstDivergence(
  result: Fed,
  original: Fed,
  outputs: readonly string[],
  tolerance: Tolerance,
): Promise<Divergence | undefined> {
  const roots = result.subject.graph.outputs.map(p => p.value).filter(value => outputs.includes(String(value)))
  const order = inOrder(roots.map(value => value.node))
  const shared = order.flatMap(node => sharedValues(node, original.subject.graph))
  const differing = await differingValues(result, original, shared, tolerance)
  const reached = reachedFrom(roots, differing)
  const all = order.filter(node => reached.has(node) && isDifferent(node, differing))
  const at = all.find(node => !isScaled(node, differing)) ?? all[0]
  return at && describe(at, result, original, differing)
}

/** What can be compared of a node: outputs of one type that both graphs have. */
function sharedValues(node: Node, original: Graph): Value[] {
  if (node.is('constant', 'placeholder')) return []
  const other = original.node(node.name)
  if (!other) return []
  const isComparable = (value: Value): boolean =>
    value.dtype !== 'variant' && value.dtype !== 'resource' && value.dtype === other.out(value.index).dtype
  return node.outputs.filter(value => value !== undefined).filter(isComparable)
}

/** How far a value is from the original's, and whether all that differs is a factor for each channel. */
interface Difference {
  readonly figures: Figures
  readonly isScaled: boolean
}

/** By value; values that cannot be fetched are not in it. */
type Differing = Map<Value, Difference>

async function differingValues(result: Fed, original: Fed, values: readonly Value[], tolerance: Tolerance) {
  const found: Differing = new Map()
  for (let from = 0; from < values.length; from += AT_ONCE) {
    const some = values.slice(from, from + AT_ONCE)
    const [ours, theirs] = [await fetchEach(result, some.map(String)), await fetchEach(original, some.map(String))]
    for (const [i, value] of some.entries()) {
      const [a, b] = [theirs[i], ours[i]]
      if (!a || !b) continue
      const figures = compare(a, b, tolerance)
      found.set(value, {
        figures,
        isScaled: !agrees(figures) && isWeighted(value.node.op) === true && differsByFactors(a, b),
      })
    }
  }
  return found
}

/** Values of tensors, undefined where one cannot be fetched: it is inside a loop, or in a branch that is not taken. */
async function fetchEach({ subject, feeds }: Fed, names: readonly string[]): Promise<(NdArray | undefined)[]> {
  if (names.length === 0) return []
  try {
    return [...(await subject.runnable.run(feeds, names))]
  } catch (error) {
    if (!isFreezeError(error)) throw error
    if (names.length === 1) return [undefined]
    const middle = Math.ceil(names.length / 2)
    const fed = { subject, feeds }
    return [...(await fetchEach(fed, names.slice(0, middle))), ...(await fetchEach(fed, names.slice(middle)))]
  }
}

const isDifferent = (node: Node, differing: Differing): boolean =>
  node.outputs.some(value => value && differing.has(value) && !agrees(differing.get(value)!.figures))

const agreesAll = (node: Node, differing: Differing): boolean =>
  node.outputs.some(value => value && differing.has(value)) && !isDifferent(node, differing)

/** Ops whose weights take over the scale of what follows them. */
const isWeighted = opTable([['Conv2D Conv3D DepthwiseConv2dNative MatMul BatchMatMulV2 Conv2DBackpropInput', true]])

const isScaled = (node: Node, differing: Differing): boolean =>
  node.outputs.every(value => !value || differing.get(value)?.isScaled !== false)

/** What a product of a factor may be off, as a share of the largest number of its channel. */
const FACTOR_TOLERANCE = 1e-3

/** Whether each channel, along the last axis, is the original's times a number. */
function differsByFactors(expected: NdArray, found: NdArray): boolean {
  if (!isFloat(expected.dtype) || String(expected.shape) !== String(found.shape)) return false
  const [x, y] = [numbers(expected), numbers(found)]
  const channels = expected.shape.at(-1) ?? 1
  const largest = new Int32Array(channels).fill(-1)
  for (let i = 0; i < x.length; i++) {
    const at = largest[i % channels]!
    if (at < 0 || Math.abs(x[i]!) > Math.abs(x[at]!)) largest[i % channels] = i
  }
  return x.every((v, i) => {
    const at = largest[i % channels]!
    return x[at] !== 0 && Math.abs(y[i]! - (v * y[at]!) / x[at]!) <= FACTOR_TOLERANCE * Math.abs(y[at]!)
  })
}

/** The nodes on a way to a differing output that passes no node whose value agrees. */
function reachedFrom(roots: readonly Value[], differing: Differing): Set<Node> {
  const reached = new Set<Node>()
  const open = roots.map(value => value.node)
  for (let next = open.pop(); next; next = open.pop()) {
    if (reached.has(next) || agreesAll(next, differing)) continue
    reached.add(next)
    open.push(...next.inputs.map(value => value.node))
  }
  return reached
}

async function describe(node: Node, result: Fed, original: Fed, differing: Differing): Promise<Divergence> {
  const other = original.subject.graph.node(node.name)!
  const inputs: DivergentInput[] = []
  for (const [slot, value] of node.inputs.entries()) {
    const theirs = other.inputs[slot]
    const [found] = await fetchEach(result, [String(value)])
    const [expected] = theirs ? await fetchEach(original, [String(theirs)]) : []
    inputs.push({ tensor: String(value), ...(found && expected && { figures: compare(expected, found) }) })
  }
  const worst = node.outputs.find(value => value && differing.has(value) && !agrees(differing.get(value)!.figures))!
  return {
    node: node.name,
    op: node.op,
    ...(other.op !== node.op && { originalOp: other.op }),
    attributes: other.op === node.op ? differentAttributes(node, other) : [],
    figures: differing.get(worst)!.figures,
    inputs,
  }
}

/** Attributes by name whose values print differently. */
function differentAttributes(a: Node, b: Node): string[] {
  const names = new Set([...a.attrs.keys(), ...b.attrs.keys()].filter(name => !name.startsWith('_')))
  const text = (node: Node, name: string): string =>
    JSON.stringify(node.attr(name), (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return [...names].filter(name => text(a, name) !== text(b, name)).sort()
}
