/** Weights in a file beside the model: each at a multiple of a page, so that a reader can map it into memory. */
import { chunks } from '../tensor/read.ts'
import { byteLength, type Tensor } from '../tensor/tensor.ts'
import type { OnnxGraph } from './model.ts'
import type { ExternalData } from './write.ts'

const PAGE = 4096
/** Constants up to this size stay in the model: shapes and axes are looked at before a model runs. */
const MAX_INSIDE = 1024

/** The weights that lie outside, in their order, with their places. */
export interface Outside extends ExternalData {
  readonly places: ReadonlyMap<Tensor, number>
}

/** Gives each large constant of a graph its place in the file of this name. */
export function placeOutside({ initializers }: OnnxGraph, location: string): Outside {
  const places = new Map<Tensor, number>()
  let at = 0
  for (const { tensor } of initializers) {
    if (tensor.dtype === 'string' || byteLength(tensor) <= MAX_INSIDE) continue
    at = Math.ceil(at / PAGE) * PAGE
    places.set(tensor, at)
    at += byteLength(tensor)
  }
  return { location, places, offsetOf: tensor => places.get(tensor) }
}

/** The bytes of that file. */
export function externalFile({ places }: Outside): {
  readonly size: number
  readonly chunks: AsyncIterable<Uint8Array>
} {
  const [tensor, offset] = [...places].at(-1) ?? []
  return { size: tensor ? offset! + byteLength(tensor) : 0, chunks: bytesOf(places) }
}

async function* bytesOf(places: ReadonlyMap<Tensor, number>): AsyncGenerator<Uint8Array, void> {
  let at = 0
  for (const [tensor, offset] of places) {
    if (offset > at) yield new Uint8Array(offset - at)
    yield* chunks(tensor)
    at = offset + byteLength(tensor)
  }
}
