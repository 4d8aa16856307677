/** What resource and variant values refer to while a graph is evaluated. */
import type { Shape } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { NdArray } from './array.ts'

/** A list of tensors; ops give a new one instead of changing it. */
export interface TensorList {
  readonly kind: 'list'
  readonly dtype: DType
  /** Undefined where nothing is there yet. */
  readonly items: readonly (NdArray | undefined)[]
  /** Null sizes are unknown; null altogether where the rank is. */
  readonly elementShape: readonly (number | null)[] | null
}

/** A TensorArray of TensorFlow 1: changed in place, in the order of its flow. */
export interface TensorArray {
  readonly kind: 'array'
  readonly dtype: DType
  readonly items: (NdArray | undefined)[]
  readonly isDynamic: boolean
  elementShape: readonly (number | null)[] | null
}

/** A lookup table, by the text of its keys. */
export interface Table {
  readonly kind: 'table'
  readonly valueDtype: DType
  readonly valueShape: Shape
  /** Rows of a value array, by key. */
  readonly rows: Map<string, number>
  values: NdArray | undefined
}

export type Handle = TensorList | TensorArray | Table
