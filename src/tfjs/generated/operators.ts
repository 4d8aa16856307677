/**
 * The operators that TF.js 4.22.0 executes, one a line, each with the attributes that it reads.
 * Made by scripts/tables/tfjs_operators.mjs from the op tables of @tensorflow/tfjs-converter.
 */
export const OPERATORS = `
Abs
Acos
Acosh
Add
AddN
AddV2
All keep_dims
Any keep_dims
ArgMax
ArgMin
Asin
Asinh
Atan
Atan2
Atanh
AvgPool strides padding ksize
AvgPool3D strides padding ksize
BatchMatMul adj_x adj_y
BatchMatMulV2 adj_x adj_y
BatchToSpaceND
BiasAdd
Bincount
BitwiseAnd
BroadcastArgs
BroadcastTo
Cast DstT
Ceil
ClipByValue
Complex
ComplexAbs
Concat N
ConcatV2 N
Const
Conv1D stride padding data_format dilation
Conv2D strides padding useCudnnOnGpu data_format explicit_paddings dilations
Conv2DBackpropInput strides padding explicit_paddings
Conv3D strides padding data_format dilations
Cos
Cosh
CropAndResize method extrapolation_value
Cumprod exclusive reverse
Cumsum exclusive reverse
DenseBincount binary_output
DepthToSpace block_size data_format
DepthwiseConv2d strides padding data_format explicit_paddings dilations
DepthwiseConv2dNative strides padding data_format explicit_paddings dilations
Dilation2D strides rates padding
Div
DivNoNan
Einsum equation N T
Elu
EmptyTensorList element_dtype
EnsureShape
Enter frame_name is_constant
Equal
Erf
EuclideanNorm keep_dims
Exit
Exp
ExpandDims
Expm1
FFT
FakeQuantWithMinMaxVars min max
Fill T
Floor
FloorDiv
FloorMod
FusedBatchNorm epsilon
FusedBatchNormV2 epsilon
FusedBatchNormV3 epsilon
FusedDepthwiseConv2dNative num_args strides padding data_format dilations fused_ops explicit_paddings
Gather
GatherNd
GatherV2 batch_dims
Greater
GreaterEqual
HashTable shared_name use_node_name_sharing key_dtype value_dtype
HashTableV2 shared_name use_node_name_sharing key_dtype value_dtype
IFFT
IRFFT
Identity
IdentityN
If then_branch else_branch
Imag
ImageProjectiveTransformV3 interpolation fill_mode
InitializeTable
InitializeTableV2
IsFinite
IsInf
IsNan
LRN depth_radius bias alpha beta
LeakyRelu alpha
Less
LessEqual
LinSpace
ListDiff
Log
Log1p
LogSoftmax
LogicalAnd
LogicalNot
LogicalOr
LookupTableFind
LookupTableFindV2
LookupTableImport
LookupTableImportV2
LookupTableSize
LookupTableSizeV2
LoopCond
LowerBound
MatMul transpose_a transpose_b
MatrixBandPart
Max keep_dims
MaxPool strides padding ksize
MaxPool3D strides padding ksize
MaxPoolWithArgmax strides padding ksize include_batch_in_index
Maximum
Mean keep_dims
Merge
Min keep_dims
Minimum
MirrorPad mode
Mod
Mul
Multinomial seed seed2 T output_dtype
Neg
NextIteration
NoOp
NonMaxSuppressionV2
NonMaxSuppressionV3
NonMaxSuppressionV4 pad_to_max_output_size
NonMaxSuppressionV5
NotEqual
OneHot T
Ones T
OnesLike dtype
Pack axis
Pad constant_value
PadV2
Placeholder shape dtype
PlaceholderWithDefault shape dtype
Pow
Prelu
Print message summarize
Prod keep_dims
RFFT
RandomStandardNormal seed dtype
RandomUniform minval maxval dtype seed
RandomUniformInt minval maxval seed
Range Tidx
Rank
Real
RealDiv
Reciprocal
Relu
Relu6
Reshape
ResizeBilinear align_corners half_pixel_centers
ResizeNearestNeighbor align_corners half_pixel_centers
Reverse
ReverseV2
Round
Rsqrt
ScatterNd
Select
SelectV2
Selu
Shape
ShapeN
Sigmoid
Sign
Sin
Sinh
Size
Slice
Snapshot
Softmax
Softplus
SpaceToBatchND
SparseFillEmptyRows
SparseReshape
SparseSegmentMean
SparseSegmentSum
SparseToDense
Split num_split
SplitV
Sqrt
Square
SquaredDifference
Squeeze axis squeeze_dims
StatelessIf then_branch else_branch
StatelessWhile cond body
StaticRegexReplace pattern rewrite replace_global
StopGradient
StridedSlice begin_mask end_mask new_axis_mask ellipsis_mask shrink_axis_mask
StringNGrams separator ngram_widths left_pad right_pad pad_width preserve_short_sequences
StringSplit skip_empty
StringToHashBucketFast num_buckets
Sub
Sum keep_dims
Switch
Tan
Tanh
TensorArrayCloseV3
TensorArrayConcatV3 dtype
TensorArrayGatherV3 dtype element_shape
TensorArrayReadV3
TensorArrayScatterV3 T
TensorArraySizeV3
TensorArraySplitV3 T
TensorArrayV3 dtype element_shape dynamic_size clear_after_read identical_element_shapes tensor_array_name
TensorArrayWriteV3
TensorListConcat element_shape element_dtype
TensorListConcatV2 element_shape element_dtype
TensorListFromTensor element_dtype
TensorListGather element_dtype
TensorListGetItem element_dtype
TensorListLength
TensorListPopBack element_dtype
TensorListPushBack element_dtype
TensorListReserve element_dtype
TensorListResize
TensorListScatter element_dtype
TensorListScatterV2 element_dtype
TensorListSetItem element_dtype
TensorListSplit element_dtype
TensorListStack element_dtype num_elements
TensorScatterUpdate
Tile
TopKV2 sorted
Transpose
TruncatedNormal means stddev seed dtype
Unique
UniqueV2
Unpack axis
UpperBound
Where
While cond body
Zeros T
ZerosLike T
_FusedConv2D num_args strides padding explicit_paddings use_cudnn_on_gpu data_format dilations fused_ops epsilon leakyrelu_alpha
_FusedMatMul num_args fused_ops epsilon transpose_a transpose_b leakyrelu_alpha
`
