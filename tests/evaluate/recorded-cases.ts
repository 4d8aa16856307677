/** Cases of one op as fixtures/kernels.py records them: tensors, attributes and what TensorFlow gave. */
import type { PlainAttr } from '../../src/graph/attr.ts'
import { strings } from '../../src/tensor/make.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'

/** A tensor as fixtures/kernels.py records it. */
export type Recorded = readonly [dtype: DType, shape: number[], data: string | readonly string[]]
export interface Case {
  readonly attrs: Readonly<Record<string, unknown>>
  readonly inputs: readonly Recorded[]
  readonly outputs?: readonly Recorded[]
  readonly error?: true
}

export function tensor([dtype, shape, data]: Recorded): Tensor {
  if (typeof data === 'string')
    return { dtype, shape, recipe: { kind: 'memory', bytes: Uint8Array.from(Buffer.from(data, 'base64')) } }
  const bytes = data.map(text => Uint8Array.from(text, c => c.charCodeAt(0)))
  return strings(shape, bytes)
}

/** An attribute as `Graph.add` takes it. */
export function attribute(value: unknown): PlainAttr {
  const wrapped = value as { type?: DType; shape?: readonly number[] | null }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value as PlainAttr
  if (wrapped.type) return { kind: 'type', value: wrapped.type }
  return { kind: 'shape', value: wrapped.shape?.map(d => (d < 0 ? null : d)) ?? null }
}
