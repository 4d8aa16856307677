import { opTable } from '../tensorflow/op-table.ts'
/** The kind of work that an op does, in as many kinds as colours can tell apart. */
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

const familyOf = opTable<Family>([
  ['Placeholder* _Arg _Retval Parse*Example* Decode*', 'io'],
  ['PartitionedCall StatefulPartitionedCall', 'call'],
  ['If StatelessIf While StatelessWhile Case StatelessCase For NoOp Assert', 'control'],
  ['Switch Merge Enter Exit NextIteration LoopCond TensorList* TensorArray*', 'control'],
  ['*Conv2D* *Conv3D* Conv* DepthwiseConv* MatMul BatchMatMul* Einsum', 'product'],
  ['_FusedMatMul _FusedConv2D CudnnRNN* LSTMBlock*', 'product'],
  ['FusedBatchNorm* BatchNorm* LRN L2Normalize BiasAdd*', 'norm'],
  ['Relu* LeakyRelu Elu Selu Gelu Sigmoid Tanh Softmax LogSoftmax Softplus Softsign ArgMax TopK*', 'activation'],
  ['*Pool* Mean Sum Max Min Prod All Any Resize*', 'pool'],
  ['Reshape Transpose Concat* Split* Slice StridedSlice Pad* Squeeze ExpandDims Pack Unpack Gather* Tile', 'shape'],
  ['Shape* Rank Size Fill Range BroadcastTo Cast Identity* Bitcast OneHot SpaceToBatch* BatchToSpace*', 'shape'],
  ['DepthToSpace SpaceToDepth MirrorPad', 'shape'],
  ['Const Variable* VarHandleOp ReadVariableOp Assign* *Hash*Table* Lookup* InitializeTable*', 'state'],
  ['Save* Restore* MergeV2Checkpoints ShardedFilename', 'state'],
  ['String* Regex* AsString Unicode* ReduceJoin Base64* Sparse* Ragged*', 'text'],
  ['Add* Sub Mul RealDiv Div* FloorDiv FloorMod Maximum Minimum Neg Exp Log* Sqrt Rsqrt Square* Pow Abs', 'math'],
  ['Equal NotEqual Greater* Less* Select* Where ClipByValue Round Floor Ceil Erf* Cumsum Logical*', 'math'],
])

/** The family of an op; `other` where it has none. */
export const opFamily = (op: string): Family => familyOf(op) ?? 'other'
