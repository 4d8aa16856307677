/** Makes tensors: constants from values, and lazy arithmetic over tensors that touches no data. */
import type { ByteSource } from '../bytes/source.ts'
import { invariant } from '../errors.ts'
import { bytesPerElement, type DType } from '../tensorflow/dtype.ts'
import { decode, decodeBigints, encode, encodeBigints, isNumeric } from './codec.ts'
import { type Move, moved } from './strided.ts'
import {
  type BinaryName,
  byteLength,
  type Computation,
  elementCount,
  type Recipe,
  type Shape,
  sameShape,
  type Tensor,
  type UnaryName,
} from './tensor.ts'

export { describe, recipeKey, sameTensor } from './recipe.ts'

/** Bytes of an in-memory operand up to which moving its elements is done at once. */
const EAGER_BYTES = 1024
/** Elements of a splat up to which its values are listed. */
const MAX_LISTED_ELEMENTS = 1 << 20

/** Values of a new constant: numbers, rounded to the type; bigints for what lies beyond 2^53; booleans. */
export type Values = readonly number[] | readonly bigint[] | readonly boolean[] | Float64Array | Float32Array

/** A constant with these elements, row-major. */
export function fromValues(dtype: DType, shape: Shape, values: Values): Tensor {
  invariant(values.length === elementCount(shape), `${values.length} values do not fill [${shape}]`)
  return { dtype, shape, recipe: { kind: 'memory', bytes: elementBytes(dtype, values) } }
}

const elementBytes = (dtype: DType, values: Values): Uint8Array =>
  typeof values[0] === 'bigint'
    ? encodeBigints(dtype, values as readonly bigint[]) // all are of the first one's type
    : encode(dtype, Array.from<number | boolean | bigint, number>(values, Number))

/** A constant of rank 0. */
export const scalar = (dtype: DType, value: number | bigint | boolean): Tensor =>
  fromValues(dtype, [], [value] as Values) // one element, so of one type

/** A constant of rank 1. */
export const vector = (dtype: DType, values: Values): Tensor => fromValues(dtype, [values.length], values)

/** A constant of dtype string. */
export function strings(shape: Shape, values: readonly (string | Uint8Array)[]): Tensor {
  invariant(values.length === elementCount(shape), `${values.length} strings do not fill [${shape}]`)
  const encoder = new TextEncoder()
  const bytes = values.map(v => (typeof v === 'string' ? encoder.encode(v) : v))
  return { dtype: 'string', shape, recipe: { kind: 'strings', values: bytes } }
}

/** One value everywhere. */
export const splat = (dtype: DType, shape: Shape, value: number | bigint | boolean): Tensor => ({
  dtype,
  shape,
  recipe: { kind: 'splat', bytes: elementBytes(dtype, [value] as Values) },
})

/** Bytes of a source, from `offset`; `crc32c` is unmasked. */
export const range = (
  dtype: DType,
  shape: Shape,
  source: ByteSource,
  offset: number,
  options: { readonly crc32c?: number; readonly bigEndian?: boolean } = {},
): Tensor => ({ dtype, shape, recipe: { kind: 'range', source, offset, ...options } })

const computed = (dtype: DType, shape: Shape, by: Computation): Tensor => ({
  dtype,
  shape,
  recipe: { kind: 'computed', by },
})

/** The shape of an operation on two shapes that broadcast as in NumPy; undefined where they do not. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const x = a[a.length - rank + axis] ?? 1
    const y = b[b.length - rank + axis] ?? 1
    if (x !== y && x !== 1 && y !== 1) return undefined
    shape.push(x === 1 ? y : x)
  }
  return shape
}

function binary(op: BinaryName, a: Tensor, b: Tensor): Tensor {
  invariant(a.dtype === b.dtype, `${op} of ${a.dtype} and ${b.dtype}`)
  const shape = broadcastShapes(a.shape, b.shape)
  invariant(shape, `${op} of [${a.shape}] and [${b.shape}]`)
  return computed(a.dtype, shape, { op, of: [a, b] })
}

const unary = (op: UnaryName, a: Tensor): Tensor => computed(a.dtype, a.shape, { op, of: [a] })

/** a + b. Operands have one type; shapes broadcast. So do those of the next five. */
export const add = (a: Tensor, b: Tensor): Tensor => binary('add', a, b)
/** a − b. */
export const sub = (a: Tensor, b: Tensor): Tensor => binary('sub', a, b)
/** a · b. */
export const mul = (a: Tensor, b: Tensor): Tensor => binary('mul', a, b)
/** a / b; of integers toward zero. */
export const div = (a: Tensor, b: Tensor): Tensor => binary('div', a, b)
/** The larger of a and b. */
export const maximum = (a: Tensor, b: Tensor): Tensor => binary('maximum', a, b)
/** The smaller of a and b. */
export const minimum = (a: Tensor, b: Tensor): Tensor => binary('minimum', a, b)

/** −a. */
export const neg = (a: Tensor): Tensor => unary('neg', a)
/** |a|. */
export const abs = (a: Tensor): Tensor => unary('abs', a)
/** a². */
export const square = (a: Tensor): Tensor => unary('square', a)
/** √a. */
export const sqrt = (a: Tensor): Tensor => unary('sqrt', a)
/** 1 / √a. */
export const rsqrt = (a: Tensor): Tensor => unary('rsqrt', a)
/** 1 / a. */
export const reciprocal = (a: Tensor): Tensor => unary('reciprocal', a)
/** e^a. */
export const exp = (a: Tensor): Tensor => unary('exp', a)

/** The elements in another type. */
export const cast = (a: Tensor, dtype: DType): Tensor =>
  a.dtype === dtype ? a : computed(dtype, a.shape, { op: 'cast', of: [a] })

/** The largest number of float16. */
export const MAX_FLOAT16 = 65504

/** The elements in float16, those beyond its range as its largest number: a weight never becomes infinite. */
export function toFloat16(a: Tensor): Tensor {
  const limit = (value: number): Tensor => splat(a.dtype, [], value)
  return cast(minimum(maximum(a, limit(-MAX_FLOAT16)), limit(MAX_FLOAT16)), 'float16')
}

/** The same elements in another shape of as many. */
export function reshape(a: Tensor, shape: Shape): Tensor {
  invariant(elementCount(a.shape) === elementCount(shape), `[${a.shape}] cannot be reshaped to [${shape}]`)
  if (sameShape(a.shape, shape)) return a
  const { recipe } = a
  if (recipe.kind === 'computed' && recipe.by.op === 'reshape') return reshape(recipe.by.of[0], shape)
  if (recipe.kind === 'blocks' || recipe.kind === 'computed')
    return computed(a.dtype, shape, { op: 'reshape', of: [a] })
  return { ...a, shape } // no other recipe knows the shape
}

/** Result dimension i is dimension perm[i] of `a`. */
export function transpose(a: Tensor, perm: readonly number[]): Tensor {
  const shape = perm.map(axis => a.shape[axis]!)
  const moving = perm.filter(axis => a.shape[axis] !== 1)
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return reshape(a, shape)
  if (a.recipe.kind === 'splat') return { ...a, shape }
  const { recipe } = a
  if (recipe.kind === 'computed' && recipe.by.op === 'transpose') {
    const before = recipe.by.perm
    return transpose(
      recipe.by.of[0],
      perm.map(axis => before[axis]!),
    )
  }
  return move(computed(a.dtype, shape, { op: 'transpose', of: [a], perm }))
}

/** `size` elements of each dimension, from `begin`, every `strides`-th. */
export function sliceOf(
  a: Tensor,
  begin: readonly number[],
  size: readonly number[],
  strides?: readonly number[],
): Tensor {
  for (const [axis, count] of size.entries()) {
    const last = begin[axis]! + (count - 1) * (strides?.[axis] ?? 1)
    invariant(count === 0 || (begin[axis]! >= 0 && last < a.shape[axis]!), `[${a.shape}] sliced from [${begin}]`)
  }
  if (sameShape(a.shape, size)) return a
  if (a.recipe.kind === 'splat') return { ...a, shape: size }
  const isDense = !strides || strides.every(s => s === 1)
  return move(computed(a.dtype, size, { op: 'slice', of: [a], begin, ...(!isDense && { strides }) }))
}

/** The given axes run backwards. */
export function reverse(a: Tensor, axes: readonly number[]): Tensor {
  const turning = axes.filter(axis => a.shape[axis]! > 1)
  if (turning.length === 0 || a.recipe.kind === 'splat') return a
  return move(computed(a.dtype, a.shape, { op: 'reverse', of: [a], axes: turning }))
}

/** Does at once what only moves a few elements that are at hand. */
function move(t: Tensor): Tensor {
  const by = (t.recipe as Extract<Recipe, { kind: 'computed' }>).by as Move // the callers are the three above
  const { recipe } = by.of[0]
  if (recipe.kind !== 'memory' || recipe.bytes.length > EAGER_BYTES) return t
  return { ...t, recipe: { kind: 'memory', bytes: moved(t, by, recipe.bytes) } }
}

/** Element i of each axis at i·factor, zeros between. */
export const spread = (a: Tensor, factors: readonly number[]): Tensor =>
  factors.every(f => f === 1)
    ? a
    : computed(
        a.dtype,
        a.shape.map((size, axis) => (size === 0 ? 0 : (size - 1) * factors[axis]! + 1)),
        { op: 'spread', of: [a], factors },
      )

/** Tensors of one type laid side by side along an axis. */
export function concat(axis: number, tensors: readonly Tensor[]): Tensor {
  const first = tensors[0]
  invariant(first, 'nothing to concatenate')
  if (tensors.length === 1) return first
  let at = 0
  const blocks = tensors.map(tensor => {
    const fits = tensor.dtype === first.dtype && tensor.shape.every((d, i) => i === axis || d === first.shape[i])
    invariant(fits, `[${tensor.shape}] beside [${first.shape}]`)
    const start = first.shape.map((_, i) => (i === axis ? at : 0))
    at += tensor.shape[axis]!
    return { start, tensor }
  })
  const shape = first.shape.map((size, i) => (i === axis ? at : size))
  return { dtype: first.dtype, shape, recipe: { kind: 'blocks', blocks } }
}

/** `a` rounded to `steps` levels between its smallest and largest element. */
export const roundToLevels = (a: Tensor, steps: number): Tensor =>
  computed(a.dtype, a.shape, { op: 'round-to-levels', of: [a], steps })
/** The 8-bit code of each element over the tensor's own range. */
export const quantize = (a: Tensor, dtype: DType = 'quint8'): Tensor =>
  computed(dtype, a.shape, { op: 'quantize', of: [a] })
/** Summed over axes, which go. */
export const sum = (a: Tensor, axes: readonly number[]): Tensor =>
  computed(
    a.dtype,
    a.shape.filter((_, axis) => !axes.includes(axis)),
    { op: 'sum', of: [a], axes },
  )
/** The 8-bit code of each element over the range from `min` to `max`, scalars, zero being a level. */
export const quantizeWithin = (a: Tensor, min: Tensor, max: Tensor): Tensor =>
  computed('quint8', a.shape, { op: 'quantize-within', of: [a, min, max] })
/** The element of `table` nearest to each of `a`; of [n, entries], of the row at its place along `axis`. */
export const nearest = (a: Tensor, table: Tensor, axis = 0): Tensor =>
  computed(a.dtype, a.shape, { op: 'nearest', of: [a, table], axis })
/** The smallest element, a scalar. */
export const lowest = (a: Tensor): Tensor => computed(a.dtype, [], { op: 'lowest', of: [a] })
/** The largest element, a scalar. */
export const highest = (a: Tensor): Tensor => computed(a.dtype, [], { op: 'highest', of: [a] })

/** The bytes of a constant that is at hand; undefined for one that would have to be read or computed. */
function bytesAtHand(t: Tensor): Uint8Array | undefined {
  if (!isNumeric(t.dtype)) return undefined
  if (t.recipe.kind === 'memory') return t.recipe.bytes
  if (t.recipe.kind !== 'splat' || elementCount(t.shape) > MAX_LISTED_ELEMENTS) return undefined
  const bytes = new Uint8Array(byteLength(t))
  for (let at = 0; at < bytes.length; at += bytesPerElement(t.dtype)) bytes.set(t.recipe.bytes, at)
  return bytes
}

/** The elements of a numeric constant that is at hand, row-major; undefined for any other. Never reads. */
export function valuesOf(t: Tensor): number[] | undefined {
  const bytes = bytesAtHand(t)
  return bytes && [...decode(t.dtype, bytes)]
}

/** The same exactly, for integer and bool constants. */
export function bigintsOf(t: Tensor): bigint[] | undefined {
  const bytes = /int|bool/.test(t.dtype) ? bytesAtHand(t) : undefined
  return bytes && decodeBigints(t.dtype, bytes)
}

/** The elements of a string constant as text; undefined where one is not UTF-8. */
export function stringsOf(t: Tensor): string[] | undefined {
  if (t.recipe.kind !== 'strings') return undefined
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    return t.recipe.values.map(v => decoder.decode(v))
  } catch {
    return undefined
  }
}
