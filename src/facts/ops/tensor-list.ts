/** Shapes of lists of tensors: TensorList (variants that flow) and TensorArray (resources that are written to). */
import type { PartialShape } from '../../graph/attr.ts'
import type { Contents, Fact, Inferred } from '../fact.ts'
import { dimOf, forEach, lengthOf, type Rule, type Rules, scalar, shapeFrom } from '../rule.ts'
import { afterAxes, commonShape, type Dim, mergeShapes, plusDim } from '../shape.ts'

const list = (shape: PartialShape, declared: PartialShape, length: Dim): Inferred => ({
  shape: [],
  contents: { shape, declared, length },
})

/** A list into which an element is put: what is known of all elements then. */
function withElement(handle: Fact, item: PartialShape, length: (before: Dim) => Dim): Inferred {
  const { contents } = handle
  if (!contents) return { shape: [] }
  const declared = contents.declared ?? null
  return list(commonShape(contents.shape, mergeShapes(item, declared)), declared, length(contents.length))
}

/** The facts on which the list and the reader's request agree. */
const elementShape = (contents: Contents | undefined, wanted: PartialShape): PartialShape =>
  mergeShapes(contents?.shape ?? null, wanted)

const prepend = (size: Dim, shape: PartialShape): PartialShape => shape && [size, ...shape]

const empty: Rule = (_, [wanted]) => [list(shapeFrom(wanted), shapeFrom(wanted), 0)]
const reserve: Rule = (_, [wanted, length]) => [list(shapeFrom(wanted), shapeFrom(wanted), dimOf(length))]

const fromTensor: Rule = (_, [tensor, wanted]) => {
  const declared = shapeFrom(wanted)
  return [list(mergeShapes(afterAxes(tensor.shape, 1), declared), declared, tensor.shape?.[0] ?? null)]
}

const scatter: Rule = (_, [tensor, , wanted]) => {
  const declared = shapeFrom(wanted)
  return [list(mergeShapes(afterAxes(tensor.shape, 1), declared), declared, null)]
}

const getItem: Rule = (_, [handle, , wanted]) => [elementShape(handle.contents, shapeFrom(wanted))]

const setItem: Rule = (node, [handle, , item]) => [
  withElement(handle, item.shape, length => (node.bool('resize_if_index_out_of_bounds') ? null : length)),
]

const pushBack: Rule = (_, [handle, item]) => [withElement(handle, item.shape, length => plusDim(length, 1))]

const popBack: Rule = (_, [handle, wanted]) => [
  handle.contents
    ? { shape: [], contents: { ...handle.contents, length: plusDim(handle.contents.length, -1) } }
    : { shape: [] },
  elementShape(handle.contents, shapeFrom(wanted)),
]

const stack: Rule = (node, [handle, wanted]) => {
  const count = node.int('num_elements')
  return [
    prepend(count >= 0 ? count : (handle.contents?.length ?? null), elementShape(handle.contents, shapeFrom(wanted))),
  ]
}

const gather: Rule = (_, [handle, indices, wanted]) => [
  prepend(lengthOf(indices), elementShape(handle.contents, shapeFrom(wanted))),
]

/** Elements joined along their first axis, and the size of each. */
const concat: Rule = (_, [handle, wanted]) => {
  const element = elementShape(handle.contents, shapeFrom(wanted))
  return [prepend(null, afterAxes(element, 1)), [handle.contents?.length ?? null]]
}

const length: Rule = (_, [handle]) => [{ shape: [], elements: [handle.contents?.length ?? null] }]

const resize: Rule = (_, [handle, size]) => [
  handle.contents ? { shape: [], contents: { ...handle.contents, length: dimOf(size) } } : { shape: [] },
]

/** The handle, and a scalar that orders the reads and writes. */
const array: Rule = (node, [size]) => {
  const shape = node.shape('element_shape')
  const count = node.bool('dynamic_size') ? null : dimOf(size)
  return [{ shape: null, contents: { shape, declared: shape, length: count } }, []]
}

const arrayRead: Rule = (_, [handle]) => [handle.contents?.shape ?? null]

const arrayGather: Rule = (node, [handle, indices]) => [
  prepend(lengthOf(indices), elementShape(handle.contents, node.shape('element_shape'))),
]

const arrayConcat: Rule = node => [prepend(null, node.shape('element_shape_except0')), [null]]

/** The shape functions of lists of tensors. */
export const tensorListRules: Rules = {
  EmptyTensorList: empty,
  TensorListReserve: reserve,
  TensorListFromTensor: fromTensor,
  ...forEach('TensorListScatter TensorListScatterV2', scatter),
  TensorListGetItem: getItem,
  TensorListSetItem: setItem,
  TensorListPushBack: pushBack,
  TensorListPopBack: popBack,
  TensorListStack: stack,
  TensorListGather: gather,
  ...forEach('TensorListConcat TensorListConcatV2', concat),
  TensorListLength: length,
  TensorListResize: resize,
  TensorArrayV3: array,
  TensorArrayReadV3: arrayRead,
  TensorArrayGatherV3: arrayGather,
  TensorArrayConcatV3: arrayConcat,
  TensorArraySizeV3: length,
  ...forEach(
    'TensorArrayWriteV3 TensorArrayScatterV3 TensorArraySplitV3 TensorArrayWriteV2 TensorArrayScatterV2',
    scalar,
  ),
}
