/** The values of a weight, read when the user asks to see them. */
import { FreezeError } from '../../../src/errors.ts'
import { decode, isNumeric } from '../../../src/tensor/codec.ts'
import { openTensor } from '../../../src/tensor/read.ts'
import { elementCount, type Tensor } from '../../../src/tensor/tensor.ts'
import type { TensorValues, Viewpoint } from '../protocol.ts'
import type { Session } from './session.ts'
import { tensorOf } from './weights.ts'

/** Elements that are looked at: a second's work. */
const MAX_READ = 4_000_000
const MAX_LISTED = 48
const STEPS = 32

export async function values(session: Session, params: Viewpoint & { readonly id: string }): Promise<TensorValues> {
  const scene = session.scene(params)
  const box = scene.box(params.id)
  const tensor = box?.kind === 'node' ? await tensorOf(session, params, scene, box) : undefined
  if (!tensor) throw new FreezeError('missing', 'this is neither a constant nor a variable')
  return tensor.dtype === 'string' ? texts(tensor) : numbers(tensor)
}

function texts({ recipe, shape }: Tensor): TensorValues {
  const listed = recipe.kind === 'strings' ? recipe.values.slice(0, MAX_LISTED) : []
  return {
    count: elementCount(shape),
    read: listed.length,
    first: listed.map(bytes => JSON.stringify(new TextDecoder().decode(bytes))),
  }
}

async function numbers(tensor: Tensor): Promise<TensorValues> {
  const count = elementCount(tensor.shape)
  const read = Math.min(count, MAX_READ)
  if (!isNumeric(tensor.dtype) || read === 0) return { count, read: 0, first: [] }
  const all = decode(tensor.dtype, await openTensor(tensor).read(0, read))
  const first = Array.from(all.slice(0, MAX_LISTED), value => String(Number(value.toPrecision(6))))
  const statistics = measured(all)
  return { count, read, first, statistics, histogram: histogram(all, statistics.min, statistics.max) }
}

function measured(all: Float64Array): NonNullable<TensorValues['statistics']> {
  let [min, max, sum, zeros, notFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0]
  for (const value of all) {
    if (!Number.isFinite(value)) {
      notFinite++
      continue
    }
    if (value < min) min = value
    if (value > max) max = value
    if (value === 0) zeros++
    sum += value
  }
  return { min, max, mean: sum / Math.max(1, all.length - notFinite), zeros, notFinite }
}

function histogram(all: Float64Array, min: number, max: number): number[] {
  const counts = Array<number>(STEPS).fill(0)
  const scale = max > min ? STEPS / (max - min) : 0
  for (const value of all) if (Number.isFinite(value)) counts[Math.min(STEPS - 1, Math.floor((value - min) * scale))]!++
  return counts
}
