/**
 * Initial values: what an initialiser computes from constants alone, as a tensor
 * by recipe. It knows the few ops that initialisers are written with; the
 * reference evaluator knows all, and stands after this room.
 */

import { inOrder } from '../../graph/flow.ts'
import type { Node } from '../../graph/node.ts'
import { MAX_DEPTH, MAX_MEMORY_ELEMENTS } from '../../limits.ts'
import { decode, encode, isNumeric } from '../../tensor/codec.ts'
import {
  type BinaryName,
  type Block,
  byteLength,
  elementCount,
  type Shape,
  sameShape,
  type Tensor,
  type UnaryName,
} from '../../tensor/tensor.ts'
import { bytesPerElement, type DType } from '../../tensorflow/dtype.ts'
import { type Located, located, origin } from './frames.ts'

/** What became of a value: a tensor, or why it is none. */
export type Folded =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  /** Some op that it needs draws random numbers. */
  | { readonly kind: 'random'; readonly op: string }
  /** An op that is not known here, or depends on more than constants. */
  | { readonly kind: 'unknown'; readonly op: string }

/** Follows a value back to constants. */
export function fold(value: Located): Folded {
  const tensor = foldTensor(value, 0)
  if (tensor) return { kind: 'tensor', tensor }
  const { node } = origin(value).value
  const random = inOrder([node]).find(each => each.is('random', 'generator'))
  return random ? { kind: 'random', op: random.op } : { kind: 'unknown', op: node.op }
}

function foldTensor(at: Located, depth: number): Tensor | undefined {
  const { value, frame } = origin(at)
  const { node } = value
  if (node.op === 'Const') return node.tensor('value')
  const rule = RULES.get(node.op)
  if (!rule || depth > MAX_DEPTH) return undefined
  const operands: Tensor[] = []
  for (const input of node.inputs) {
    const operand = foldTensor(located(input, frame), depth + 1)
    if (!operand) return undefined
    operands.push(operand)
  }
  return rule(operands, node)
}

type Rule = (operands: readonly Tensor[], node: Node) => Tensor | undefined

const BINARY: readonly (readonly [string, BinaryName])[] = [
  ['Add', 'add'],
  ['AddV2', 'add'],
  ['Sub', 'sub'],
  ['Mul', 'mul'],
  ['RealDiv', 'div'],
  ['Maximum', 'maximum'],
  ['Minimum', 'minimum'],
]
const UNARY: readonly (readonly [string, UnaryName])[] = [
  ['Neg', 'neg'],
  ['Abs', 'abs'],
  ['Square', 'square'],
  ['Sqrt', 'sqrt'],
  ['Rsqrt', 'rsqrt'],
  ['Reciprocal', 'reciprocal'],
  ['Exp', 'exp'],
]

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Fill', ([dims, value]) => fill(dims, value)],
  ['ZerosLike', ([x]) => x && splat(x, 0)],
  ['OnesLike', ([x]) => x && splat(x, 1)],
  ['Reshape', ([x, shape]) => reshape(x, shape && integers(shape))],
  ['Cast', ([x], node) => x && cast(x, node)],
  ['Range', ([start, limit, delta]) => range(start, limit, delta)],
  ['Size', ([x], node) => x && numbers(node.type('out_type'), [], [elementCount(x.shape)])],
  ['Shape', ([x], node) => x && numbers(node.type('out_type'), [x.shape.length], x.shape)],
  ['ExpandDims', ([x, axis]) => x && expandDims(x, axis && integers(axis)?.[0])],
  ['Pack', (parts, node) => pack(parts, node.int('axis'))],
  ['ConcatV2', operands => concat(operands.slice(0, -1), operands.at(-1))],
  ...BINARY.map(([op, name]): [string, Rule] => [op, ([a, b]) => a && b && binary(name, a, b)]),
  ...UNARY.map(([op, name]): [string, Rule] => [op, ([x]) => x && unary(name, x)]),
])

/** The elements of a small tensor that is at hand. */
function integers(t: Tensor): readonly number[] | undefined {
  const count = elementCount(t.shape)
  if (!isNumeric(t.dtype) || (t.recipe.kind !== 'memory' && t.recipe.kind !== 'splat')) return undefined
  if (t.recipe.kind === 'memory') return [...decode(t.dtype, t.recipe.bytes)]
  return count > MAX_DEPTH * MAX_DEPTH ? undefined : Array<number>(count).fill(decode(t.dtype, t.recipe.bytes)[0]!)
}

function splat(like: Tensor, value: number): Tensor | undefined {
  if (!isNumeric(like.dtype)) return undefined
  return { dtype: like.dtype, shape: like.shape, recipe: { kind: 'splat', bytes: encode(like.dtype, [value]) } }
}

function fill(dims: Tensor | undefined, value: Tensor | undefined): Tensor | undefined {
  const shape = dims && integers(dims)
  if (!shape || shape.some(d => d < 0) || value?.recipe.kind !== 'memory') return undefined
  return bytesPerElement(value.dtype) === 0
    ? undefined
    : { dtype: value.dtype, shape, recipe: { kind: 'splat', bytes: value.recipe.bytes } }
}

const numbers = (dtype: DType, shape: Shape, values: readonly number[]): Tensor => ({
  dtype,
  shape,
  recipe: { kind: 'memory', bytes: encode(dtype, values) },
})

function range(start?: Tensor, limit?: Tensor, delta?: Tensor): Tensor | undefined {
  const [from, to, by] = [start, limit, delta].map(t => t && integers(t)?.[0])
  if (!start || from === undefined || to === undefined || !by) return undefined
  const count = Math.max(0, Math.ceil((to - from) / by))
  if (!(count <= MAX_MEMORY_ELEMENTS)) return undefined
  return numbers(
    start.dtype,
    [count],
    Array.from({ length: count }, (_, i) => from + i * by),
  )
}

function expandDims(x: Tensor, axis: number | undefined): Tensor | undefined {
  if (axis === undefined) return undefined
  const at = axis < 0 ? axis + x.shape.length + 1 : axis
  return withShape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}

/** The same elements under another shape; one size may be -1, for what is left. */
function reshape(x: Tensor | undefined, wanted: readonly number[] | undefined): Tensor | undefined {
  if (!x || !wanted) return undefined
  const known = wanted.filter(d => d >= 0).reduce((n, d) => n * d, 1)
  const shape = wanted.map(d => (d === -1 && known > 0 ? elementCount(x.shape) / known : d))
  if (!shape.every(d => Number.isInteger(d) && d >= 0) || elementCount(shape) !== elementCount(x.shape))
    return undefined
  return withShape(x, shape)
}

/** `shape` has as many elements as `x`. */
function withShape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const { kind } = x.recipe
  if (kind === 'blocks' || kind === 'computed') {
    return { dtype: x.dtype, shape, recipe: { kind: 'computed', by: { op: 'reshape', of: [x] } } }
  }
  return { dtype: x.dtype, shape, recipe: x.recipe }
}

function cast(x: Tensor, node: Node): Tensor | undefined {
  const dtype = node.type('DstT')
  if (dtype === x.dtype) return x
  if (!isNumeric(dtype) || !isNumeric(x.dtype)) return undefined
  // At once where it may be a size or a bound, which other ops ask for.
  const few = elementCount(x.shape) <= MAX_DEPTH ? integers(x) : undefined
  if (few?.every(v => Math.abs(v) <= Number.MAX_SAFE_INTEGER)) return numbers(dtype, x.shape, few)
  return { dtype, shape: x.shape, recipe: { kind: 'computed', by: { op: 'cast', of: [x] } } }
}

function binary(op: BinaryName, a: Tensor, b: Tensor): Tensor | undefined {
  const shape = broadcast(a.shape, b.shape)
  return shape && isNumeric(a.dtype)
    ? { dtype: a.dtype, shape, recipe: { kind: 'computed', by: { op, of: [a, b] } } }
    : undefined
}

function unary(op: UnaryName, x: Tensor): Tensor | undefined {
  return isNumeric(x.dtype)
    ? { dtype: x.dtype, shape: x.shape, recipe: { kind: 'computed', by: { op, of: [x] } } }
    : undefined
}

/** NumPy's rule: sizes are compared from the right, and 1 stretches. */
function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const size = (shape: Shape, i: number): number => shape[i - rank + shape.length] ?? 1
  const shape = Array.from({ length: rank }, (_, i) => (size(a, i) === 1 ? size(b, i) : size(a, i)))
  return shape.every((d, i) => [1, d].includes(size(a, i)) && [1, d].includes(size(b, i))) ? shape : undefined
}

function pack(parts: readonly Tensor[], axis: number): Tensor | undefined {
  const first = parts[0]
  if (!first) return undefined
  const at = axis < 0 ? axis + first.shape.length + 1 : axis
  return joined(
    parts.map(part => withShape(part, [...part.shape.slice(0, at), 1, ...part.shape.slice(at)])),
    at,
  )
}

function concat(parts: readonly Tensor[], axis: Tensor | undefined): Tensor | undefined {
  const at = axis && integers(axis)?.[0]
  return at === undefined ? undefined : joined(parts, at < 0 ? at + (parts[0]?.shape.length ?? 0) : at)
}

/** Tensors laid side by side along `axis`. */
function joined(parts: readonly Tensor[], axis: number): Tensor | undefined {
  const first = parts[0]
  if (!first || axis < 0 || axis >= first.shape.length) return undefined
  const fits = (part: Tensor): boolean =>
    part.dtype === first.dtype && part.shape.every((d, i) => i === axis || d === first.shape[i])
  if (!parts.every(fits)) return undefined
  const shape = first.shape.map((d, i) => (i === axis ? parts.reduce((n, p) => n + p.shape[axis]!, 0) : d))
  const strings = joinedStrings(parts, axis)
  if (strings) return { dtype: first.dtype, shape, recipe: { kind: 'strings', values: strings } }
  if (bytesPerElement(first.dtype) === 0) return undefined
  let start = 0
  const blocks = parts.map((tensor): Block => {
    const block = { start: shape.map((_, i) => (i === axis ? start : 0)), tensor }
    start += tensor.shape[axis]!
    return block
  })
  return { dtype: first.dtype, shape, recipe: { kind: 'blocks', blocks: blocks.filter(b => byteLength(b.tensor) > 0) } }
}

/** Along the first axis the elements simply follow one another. */
function joinedStrings(parts: readonly Tensor[], axis: number): Uint8Array[] | undefined {
  const values: Uint8Array[] = []
  for (const { recipe } of parts) {
    if (recipe.kind !== 'strings' || axis !== 0) return undefined
    for (const value of recipe.values) values.push(value)
  }
  return values
}
