/** Makes a value of a file the array that an input takes, or that an output gave. */
import { FreezeError } from '../errors.ts'
import {
  elements,
  fromBigints,
  fromNumbers,
  fromTensorAtHand,
  fromText,
  isBig,
  type NdArray,
  withShape,
} from '../evaluate/array.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Literal } from '../options/option.ts'
import { elementCount, type Shape, type Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { GivenValue } from './data.ts'
import { type Photo, photoArray } from './photo.ts'

/** The required type and shape of an input or output. */
export interface Wanted {
  readonly key: string
  readonly dtype: DType
  /** Null where the rank is not known. */
  readonly shape: PartialShape
  /** The file that gives it. */
  readonly file?: string
}

/**
 * The value as an array of the wanted type, with a batch dimension in front where only that is missing. Throws
 * `unsupported` for text in the place of numbers, lists of unequal lengths, and another shape.
 */
export function fitted(value: GivenValue, wanted: Wanted): NdArray {
  if (isPhoto(value)) return fittedPhoto(value, wanted)
  const array = isTensor(value) ? ofType(fromTensorAtHand(value), wanted) : ofLists(value, wanted)
  if (matches(array.shape, wanted.shape)) return array
  const batch = withShape(array, [1, ...array.shape])
  if (matches(batch.shape, wanted.shape)) return batch
  const sizes = wanted.shape?.map(size => size ?? '?')
  throw unfit(wanted, `the data is of shape [${array.shape}], and [${sizes}] is expected`)
}

const isTensor = (value: GivenValue): value is Tensor => typeof value === 'object' && 'recipe' in value
const isPhoto = (value: GivenValue): value is Photo => typeof value === 'object' && 'pixels' in value

function fittedPhoto(photo: Photo, wanted: Wanted): NdArray {
  const array = photoArray(photo, wanted.dtype, wanted.shape)
  if (array && matches(array.shape, wanted.shape)) return array
  const sizes = wanted.shape?.map(size => size ?? '?')
  const found = array ? `an image makes data of shape [${array.shape}]` : 'the data is an image'
  throw unfit(wanted, `${found}, and [${sizes}] is expected`)
}

const unfit = ({ key, file }: Wanted, what: string): FreezeError =>
  new FreezeError('unsupported', what, {
    ...(file && { file }),
    path: [key],
    hint: 'Change the data, or give --shape.',
  })

/** Whether an array of this shape can be given where `wanted` is expected. */
export const matches = (shape: Shape, wanted: PartialShape): boolean =>
  wanted === null ||
  (shape.length === wanted.length && shape.every((size, i) => wanted[i] === null || wanted[i] === size))

/** An array of another type, which numbers become by rounding or wrapping, as a cast does. */
export function ofType(array: NdArray | undefined, wanted: Wanted): NdArray {
  const { dtype } = wanted
  if (!array || (array.dtype === 'string') !== (dtype === 'string'))
    throw unfit(wanted, `the data is of type ${array?.dtype ?? 'unknown'}, and ${dtype} is expected`)
  if (array.dtype === dtype) return array
  const values = elements(array)
  return isBig(dtype)
    ? fromBigints(
        dtype,
        array.shape,
        values.map(v => (typeof v === 'bigint' ? v : BigInt(Math.trunc(v)))),
      )
    : fromNumbers(dtype, array.shape, values.map(Number))
}

function ofLists(value: Literal, wanted: Wanted): NdArray {
  const shape: number[] = []
  for (let level = value; isList(level); level = level[0]!) {
    shape.push(level.length)
    if (level.length === 0) break
  }
  const flat: (number | boolean | string)[] = []
  collect(value, shape, 0, flat, wanted)
  const { dtype } = wanted
  if (dtype === 'string') return fromText(shape, flat.map(String))
  if (isBig(dtype))
    return fromBigints(
      dtype,
      shape,
      flat.map(v => whole(v, wanted)),
    )
  return fromNumbers(
    dtype,
    shape,
    flat.map(v => number(v, wanted)),
  )
}

const isList = (value: Literal): value is readonly Literal[] => typeof value === 'object'

function collect(
  value: Literal,
  shape: Shape,
  depth: number,
  out: (number | boolean | string)[],
  wanted: Wanted,
): void {
  const size = shape[depth]
  if (isList(value) ? value.length !== size : size !== undefined) throw unfit(wanted, 'its lists differ in length')
  if (isList(value)) for (const inner of value) collect(inner, shape, depth + 1, out, wanted)
  else out.push(value)
  if (out.length > elementCount(shape)) throw unfit(wanted, 'its lists differ in length')
}

/** JSON has no word for these. */
const SPECIAL = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function number(value: number | boolean | string, wanted: Wanted): number {
  if (typeof value !== 'string') return Number(value)
  const special = SPECIAL.get(value)
  if (special !== undefined) return special
  throw unfit(wanted, `'${value}' is not a number`)
}

function whole(value: number | boolean | string, wanted: Wanted): bigint {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value)
  if (typeof value !== 'string' && Number.isInteger(Number(value))) return BigInt(value)
  throw unfit(wanted, `'${value}' is not a whole number`)
}
