import { pick } from '../elements.ts'
import { type Element, type Fact, type Inferred, known } from '../fact.ts'
import { axisIn, lengthOf, numberOf, numbersOf, type Rule, type Rules, withRank } from '../rule.ts'
import {
  type Dim,
  mergeShapes,
  numElements,
  offsets,
  ofRank,
  overDim,
  plusDim,
  staticShape,
  strides,
  timesDim,
} from '../shape.ts'
import { stridedSlice } from './strided-slice.ts'

/** All values of the tensors one after the other: what joining along the first axis does. */
function joined(parts: readonly Fact[]): Element[] | undefined {
  const values = parts.map(p => p.elements ?? Array<Element>(numElements(p.shape) ?? 0).fill(null))
  return parts.every(p => numElements(p.shape) !== null) ? values.flat() : undefined
}

const pack: Rule = (node, inputs) => {
  const shape = inputs.map(f => f.shape).reduce(mergeShapes)
  if (shape === null) return []
  const axis = axisIn(node.int('axis'), shape.length + 1)
  return [{ shape: shape.toSpliced(axis, 0, inputs.length), ...(axis === 0 && known(joined(inputs))) }]
}

const unpack: Rule = (node, [x]) => {
  const count = node.count('num')
  if (x.shape === null) return []
  const axis = axisIn(node.int('axis'), x.shape.length)
  const shape = x.shape.toSpliced(axis, 1)
  const each = numElements(shape)
  return Array.from({ length: count }, (_, i) => ({
    shape,
    ...(axis === 0 && each !== null && known(x.elements?.slice(i * each, (i + 1) * each))),
  }))
}

function concatenation(parts: readonly Fact[], axisFact: Fact): Inferred {
  const rank = parts.find(p => p.shape !== null)?.shape?.length
  if (rank === undefined) return { shape: null }
  const dims = parts.map(p => withRank(p, rank))
  const axis = numberOf(axisFact)
  if (axis === null) return { shape: ofRank(rank) }
  const along = axisIn(axis, rank)
  const others = dims.map(d => d.with(along, null)).reduce<readonly Dim[] | null>(mergeShapes, ofRank(rank))
  const shape = others?.with(along, dims.map(d => d[along]!).reduce<Dim>(plusDim, 0)) ?? null
  return { shape, ...(along === 0 && known(joined(parts))) }
}

const concat: Rule = (_, [axis, ...parts]) => [concatenation(parts, axis)]
const concatV2: Rule = (_, inputs) => [concatenation(inputs.slice(0, -1), inputs.at(-1)!)]
const concatOffset: Rule = (_, [, ...shapes]) => shapes.map(s => s.shape)

/** `count` equal parts. */
const split: Rule = (node, [axis, x]) => {
  const count = node.count('num_split')
  if (x.shape === null) return []
  const at = numberOf(axis)
  if (at === null) return Array.from({ length: count }, () => ofRank(x.shape!.length))
  const along = axisIn(at, x.shape.length)
  const shape = x.shape.with(along, overDim(x.shape[along]!, count))
  const each = numElements(shape)
  return Array.from({ length: count }, (_, i) => ({
    shape,
    ...(along === 0 && each !== null && known(x.elements?.slice(i * each, (i + 1) * each))),
  }))
}

/** Parts of given sizes; one of them may be −1, the rest. */
const splitV: Rule = (node, [x, sizes, axis]) => {
  const count = node.count('num_split')
  if (x.shape === null) return []
  const at = numberOf(axis)
  if (at === null) return Array.from({ length: count }, () => (count === 1 ? x.shape : ofRank(x.shape!.length)))
  const along = axisIn(at, x.shape.length)
  const parts = splitSizes(x.shape[along]!, numbersOf(sizes) ?? ofRank(count))
  const { shape } = x
  return parts.map(part => shape.with(along, part))
}

function splitSizes(whole: Dim, sizes: readonly Dim[]): readonly Dim[] {
  const rest = sizes.indexOf(-1)
  if (rest < 0) return sizes
  const others = sizes.filter((_, i) => i !== rest).reduce(plusDim, 0)
  return sizes.with(rest, whole === null || others === null ? null : whole - others)
}

/** From `begin`, `size` elements an axis; −1: all that follow. */
const slice: Rule = (_, [x, begin, size]) => {
  const rank = x.shape?.length ?? lengthOf(begin) ?? lengthOf(size)
  if (rank === null) return []
  const dims = withRank(x, rank)
  const [from, count] = [numbersOf(begin) ?? ofRank(rank), numbersOf(size) ?? ofRank(rank)]
  const shape = dims.map((d, i) => (count[i] === -1 ? restOf(d, from[i]!) : (count[i] ?? null)))
  const [source, result] = [staticShape(dims), staticShape(shape)]
  const start = from.filter(f => f !== null)
  if (!x.elements || !source || !result || start.length < rank) return [shape]
  const steps = strides(source)
  return [
    {
      shape,
      ...known(
        pick(
          x,
          offsets(
            result,
            steps,
            start.reduce((n, f, i) => n + f * steps[i]!, 0),
          ),
        ),
      ),
    },
  ]
}

const restOf = (size: Dim, from: number | null): Dim => (size === null || from === null ? null : size - from)

/** The blocks of each axis after the first, and the borders' sum along it; null where not known. */
function blocksOf(block: Fact, borders: Fact): readonly { block: Dim; border: Dim }[] | null {
  const count = lengthOf(block)
  if (count === null) return null
  const sizes = numbersOf(block) ?? ofRank(count)
  const pairs = numbersOf(borders)
  return sizes.map((size, i) => ({ block: size, border: plusDim(pairs?.[2 * i] ?? null, pairs?.[2 * i + 1] ?? null) }))
}

/** Padded axes divide by their block, which multiplies the batch. */
const spaceToBatchNd: Rule = (_, [x, block, paddings]) => {
  const blocks = blocksOf(block, paddings)
  if (x.shape === null || !blocks) return [x.shape && ofRank(x.shape.length)]
  const all = blocks.reduce((n: Dim, b) => timesDim(n, b.block), 1)
  return [
    x.shape.map((d, i) => {
      const axis = blocks[i - 1]
      if (!axis) return i === 0 ? timesDim(d, all) : d
      return axis.block === null ? null : overDim(plusDim(d, axis.border), axis.block)
    }),
  ]
}

/** The batch divides by the blocks, which multiply their axes; then these are cropped. */
const batchToSpaceNd: Rule = (_, [x, block, crops]) => {
  const blocks = blocksOf(block, crops)
  if (x.shape === null || !blocks) return [x.shape && ofRank(x.shape.length)]
  const all = blocks.reduce((n: Dim, b) => timesDim(n, b.block), 1)
  return [
    x.shape.map((d, i) => {
      const axis = blocks[i - 1]
      if (!axis) return i > 0 ? d : all === null ? null : overDim(d, all)
      return axis.border === null ? null : plusDim(timesDim(d, axis.block), -axis.border)
    }),
  ]
}

/** The shape functions of joining, splitting and slicing. */
export const arrayRules: Rules = {
  Pack: pack,
  Unpack: unpack,
  Concat: concat,
  ConcatV2: concatV2,
  ConcatOffset: concatOffset,
  ParallelConcat: node => [node.shape('shape')],
  Split: split,
  SplitV: splitV,
  Slice: slice,
  StridedSlice: stridedSlice,
  SpaceToBatchND: spaceToBatchNd,
  BatchToSpaceND: batchToSpaceNd,
}
