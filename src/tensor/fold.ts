/**
 * Constant folding: what an op makes of constants, as a recipe. No element is read, whatever the size, and the result
 * is what TensorFlow computes: rounded after each op.
 *
 *     Mul(a, b)            mul(a, b), in float64, rounded to the type
 *     Reshape(a, [2, -1])  the bytes of a, under another shape
 *     ConcatV2(a, b, 0)    blocks a, b
 *
 * Passes fold with it what is large and let the evaluator compute what is at hand; a model's init ops are read with
 * it alone, since the evaluator is not loaded for them.
 */

import { MAX_DEPTH, MAX_MEMORY_ELEMENTS, MAX_REPEATED_BYTES } from '../limits.ts'
import { bytesPerElement, type DType, isFloat, isInteger } from '../tensorflow/dtype.ts'
import { entryFor } from '../tensorflow/op-table.ts'
import { isNumeric } from './codec.ts'
import * as make from './make.ts'
import { byteLength, elementCount, type Shape, type Tensor } from './tensor.ts'

/** An op with its attributes, as a node of a graph is one. */
export interface FoldedOp {
  readonly op: string
  type(name: string): DType
  int(name: string): number
  ints(name: string): readonly number[]
  bool(name: string): boolean
}

/**
 * Who computes what is at hand: integers, and what other ops take for sizes and bounds. `recipes`: nobody else, so the
 * small ones are computed here; `evaluator`: they are left to it.
 */
export type AtHand = 'recipes' | 'evaluator'

/** The result of an op on constant operands; undefined where no recipe says it. */
type Fold = (operands: readonly Tensor[], node: FoldedOp, atHand: AtHand) => Tensor | undefined

/** Recipes with more parts than this are not built upon: reading them would take long. */
const MAX_PARTS = 128

/** The first output of an op, as a recipe; undefined where that would be far larger than its operands. */
export function fold(node: FoldedOp, operands: readonly Tensor[], atHand: AtHand): Tensor | undefined {
  const row = entryFor(FOLDS, node.op)
  if (!row || operands.reduce((sum, t) => sum + parts(t, MAX_PARTS), 0) > MAX_PARTS) return undefined
  const result = row(operands, node, atHand)
  return result && isGrown(result, operands) ? undefined : result
}

/** Whether a result is larger than what it is made of, and than what is written out. */
function isGrown(result: Tensor, operands: readonly Tensor[]): boolean {
  const size = byteLength(result)
  return size > MAX_REPEATED_BYTES && size > operands.reduce((sum, t) => sum + byteLength(t), 0)
}

/** How many computations a recipe is made of, counted up to `limit`. */
function parts({ recipe }: Tensor, limit: number): number {
  if (recipe.kind !== 'computed' && recipe.kind !== 'blocks') return 0
  const inner = recipe.kind === 'computed' ? recipe.by.of : recipe.blocks.map(b => b.tensor)
  let count = 1
  for (const t of inner) {
    if (count > limit) break
    count += parts(t, limit - count)
  }
  return count
}

/** An operation on tensors of one type as a graph computes it: from rounded operands, rounded itself. */
export function rounded(
  dtype: DType,
  operation: (operands: readonly Tensor[]) => Tensor,
  of: readonly Tensor[],
): Tensor {
  return make.cast(operation(of.map(t => make.cast(t, 'float64'))), dtype)
}

/** Whether arithmetic on this type is done here; integers round where they stand. */
const computes = (dtype: DType, atHand: AtHand): boolean => isFloat(dtype) || (atHand === 'recipes' && isNumeric(dtype))

const arithmetic = (dtype: DType, operation: (operands: readonly Tensor[]) => Tensor, of: readonly Tensor[]): Tensor =>
  isFloat(dtype) ? rounded(dtype, operation, of) : operation(of)

const binary =
  (op: (a: Tensor, b: Tensor) => Tensor): Fold =>
  ([a, b], _, atHand) =>
    a && b && a.dtype === b.dtype && computes(a.dtype, atHand) && make.broadcastShapes(a.shape, b.shape)
      ? arithmetic(a.dtype, ([x, y]) => op(x!, y!), [a, b])
      : undefined
const unary =
  (op: (a: Tensor) => Tensor): Fold =>
  ([a], _, atHand) =>
    a && computes(a.dtype, atHand) ? arithmetic(a.dtype, ([x]) => op(x!), [a]) : undefined
/** A fold that the evaluator does where it may. */
const small =
  (fold: Fold): Fold =>
  (operands, node, atHand) =>
    atHand === 'recipes' ? fold(operands, node, atHand) : undefined

const cast: Fold = ([a], node, atHand) => {
  const dtype = node.type('DstT')
  if (!a || node.bool('Truncate')) return undefined
  if (dtype === a.dtype) return a
  if (atHand === 'evaluator') {
    const isExact = isFloat(dtype) && (isFloat(a.dtype) || isInteger(a.dtype) || a.dtype === 'bool')
    return isExact ? make.cast(a, dtype) : undefined
  }
  if (!isNumeric(dtype) || !isNumeric(a.dtype)) return undefined
  // At once where it may be a size or a bound, which other ops ask for.
  const few = elementCount(a.shape) <= MAX_DEPTH ? make.valuesOf(a) : undefined
  const isSafe = few?.every(v => Math.abs(v) <= Number.MAX_SAFE_INTEGER)
  return few && isSafe ? make.fromValues(dtype, a.shape, few) : make.cast(a, dtype)
}

const isPlain = ({ recipe }: Tensor): boolean => recipe.kind !== 'strings' && recipe.kind !== 'opaque'

/** The same elements under another shape. */
function reshaped(a: Tensor, shape: Shape): Tensor | undefined {
  if (elementCount(shape) !== elementCount(a.shape) || !shape.every(d => Number.isInteger(d) && d >= 0))
    return undefined
  return a.recipe.kind === 'strings' ? { ...a, shape } : make.reshape(a, shape)
}

/** One size may be -1, for what is left. */
const reshape: Fold = ([a, target]) => {
  const wanted = target && make.valuesOf(target)
  if (!a || !wanted) return undefined
  const known = wanted.filter(d => d >= 0).reduce((n, d) => n * d, 1)
  const rest = known > 0 ? elementCount(a.shape) / known : -1
  return reshaped(
    a,
    wanted.map(d => (d === -1 ? rest : d)),
  )
}

const withOne = (a: Tensor, axis: number): Tensor | undefined => {
  const at = axis < 0 ? axis + a.shape.length + 1 : axis
  return at < 0 || at > a.shape.length ? undefined : reshaped(a, [...a.shape.slice(0, at), 1, ...a.shape.slice(at)])
}

const expandDims: Fold = ([a, axis]) => {
  const [at] = (axis && make.valuesOf(axis)) ?? []
  return a && at !== undefined ? withOne(a, at) : undefined
}

const squeeze: Fold = ([a], node) => {
  if (!a) return undefined
  const axes = node.ints('squeeze_dims').map(axis => (axis < 0 ? axis + a.shape.length : axis))
  if (axes.some(axis => a.shape[axis] !== 1)) return undefined
  return reshaped(
    a,
    a.shape.filter((d, axis) => (axes.length === 0 ? d !== 1 : !axes.includes(axis))),
  )
}

const transpose: Fold = ([a, perm]) => {
  const order = perm && make.valuesOf(perm)
  const isOrder = order && [...order].sort((x, y) => x - y).every((axis, i) => axis === i)
  return a && isOrder && isPlain(a) && order.length === a.shape.length ? make.transpose(a, order) : undefined
}

/** Operands, and an axis that counts from the end if negative. */
function concat(tensors: readonly Tensor[], axis: number | undefined): Tensor | undefined {
  const [first] = tensors
  const rank = first?.shape.length ?? 0
  if (!first || axis === undefined || axis < -rank || axis >= rank) return undefined
  const at = axis < 0 ? axis + rank : axis
  const fits = (t: Tensor): boolean =>
    t.dtype === first.dtype && t.shape.length === rank && t.shape.every((d, i) => i === at || d === first.shape[i])
  if (!tensors.every(fits)) return undefined
  if (first.dtype === 'string') return at === 0 ? concatStrings(tensors) : undefined
  return tensors.every(isPlain) && bytesPerElement(first.dtype) > 0 ? make.concat(at, tensors) : undefined
}

/** Along the first axis the elements simply follow one another. */
function concatStrings(tensors: readonly Tensor[]): Tensor | undefined {
  const values: Uint8Array[] = []
  for (const { recipe } of tensors) {
    if (recipe.kind !== 'strings') return undefined
    for (const value of recipe.values) values.push(value)
  }
  const [first] = tensors
  return make.strings([tensors.reduce((n, t) => n + t.shape[0]!, 0), ...first!.shape.slice(1)], values)
}

const axisOf = (t: Tensor | undefined): number | undefined => (t && make.valuesOf(t))?.[0]

const pack: Fold = (operands, node) => {
  const axis = node.int('axis')
  const [first] = operands
  const rows = operands.flatMap(t => withOne(t, axis) ?? [])
  return first && rows.length === operands.length
    ? concat(rows, axis < 0 ? axis + first.shape.length + 1 : axis)
    : undefined
}

/** A size of -1 is what is left. */
const slice: Fold = ([a, begin, size]) => {
  const [from, sizes] = [begin, size].map(t => t && make.valuesOf(t))
  if (!a || !from || !sizes || !isPlain(a)) return undefined
  const shape = sizes.map((d, i) => (d === -1 ? a.shape[i]! - from[i]! : d))
  const fits = from.every((b, i) => b >= 0 && shape[i]! >= 0 && b + shape[i]! <= a.shape[i]!)
  return fits ? make.sliceOf(a, from, shape) : undefined
}

const filled =
  (value: number): Fold =>
  ([a], _, atHand) =>
    a && (isFloat(a.dtype) || isInteger(a.dtype) || (atHand === 'recipes' && isNumeric(a.dtype)))
      ? make.splat(a.dtype, a.shape, value)
      : undefined

const fill: Fold = ([dims, value]) => {
  const shape = dims && make.valuesOf(dims)
  if (!shape || shape.some(d => d < 0) || value?.recipe.kind !== 'memory') return undefined
  return bytesPerElement(value.dtype) === 0
    ? undefined
    : { dtype: value.dtype, shape, recipe: { kind: 'splat', bytes: value.recipe.bytes } }
}

const range: Fold = operands => {
  const [from, to, by] = operands.map(t => make.valuesOf(t)?.[0])
  if (from === undefined || to === undefined || !by) return undefined
  const count = Math.max(0, Math.ceil((to - from) / by))
  if (!(count <= MAX_MEMORY_ELEMENTS)) return undefined
  return make.vector(
    operands[0]!.dtype,
    Array.from({ length: count }, (_, i) => from + i * by),
  )
}

const FOLDS: Readonly<Record<string, Fold>> = {
  Add: binary(make.add),
  AddV2: binary(make.add),
  Sub: binary(make.sub),
  Mul: binary(make.mul),
  RealDiv: binary(make.div),
  Div: binary(make.div),
  Maximum: binary(make.maximum),
  Minimum: binary(make.minimum),
  Neg: unary(make.neg),
  Abs: unary(make.abs),
  Square: unary(make.square),
  Sqrt: unary(make.sqrt),
  Rsqrt: unary(make.rsqrt),
  Reciprocal: unary(make.reciprocal),
  Inv: unary(make.reciprocal),
  Exp: small(unary(make.exp)),
  Cast: cast,
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Transpose: transpose,
  ConcatV2: operands => concat(operands.slice(0, -1), axisOf(operands.at(-1))),
  Concat: operands => concat(operands.slice(1), axisOf(operands[0])),
  Slice: slice,
  ZerosLike: filled(0),
  OnesLike: filled(1),
  Fill: small(fill),
  Pack: small(pack),
  Range: small(range),
  Size: small(([x], node) => x && make.scalar(node.type('out_type'), elementCount(x.shape))),
  Shape: small(([x], node) => x && make.vector(node.type('out_type'), x.shape)),
}
