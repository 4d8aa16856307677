/** Images of other sizes: of which pixels each one of the result is made, along one axis, and with which weights. */
import type { Node } from '../graph/node.ts'
import { refuse } from './kernel.ts'

const f = Math.fround

/** Which input positions an output position is made of, and with which weights. */
export type Taps = readonly (readonly [position: number, weight: number])[]

export const clamp = (i: number, size: number): number => Math.min(Math.max(i, 0), size - 1)

/** Each output position of one dimension as a weighted sum of input positions. */
export type Sampler = (input: number, output: number, node: Node) => Taps[]

/** A resize that is part of a convolution has the attribute under a longer name. */
const alignsCorners = (node: Node): boolean =>
  node.bool(node.attr('resize_align_corners') === undefined ? 'align_corners' : 'resize_align_corners')

/** Input per output position. Source: image_resizer_state.h, CalculateResizeScale. */
const scaleOf = (input: number, output: number, node: Node): number =>
  alignsCorners(node) && output > 1 ? f((input - 1) / (output - 1)) : f(input / output)

const hasHalfPixels = (node: Node): boolean =>
  node.attr('half_pixel_centers') !== undefined && node.bool('half_pixel_centers')

/** Where the centre of an output position lies in the input; float32 throughout, as it decides what is next to what. */
const centre = (i: number, scale: number, node: Node): number =>
  hasHalfPixels(node) ? f(f(f(i + 0.5) * scale) - 0.5) : f(i * scale)

/** Between the two pixels around the place `at` of each output position. */
export const linear = (input: number, output: number, at: (i: number) => number): Taps[] =>
  Array.from({ length: output }, (_, i) => {
    const place = at(i)
    const floor = Math.floor(place)
    const lerp = f(place - floor)
    return [
      [clamp(floor, input), 1 - lerp],
      [clamp(floor + 1, input), lerp],
    ]
  })

export const bilinear: Sampler = (input, output, node) => {
  const scale = scaleOf(input, output, node)
  return linear(input, output, i => centre(i, scale, node))
}

export const nearest: Sampler = (input, output, node) => {
  const scale = scaleOf(input, output, node)
  return Array.from({ length: output }, (_, i) => {
    const at = hasHalfPixels(node) ? f(f(i + 0.5) * scale) : f(i * scale)
    return [[clamp(alignsCorners(node) ? Math.round(at) : Math.floor(at), input), 1]]
  })
}

/** Steps of the table that TensorFlow takes cubic weights from. */
const CUBIC_STEPS = 1024

/** The cubic convolution kernel at distances x and 1 + x. */
const cubicNear = (a: number, x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1
const cubicFar = (a: number, x: number): number => ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a

/** Source: resize_bicubic_op.cc, GetWeightsAndIndices. With half pixels Keys's kernel, and no weight outside. */
export const bicubic: Sampler = (input, output, node) => {
  const scale = scaleOf(input, output, node)
  const isKeys = hasHalfPixels(node)
  const a = isKeys ? -0.5 : -0.75
  return Array.from({ length: output }, (_, i) => {
    const at = centre(i, scale, node)
    const floor = Math.floor(at)
    const x = Math.round((at - floor) * CUBIC_STEPS) / CUBIC_STEPS
    const weights = [cubicFar(a, x), cubicNear(a, x), cubicNear(a, 1 - x), cubicFar(a, 1 - x)]
    const taps = weights.map((w, k) => [floor - 1 + k, w] as const)
    if (!isKeys) return taps.map(([p, w]) => [clamp(p, input), w] as const)
    return normalised(taps.filter(([p]) => p >= 0 && p < input))
  })
}

const normalised = (taps: Taps): Taps => {
  const sum = taps.reduce((s, [, w]) => s + w, 0)
  return Math.abs(sum) < 1e-35 ? taps : taps.map(([p, w]) => [p, w / sum] as const)
}

/** The mean of the area that an output position covers. */
export const area: Sampler = (input, output, node) => {
  const scale = scaleOf(input, output, node)
  return Array.from({ length: output }, (_, i) => {
    const [from, to] = [f(i * scale), f((i + 1) * scale)]
    const taps: [number, number][] = []
    for (let p = Math.floor(from); p < Math.ceil(to); p++) {
      taps.push([clamp(p, input), (Math.min(p + 1, to) - Math.max(p, from)) / scale])
    }
    return taps
  })
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
const lanczos = (radius: number): [number, (x: number) => number] => [
  radius,
  x => (x > radius ? 0 : Math.abs(x) <= 1e-3 ? 1 : sinc(x) * sinc(x / radius)),
]

/** Radius and weight of the kernels of ScaleAndTranslate. Source: sampling_kernels.h. */
const SAMPLING: Record<string, [number, (x: number) => number]> = {
  lanczos1: lanczos(1),
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
  gaussian: [1.5, x => (x >= 1.5 ? 0 : Math.exp((-x * x) / (2 * 0.5 * 0.5)))],
  box: [1, x => (x < 0.5 ? 1 : x === 0.5 ? 0.5 : 0)],
  triangle: [1, x => Math.max(0, 1 - x)],
  keyscubic: [2, x => (x >= 2 ? 0 : x >= 1 ? cubicFar(-0.5, x - 1) : cubicNear(-0.5, x))],
  mitchellcubic: [
    2,
    x => {
      if (x >= 2) return 0
      if (x >= 1) return (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9
      return ((7 / 6) * x - 2) * x * x + 8 / 9
    },
  ],
}

/** Source: scale_and_translate_op.cc, ComputeSpansCore. */
export function spans(node: Node, input: number, output: number, scale: number, translate: number): Taps[] {
  const [radius, kernel] = SAMPLING[node.str('kernel_type')] ?? refuse(node, `kernel ${node.str('kernel_type')}`)
  const inverse = 1 / scale
  const widen = node.bool('antialias') ? Math.max(inverse, 1) : 1
  return Array.from({ length: output }, (_, i) => {
    const at = (i + 0.5) * inverse - translate * inverse
    if (at < 0 || at > input) return []
    const from = clamp(Math.ceil(at - radius * widen - 0.5), input)
    const to = clamp(Math.floor(at + radius * widen - 0.5), input)
    const taps: [number, number][] = []
    for (let p = from; p <= to; p++) taps.push([p, kernel(Math.abs(p + 0.5 - at) / widen)])
    return normalised(taps)
  })
}
