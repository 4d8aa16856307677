/** Kernels over handles: tensor lists, the TensorArrays of version 1, and lookup tables. */
import type { Node } from '../../graph/node.ts'
import { elementCount } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import {
  bigints,
  first,
  fromHandle,
  fromNumbers,
  type Handle,
  ints,
  isBig,
  list,
  type NdArray,
  numbers,
  scalarOf,
  stringBytes,
  type Table,
  type TensorArray,
  type TensorList,
  take,
  zeros,
} from '../array.ts'
import { fail, indices, type Kernel, type Kernels } from '../kernel.ts'
import { concatenated, packed } from './array.ts'
import { splitInto, unpacked } from './slice.ts'

type PartialShape = readonly (number | null)[] | null

const handleOf = <K extends Handle['kind']>(node: Node, x: NdArray, kind: K): Extract<Handle, { kind: K }> => {
  const handle = (x.data as readonly Handle[])[0]
  if (handle?.kind !== kind) fail(node, `input '${kind}' is not one`)
  return handle as Extract<Handle, { kind: K }> // its kind was just compared
}

/** A shape as ops give it: sizes with -1 for unknown, or the scalar -1. */
const shapeOf = (x: NdArray): PartialShape => (x.shape.length === 0 ? null : list(x).map(d => (d < 0 ? null : d)))

/** The shape that two partial shapes give together. */
function merged(a: PartialShape, b: PartialShape): PartialShape {
  if (!a) return b
  return b ? a.map((d, i) => d ?? b[i] ?? null) : a
}

/** An item, or zeros where none was set, for which the shape must be known. */
function itemOr(node: Node, item: NdArray | undefined, dtype: DType, shape: PartialShape): NdArray {
  if (item) return item
  if (!shape || shape.includes(null)) fail(node, 'an element was never set, and its shape is not known')
  return zeros(dtype, shape as readonly number[]) // it has no null
}

const listOf = (dtype: DType, items: readonly (NdArray | undefined)[], elementShape: PartialShape): NdArray =>
  fromHandle('variant', { kind: 'list', dtype, items, elementShape })

const withItems = (l: TensorList, items: readonly (NdArray | undefined)[]): NdArray =>
  listOf(l.dtype, items, l.elementShape)

/** The items as one array; the shape of a known item serves for those that were never set. */
function stacked(node: Node, items: readonly (NdArray | undefined)[], dtype: DType, shape: PartialShape): NdArray {
  const known = merged(shape, items.find(item => item)?.shape ?? null)
  const all = items.map(item => itemOr(node, item, dtype, known))
  if (all.length > 0) return packed(node, all, 0)
  return zeros(dtype, [0, ...(known ?? []).map(d => d ?? 0)])
}

const asList = (node: Node, x: NdArray): TensorList => handleOf(node, x, 'list')

const setItem: Kernel = ([handle, at, item], node) => {
  const l = asList(node, handle!)
  const index = first(at!)
  const grows = node.bool('resize_if_index_out_of_bounds')
  if (index < 0 || (index >= l.items.length && !grows)) fail(node, `index ${index} of ${l.items.length}`)
  const items = [...l.items]
  while (items.length < index) items.push(undefined)
  items[index] = item!
  return [withItems(l, items)]
}

const getItem: Kernel = ([handle, at, shape], node) => {
  const l = asList(node, handle!)
  const index = first(at!)
  if (index < 0 || index >= l.items.length) fail(node, `index ${index} of ${l.items.length}`)
  return [itemOr(node, l.items[index], l.dtype, merged(l.elementShape, shapeOf(shape!)))]
}

const scatterInto = (items: (NdArray | undefined)[], at: NdArray, x: NdArray): (NdArray | undefined)[] => {
  const rows = unpacked(x, 0)
  for (const [i, target] of list(at).entries()) items[target] = rows[i]
  return items
}

const concatItems = (node: Node, items: readonly NdArray[]): NdArray[] => [
  concatenated(node, 0, items),
  ints(
    'int64',
    items.map(item => item.shape[0]!),
  ),
]

const TENSOR_LISTS: Kernels = {
  TensorListReserve: ([shape, count], node) => [
    listOf(node.type('element_dtype'), Array<undefined>(first(count!)).fill(undefined), shapeOf(shape!)),
  ],
  EmptyTensorList: ([shape], node) => [listOf(node.type('element_dtype'), [], shapeOf(shape!))],
  TensorListFromTensor: ([x, shape]) => [listOf(x!.dtype, unpacked(x!, 0), shapeOf(shape!))],
  TensorListSetItem: setItem,
  TensorListGetItem: getItem,
  TensorListStack: ([handle, shape], node) => {
    const l = asList(node, handle!)
    return [stacked(node, l.items, l.dtype, merged(l.elementShape, shapeOf(shape!)))]
  },
  TensorListGather: ([handle, at, shape], node) => {
    const l = asList(node, handle!)
    const items = list(at!).map(i => l.items[i])
    return [stacked(node, items, l.dtype, merged(l.elementShape, shapeOf(shape!)))]
  },
  TensorListScatterV2: ([x, at, shape, count]) => {
    const length = Math.max(first(count!), ...list(at!).map(i => i + 1), 0)
    return [listOf(x!.dtype, scatterInto(Array<NdArray | undefined>(length).fill(undefined), at!, x!), shapeOf(shape!))]
  },
  TensorListScatterIntoExistingList: ([handle, x, at], node) => {
    const l = asList(node, handle!)
    return [withItems(l, scatterInto([...l.items], at!, x!))]
  },
  TensorListPushBack: ([handle, item], node) => {
    const l = asList(node, handle!)
    return [withItems(l, [...l.items, item!])]
  },
  TensorListPopBack: ([handle, shape], node) => {
    const l = asList(node, handle!)
    if (l.items.length === 0) fail(node, 'an empty list')
    const item = itemOr(node, l.items.at(-1), l.dtype, merged(l.elementShape, shapeOf(shape!)))
    return [withItems(l, l.items.slice(0, -1)), item]
  },
  TensorListResize: ([handle, count], node) => {
    const l = asList(node, handle!)
    return [
      withItems(
        l,
        Array.from({ length: first(count!) }, (_, i) => l.items[i]),
      ),
    ]
  },
  TensorListLength: ([handle], node) => [scalarOf('int32', asList(node, handle!).items.length)],
  TensorListElementShape: ([handle], node) => {
    const shape = asList(node, handle!).elementShape
    const dtype = node.type('shape_type')
    return [
      shape
        ? ints(
            dtype,
            shape.map(d => d ?? -1),
          )
        : scalarOf(dtype, -1),
    ]
  },
  TensorListConcatV2: ([handle, shape], node) => {
    const l = asList(node, handle!)
    const known = merged(l.elementShape, shapeOf(shape!))
    return concatItems(
      node,
      l.items.map(item => itemOr(node, item, l.dtype, known)),
    )
  },
  TensorListSplit: ([x, shape, lengths]) => [listOf(x!.dtype, splitInto(x!, 0, list(lengths!)), shapeOf(shape!))],
}

const asArray = (node: Node, x: NdArray): TensorArray => handleOf(node, x, 'array')
const FLOW = scalarOf('float32', 0)

function write(node: Node, array: TensorArray, index: number, item: NdArray): void {
  if (index < 0 || (index >= array.items.length && !array.isDynamic))
    fail(node, `index ${index} of ${array.items.length}`)
  while (array.items.length < index) array.items.push(undefined)
  array.items[index] = item
}

const TENSOR_ARRAYS: Kernels = {
  TensorArrayV3: ([count], node) => {
    const items = Array<NdArray | undefined>(first(count!)).fill(undefined)
    const [dtype, elementShape] = [node.type('dtype'), node.shape('element_shape')]
    return [
      fromHandle('resource', { kind: 'array', dtype, items, isDynamic: node.bool('dynamic_size'), elementShape }),
      FLOW,
    ]
  },
  TensorArrayWriteV3: ([handle, at, item], node) => {
    write(node, asArray(node, handle!), first(at!), item!)
    return [FLOW]
  },
  TensorArrayReadV3: ([handle, at], node) => {
    const array = asArray(node, handle!)
    return [itemOr(node, array.items[first(at!)], array.dtype, array.elementShape)]
  },
  TensorArrayScatterV3: ([handle, at, x], node) => {
    const rows = unpacked(x!, 0)
    for (const [i, target] of list(at!).entries()) write(node, asArray(node, handle!), target, rows[i]!)
    return [FLOW]
  },
  TensorArrayGatherV3: ([handle, at], node) => {
    const array = asArray(node, handle!)
    const shape = merged(array.elementShape, node.shape('element_shape'))
    return [
      stacked(
        node,
        list(at!).map(i => array.items[i]),
        array.dtype,
        shape,
      ),
    ]
  },
  TensorArraySizeV3: ([handle], node) => [scalarOf('int32', asArray(node, handle!).items.length)],
  TensorArrayConcatV3: ([handle], node) => {
    const array = asArray(node, handle!)
    return concatItems(
      node,
      array.items.map(item => itemOr(node, item, array.dtype, array.elementShape)),
    )
  },
  TensorArraySplitV3: ([handle, x, lengths], node) => {
    for (const [i, piece] of splitInto(x!, 0, list(lengths!)).entries()) write(node, asArray(node, handle!), i, piece)
    return [FLOW]
  },
  TensorArrayCloseV3: () => [],
}

/** Version 2, whose handle is a string, and which has no flow as its second result. */
const TENSOR_ARRAYS_2: Kernels = {
  TensorArrayV2: (inputs, node) => TENSOR_ARRAYS['TensorArrayV3']!(inputs, node).slice(0, 1),
  ...Object.fromEntries(
    ['Write', 'Read', 'Scatter', 'Gather', 'Size', 'Concat', 'Split', 'Close'].map(what => [
      `TensorArray${what}V2`,
      TENSOR_ARRAYS[`TensorArray${what}V3`]!,
    ]),
  ),
}

/** The keys by which rows of a table are found. */
function keysOf(x: NdArray): string[] {
  if (x.dtype === 'string') return stringBytes(x).map(bytes => String.fromCharCode(...bytes))
  return isBig(x.dtype) ? bigints(x).map(String) : list(x).map(String)
}

const newTable: Kernel = (_, node) => [
  fromHandle('resource', {
    kind: 'table',
    valueDtype: node.type('value_dtype'),
    valueShape: node.attrs.has('value_shape') ? (node.shape('value_shape') ?? []).map(d => d ?? 0) : [],
    rows: new Map(),
    values: undefined,
  }),
]

const asTable = (node: Node, x: NdArray): Table => handleOf(node, x, 'table')

const fillTable: Kernel = ([handle, keys, values], node) => {
  const table = asTable(node, handle!)
  for (const [row, key] of keysOf(keys!).entries()) table.rows.set(key, row)
  table.values = values!
  return []
}

const find: Kernel = ([handle, keys, otherwise], node) => {
  const table = asTable(node, handle!)
  const rows = keysOf(keys!).map(key => table.rows.get(key) ?? -1)
  const inner = elementCount(table.valueShape)
  const values = table.values ?? zeros(table.valueDtype, [0, ...table.valueShape])
  const map = indices(rows.length * inner, i => {
    const row = rows[Math.floor(i / inner)]!
    return row < 0 ? -1 : row * inner + (i % inner)
  })
  if (inner !== 1 && rows.includes(-1)) fail(node, 'a key that a table of rows does not have', 'unsupported')
  return [take(values, map, [...keys!.shape, ...table.valueShape], otherwise)]
}

const TABLES: Kernels = {
  HashTable: newTable,
  HashTableV2: newTable,
  MutableHashTableV2: newTable,
  MutableHashTableOfTensorsV2: newTable,
  InitializeTable: fillTable,
  InitializeTableV2: fillTable,
  LookupTableImport: fillTable,
  LookupTableImportV2: fillTable,
  LookupTableFind: find,
  LookupTableFindV2: find,
  LookupTableSize: ([handle], node) => [scalarOf('int64', asTable(node, handle!).rows.size)],
  LookupTableSizeV2: ([handle], node) => [scalarOf('int64', asTable(node, handle!).rows.size)],
}

/**
 * Ragged rows as a dense array, cut or filled up: the one-partition form, rows
 * given by their splits or by the row of each value.
 */
const raggedToTensor: Kernel = ([shape, values, otherwise, ...partitions], node) => {
  const types = node.strs('row_partition_types')
  const isSplits = types.length === 1 && types[0] === 'ROW_SPLITS'
  if (!isSplits && types.join() !== 'FIRST_DIM_SIZE,VALUE_ROWIDS') fail(node, `partitions ${types}`, 'unsupported')
  const splits = isSplits ? list(partitions[0]!) : splitsOf(list(partitions[1]!), first(partitions[0]!))
  const rows = splits.length - 1
  const longest = Math.max(0, ...splits.slice(1).map((end, row) => end - splits[row]!))
  const wanted = shape!.shape.length ? list(shape!) : []
  const [height, width] = [wanted[0] ?? -1, wanted[1] ?? -1].map((d, i) => (d < 0 ? [rows, longest][i]! : d)) as [
    number,
    number,
  ]
  const tail = values!.shape.slice(1)
  const inner = elementCount(tail)
  const map = indices(height * width * inner, i => {
    const [row, column] = [Math.floor(i / inner / width), Math.floor(i / inner) % width]
    const at = row < rows ? splits[row]! + column : -1
    return at >= 0 && at < splits[row + 1]! ? at * inner + (i % inner) : -1
  })
  return [take(values!, map, [height, width, ...tail], otherwise)]
}

/** Where each row ends, from the row of each value. */
function splitsOf(rowIds: readonly number[], rows: number): number[] {
  const splits = Array<number>(rows + 1).fill(0)
  for (const row of rowIds) splits[row + 1]!++
  for (let i = 1; i <= rows; i++) splits[i]! += splits[i - 1]!
  return splits
}

const raggedBincount: Kernel = ([splitsInput, values, bins, weights], node) => {
  const splits = list(splitsInput!)
  const count = first(bins!)
  const heavy = numbers(weights!)
  const out = new Float64Array((splits.length - 1) * count)
  for (let row = 0; row + 1 < splits.length; row++) {
    for (let i = splits[row]!; i < splits[row + 1]!; i++) {
      const v = numbers(values!)[i]!
      const at = row * count + v
      if (v < count) out[at] = node.bool('binary_output') ? 1 : out[at]! + (heavy.length ? heavy[i]! : 1)
    }
  }
  return [fromNumbers(weights!.dtype, [splits.length - 1, count], out)]
}

/** Kernels by op. */
export const listKernels: Kernels = {
  ...TENSOR_LISTS,
  ...TENSOR_ARRAYS,
  ...TENSOR_ARRAYS_2,
  ...TABLES,
  RaggedTensorToTensor: raggedToTensor,
  RaggedBincount: raggedBincount,
}
