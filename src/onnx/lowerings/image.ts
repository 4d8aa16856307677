/** Images: other sizes, and blocks that move between space and channels. */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { isChannelsFirst } from '../layout.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import type { PlainAttributes } from '../operator-emitter.ts'
import { refuse } from '../refusal.ts'
import { batchToComputedSpace, spaceToComputedBatch } from './blocks.ts'

/** How a position of the result is one of the image. */
const positions = (node: Node): string =>
  node.bool('align_corners') ? 'align_corners' : node.bool('half_pixel_centers') ? 'half_pixel' : 'asymmetric'

/** The attributes of Resize for each op. Source: tensorflow/core/kernels/image and ONNX's description of Resize. */
const RESIZES: Readonly<Record<string, (node: Node) => PlainAttributes>> = {
  ResizeBilinear: () => ({ mode: 'linear' }),
  ResizeNearestNeighbor: node => ({
    mode: 'nearest',
    nearest_mode: node.bool('align_corners') || node.bool('half_pixel_centers') ? 'round_prefer_ceil' : 'floor',
  }),
}

const resize: Lowering = (node, emit) => {
  const [image, size] = inputsOf(node, 2)
  const x = emit.channelsFirst(image)
  const pixels = node.op === 'ResizeNearestNeighbor' ? x : emit.cast(x, 'float32')
  const attributes = { ...RESIZES[node.op]!(node), coordinate_transformation_mode: positions(node) }
  const factors = factorsOf(node, emit)
  const inputs = factors
    ? [pixels, undefined, emit.numbers('float32', [1, 1, ...factors])]
    : [pixels, undefined, undefined, sizesOf(x, size, emit)]
  emit.setFirst(node.out(), emit.op('Resize', inputs, attributes, { name: node.name }))
}

/**
 * How much larger each side becomes, where that is known and gives the asked sizes when it is multiplied and rounded
 * down. A factor may be a little too large for that, except where the nearest pixel is chosen by it.
 */
function factorsOf(node: Node, emit: Emitter): number[] | undefined {
  const [image, size] = inputsOf(node, 2)
  const before = emit.shape(image)?.slice(1, 3)
  const gives = (old: number, factor: number, side: number): boolean =>
    Math.floor(old * factor) === side && Math.floor(Math.fround(old * factor)) === side
  const factors = emit.known(size)?.map((side, i) => {
    const old = before?.[i]
    if (!old) return undefined
    const factor = Math.fround(side / old)
    if (gives(old, factor, side)) return factor
    const larger = Math.fround(factor * (1 + 2 ** -23))
    return node.op !== 'ResizeNearestNeighbor' && gives(old, larger, side) ? larger : undefined
  })
  return factors?.every(factor => factor !== undefined) ? factors : undefined
}

/** The sizes of the result: batch and channels are those of the image. */
function sizesOf(x: Ref, size: Value, emit: Emitter): Ref {
  const outer = emit.op('Slice', [emit.op('Shape', [x]), emit.vector([0]), emit.vector([2])])
  const known = emit.known(size)
  const inner = known ? emit.vector(known) : emit.reshape(emit.cast(emit.value(size), 'int64'), [2])
  return emit.op('Concat', [outer, inner], { axis: 0 })
}

const depthToSpace: Lowering = (node, emit) => {
  const attributes = { blocksize: node.int('block_size'), mode: 'DCR' }
  const isFirst = isChannelsFirst(node)
  const x = isFirst ? emit.value(node.input(0)) : emit.channelsFirst(node.input(0))
  const result = emit.op('DepthToSpace', [x], attributes, { name: node.name })
  if (isFirst) emit.set(node.out(), result)
  else emit.setFirst(node.out(), result)
}

const spaceToDepth: Lowering = (node, emit) => {
  const isFirst = isChannelsFirst(node)
  const x = isFirst ? emit.value(node.input(0)) : emit.channelsFirst(node.input(0))
  const result = emit.op('SpaceToDepth', [x], { blocksize: node.int('block_size') }, { name: node.name })
  if (isFirst) emit.set(node.out(), result)
  else emit.setFirst(node.out(), result)
}

/** The sizes behind the spatial axes and before them, with at most one open size in all. */
function known(emit: Emitter, value: Value): (number | null)[] {
  const shape = emit.shape(value) ?? refuse(`the rank of ${value} is not known`)
  return [...shape]
}

/** Sizes for a reshape; refuses more than one that is open. */
function open(sizes: readonly (number | null)[]): number[] {
  if (sizes.filter(size => size === null).length > 1) refuse('more than one size of the image is open')
  return sizes.map(size => size ?? -1)
}

/** Blocks of an image: [batch, spatial axes…, the rest], and how the spatial axes are padded or cropped. */
interface Blocks {
  readonly block: readonly number[]
  /** [before, after] of each spatial axis. */
  readonly margins: readonly number[]
  readonly batch: number | null
  /** The sizes of the spatial axes of the input. */
  readonly inner: readonly (number | null)[]
  readonly rest: readonly (number | null)[]
}

/** The old forms have one size for both spatial axes. */
function blocksOf(node: Node, emit: Emitter, what: string): Blocks {
  const isOld = node.op === 'SpaceToBatch' || node.op === 'BatchToSpace'
  const block = isOld ? [node.int('block_size'), node.int('block_size')] : emit.ints(node.input(1), 'the block')
  const margins = emit.ints(node.input(isOld ? 1 : 2), what)
  const [batch, ...sizes] = known(emit, node.input(0))
  return { block, margins, batch: batch!, inner: sizes.slice(0, block.length), rest: sizes.slice(block.length) }
}

/** Whether what is known lets constants say all shapes: one size of the image may be open. */
function isFixed(node: Node, emit: Emitter): boolean {
  const shape = emit.shape(node.input(0))
  const isGiven = node.inputs.slice(1).every(input => emit.known(input))
  return isGiven && shape !== null && shape.filter(size => size === null).length < 2
}

const times = (size: number | null, factor: number): number | null => (size === null ? null : size * factor)
const countOf = (block: readonly number[]): number => block.reduce((n, size) => n * size, 1)

/** [n, h·b, w·b, c] → [n, h, b, w, b, c] → [b, b, n, h, w, c] → [b·b·n, h, w, c]. */
const spaceToBatch: Lowering = (node, emit) => {
  if (!isFixed(node, emit)) return emit.set(node.out(), spaceToComputedBatch(node, emit))
  const { block, margins, batch, inner, rest } = blocksOf(node, emit, 'the padding')
  const x = padded(emit, emit.value(node.input(0)), margins, rest.length)
  const small = inner.map((size, i) =>
    size === null ? null : (size + margins[2 * i]! + margins[2 * i + 1]!) / block[i]!,
  )
  const apart = emit.reshape(x, open([batch, ...small.flatMap((size, i) => [size, block[i]!]), ...rest]))
  const perm = [
    ...block.map((_, i) => 2 * i + 2),
    0,
    ...block.map((_, i) => 2 * i + 1),
    ...rest.map((_, i) => 1 + 2 * block.length + i),
  ]
  const turned = emit.op('Transpose', [apart], { perm })
  const sizes = [times(batch, countOf(block)), ...small, ...rest]
  emit.setShape(node.out(), sizes)
  emit.set(node.out(), emit.reshape(turned, open(sizes), node.name))
}

/** The way back: [b·b·n, h, w, c] → [b, b, n, h, w, c] → [n, h, b, w, b, c] → [n, h·b, w·b, c], cropped. */
const batchToSpace: Lowering = (node, emit) => {
  if (!isFixed(node, emit)) return emit.set(node.out(), batchToComputedSpace(node, emit))
  const { block, margins, batch, inner, rest } = blocksOf(node, emit, 'the crops')
  const few = batch === null ? null : batch / countOf(block)
  const apart = emit.reshape(emit.value(node.input(0)), open([...block, few, ...inner, ...rest]))
  const perm = [
    block.length,
    ...block.flatMap((_, i) => [block.length + 1 + i, i]),
    ...rest.map((_, i) => 2 * block.length + 1 + i),
  ]
  const turned = emit.op('Transpose', [apart], { perm })
  const large = inner.map((size, i) => times(size, block[i]!))
  const isCropped = margins.some(crop => crop > 0)
  const left = large.map((size, i) => (size === null ? null : size - margins[2 * i]! - margins[2 * i + 1]!))
  emit.setShape(node.out(), [few, ...left, ...rest])
  const joined = emit.reshape(turned, open([few, ...large, ...rest]), isCropped ? undefined : node.name)
  emit.set(node.out(), isCropped ? cropped(emit, joined, margins, node.name) : joined)
}

/** Zeros around the spatial axes. */
function padded(emit: Emitter, ref: Ref, margins: readonly number[], rest: number): Ref {
  if (margins.every(size => size === 0)) return ref
  const side = (at: 0 | 1): number[] => [0, ...margins.filter((_, i) => i % 2 === at), ...Array<number>(rest).fill(0)]
  return emit.op('Pad', [ref, emit.vector([...side(0), ...side(1)])])
}

function cropped(emit: Emitter, ref: Ref, crops: readonly number[], name: string): Ref {
  const axes = Array.from({ length: crops.length / 2 }, (_, i) => i)
  const starts = axes.map(i => crops[2 * i]!)
  const ends = axes.map(i => (crops[2 * i + 1] === 0 ? Number.MAX_SAFE_INTEGER : -crops[2 * i + 1]!))
  return emit.op(
    'Slice',
    [ref, emit.vector(starts), emit.vector(ends), emit.vector(axes.map(i => i + 1))],
    {},
    { name },
  )
}

export const images: Lowerings = {
  BatchToSpace: batchToSpace,
  BatchToSpaceND: batchToSpace,
  DepthToSpace: depthToSpace,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  SpaceToBatch: spaceToBatch,
  SpaceToBatchND: spaceToBatch,
  SpaceToDepth: spaceToDepth,
}
