/** Partitioned tensors: parts that must cover the whole, each element once. */
import { type ErrorPlace, FreezeError } from '../../errors.ts'
import { MAX_SLICES } from '../../limits.ts'
import { type Block, elementCount, type Tensor } from '../../tensor/tensor.ts'
import type { BundleEntry } from './entry.ts'
import { overlap, type Slice, sliceWithin } from './slice.ts'

/**
 * The blocks of a partitioned tensor, each read by `part`. Throws `corrupt`
 * where parts reach outside, overlap or leave a gap; `limit` above MAX_SLICES.
 */
export async function joinSlices(
  entry: BundleEntry,
  place: ErrorPlace,
  part: (slice: Slice) => Promise<Tensor>,
): Promise<readonly Block[]> {
  checkCover(entry, place)
  const blocks: Block[] = []
  for (const slice of entry.slices) blocks.push({ start: slice.map(e => e.start), tensor: await part(slice) })
  return blocks
}

function checkCover({ shape, slices }: BundleEntry, place: ErrorPlace): void {
  if (slices.length > MAX_SLICES)
    throw new FreezeError('limit', `a tensor in ${slices.length} parts, at most ${MAX_SLICES} are read`, place)
  const spelt = slices.map(slice => {
    const within = sliceWithin(shape, slice)
    if (!within) throw new FreezeError('corrupt', `a part of the tensor reaches outside of its shape [${shape}]`, place)
    return within
  })
  if (spelt.some((a, i) => spelt.some((b, j) => j < i && overlap(a, b))))
    throw new FreezeError('corrupt', 'two parts of the tensor overlap', place)
  const covered = spelt.reduce((sum, slice) => sum + elementCount(slice.map(e => e.length)), 0)
  if (covered !== elementCount(shape))
    throw new FreezeError('corrupt', `parts hold ${covered} of the tensor's ${elementCount(shape)} elements`, place)
}
