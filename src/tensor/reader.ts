/** The interface of reading a tensor: an open tensor, and how those that its recipe holds are opened. */
import type { Tensor } from './tensor.ts'

/** An open tensor. */
export interface TensorReader {
  /** Elements `start` to `start + count`, row-major and little-endian. The bytes may be a view: not to be written to. */
  read(start: number, count: number): Promise<Uint8Array>
}

/**
 * The promise of a reader's caller: `sequential` that each read begins where the
 * last one ended, up to the tensor's end; then a checksum is taken on the way.
 */
export type Access = 'sequential' | 'random'

/** How a recipe opens the tensors that it holds: `read.ts` gives it, so that recipes need not know all kinds of others. */
export interface Opening {
  readonly access: Access
  readonly open: (t: Tensor, access: Access) => TensorReader
}
