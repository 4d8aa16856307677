/** One weight in its file, whichever format that has. */
import { FreezeError } from '../../../errors.ts'
import type { Hdf5Dataset } from '../../../formats/hdf5/dataset.ts'
import * as make from '../../../tensor/make.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import type { DType } from '../../../tensorflow/dtype.ts'

/** A weight that was found and not yet read. */
export interface StoredWeight {
  /** Its name in the file: `/model_weights/dense/dense/kernel:0`. */
  readonly path: string
  readonly shape: readonly number[]
  /** undefined for elements that are not numbers; `type` says what they are. */
  readonly dtype: DType | undefined
  readonly type: string
  /** File and path: `model.h5:/model_weights/dense/dense/kernel:0`. */
  readonly where: string
  readonly bytes: number
  /** Throws `unsupported` where the elements are not numbers. */
  tensor(): Tensor
}

/** A dataset of HDF5. */
export const fromDataset = ({ path, shape, dtype, type, source }: Hdf5Dataset): StoredWeight => ({
  path,
  shape,
  dtype,
  type,
  where: source.name,
  bytes: source.size,
  tensor() {
    if (dtype) return make.range(dtype, shape, source, 0)
    throw new FreezeError('unsupported', `the weight has elements of type ${type}`, {
      file: source.name,
      hint: 'Save the model before quantising it, with weights of numbers.',
    })
  },
})

/** A tensor of a checkpoint, under its key. */
export const fromTensor = (path: string, tensor: Tensor, file: string, bytes: number): StoredWeight => ({
  path,
  shape: tensor.shape,
  dtype: tensor.dtype,
  type: tensor.dtype,
  where: `${file}:${path}`,
  bytes,
  tensor: () => tensor,
})
