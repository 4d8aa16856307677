/** Moves and choices of elements in the operators that TF.js has. */
import type { Dim } from '../../facts/shape.ts'
import { string } from '../../graph/attr.ts'
import type { Value } from '../../graph/node.ts'
import { any, as, op } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { fromValues } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { Builder } from './build.ts'

/** Roll: of each axis the last elements come first. */
const roll = rule({
  name: 'tfjs-roll',
  find: as('node', op('Roll', [any('x'), any('shift'), any('axis')])),
  replace({ node, x, shift, axis }, { graph, facts }) {
    const shape = facts.shape(x)
    const [shifts, axes] = [facts.numbers(shift), facts.numbers(axis)]
    if (!shape || !shifts || !axes) return 'its rank, shift or axis is not known'
    const turns = shape.map(() => 0)
    for (const [i, a] of axes.entries()) turns[a < 0 ? a + shape.length : a]! += shifts[i]!
    const open = turns.findIndex((turn, a) => turn !== 0 && shape[a] === null)
    if (open >= 0) return `the size of axis ${open} is not known`
    const b = new Builder(graph, node)
    return turns.reduce(
      (value, turn, a) => {
        const size = shape[a]!
        const last = size > 0 ? ((turn % size) + size) % size : 0
        if (last === 0) return value
        const along = b.number('int32', a)
        const parts = b.node('SplitV', [value, b.ints([size - last, last]), along], { num_split: 2 })
        return b.op('ConcatV2', [parts.out(1), parts.out(0), along])
      },
      b.op('Identity', [x]),
    )
  },
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** Einsum with the labels a, b, c …: TF.js makes lower case of them, and takes B for b. Attention layers of Keras. */
const smallLabels = rule({
  name: 'tfjs-small-labels',
  find: as('node', op('Einsum')),
  test: ({ node }) => /[A-Z]/.test(node.str('equation')),
  replace({ node }, { like }) {
    const labels = [...new Set(node.str('equation').match(/[A-Za-z]/g))]
    if (labels.length > LETTERS.length) return `it has ${labels.length} labels`
    const equation = node.str('equation').replace(/[A-Za-z]/g, label => LETTERS[labels.indexOf(label)]!)
    return like(node, node.inputs, { equation: string(equation) }).out()
  },
})

/** Select with a condition for each row: TF.js stretches it along the last axis, TensorFlow along the first. */
const rowCondition = rule({
  name: 'tfjs-row-condition',
  find: as('node', op('Select', [any('condition'), any('x'), any('y')])),
  test: ({ condition, x, y }, { facts }) => {
    const rank = facts.shape(x)?.length ?? facts.shape(y)?.length
    return facts.shape(condition)?.length === 1 && rank !== undefined && rank > 1
  },
  replace({ node, condition, x, y }, { graph, facts }) {
    const b = new Builder(graph, node)
    const rank = (facts.shape(x) ?? facts.shape(y))!.length
    const column = b.op('Reshape', [condition, b.ints([-1, ...Array<number>(rank - 1).fill(1)])])
    return b.op('SelectV2', [column, x, y])
  },
})

/** A running sum along an axis that is counted from the end, which TF.js misreads. */
const cumulative = rule({
  name: 'tfjs-cumulative-axis',
  find: as('node', op(['Cumsum', 'Cumprod'], [any('x'), any('axis')])),
  test: ({ axis }, { facts }) => (facts.numbers(axis)?.[0] ?? 0) < 0,
  replace({ node, x, axis }, { graph, facts, like }) {
    const rank = facts.shape(x)?.length
    if (rank === undefined) return 'its rank is not known'
    return like(node, [x, new Builder(graph, node).number('int32', facts.numbers(axis)![0]! + rank)]).out()
  },
})

/** The diagonals that stay, as a mask; TF.js' own MatrixBandPart keeps others. */
const bandPart = rule({
  name: 'tfjs-band-part',
  find: as('node', op('MatrixBandPart', [any('x'), any('lower'), any('upper')])),
  replace({ node, x, lower, upper }, { graph, facts }) {
    const rank = facts.shape(x)?.length
    const [below] = facts.numbers(lower) ?? []
    const [above] = facts.numbers(upper) ?? []
    if (rank === undefined) return 'the rank of its matrices is not known'
    if (below === undefined || above === undefined) return 'how many diagonals stay is not known'
    const b = new Builder(graph, node)
    const sizes = facts.shape(x)!.slice(-2)
    const mask = isKnown(sizes) ? b.constant(band(sizes, below, above)) : openBand(b, x, rank, [below, above])
    return mask ? b.op('SelectV2', [mask, x, b.op('ZerosLike', [x])]) : b.op('Identity', [x])
  },
})

const isKnown = (sizes: readonly Dim[]): sizes is readonly [number, number] => sizes.every(size => size !== null)

function band([rows, columns]: readonly [number, number], below: number, above: number): Tensor {
  const kept = Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    return (below < 0 || row - column <= below) && (above < 0 || column - row <= above)
  })
  return fromValues('bool', [rows, columns], kept)
}

/** The mask for matrices whose sizes the graph computes: rows minus columns within bounds; undefined where all stay. */
function openBand(b: Builder, x: Value, rank: number, [below, above]: readonly [number, number]): Value | undefined {
  const shape = b.op('Shape', [x], { out_type: 'int32' })
  const places = [rank - 2, rank - 1].map(axis => {
    const size = b.op('GatherV2', [shape, b.number('int32', axis), b.number('int32', 0)])
    return b.op('Range', [b.number('int32', 0), size, b.number('int32', 1)])
  })
  const offset = b.op('Sub', [b.op('ExpandDims', [places[0]!, b.number('int32', 1)]), places[1]!])
  const bounds = [
    ...(below < 0 ? [] : [b.op('LessEqual', [offset, b.number('int32', below)])]),
    ...(above < 0 ? [] : [b.op('GreaterEqual', [offset, b.number('int32', -above)])]),
  ]
  return bounds.length === 2 ? b.op('LogicalAnd', bounds) : bounds[0]
}

/** Blocks of pixels to channels: [n, h, w, c] → [n, h/s, w/s, s·s·c]. */
const spaceToDepth = rule({
  name: 'tfjs-space-to-depth',
  find: as('node', op('SpaceToDepth', [any('x')], { data_format: 'NHWC' })),
  replace({ node, x }, { graph, facts }) {
    const [, height, width, channels] = facts.shape(x) ?? []
    if (height == null || width == null || channels == null) return 'the size of its images is not known'
    const size = node.int('block_size')
    const [rows, columns] = [height / size, width / size]
    const b = new Builder(graph, node)
    const blocks = b.op('Reshape', [x, b.ints([-1, rows, size, columns, size * channels])])
    const moved = b.op('Transpose', [blocks, b.ints([0, 1, 3, 2, 4])])
    return b.op('Reshape', [moved, b.ints([-1, rows, columns, size * size * channels])])
  },
})

/** Sums of rows by their segment: ScatterNd adds what goes to one place. */
function scattered(b: Builder, rows: Value, segments: Value, shape: Value): Value {
  const column = b.op('ExpandDims', [b.cast(segments, 'int32'), b.number('int32', -1)])
  return b.op('ScatterNd', [column, rows, shape])
}

const isWhole = (sizes: readonly (number | null)[]): sizes is readonly number[] => sizes.every(size => size !== null)

const unsortedSum = rule({
  name: 'tfjs-unsorted-segment-sum',
  find: as('node', op('UnsortedSegmentSum', [any('x'), any('segments'), any('count')])),
  replace({ node, x, segments, count }, { graph, facts }) {
    const rank = facts.shape(segments)?.length
    const rest = rank === undefined ? undefined : facts.shape(x)?.slice(rank)
    if (!rest || !isWhole(rest)) return 'the shape of its result is not known'
    const b = new Builder(graph, node)
    const first = b.op('Reshape', [b.cast(count, 'int32'), b.ints([1])])
    const shape = rest.length === 0 ? first : b.op('ConcatV2', [first, b.ints(rest), b.number('int32', 0)])
    if (rank === 1) return scattered(b, x, segments, shape)
    const flat = b.op('Reshape', [x, b.ints([-1, ...rest])])
    return scattered(b, flat, b.op('Reshape', [segments, b.ints([-1])]), shape)
  },
})

const sortedSum = rule({
  name: 'tfjs-segment-sum',
  find: as('node', op('SegmentSum', [any('x'), any('segments')])),
  replace({ node, x, segments }, { graph, facts }) {
    const shape = facts.shape(x)
    const rest = shape?.slice(1)
    const ids = facts.numbers(segments)
    if (!rest || !ids) return 'its segments are not constant'
    const b = new Builder(graph, node)
    const length = ids.length === 0 ? 0 : ids.at(-1)! + 1
    if (isWhole(rest)) return scattered(b, x, segments, b.ints([length, ...rest]))
    const tail = b.op('Slice', [b.op('Shape', [x]), b.ints([1]), b.ints([-1])])
    return scattered(b, x, segments, b.op('ConcatV2', [b.ints([length]), tail, b.number('int32', 0)]))
  },
})

/**
 * Rows of different lengths, padded: the column of each value is how far it is behind the first of its row. What is
 * beyond the width goes to one more column, which is cut off.
 */
const raggedRows = rule({
  name: 'tfjs-ragged-rows',
  find: as(
    'node',
    op('RaggedTensorToTensor', [any('shape'), any('values'), any('missing'), any('count'), any('rows')]),
  ),
  replace({ node, shape, values, missing, count, rows }, { graph, facts }) {
    const [rank, size] = [facts.shape(values)?.length, facts.numbers(shape)]
    if (node.strs('row_partition_types').join() !== 'FIRST_DIM_SIZE,VALUE_ROWIDS') return 'its rows are given otherwise'
    if (rank !== 1 || facts.shape(missing)?.length !== 0) return 'its values are no numbers'
    const b = new Builder(graph, node)
    const [zero, one] = [b.number('int32', 0), b.number('int32', 1)]
    const [height, row] = [b.op('Reshape', [b.cast(count, 'int32'), b.ints([1])]), b.cast(rows, 'int32')]
    const ones = b.op('OnesLike', [row])
    const lengths = scattered(b, ones, row, height)
    const starts = b.op('Cumsum', [lengths, zero], { exclusive: true })
    const order = b.op('Cumsum', [ones, zero], { exclusive: true })
    const column = b.op('Sub', [order, b.op('GatherV2', [starts, row, zero])])
    const given = size?.length === 2 ? size[1]! : -1
    const width =
      given >= 0 ? b.number('int32', given) : b.op('Max', [b.op('ConcatV2', [lengths, b.ints([0]), zero]), zero])
    const places = b.op('Pack', [row, b.op('Minimum', [column, width])], { axis: 1 })
    const wide = b.op('ConcatV2', [height, b.op('Reshape', [b.op('AddV2', [width, one]), b.ints([1])]), zero])
    const dense = b.op('SparseToDense', [places, wide, values, missing])
    const cut = b.op('Pack', [b.number('int32', -1), width])
    return b.op('Slice', [dense, b.ints([0, 0]), cut])
  },
})

export const SHAPES: readonly Rule[] = [
  smallLabels,
  roll,
  rowCondition,
  cumulative,
  bandPart,
  spaceToDepth,
  unsortedSum,
  raggedRows,
  sortedSum,
]
