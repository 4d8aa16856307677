/** What kind of work an op does, in the few words that a colour can tell apart. */
export type Family =
  | 'product'
  | 'norm'
  | 'activation'
  | 'pool'
  | 'shape'
  | 'math'
  | 'io'
  | 'control'
  | 'state'
  | 'text'
  | 'call'
  | 'other'

const FAMILIES: readonly (readonly [Family, RegExp])[] = [
  ['io', /^(Placeholder\w*|_Arg|_Retval|Parse\w*Example\w*|Decode\w*)$/],
  ['call', /^(PartitionedCall|StatefulPartitionedCall)$/],
  [
    'control',
    /^(If|StatelessIf|While|StatelessWhile|Case|StatelessCase|For|Switch|Merge|Enter|Exit|NextIteration|LoopCond|NoOp|Assert|TensorList\w*|TensorArray\w*)$/,
  ],
  [
    'product',
    /^(.*Conv[23]D.*|Conv\w*|DepthwiseConv\w*|MatMul|BatchMatMul\w*|Einsum|_FusedMatMul|_FusedConv2D|CudnnRNN\w*|LSTMBlock\w*)$/,
  ],
  ['norm', /^(FusedBatchNorm\w*|BatchNorm\w*|LRN|L2Normalize|BiasAdd\w*)$/],
  [
    'activation',
    /^(Relu\w*|LeakyRelu|Elu|Selu|Gelu|Sigmoid|Tanh|Softmax|LogSoftmax|Softplus|Softsign|ArgMax|TopK\w*)$/,
  ],
  ['pool', /^(.*Pool\w*|Mean|Sum|Max|Min|Prod|All|Any|Resize\w*)$/],
  [
    'shape',
    /^(Reshape|Transpose|Concat\w*|Split\w*|Slice|StridedSlice|Pad\w*|Squeeze|ExpandDims|Pack|Unpack|Gather\w*|Tile|Shape\w*|Rank|Size|Fill|Range|BroadcastTo|Cast|Identity\w*|Bitcast|OneHot|SpaceToBatch\w*|BatchToSpace\w*|DepthToSpace|SpaceToDepth|MirrorPad)$/,
  ],
  [
    'state',
    /^(Const|Variable\w*|VarHandleOp|ReadVariableOp|Assign\w*|.*Hash\w*Table\w*|Lookup\w*|InitializeTable\w*|Save\w*|Restore\w*|MergeV2Checkpoints|ShardedFilename)$/,
  ],
  ['text', /^(String\w*|Regex\w*|AsString|Unicode\w*|ReduceJoin|Base64\w*|Sparse\w*|Ragged\w*)$/],
  [
    'math',
    /^(Add\w*|Sub|Mul|RealDiv|Div\w*|FloorDiv|FloorMod|Maximum|Minimum|Neg|Exp|Log\w*|Sqrt|Rsqrt|Square\w*|Pow|Abs|Equal|NotEqual|Greater\w*|Less\w*|Select\w*|Where|ClipByValue|Round|Floor|Ceil|Erf\w*|Cumsum|Logical\w*)$/,
  ],
]

const known = new Map<string, Family>()

/** The family of an op; `other` where it has none. */
export function opFamily(op: string): Family {
  let family = known.get(op)
  if (!family) known.set(op, (family = FAMILIES.find(([, pattern]) => pattern.test(op))?.[0] ?? 'other'))
  return family
}
