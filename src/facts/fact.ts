/** The facts known about a value without running the graph. */
import type { PartialShape } from '../graph/attr.ts'
import { MAX_RANK } from '../limits.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { bytesPerElement, type DType, isInteger } from '../tensorflow/dtype.ts'
import { commonShape, type Dim, equalShapes, staticShape } from './shape.ts'

/** A value of a small tensor: a bigint beyond ±2^53, 0 or 1 of a bool, null where not known. */
export type Element = number | bigint | null

/** The facts known about a value without running the graph. */
export interface Fact {
  /** Undefined where the op is not TensorFlow's own. */
  readonly dtype: DType | undefined
  readonly shape: PartialShape
  /** Values in row-major order, of integer, bool, float32 and float64 tensors of at most 1024 elements. */
  readonly elements?: readonly Element[]
  /** The content that a handle (dtype resource or variant) leads to. */
  readonly contents?: Contents
}

/** The content behind a handle: the value of a variable, the elements of a list, the values of a lookup table. */
export interface Contents {
  readonly shape: PartialShape
  /** For a list: what every element that is put in must have; `shape` may know more about the elements that are in it. */
  readonly declared?: PartialShape
  /** For a list: how many elements it has. */
  readonly length: Dim
}

/** The facts that an op's rule gives for one output; the type is known from the op's definition. */
export type Inferred = Omit<Fact, 'dtype'>

/** Tensors with more elements than this are not looked into. */
export const MAX_ELEMENTS = 1024

/** Nothing is known. */
export const UNKNOWN: Fact = { dtype: undefined, shape: null }

/** A fact with elements, where they are worth keeping: as many as the shape says, and some known. */
export function fact(dtype: DType | undefined, { shape, elements, contents }: Inferred): Fact {
  if (shape !== null && shape.length > MAX_RANK) return { dtype, shape: null }
  const count = staticShape(shape)?.reduce((n, d) => n * d, 1)
  const keep = elements && elements.length === count && count <= MAX_ELEMENTS && isWorthKeeping(elements)
  return { dtype, shape, ...(keep && { elements }), ...(contents && { contents }) }
}

const isWorthKeeping = (elements: readonly Element[]): boolean =>
  elements.length === 0 || elements.some(e => e !== null)

/** Elements as a property, where there are any. */
export const known = (elements: readonly Element[] | undefined): Pick<Fact, 'elements'> =>
  elements ? { elements } : {}

/** The facts that hold for a value that is one of two others: the end of a branch, the head of a loop. */
export function commonFact(a: Fact, b: Fact): Fact {
  const elements = a.elements?.map((e, i) => (e === b.elements?.[i] ? e : null))
  return fact(a.dtype === b.dtype ? a.dtype : undefined, {
    shape: commonShape(a.shape, b.shape),
    ...(elements && b.elements && { elements }),
    ...(a.contents && b.contents && { contents: commonContents(a.contents, b.contents) }),
  })
}

const commonContents = (a: Contents, b: Contents): Contents => ({
  shape: commonShape(a.shape, b.shape),
  declared: commonShape(a.declared ?? null, b.declared ?? null),
  length: a.length === b.length ? a.length : null,
})

/** Whether two facts know the same. */
export function equalFacts(a: Fact, b: Fact): boolean {
  if (a === b) return true
  if (a.dtype !== b.dtype || !equalShapes(a.shape, b.shape)) return false
  if (a.elements?.length !== b.elements?.length || a.elements?.some((e, i) => e !== b.elements?.[i])) return false
  if (!a.contents || !b.contents) return a.contents === b.contents
  return (
    a.contents.length === b.contents.length &&
    equalShapes(a.contents.shape, b.contents.shape) &&
    equalShapes(a.contents.declared ?? null, b.contents.declared ?? null)
  )
}

/** A small constant's values, when they are at hand: never read from a file. */
export function constantElements({ dtype, shape, recipe }: Tensor): Element[] | undefined {
  const count = shape.reduce((n, d) => n * d, 1)
  const read = READERS[dtype]
  if (!read || count > MAX_ELEMENTS || (recipe.kind !== 'memory' && recipe.kind !== 'splat')) return undefined
  const { bytes } = recipe
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = bytesPerElement(dtype)
  if (recipe.kind === 'splat') return bytes.length < size ? undefined : Array<Element>(count).fill(read(view, 0))
  if (bytes.length < count * size) return undefined
  return Array.from({ length: count }, (_, i) => read(view, i * size))
}

const READERS: Partial<Record<DType, (view: DataView, at: number) => Element>> = {
  bool: (view, at) => (view.getUint8(at) ? 1 : 0),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => plain(view.getBigInt64(at, true)),
  uint64: (view, at) => plain(view.getBigUint64(at, true)),
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
}

/** An integer as a number, where a number holds it exactly. */
const plain = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** The integer as an element of this type; null where the type does not hold it (TensorFlow would wrap around). */
export function integerElement(dtype: DType, value: bigint): Element {
  if (!isInteger(dtype)) return null
  const bits = Number(/\d+/.exec(dtype)![0])
  const wrapped = dtype.startsWith('u') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)
  return wrapped === value ? plain(value) : null
}
