/**
 * Where two graphs that should compute the same part: from each output that differs the
 * result is followed back, through nodes whose values differ too, to the first of them.
 * Tensors are the same by name. A node that optimising gave another value on purpose (a
 * convolution that took over the scale of a batch norm) is passed by, as what follows
 * it agrees again.
 */

import type { Arrays } from '../engines/engine.ts'
import { isFreezeError } from '../errors.ts'
import { type NdArray, numbers } from '../evaluate/array.ts'
import { isFloat } from '../tensorflow/dtype.ts'
import { opTable } from '../tensorflow/op-table.ts'
import { agrees, compare, type Figures, type Tolerance } from './compare.ts'
import type { Inner, InnerNode, InnerTensor } from './inner.ts'
import { inTensorFlowsOrder } from './reordered.ts'
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

/** A subject with its inner tensors, and what it is fed. */
export interface Fed {
  readonly subject: Subject
  readonly inner: Inner
  readonly feeds: Arrays
}

/** How many tensors are fetched in one run: their values are in memory together. */
const AT_ONCE = 256

/** The nodes of one side by the names of their tensors. */
type Makers = ReadonlyMap<string, InnerNode>

/** The two sides, and the original's nodes by their tensors. */
interface Pair {
  readonly result: Fed
  readonly original: Fed
  readonly others: Makers
}

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
  const [makers, others] = [makersOf(result.inner), makersOf(original.inner)]
  const needed = neededFor(outputs, makers)
  const order = result.inner.nodes.filter(node => needed.has(node))
  const shared = order.flatMap(node => node.outputs.filter(tensor => isShared(tensor, others)))
  const pair = { result, original, others }
  const differing = await differingTensors(pair, shared, tolerance)
  const reached = reachedFrom(outputs, makers, differing)
  const all = order.filter(node => reached.has(node) && isDifferent(node, differing))
  const at = all.find(node => !isScaled(node, differing)) ?? all[0]
  return at && describe(at, pair, differing)
}

/** Without the index of a first output: `a:0` is `a`. */
const plain = (tensor: string): string => tensor.replace(/:0$/, '')

const makersOf = ({ nodes }: Inner): Makers =>
  new Map(nodes.flatMap(node => node.outputs.map(({ name }) => [plain(name), node] as const)))

/** The nodes that outputs are computed from. */
function neededFor(outputs: readonly string[], makers: Makers): ReadonlySet<InnerNode> {
  const needed = new Set<InnerNode>()
  const open = [...outputs]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = makers.get(plain(next))
    if (!node || needed.has(node)) continue
    needed.add(node)
    open.push(...node.inputs)
  }
  return needed
}

/** Whether the original has a tensor of this name, and of this type where both are known. */
function isShared({ name, dtype }: InnerTensor, others: Makers): boolean {
  const other = others.get(plain(name))?.outputs.find(tensor => plain(tensor.name) === plain(name))
  return other !== undefined && (dtype === undefined || other.dtype === undefined || dtype === other.dtype)
}

/** How far a tensor is from the original's, and whether all that differs is a factor for each channel. */
interface Difference {
  readonly figures: Figures
  readonly isScaled: boolean
}

/** By the tensor's name; those that cannot be fetched are not in it. */
type Differing = Map<string, Difference>

async function differingTensors(
  { result, original, others }: Pair,
  tensors: readonly InnerTensor[],
  tolerance: Tolerance,
): Promise<Differing> {
  const found: Differing = new Map()
  for (let from = 0; from < tensors.length; from += AT_ONCE) {
    const names = tensors.slice(from, from + AT_ONCE).map(tensor => tensor.name)
    const [ours, theirs] = [await fetchEach(result, names), await fetchEach(original, names.map(plain))]
    for (const [i, name] of names.entries()) {
      const expected = theirs[i]
      const value = expected && inTensorFlowsOrder(ours[i], expected, result.inner, tolerance)
      if (!value) continue
      const figures = compare(expected, value, tolerance)
      const op = others.get(plain(name))!.op
      found.set(plain(name), {
        figures,
        isScaled: !agrees(figures) && isWeighted(op) === true && differsByFactors(expected, value),
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
    const fed = { subject, feeds } as Fed // `inner` is not looked at
    return [...(await fetchEach(fed, names.slice(0, middle))), ...(await fetchEach(fed, names.slice(middle)))]
  }
}

/** The differences found at the tensors of a node. */
const differences = (node: InnerNode, differing: Differing): Difference[] =>
  node.outputs.flatMap(({ name }) => differing.get(plain(name)) ?? [])

const isDifferent = (node: InnerNode, differing: Differing): boolean =>
  differences(node, differing).some(({ figures }) => !agrees(figures))

const agreesAll = (node: InnerNode, differing: Differing): boolean =>
  differences(node, differing).length > 0 && !isDifferent(node, differing)

/** Ops whose weights take over the scale of what follows them. */
const isWeighted = opTable([['Conv2D Conv3D DepthwiseConv2dNative MatMul BatchMatMulV2 Conv2DBackpropInput', true]])

const isScaled = (node: InnerNode, differing: Differing): boolean =>
  differences(node, differing).every(difference => difference.isScaled)

/** The allowed error of a product of a factor, as a share of the largest number of its channel. */
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
function reachedFrom(outputs: readonly string[], makers: Makers, differing: Differing): Set<InnerNode> {
  const reached = new Set<InnerNode>()
  const open = [...outputs]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = makers.get(plain(next))
    if (!node || reached.has(node) || agreesAll(node, differing)) continue
    reached.add(node)
    open.push(...node.inputs)
  }
  return reached
}

async function describe(node: InnerNode, pair: Pair, differing: Differing): Promise<Divergence> {
  const { result, original, others } = pair
  const isWrong = ({ name }: InnerTensor): boolean => (differing.get(plain(name))?.figures.wrong ?? 0) > 0
  const worst = node.outputs.find(isWrong)!
  const isOne = node.attributes !== undefined // both are TensorFlow's: inputs and attributes belong together
  const maker = others.get(plain(worst.name))!
  const other = isOne ? maker : passedBy(maker, others)
  const inputs: DivergentInput[] = []
  for (const [slot, tensor] of node.inputs.entries()) {
    const theirs = isOne ? other.inputs[slot] : plain(tensor)
    const [value] = await fetchEach(result, [tensor])
    const [expected] = theirs ? await fetchEach(original, [theirs]) : []
    const found = expected && inTensorFlowsOrder(value, expected, result.inner, {})
    inputs.push({ tensor, ...(found && { figures: compare(expected, found) }) })
  }
  return {
    node: other.name,
    op: node.op,
    ...((other.op !== node.op || !isOne) && { originalOp: other.op }),
    attributes: isOne && other.op === node.op ? differentAttributes(node, other) : [],
    figures: differing.get(plain(worst.name))!.figures,
    inputs,
  }
}

/** The node that computes what an Identity passes on: an operator of ONNX stands for both. */
function passedBy(node: InnerNode, makers: Makers): InnerNode {
  let at = node
  for (
    let next: InnerNode | undefined = at;
    next;
    next = at.op === 'Identity' ? makers.get(plain(at.inputs[0]!)) : undefined
  )
    at = next
  return at
}

/** Attributes by name whose values print differently. */
function differentAttributes(a: InnerNode, b: InnerNode): string[] {
  const names = new Set([...(a.attributes ?? []), ...(b.attributes ?? [])].filter(name => !name.startsWith('_')))
  return [...names].filter(name => a.attribute?.(name) !== b.attribute?.(name)).sort()
}
