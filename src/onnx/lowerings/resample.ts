/**
 * Resizes that ONNX's Resize computes otherwise, as two products with matrices of weights, one for each side:
 * rows · image · columns. TensorFlow takes the weights of cubics from a table of 1024 steps.
 * Source: tensorflow/core/kernels/image/resize_bicubic_op.cc, resize_area_op.cc.
 */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import { refuse } from '../refusal.ts'

/** The weights of every pixel of a side, for each pixel of the result. */
type Weights = (from: number, to: number) => readonly (readonly number[])[]

/** Resizes by weights. Refuses sizes that are not known. */
function byMatrices(node: Node, emit: Emitter, weights: Weights): void {
  const [image, size] = node.inputs as [Value, Value]
  const target = emit.ints(size, 'the size')
  const [, height, width] = emit.shape(image) ?? []
  const sides = [height, width].map(side => side ?? refuse('the size of the image is not known'))
  const [rows, columns] = sides.map((side, i) => weights(side, target[i]!)) as [number[][], number[][]]
  const x = emit.cast(emit.channelsFirst(image), 'float32')
  const wide = emit.op('MatMul', [emit.matrix(rows.flat(), target[0]!, sides[0]!), x])
  const turned = sides[1] === 0 ? [] : columns[0]!.flatMap((_, i) => columns.map(column => column[i]!))
  const right = emit.matrix(turned, sides[1]!, target[1]!)
  emit.setFirst(node.out(), emit.op('MatMul', [wide, right], {}, { name: node.name }))
}

/** How many pixels of the image one of the result spans. */
const scaleOf = (node: Node, from: number, to: number): number =>
  node.bool('align_corners') && to > 1 ? Math.fround((from - 1) / (to - 1)) : Math.fround(from / to)

/** How much of each pixel lies in one of the result. Past the last pixel that one is taken again. */
const resizeArea: Lowering = (node, emit) =>
  byMatrices(node, emit, (from, to) => {
    const scale = scaleOf(node, from, to)
    return Array.from({ length: to }, (_, row) => {
      const [start, end] = [row * scale, (row + 1) * scale]
      const cover = Array<number>(from).fill(0)
      for (let at = Math.floor(start); at < Math.ceil(end); at++)
        cover[Math.min(at, from - 1)]! += Math.min(at + 1, end) - Math.max(at, start)
      return cover.map(part => part / scale)
    })
  })

const STEPS = 1024

/** The weights of the two pixels on one side of a position, `x` from the nearer one. */
function cubic(a: number, x: number): readonly [near: number, far: number] {
  const y = x + 1
  return [((a + 2) * x - (a + 3)) * x * x + 1, ((a * y - 5 * a) * y + 8 * a) * y - 4 * a]
}

/** Four pixels a position. With half-pixel centers those outside do not count, else the border is taken again. */
const resizeBicubic: Lowering = (node, emit) =>
  byMatrices(node, emit, (from, to) => {
    const isHalf = node.bool('half_pixel_centers')
    const scale = scaleOf(node, from, to)
    return Array.from({ length: to }, (_, row) => {
      const position = isHalf ? (row + 0.5) * scale - 0.5 : row * scale
      const whole = Math.floor(position)
      const step = Math.round((position - whole) * STEPS) / STEPS
      const [near, far] = cubic(isHalf ? -0.5 : -0.75, step)
      const [nextNear, nextFar] = cubic(isHalf ? -0.5 : -0.75, 1 - step)
      return placed(from, whole - 1, [far, near, nextNear, nextFar], isHalf)
    })
  })

/** Weights of neighbouring pixels from `first` on, in a row of all pixels. */
function placed(count: number, first: number, weights: readonly number[], dropsOutside: boolean): number[] {
  const row = Array<number>(count).fill(0)
  for (const [i, weight] of weights.entries()) {
    const inside = Math.min(Math.max(first + i, 0), count - 1)
    if (!dropsOutside || inside === first + i) row[inside]! += weight
  }
  const sum = dropsOutside ? row.reduce((total, weight) => total + weight, 0) : 1
  return row.map(weight => weight / sum)
}

export const resamples: Lowerings = {
  ResizeArea: resizeArea,
  ResizeBicubic: resizeBicubic,
}
