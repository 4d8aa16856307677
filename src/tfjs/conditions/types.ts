/** Integers of 8 bits, which TF.js has as int32: what wraps around in TensorFlow does not there. */
import type { Node } from '../../graph/node.ts'
import type { DType } from '../../tensorflow/dtype.ts'

const NARROW = new Set<DType>(['int8', 'uint8'])

/** Ops whose result is an element of an operand, or no larger. */
const STAYS_WITHIN = new Set(
  `Placeholder PlaceholderWithDefault Const Identity IdentityN Snapshot StopGradient Reshape Squeeze ExpandDims
  Transpose Concat ConcatV2 Pack Unpack Slice StridedSlice Split SplitV Gather GatherV2 GatherNd Tile Reverse ReverseV2
  Select SelectV2 Maximum Minimum Max Min Pad PadV2 MirrorPad BroadcastTo Fill ZerosLike OnesLike Where Unique UniqueV2
  TopKV2 SpaceToBatchND BatchToSpaceND DepthToSpace EnsureShape ClipByValue Relu Relu6 MaxPool LookupTableFind
  LookupTableFindV2 TensorListGetItem TensorListStack TensorListGather If StatelessIf While StatelessWhile OneHot
  TensorScatterUpdate FloorMod`.split(/\s+/),
)

/** Why arithmetic of narrow integers would differ. */
export function narrowIntegerRefusal(node: Node): string | undefined {
  const narrow = node.outputTypes?.find(dtype => NARROW.has(dtype))
  if (!narrow || STAYS_WITHIN.has(node.op)) return undefined
  if (node.op === 'Cast' && (node.type('SrcT') === 'bool' || node.type('SrcT') === narrow)) return undefined
  return `TF.js computes ${narrow} as int32, which does not wrap around`
}
