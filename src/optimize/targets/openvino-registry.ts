/**
 * The ops that OpenVINO's TensorFlow front end translates, of those that a frozen graph can hold.
 * From OpenVINO 2026.4: the op names in its front end, and its documentation's list of supported operations.
 */

/** Ops, separated by white space. */
export const OPENVINO_OPS = `
Abs Acos Acosh Add AddN AddV2 AdjustContrastv2 AdjustHue AdjustSaturation All Angle Any ApproximateEqual ArgMax
ArgMin Asin Asinh Assert Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul BatchMatMulV2 BatchMatMulV3
BatchMatrixInverse BatchToSpaceND BiasAdd Bincount BitwiseAnd BitwiseOr BitwiseXor BlockLSTM BroadcastArgs
BroadcastTo Bucketize CTCGreedyDecoder CTCLoss Cast Ceil CheckNumerics CheckNumericsV2 ClipByValue Complex
ComplexAbs Concat ConcatV2 Conj ConjugateTranspose Const Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2
Cos Cosh CropAndResize Cross Cumprod Cumsum DepthToSpace DepthwiseConv2dNative Div DivNoNan DynamicPartition
DynamicStitch Einsum Elu EmptyTensorList EnsureShape Enter Equal Erf Erfc EuclideanNorm Exit Exp ExpandDims
Expm1 ExtractImagePatches FFT FFT2D FFT3D FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars
FakeQuantWithMinMaxVarsPerChannel Fill Floor FloorDiv FloorMod FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3
GRUBlockCell Gather GatherNd GatherV2 Greater GreaterEqual HSVToRGB HashTable HashTableV2 IFFT IFFT2D IFFT3D
IRFFT IRFFT2D IRFFT3D Identity IdentityN If Imag InitializeTable InitializeTableV2 Inv Invert InvertPermutation
IsFinite IsInf IsNan L2Loss LRN LeakyRelu LeftShift Less LessEqual LinSpace ListDiff Log Log1p LogSoftmax
LogicalAnd LogicalNot LogicalOr LogicalXor LookupTableFind LookupTableFindV2 LookupTableImport
LookupTableImportV2 LookupTableInsert LookupTableInsertV2 LookupTableSize LookupTableSizeV2 LoopCond MatMul
MatrixBandPart MatrixDiag Max MaxPool MaxPool3D MaxPoolV2 MaxPoolWithArgmax Maximum Mean Merge Min Minimum
MirrorPad Mod Mul MulNoNan Multinomial MutableHashTable MutableHashTableV2 Neg NextIteration NoOp
NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 NotEqual
OneHot OnesLike Pack Pad PadV2 ParallelDynamicStitch PartitionedCall Placeholder PlaceholderV2
PlaceholderWithDefault Pow PreventGradient Prod RGBToHSV RaggedTensorToSparse RaggedTensorToTensor RandomUniform
RandomUniformInt Range Rank Real RealDiv Reciprocal Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor
Reverse ReverseSequence ReverseV2 RightShift Rint Roll Round Rsqrt ScatterNd Select SelectV2 Selu Shape ShapeN
Sigmoid Sign Sin Sinh Size Slice Snapshot Softmax Softplus Softsign SpaceToBatchND SpaceToDepth
SparseFillEmptyRows SparseReshape SparseSegmentMean SparseSegmentSqrtN SparseSegmentSum SparseTensorDenseAdd
SparseTensorDenseMatMul SparseToDense Split SplitV Sqrt Square SquaredDifference Squeeze StatefulPartitionedCall
StatelessIf StatelessWhile StaticRegexFullMatch StaticRegexReplace StopGradient StridedSlice StringJoin
StringLower StringSplitV2 StringToHashBucketFast Sub Sum Switch Tan Tanh TensorArrayCloseV3 TensorArrayConcatV3
TensorArrayGatherV3 TensorArrayReadV3 TensorArrayScatterV3 TensorArraySizeV3 TensorArrayV3 TensorArrayWriteV3
TensorListConcatV2 TensorListFromTensor TensorListGetItem TensorListLength TensorListPushBack TensorListReserve
TensorListResize TensorListSetItem TensorListStack TensorScatterAdd TensorScatterUpdate Tile ToBool TopK TopKV2
Transpose TruncateDiv TruncateMod Unique UniqueWithCounts Unpack UnravelIndex UnsortedSegmentMax
UnsortedSegmentSum Where While Xdivy XlaConvV2 XlaDotV2 Xlog1py Xlogy ZerosLike _Arg _Retval
`
