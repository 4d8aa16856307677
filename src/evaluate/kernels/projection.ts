/** Images seen through a projective transform. */
import { first, fromNumbers, list, numbers } from '../array.ts'
import { type Kernel, type Kernels, refuse } from '../kernel.ts'

/** By fill mode: where a coordinate outside of 0 to size - 1 is taken from. Source: image_ops.h, MapCoordinate. */
const FILLS: Readonly<Record<string, (at: number, size: number) => number>> = {
  CONSTANT: at => at,
  NEAREST: (at, size) => Math.min(Math.max(at, 0), size - 1),
  WRAP: (at, size) => inside(size <= 1 ? 0 : wrapped(at, size), size),
  REFLECT: (at, size) => inside(size <= 1 ? 0 : reflected(at, size), size),
}

const inside = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1)

function wrapped(at: number, size: number): number {
  if (at < 0) return at + size * (Math.trunc(-at / (size - 1)) + 1)
  return at > size - 1 ? at - size * Math.trunc(at / (size - 1)) : at
}

function reflected(at: number, size: number): number {
  const period = 2 * size
  if (at < 0) {
    const near = at < -period ? at + period * Math.trunc(-at / period) : at
    return near < -size ? near + period : -near - 1
  }
  const near = at > size - 1 ? at - period * Math.trunc(at / period) : at
  return near >= size ? period - near - 1 : near
}

type Read = (y: number, x: number) => number

const nearest = (read: Read, y: number, x: number): number => read(Math.round(y), Math.round(x))

/** Between the four pixels around a place. */
function bilinear(read: Read, y: number, x: number): number {
  const [top, left] = [Math.floor(y), Math.floor(x)]
  const row = (at: number): number => (left + 1 - x) * read(at, left) + (x - left) * read(at, left + 1)
  return (top + 1 - y) * row(top) + (y - top) * row(top + 1)
}

/** The pixel at (x, y) comes from ((a·x + b·y + c) / k, (d·x + e·y + f) / k), where k = g·x + h·y + 1. */
const projected: Kernel = ([images, transforms, size, fill], node) => {
  const [batch, height, width, channels] = images!.shape as [number, number, number, number]
  const [rows, columns] = list(size!) as [number, number]
  const mode = FILLS[node.str('fill_mode') || 'CONSTANT'] ?? refuse(node, `fill mode ${node.str('fill_mode')}`)
  const between = node.str('interpolation') === 'NEAREST' ? nearest : bilinear
  const [pixels, all] = [numbers(images!), list(transforms!)]
  const outside = fill ? first(fill) : 0
  const out = new Float64Array(batch * rows * columns * channels)
  for (let i = 0; i < out.length; i++) {
    const c = i % channels
    const x = Math.floor(i / channels) % columns
    const y = Math.floor(i / channels / columns) % rows
    const n = Math.floor(i / channels / columns / rows)
    const [a, b, cx, d, e, cy, g, h] = all.slice(all.length > 8 ? 8 * n : 0) as [number, ...number[]]
    const scale = g! * x + h! * y + 1
    const read: Read = (atY, atX) =>
      atY >= 0 && atY < height && atX >= 0 && atX < width
        ? pixels[((n * height + atY) * width + atX) * channels + c]!
        : outside
    const [fromX, fromY] = [(a * x + b! * y + cx!) / scale, (d! * x + e! * y + cy!) / scale]
    out[i] = scale === 0 ? outside : between(read, mode(fromY, height), mode(fromX, width))
  }
  return [fromNumbers(images!.dtype, [batch, rows, columns, channels], out)]
}

/** Kernels by op. */
export const projectionKernels: Kernels = {
  ImageProjectiveTransformV2: projected,
  ImageProjectiveTransformV3: projected,
}
