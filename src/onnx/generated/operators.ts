/**
 * The operators of ONNX 1.23.2, one a line: name, versions, signature, types by variable (and from
 * which opset on). Made by scripts/tables/onnx_operators.py; the notation is explained in ../operators.ts.
 */
export const OPERATORS = `Abs 1,6,13 0>0 0=fdhcsilCSIL
Acos 7,22 0>0 0=fh
Acosh 9,22 0>0 0=fh
Add 1,6,7,13,14 00>0 0=fdhilIL,14:fdhcsilCSIL
AffineGrid 20 0l>0 0=fdh
And 1,7 bb>b
ArgMax 1,11,12,13 0>l 0=fdhcilC
ArgMin 1,11,12,13 0>l 0=fdhcilC
Asin 7,22 0>0 0=fh
Asinh 9,22 0>0 0=fh
Atan 7,22 0>0 0=fh
Atanh 9,22 0>0 0=fh
Attention 23 001201>0010 0=fh 1=fh 2=fhb
AveragePool 1,7,10,11,19,22 0>0 0=fh
BatchNormalization 1,6,7,9,14,15 01122>022 0=fdh 1=fdh 2=fdh
Bernoulli 15,22 0>1 0=h 1=h
BitShift 11 00>0 0=CSIL
BitwiseAnd 18 00>0 0=csilCSIL
BitwiseNot 18 0>0 0=csilCSIL
BitwiseOr 18 00>0 0=csilCSIL
BitwiseXor 18 00>0 0=csilCSIL
BlackmanWindow 17 0>1 0=il 1=fdhcsilCSIL
Cast 1,6,9,13,19,21,23 0>1 0=fdhecsilCSILbz 1=fdhecsilCSILbz
CastLike 15,19,21,23 01>1 0=h 1=h
Ceil 1,6,13 0>0 0=fdh
Celu 12 f>f
CenterCropPad 18 01>0 0=h 1=
Clip 1,6,11,12,13 000>0 0=fdhcilCIL
Col2Im 18 0ll>0 0=fh
Compress 9,11 0b>0 0=fdhcsilCSILbz
Concat 1,4,11,13 0*>0 0=fdhecsilCSILbz
ConcatFromSequence 11 _>0 0=fdhcsilCSILbzxy
Constant 1,9,11,12,13,19,21,23 >0 0=h
ConstantOfShape 9,20,21,23 l>0 0=fdhcsilCSILb,20:fdhecsilCSILb
Conv 1,11,22 000>0 0=fh
ConvInteger 10 0101>i 0=cC 1=cC
ConvTranspose 1,11,22 000>0 0=fh
Cos 7,22 0>0 0=fdh
Cosh 9,22 0>0 0=fh
CumSum 11,14 01>0 0=fdil,14:fdhil 1=il
DFT 17,20 01l>0 0=fdh 1=il
DeformConv 19,22 00000>0 0=fdh
DepthToSpace 1,11,13 0>0 0=fdhcC
DequantizeLinear 10,13,19,21,23 010>2 0=ciC,21:csiCS 1=fh 2=fh
Det 11,22 0>0 0=fh
Div 1,6,7,13,14 00>0 0=fdhilIL,14:fdhcsilCSIL
Dropout 1,6,7,10,12,13,22 01b>0b 0=fdh 1=fdh
DynamicQuantizeLinear 11 f>CfC
Einsum 12 0*>0 0=fdhil
Elu 1,6,22 0>0 0=fh
Equal 1,7,11,13,19 00>b 0=fdhcsilCSILb,19:fdhcsilCSILbz
Erf 9,13 0>0 0=fh
Exp 1,6,13 0>0 0=fdh
Expand 8,13 0l>0 0=fdhcsilCSILbz
EyeLike 9,22 0>1 0=fdhilL 1=fdhilL
Flatten 1,9,11,13,21,23 0>0 0=fdhecsilCSILbz
Floor 1,6,13 0>0 0=fdh
GRU 1,3,7,14,22 0000i0>00 0=fdh
Gather 1,11,13 01>0 0=fdhecsilCSILbz 1=il
GatherElements 11,13 01>0 0=fdhecsilCSILbz 1=il
GatherND 11,12,13 0l>0 0=fdhecsilCSILbz
Gelu 20 0>0 0=fh
Gemm 1,6,7,9,11,13 000>0 0=fdh
GlobalAveragePool 1,22 0>0 0=fh
GlobalLpPool 1,2,22 0>0 0=fh
GlobalMaxPool 1,22 0>0 0=fh
Greater 1,7,9,13 00>b 0=fdhcsilCSIL
GreaterOrEqual 12,16 00>b 0=fdhcsilCSIL
GridSample 16,20,22 01>0 0=fh,20:fdh 1=fh,20:fdh
GroupNormalization 21 000>0 0=h
HammingWindow 17 0>1 0=il 1=fdhcsilCSIL
HannWindow 17 0>1 0=il 1=fdhcsilCSIL
HardSigmoid 1,6,22 0>0 0=fh
HardSwish 14,22 0>0 0=h
Hardmax 1,11,13 0>0 0=fh
Identity 1,13,14,16,19,21,23 0>0 0=fdhecsilCSILbz
If 1,11,13,16,19,21,23 b>0* 0=fdhcsilCSILbz,16:fdhecsilCSILbz
ImageDecoder 20 C>C
InstanceNormalization 1,6,22 000>0 0=fh
IsInf 10,20 0>b 0=fd,20:fdhe
IsNaN 9,13,20 0>b 0=fdh,20:fdhe
LRN 1,13 0>0 0=fh
LSTM 1,7,14,22 0000i000>000 0=fdh
LayerNormalization 17 000>011 0=fdhe 1=f
LeakyRelu 1,6,16 0>0 0=fh
Less 1,7,9,13 00>b 0=fdhcsilCSIL
LessOrEqual 12,16 00>b 0=fdhcsilCSIL
Log 1,6,13 0>0 0=fdh
LogSoftmax 1,11,13 0>0 0=fdh
Loop 1,11,13,16,19,21,23 lb0*>0* 0=fdhcsilCSILbz,16:fdhecsilCSILbz
LpNormalization 1,22 0>0 0=fdh
LpPool 1,2,11,18,22 0>0 0=fh
MatMul 1,9,13 00>0 0=fdhilIL
MatMulInteger 10 0101>i 0=cC 1=cC
Max 1,6,8,12,13 0*>0 0=fdhcilCIL
MaxPool 1,8,10,11,12,22 0>0l 0=fdhcC
MaxRoiPool 1,22 00>0 0=fh
MaxUnpool 9,11,22 0ll>0 0=fh
Mean 1,6,8,13 0*>0 0=fh
MeanVarianceNormalization 9,13 0>0 0=fh
MelWeightMatrix 17 00011>2 0=il 1=fh 2=fdhcsilCSIL
Min 1,6,8,12,13 0*>0 0=fdhcilCIL
Mish 18,22 0>0 0=h
Mod 10,13 00>0 0=fdhcsilCSIL
Mul 1,6,7,13,14 00>0 0=fdhilIL,14:fdhcsilCSIL
Multinomial 7,22 0>1 0=fh 1=il
Neg 1,6,13 0>0 0=fdhcsil
NegativeLogLikelihoodLoss 12,13,22 010>0 0=h 1=
NonMaxSuppression 10,11 fflff>l
NonZero 9,13 0>l 0=fhilCb
Not 1 b>b
OneHot 9,11 012>2 0=fhil 1=fhil 2=fhilz
Optional 15 0>_ 0=fdhcsilCSILbz
OptionalGetElement 15,18 0>1 0=,18:fdhcsilCSILbz 1=fdhcsilCSILbz
OptionalHasElement 15,18 0>b 0=,18:fdhcsilCSILbz
Or 1,7 bb>b
PRelu 1,6,7,9,16 00>0 0=fh
Pad 1,2,11,13,18,19,21,23 0l01>0 0=fdhcilCILb,21:fdhecilCILb 1=il
Pow 1,7,12,13,15 01>0 0=fdhil 1=fdhil
QLinearConv 10 0f01f1f2i>2 0=cC 1=cC 2=cC
QLinearMatMul 10,21 01021213>3 0=cC 1=fh 2=cC 3=cC
QuantizeLinear 10,13,19,21,23 012>2 0=f,19:fh 1=cC,21:csCS,23:fh 2=csCS
RMSNormalization 23 01>1 0=fdh 1=fdh
RNN 1,7,14,22 0000i0>00 0=fh
RandomNormal 1,22 >0 0=fdh
RandomNormalLike 1,22 0>1 0=fdhcsilCSILbz,22:fdhecsilCSILbz 1=fdh
RandomUniform 1,22 >0 0=fdh
RandomUniformLike 1,22 0>1 0=fdhcsilCSILbz,22:fdhecsilCSILbz 1=fdh
Range 11 000>0 0=fdsil
Reciprocal 1,6,13 0>0 0=fdh
ReduceL1 1,11,13,18 0l>0 0=fdhil
ReduceL2 1,11,13,18 0l>0 0=fdhil
ReduceLogSum 1,11,13,18 0l>0 0=fdhil
ReduceLogSumExp 1,11,13,18 0l>0 0=fdhil
ReduceMax 1,11,12,13,18,20 0l>0 0=fdhcilC,20:fdhcilCb
ReduceMean 1,11,13,18 0l>0 0=fdhil
ReduceMin 1,11,12,13,18,20 0l>0 0=fdhcilC,20:fdhcilCb
ReduceProd 1,11,13,18 0l>0 0=fdhil
ReduceSum 1,11,13 0l>0 0=fdhil
ReduceSumSquare 1,11,13,18 0l>0 0=fdhil
RegexFullMatch 20 z>b
Relu 1,6,13,14 0>0 0=fdh,14:fdhci
Reshape 1,5,13,14,19,21,23 0l>0 0=fdhecsilCSILbz
Resize 10,11,13,18,19 01fl>0 0=fhciC 1=fdh
ReverseSequence 10 0l>0 0=fdhcsilCSILbz
RoiAlign 10,16,22 00l>0 0=fdh
RotaryEmbedding 23 000l>0 0=fh
Round 11,22 0>0 0=fdh
STFT 17 0101>0 0=fdh 1=il
Scan 8,9,11,16,19,21,23 0*>0* 0=fdhcsilCSILbz,16:fdhecsilCSILbz
ScatterElements 11,13,16,18 010>0 0=fdhecsilCSILbz 1=il
ScatterND 11,13,16,18 0l0>0 0=fdhecsilCSILbz
Selu 1,6,22 0>0 0=fh
SequenceAt 11 _0>1 0=il 1=fdhcsilCSILbz
SequenceConstruct 11 0*>_ 0=fdhcsilCSILbz
SequenceEmpty 11 >_
SequenceErase 11 _0>_ 0=il
SequenceInsert 11 _01>_ 0=fdhcsilCSILbzxy 1=il
SequenceLength 11 _>l
SequenceMap 17 _0*>_* 0=h
Shape 1,13,15,19,21,23 0>l 0=fdhecsilCSILbz
Shrink 9 0>0 0=fdhcsilCSIL
Sigmoid 1,6,13 0>0 0=fdh
Sign 9,13 0>0 0=fdhecsilCSIL
Sin 7,22 0>0 0=fdh
Sinh 9,22 0>0 0=fh
Size 1,13,19,21,23 0>l 0=fdhcsilCSILbz
Slice 1,10,11,13 01111>0 0=fdhecsilCSILbz 1=il
Softmax 1,11,13 0>0 0=fdh
SoftmaxCrossEntropyLoss 12,13 010>00 0=h 1=
Softplus 1,22 0>0 0=fh
Softsign 1,22 0>0 0=fh
SpaceToDepth 1,13 0>0 0=fdhcC
Split 1,2,11,13,18 0l>0* 0=fdhecsilCSILbz
SplitToSequence 11 01>_ 0=fdhilbz 1=il
Sqrt 1,6,13 0>0 0=fdh
Squeeze 1,11,13,21,23 0l>0 0=fdhecsilCSILbz
StringConcat 20 zz>z
StringNormalizer 10 z>z
StringSplit 20 z>zl
Sub 1,6,7,13,14 00>0 0=fdhilIL,14:fdhcsilCSIL
Sum 1,6,8,13 0*>0 0=fdh
Tan 7,22 0>0 0=fh
Tanh 1,6,13 0>0 0=fdh
TfIdfVectorizer 9 0>f 0=ilz
ThresholdedRelu 10,22 0>0 0=fh
Tile 1,6,13 0l>0 0=fdhcsilCSILbz
TopK 1,10,11 0l>0l 0=fdhcsilC
Transpose 1,13,21,23 0>0 0=fdhecsilCSILbz
Trilu 14 0l>0 0=fdhilb
Unique 11 0>0lll 0=fdhclz
Unsqueeze 1,11,13,21,23 0l>0 0=fdhecsilCSILbz
Where 9,16 b00>0 0=fdhcilCIz
Xor 1,7 bb>b`

export const ML_OPERATORS = `ArrayFeatureExtractor 1 0l>0 0=fdilz
Binarizer 1 0>0 0=f
CastMap 1 _>0 0=flz
CategoryMapper 1 0>1 0=lz 1=lz
DictVectorizer 1 _>0 0=fdlz
FeatureVectorizer 1 0*>f 0=fdil
Imputer 1 0>0 0=fl
LabelEncoder 1,2 0>1 0=flz 1=flz
LinearClassifier 1 0>1f 0=fdil 1=lz
LinearRegressor 1 0>f 0=f
Normalizer 1 0>f 0=fdil
OneHotEncoder 1 0>f 0=fdlz
SVMClassifier 1 0>1f 0=fdil 1=lz
SVMRegressor 1 0>f 0=f
Scaler 1 0>f 0=fdil
ZipMap 1 f>_`

/** The version of the file format that came with each opset. */
export const IR_VERSIONS: Readonly<Record<number, number>> = {
  13: 7,
  14: 7,
  15: 8,
  16: 8,
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
  22: 10,
  23: 11,
}
