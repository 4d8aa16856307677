/**
 * Ops on constants as recipes: no element is read, whatever the size. Only ops
 * whose result a recipe gives exactly as TensorFlow does.
 */
import type { Fact } from '../facts/fact.ts'
import type { Node } from '../graph/node.ts'
import * as make from '../tensor/make.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { elementCount, type Shape } from '../tensor/tensor.ts'
import { isFloat, isInteger } from '../tensorflow/dtype.ts'
import { rounded } from './affine/exact.ts'

/** The result of a node on constant operands, with the shape that was inferred; undefined where no recipe says it. */
type Fold = (operands: readonly Tensor[], node: Node, result: { readonly shape: Shape }) => Tensor | undefined

/** Recipes with more parts than this are not built upon: reading them would take long. */
const MAX_PARTS = 128

/** What the first output of `node` is, as a recipe. */
export function foldLazily(node: Node, operands: readonly Tensor[], { shape }: Fact): Tensor | undefined {
  const fold = FOLDS[node.op]
  const sizes = shape?.filter(d => d !== null)
  if (!fold || !sizes || sizes.length !== shape?.length) return undefined
  if (operands.reduce((sum, t) => sum + parts(t, MAX_PARTS), 0) > MAX_PARTS) return undefined
  return fold(operands, node, { shape: sizes })
}

/** How many tensors a recipe is made of, counted up to `limit`. */
function parts({ recipe }: Tensor, limit: number): number {
  const inner =
    recipe.kind === 'computed' ? recipe.by.of : recipe.kind === 'blocks' ? recipe.blocks.map(b => b.tensor) : []
  let count = 1
  for (const t of inner) {
    if (count > limit) break
    count += parts(t, limit - count)
  }
  return count
}

const binary =
  (op: (a: Tensor, b: Tensor) => Tensor): Fold =>
  ([a, b]) =>
    isFloat(a!.dtype) && make.broadcastShapes(a!.shape, b!.shape)
      ? rounded(a!.dtype, ([x, y]) => op(x!, y!), [a!, b!])
      : undefined
const unary =
  (op: (a: Tensor) => Tensor): Fold =>
  ([a]) =>
    isFloat(a!.dtype) ? rounded(a!.dtype, ([x]) => op(x!), [a!]) : undefined

const cast: Fold = ([a], node) => {
  const [from, to] = [a!.dtype, node.type('DstT')]
  const isExact = isFloat(to) && (isFloat(from) || isInteger(from) || from === 'bool')
  return isExact && !node.bool('Truncate') ? make.cast(a!, to) : undefined
}

const reshape: Fold = ([a], _, { shape }) =>
  a!.recipe.kind !== 'strings' && elementCount(shape) === elementCount(a!.shape) ? make.reshape(a!, shape) : undefined

const transpose: Fold = ([a, perm]) => {
  const order = make.valuesOf(perm!)
  const isOrder = order && [...order].sort((x, y) => x - y).every((axis, i) => axis === i)
  return isOrder && isPlain(a!) && order.length === a!.shape.length ? make.transpose(a!, order) : undefined
}

const isPlain = ({ recipe }: Tensor): boolean => recipe.kind !== 'strings' && recipe.kind !== 'opaque'

/** Operands, and an axis that counts from the end if negative. */
const concat = (tensors: readonly Tensor[], axisTensor: Tensor): Tensor | undefined => {
  const [axis] = make.valuesOf(axisTensor) ?? []
  const rank = tensors[0]?.shape.length ?? 0
  if (axis === undefined || axis < -rank || axis >= rank || !tensors.every(isPlain)) return undefined
  const at = axis < 0 ? axis + rank : axis
  const fit = tensors.every(
    t => t.shape.length === rank && t.shape.every((d, i) => i === at || d === tensors[0]!.shape[i]),
  )
  return fit ? make.concat(at, tensors) : undefined
}

const slice: Fold = ([a, begin], _, { shape }) => {
  const from = make.valuesOf(begin!)
  const fits = from?.every((b, i) => b >= 0 && b + shape[i]! <= a!.shape[i]!)
  return fits && isPlain(a!) ? make.sliceOf(a!, from!, shape) : undefined
}

const fill =
  (value: number): Fold =>
  ([a], node, { shape }) =>
    isFloat(a!.dtype) || isInteger(a!.dtype) ? make.splat(node.type('T'), shape, value) : undefined

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
  Cast: cast,
  Reshape: reshape,
  ExpandDims: reshape,
  Squeeze: reshape,
  Transpose: transpose,
  ConcatV2: operands => concat(operands.slice(0, -1), operands.at(-1)!),
  Concat: operands => concat(operands.slice(1), operands[0]!),
  Slice: slice,
  ZerosLike: fill(0),
  OnesLike: fill(1),
}
