/** The parameters that convolutions and pools share: strides and dilations of the spatial axes, and how a window meets the border. */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { isChannelsFirst } from '../layout.ts'
import type { Ref } from '../model.ts'
import type { PlainAttributes } from '../operator-emitter.ts'

/** The entries of an attribute of window sizes that are for spatial axes; ones where it is absent. */
export function spatial(node: Node, name: string, axes: number): number[] {
  const attr = node.attr(name)
  const sizes = attr?.kind === 'list' ? node.ints(name) : []
  if (sizes.length === 0) return Array<number>(axes).fill(1)
  const first = isChannelsFirst(node) ? 2 : 1
  return sizes.slice(first, first + axes)
}

/** The sizes of a value along its spatial axes, as far as they are known. */
export function spatialSizes(node: Node, value: Value, emit: Emitter, axes: number): (number | null)[] {
  const shape = emit.shape(value)
  const first = isChannelsFirst(node) ? 2 : 1
  return Array.from({ length: axes }, (_, i) => shape?.[first + i] ?? null)
}

export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
}

/** `pads`, or `auto_pad` where they depend on sizes that are open. SAME puts the odd one at the end. */
export function padding(
  node: Node,
  image: Value,
  emit: Emitter,
  { kernel, strides, dilations }: Window,
): PlainAttributes {
  const kind = node.str('padding')
  if (kind === 'VALID') return {}
  const first = isChannelsFirst(node) ? 2 : 1
  if (kind === 'EXPLICIT') {
    const given = node.ints('explicit_paddings')
    const pairs = kernel.map((_, i) => [given[2 * (first + i)]!, given[2 * (first + i) + 1]!] as const)
    return { pads: [...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)] }
  }
  const totals = spatialSizes(node, image, emit, kernel.length).map((size, i) => {
    const reach = (kernel[i]! - 1) * dilations[i]! + 1
    if (strides[i] === 1) return reach - 1
    return size === null ? null : Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + reach - size)
  })
  if (totals.includes(null)) return { auto_pad: 'SAME_UPPER' }
  const before = totals.map(total => Math.floor(total! / 2))
  const after = totals.map((total, i) => total! - before[i]!)
  return [...before, ...after].some(pad => pad > 0) ? { pads: [...before, ...after] } : {}
}

/** An attribute of window sizes, left out where all are 1. */
export const unlessOnes = (values: readonly number[]): readonly number[] | undefined =>
  values.some(value => value !== 1) ? values : undefined

/** The image that a node reads, channels first. */
export const imageOf = (node: Node, value: Value, emit: Emitter): Ref =>
  isChannelsFirst(node) ? emit.value(value) : emit.channelsFirst(value)

/** An image that a node makes, given channels first. */
export function setImage(node: Node, value: Value, ref: Ref, emit: Emitter): void {
  if (isChannelsFirst(node)) emit.set(value, ref)
  else emit.setFirst(value, ref)
}
