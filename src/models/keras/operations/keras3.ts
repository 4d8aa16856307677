/**
 * The functions of `keras.ops`, by the class that records a call. Parameters are those of the class' `call`,
 * then those of its constructor, which are in the configuration; `theirs=ours` where the two names differ.
 */
import { separableConv1D, separableConv2D } from '../layers/depthwise.ts'
import { conv1DTranspose, conv2DTranspose, conv3DTranspose } from '../layers/transposed-convolution.ts'
import { activations } from './activations.ts'
import { affineTransform, perspectiveTransform } from './affine-transform.ts'
import { arange, geomspace, linspace, logspace, meshgrid, vander } from './arange.ts'
import { argmaxOrArgmin, nanArgmaxOrArgmin } from './argmax.ts'
import {
  abs,
  add,
  cbrt,
  clip,
  divide,
  divideNoNan,
  fmaxOrFmin,
  fmod,
  gcd,
  heaviside,
  lcm,
  logaddexp,
  multiply,
  nanToNum,
  nextAfter,
  power,
  round,
  sign,
  signbit,
  sinc,
  subtract,
  trunc,
} from './arithmetic.ts'
import { dotProductAttention } from './attention.ts'
import { bincount } from './bincount.ts'
import { cast, saturateCast } from './cast.ts'
import { rgbToGrayscale, rgbToHsvOrBack } from './colors.ts'
import { complexPart, conjugate, polar } from './complex.ts'
import { append, concatenate, stack, stackAlong } from './concatenate.ts'
import { asConvolutionLayer, conv, spaceToDepthOrBack } from './convolution.ts'
import { cropImages, padImages } from './crop-and-pad.ts'
import { binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy } from './crossentropy.ts'
import { ctcDecode } from './ctc-decode.ts'
import { cumsumOrCumprod, nanCumsumOrCumprod } from './cumsum.ts'
import { diff, trapezoid } from './diff.ts'
import {
  binary,
  bitwise,
  comparison,
  logical,
  opOf,
  pairOf,
  real,
  realBinary,
  tensorBinary,
  unary,
} from './elementwise.ts'
import { extractPatches, fold, unfold } from './extract-patches.ts'
import { extractSequences } from './extract-sequences.ts'
import { flip, roll, rot90 } from './flip.ts'
import { full, fullLike } from './full.ts'
import { type Operation, operation } from './function-call.ts'
import { gaussianBlur, sobelEdges } from './gaussian-blur.ts'
import { getItem } from './get-item.ts'
import { allclose, isclose, isin } from './isclose.ts'
import { KERAS3_MATRICES } from './keras3-matrices.ts'
import { mapCoordinates } from './map-coordinates.ts'
import { nanMaxOrMin, nanMean, nanProd, nanStandardDeviation, nanSum, nanVariance } from './nan-reductions.ts'
import { norm } from './norm.ts'
import { batchNorm, layerNorm, normalize, rmsNorm } from './normalization.ts'
import { multiHot, oneHot } from './one-hot.ts'
import { pad } from './pad.ts'
import { median, quantile } from './percentile.ts'
import { adaptivePool, pool } from './pooling.ts'
import { psnr } from './psnr.ts'
import { rearrange } from './rearrange.ts'
import {
  anyOrAll,
  average,
  countNonzero,
  logsumexp,
  maxOrMin,
  mean,
  moments,
  prod,
  standardDeviation,
  sum,
  variance,
} from './reductions.ts'
import { repeat, tile } from './repeat.ts'
import { broadcastTo, expandDims, moveaxis, ravel, reshape, squeeze, swapaxes, transpose, view } from './reshape.ts'
import { resize } from './resize.ts'
import { scaleAndTranslate } from './scale-and-translate.ts'
import { scatter, scatterUpdate, sliceUpdate } from './scatter.ts'
import { segment } from './segment.ts'
import { ndim, size } from './shape.ts'
import { logSoftmaxOp, softmaxOp, sparsemaxOp } from './softmax.ts'
import { digitize, inTopK, searchsorted, sortOrArgsort, topK } from './sort.ts'
import { arraySplit, split, unstack } from './split.ts'
import { ssim } from './ssim.ts'
import { slice, take, takeAlongAxis, unravelIndex } from './take.ts'
import { trilOrTriu } from './tril.ts'
import { select, where } from './where.ts'

const a = activations

const unaryOp = (formula: Parameters<typeof unary>[0]): Operation => operation('x', unary(formula))
const realOp = (formula: Parameters<typeof real>[0], parameters = ''): Operation =>
  operation(`x ${parameters}`.trim(), real(formula))
const binaryOp = (formula: Parameters<typeof binary>[0]): Operation => operation('x1 x2', binary(formula))
const realBinaryOp = (formula: Parameters<typeof binary>[0]): Operation => operation('x1 x2', realBinary(formula))
const compared = (op: string): Operation => operation('x1 x2', comparison(op))
const reduced = (emit: Operation['emit'], parameters = 'x axis keepdims'): Operation => operation(parameters, emit)
const bitwiseOp = (op: string): Operation => operation('x=x1 y=x2', bitwise(op))
const ABSOLUTE = unaryOp(abs)

/** By class. */
export const KERAS3: Readonly<Record<string, Operation>> = {
  // Element by element
  Absolute: ABSOLUTE,
  Abs: ABSOLUTE,
  Fabs: realOp(opOf('Abs')),
  Negative: unaryOp(opOf('Neg')),
  Sign: unaryOp(sign),
  Square: unaryOp(opOf('Square')),
  Reciprocal: realOp(opOf('Reciprocal')),
  Sqrt: realOp(opOf('Sqrt')),
  Rsqrt: realOp(opOf('Rsqrt')),
  Cbrt: realOp(cbrt),
  Exp: realOp(opOf('Exp')),
  Exp2: realOp((scope, x) => scope.op('Pow', [scope.number(2, x), x])),
  Expm1: realOp(opOf('Expm1')),
  Log: realOp(opOf('Log')),
  Log1p: realOp(opOf('Log1p')),
  Log2: realOp((scope, x) => scope.div(scope.op('Log', [x]), Math.LN2)),
  Log10: realOp((scope, x) => scope.div(scope.op('Log', [x]), Math.LN10)),
  Sin: realOp(opOf('Sin')),
  Cos: realOp(opOf('Cos')),
  Tan: realOp(opOf('Tan')),
  Sinh: realOp(opOf('Sinh')),
  Cosh: realOp(opOf('Cosh')),
  Tanh: realOp(opOf('Tanh')),
  Arcsin: realOp(opOf('Asin')),
  Arccos: realOp(opOf('Acos')),
  Arctan: realOp(opOf('Atan')),
  Arcsinh: realOp(opOf('Asinh')),
  Arccosh: realOp(opOf('Acosh')),
  Arctanh: realOp(opOf('Atanh')),
  Deg2rad: realOp((scope, x) => scope.mul(x, Math.PI / 180)),
  Rad2deg: realOp((scope, x) => scope.mul(x, 180 / Math.PI)),
  Sinc: realOp(sinc),
  I0: realOp(opOf('BesselI0')),
  Floor: realOp(opOf('Floor')),
  Ceil: realOp(opOf('Ceil')),
  Round: operation('x decimals', round),
  Trunc: operation('x', unary(trunc)),
  Erf: realOp(opOf('Erf')),
  Erfc: realOp(opOf('Erfc')),
  Erfinv: realOp(opOf('Erfinv')),
  Isnan: realOp(opOf('IsNan')),
  Isinf: realOp(opOf('IsInf')),
  Isfinite: realOp(opOf('IsFinite')),
  Isreal: realOp((scope, x) => scope.compare('Equal', scope.op('ZerosLike', [x]), 0)),
  Imag: operation('x', complexPart('Imag')),
  Angle: operation('x', complexPart('Angle')),
  Signbit: unaryOp(signbit),
  Isposinf: realOp((scope, x) => scope.compare('Equal', x, Number.POSITIVE_INFINITY)),
  Isneginf: realOp((scope, x) => scope.compare('Equal', x, Number.NEGATIVE_INFINITY)),
  NanToNum: operation('x nan posinf neginf', unary(nanToNum)),
  Conj: operation('x', conjugate),
  Conjugate: operation('x', conjugate),
  Real: operation('x', complexPart('Real')),
  Polar: operation('abs_=size angle', polar),
  Copy: operation('x', f => f.scope.op('Identity', [f.tensor('x')])),
  Clip: operation('x x_min=low x_max=high', clip),
  Cast: operation('x dtype', cast),
  SaturateCast: operation('x dtype', saturateCast),
  ConvertToTensor: operation('x dtype', cast),
  Array: operation('x dtype', cast),
  StopGradient: operation('variable=x', f => f.tensor('x')),
  BitwiseInvert: operation('x', unary(opOf('Invert'))),
  BitwiseNot: operation('x', unary(opOf('Invert'))),

  Add: operation('x1 x2', add),
  Subtract: operation('x1 x2', subtract),
  Multiply: operation('x1 x2', multiply),
  Divide: operation('x1 x2', divide),
  TrueDivide: operation('x1 x2', divide),
  DivideNoNan: operation('x1 x2', divideNoNan),
  FloorDivide: binaryOp(pairOf('FloorDiv', 'floordiv')),
  Mod: operation('x1 x2', tensorBinary(pairOf('FloorMod'))),
  Fmod: operation('x1 x2', tensorBinary(fmod)),
  Power: binaryOp(power),
  Gcd: operation('x1 x2', tensorBinary(gcd)),
  Lcm: operation('x1 x2', tensorBinary(lcm)),
  Maximum: binaryOp(pairOf('Maximum')),
  Minimum: binaryOp(pairOf('Minimum')),
  Fmax: binaryOp(fmaxOrFmin('Maximum')),
  Fmin: binaryOp(fmaxOrFmin('Minimum')),
  Arctan2: realBinaryOp(pairOf('Atan2')),
  Hypot: realBinaryOp((scope, x, y) => scope.op('Sqrt', [scope.add(scope.mul(x, x), scope.mul(y, y))])),
  Logaddexp: realBinaryOp(logaddexp),
  Logaddexp2: realBinaryOp((scope, x, y, f) =>
    scope.div(logaddexp(scope, scope.mul(x, Math.LN2), scope.mul(y, Math.LN2), f), Math.LN2),
  ),
  Heaviside: realBinaryOp(heaviside),
  Ldexp: operation(
    'x1 x2',
    realBinary((scope, x, y) => scope.mul(x, scope.op('Pow', [scope.number(2, x), y]))),
  ),
  Nextafter: realBinaryOp(nextAfter),
  BitwiseAnd: bitwiseOp('BitwiseAnd'),
  BitwiseOr: bitwiseOp('BitwiseOr'),
  BitwiseXor: bitwiseOp('BitwiseXor'),
  BitwiseLeftShift: bitwiseOp('LeftShift'),
  LeftShift: bitwiseOp('LeftShift'),
  BitwiseRightShift: bitwiseOp('RightShift'),
  RightShift: bitwiseOp('RightShift'),

  Equal: compared('Equal'),
  NotEqual: compared('NotEqual'),
  Greater: compared('Greater'),
  GreaterEqual: compared('GreaterEqual'),
  Less: compared('Less'),
  LessEqual: compared('LessEqual'),
  AllClose: operation('x1 x2 rtol atol equal_nan', allclose),
  IsIn: operation('x1 x2 assume_unique invert', isin),
  Isclose: operation('x1 x2 rtol atol equal_nan', isclose),
  LogicalAnd: operation('x1 x2', logical('LogicalAnd')),
  LogicalOr: operation('x1 x2', logical('LogicalOr')),
  LogicalXor: operation('x1 x2', logical('NotEqual')),
  LogicalNot: operation('x', logical('LogicalNot')),
  Where: operation('condition x1 x2', where),

  Select: operation('condlist choicelist default', select),

  // Over axes
  Sum: reduced(sum),
  Prod: reduced(prod),
  Mean: reduced(mean),
  Max: reduced(maxOrMin('Max'), 'x axis keepdims initial'),
  Min: reduced(maxOrMin('Min'), 'x axis keepdims initial'),
  Amax: reduced(maxOrMin('Max')),
  Amin: reduced(maxOrMin('Min')),
  Ptp: reduced(f => f.scope.sub(maxOrMin('Max')(f) as never, maxOrMin('Min')(f) as never)),
  Any: reduced(anyOrAll('Any')),
  All: reduced(anyOrAll('All')),
  Var: reduced(variance),
  Std: reduced(standardDeviation),
  Logsumexp: reduced(logsumexp),
  CountNonzero: reduced(countNonzero, 'x axis'),
  Argmax: reduced(argmaxOrArgmin('ArgMax')),
  Argmin: reduced(argmaxOrArgmin('ArgMin')),
  Average: operation('x weights axis', average),
  Median: reduced(median()),
  Nanmedian: reduced(median('numbers')),
  /** Keras forgets `method` here. */
  Quantile: operation('x q axis keepdims', quantile(1)),
  Nanquantile: operation('x q axis method keepdims', quantile(1, 'numbers')),
  Nanpercentile: operation('x q axis method keepdims', quantile(100, 'numbers')),
  Percentile: operation('x q axis method keepdims', quantile(100)),
  Norm: operation('x ord axis keepdims', norm),
  Moments: operation('x axes keepdims', moments),
  Cumsum: operation('x axis dtype', cumsumOrCumprod('Cumsum')),
  Cumprod: operation('x axis dtype', cumsumOrCumprod('Cumprod')),
  Sort: operation('x axis', sortOrArgsort(0)),
  Argsort: operation('x axis', sortOrArgsort(1)),
  TopK: operation('x k sorted', topK),
  InTopK: operation('targets predictions k', inTopK),
  Nansum: reduced(nanSum),
  Nanprod: reduced(nanProd),
  Nanmean: reduced(nanMean),
  Nanmax: reduced(nanMaxOrMin('Max')),
  Nanmin: reduced(nanMaxOrMin('Min')),
  Nanvar: reduced(nanVariance),
  Nanstd: reduced(nanStandardDeviation),

  Nancumsum: operation('x axis dtype', nanCumsumOrCumprod('Cumsum')),
  Nancumprod: operation('x axis dtype', nanCumsumOrCumprod('Cumprod')),
  Nanargmax: reduced(nanArgmaxOrArgmin('ArgMax')),
  Nanargmin: reduced(nanArgmaxOrArgmin('ArgMin')),
  Trapezoid: operation('y=x x=places dx axis', trapezoid),
  PSNR: operation('x1 x2 max_val=most', psnr),
  Bincount: operation('x weights minlength sparse', bincount),
  SegmentSum: operation('data segment_ids num_segments sorted', segment('Sum')),
  SegmentMax: operation('data segment_ids num_segments sorted', segment('Max')),
  SegmentMin: operation('data segment_ids num_segments sorted', segment('Min')),
  SegmentProd: operation('data segment_ids num_segments sorted', segment('Prod')),

  // Shapes
  Reshape: operation('x newshape=shape', reshape),
  Ravel: operation('x', ravel),
  Transpose: operation('x axes', transpose),
  Moveaxis: operation('x source destination', moveaxis),
  Swapaxes: operation('x axis1 axis2', swapaxes),
  ExpandDims: operation('x axis', expandDims),
  Squeeze: operation('x axis', squeeze),
  Concatenate: operation('xs axis', concatenate),
  Stack: operation('x=xs axis', stack),
  Hstack: operation(
    'xs',
    stackAlong(
      1,
      rank => (rank === 1 ? 0 : 1),
      dims => dims,
    ),
  ),
  Vstack: operation(
    'xs',
    stackAlong(
      1,
      () => 0,
      dims => dims,
    ),
  ),
  Dstack: operation(
    'xs',
    stackAlong(
      3,
      () => 2,
      dims => [...(dims.length === 1 ? [1] : []), ...dims, 1],
    ),
  ),
  Split: operation('x indices_or_sections=sections axis', split('places')),
  ArraySplit: operation('x indices_or_sections=sections axis', arraySplit),
  Hsplit: operation(
    'x indices_or_sections=sections',
    split('places', rank => (rank === 1 ? 0 : 1)),
  ),
  Dsplit: operation(
    'x indices_or_sections=sections',
    split('places', () => 2),
  ),
  Vsplit: operation(
    'x indices_or_sections=sections',
    split('places', () => 0),
  ),
  Unstack: operation('x num axis', unstack),
  Tile: operation('x repeats', tile),
  Repeat: operation('x repeats axis', repeat),
  BroadcastTo: operation('x shape', broadcastTo),
  Flip: operation('x axis', flip()),
  Fliplr: operation('x', flip(1)),
  Flipud: operation('x', flip(0)),
  Roll: operation('x shift axis', roll),
  Rot90: operation('array=x k axes', rot90),
  Pad: operation('x constant_values=value pad_width=paddings mode', pad),
  GetItem: operation('x key', getItem),
  Take: operation('x indices axis', take),
  TakeAlongAxis: operation('x indices axis', takeAlongAxis),
  Slice: operation('inputs=x start_indices=start shape', slice),
  ZerosLike: operation('x dtype', fullLike('zero')),
  EmptyLike: operation('x dtype', fullLike('zero')),
  OnesLike: operation('x dtype', fullLike('one')),
  FullLike: operation('x fill_value=value dtype', fullLike('given')),
  Full: operation('fill_value=value shape dtype', full()),
  Arange: operation('start stop step dtype', arange),
  Linspace: operation('start stop num endpoint retstep dtype axis', linspace),
  Geomspace: operation('start stop num endpoint dtype axis', geomspace),
  Logspace: operation('start stop num endpoint base dtype axis', logspace),
  Meshgrid: operation('*x=xs indexing', meshgrid),
  Tril: operation('x k', trilOrTriu('lower')),
  Triu: operation('x k', trilOrTriu('upper')),
  Diff: operation('a=x n axis', diff),
  Append: operation('x1 x2 axis', append),
  Ndim: operation('x', ndim),
  Size: operation('x', size),
  SearchSorted: operation('sorted_sequence=sorted values side', searchsorted),
  Digitize: operation('x bins', digitize),
  Vander: operation('x N=count increasing', vander),
  UnravelIndex: operation('indices=x shape', unravelIndex),
  View: operation('x dtype', view),
  Scatter: operation('indices values shape', scatter),
  ScatterUpdate: operation('inputs=x indices updates reduction', scatterUpdate()),
  SliceUpdate: operation('inputs=x start_indices=start updates', sliceUpdate),
  Rearrange: operation('tensor=x pattern axes_lengths', rearrange),
  ExtractSequences: operation('x sequence_length=length sequence_stride=stride', extractSequences),

  // Activations
  Relu: realOp(opOf('Relu')),
  Relu6: realOp(opOf('Relu6')),
  ReLU: realOp(a['relu']!, 'negative_slope max_value threshold'),
  Sigmoid: realOp(opOf('Sigmoid')),
  Softplus: realOp(opOf('Softplus')),
  Softsign: realOp(opOf('Softsign')),
  Selu: realOp(opOf('Selu')),
  Silu: realOp(a['silu']!),
  Mish: realOp(a['mish']!),
  LeakyRelu: realOp(a['leakyRelu']!, 'negative_slope=slope'),
  Elu: realOp(a['elu']!, 'alpha'),
  Celu: realOp(a['celu']!, 'alpha'),
  Gelu: realOp(a['gelu']!, 'approximate'),
  Glu: realOp(a['glu']!, 'axis'),
  HardSigmoid: realOp(a['hardSigmoid']!),
  HardSilu: realOp(a['hardSilu']!),
  HardTanh: realOp(a['hardTanh']!),
  HardShrink: realOp(a['hardShrink']!, 'threshold'),
  SoftShrink: realOp(a['softShrink']!, 'threshold'),
  TanhShrink: realOp(a['tanhShrink']!),
  LogSigmoid: realOp(a['logSigmoid']!),
  SparsePlus: realOp(a['sparsePlus']!),
  SparseSigmoid: realOp(a['sparseSigmoid']!),
  Squareplus: realOp(a['squareplus']!, 'b'),
  Threshold: realOp(a['threshold']!, 'threshold default_value'),
  Softmax: operation('x axis', softmaxOp),
  LogSoftmax: operation('x axis', logSoftmaxOp),
  Sparsemax: operation('x axis', sparsemaxOp),

  // Layers as functions
  OneHot: operation('x num_classes=count axis dtype', oneHot),
  MultiHot: operation('inputs=x num_classes=count axis dtype', multiHot),
  Normalize: operation('x axis order epsilon', normalize),
  LayerNorm: operation('x gamma beta axis epsilon rms_scaling', layerNorm),
  RMSNorm: operation('x scale=gamma axis epsilon', rmsNorm),
  BatchNorm: operation('x mean variance offset scale axis epsilon', batchNorm),
  MaxPool: operation('inputs=x pool_size=size strides padding data_format', pool('Max')),
  AveragePool: operation('inputs=x pool_size=size strides padding data_format', pool('Avg')),
  AdaptiveMaxPool: operation('inputs=x output_size data_format', adaptivePool('Max')),
  AdaptiveAveragePool: operation('inputs=x output_size data_format', adaptivePool('Avg')),
  Conv: operation('inputs=x kernel strides padding data_format dilation_rate=dilations', conv('conv')),
  DepthwiseConv: operation('inputs=x kernel strides padding data_format dilation_rate=dilations', conv('depthwise')),
  SeparableConv: operation(
    'inputs=x depthwise_kernel pointwise_kernel strides padding data_format dilation_rate=dilations',
    asConvolutionLayer([separableConv1D, separableConv2D], ['depthwise_kernel', 'pointwise_kernel']),
  ),
  ConvTranspose: operation(
    'inputs=x kernel strides padding output_padding data_format dilation_rate=dilations',
    asConvolutionLayer([conv1DTranspose, conv2DTranspose, conv3DTranspose], ['kernel']),
  ),
  DepthToSpace: operation('x block_size data_format', spaceToDepthOrBack('DepthToSpace')),
  SpaceToDepth: operation('x block_size data_format', spaceToDepthOrBack('SpaceToDepth')),
  DotProductAttention: operation(
    'query key value bias mask scale is_causal flash_attention attn_logits_soft_cap=cap',
    dotProductAttention,
  ),
  CategoricalCrossentropy: operation('target output from_logits axis', categoricalCrossentropy),
  SparseCategoricalCrossentropy: operation('target output from_logits axis', sparseCategoricalCrossentropy),
  BinaryCrossentropy: operation('target output from_logits', binaryCrossentropy),

  CTCDecode: operation(
    'inputs=x sequence_lengths=lengths strategy beam_width top_paths merge_repeated mask_index=blank',
    ctcDecode,
  ),

  // Images
  Resize: operation(
    'images=x size interpolation=method antialias crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value data_format',
    resize,
  ),
  RGBToGrayscale: operation('images=x data_format', rgbToGrayscale),
  RGBToHSV: operation('images=x data_format', rgbToHsvOrBack('RGBToHSV')),
  HSVToRGB: operation('images=x data_format', rgbToHsvOrBack('HSVToRGB')),
  ExtractPatches: operation('images=x size strides dilation_rate=rates padding data_format', extractPatches),
  PadImages: operation(
    'images=x top_padding=top left_padding=left bottom_padding=bottom right_padding=right target_height=height target_width=width data_format',
    padImages,
  ),
  CropImages: operation(
    'images=x top_cropping=top left_cropping=left bottom_cropping=bottom right_cropping=right target_height=height target_width=width data_format',
    cropImages,
  ),
  GaussianBlur: operation('images=x kernel_size sigma data_format', gaussianBlur),
  AffineTransform: operation(
    'images=x transform interpolation=method fill_mode fill_value data_format',
    affineTransform,
  ),

  PerspectiveTransform: operation(
    'images=x start_points=start end_points=end interpolation=method fill_value data_format',
    perspectiveTransform,
  ),

  MapCoordinates: operation('inputs=x coordinates order fill_mode fill_value', mapCoordinates),
  ScaleAndTranslate: operation(
    'images=x output_shape=shape scale translation spatial_dims=dims method antialias',
    scaleAndTranslate,
  ),
  SSIM: operation('image1=a image2=b max_val=most filter_size=size filter_sigma=sigma k1 k2 data_format', ssim),
  SobelEdges: operation('images=x data_format', sobelEdges),
  Fold: operation('x output_size kernel_size=size dilation=rates padding=border stride=strides', fold),
  Unfold: operation('x kernel_size=size dilation=rates padding=border stride=strides', unfold),

  ...KERAS3_MATRICES,
}

/** Classes that cannot be written, and why. */
export const KERAS3_REFUSED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'Map',
      'Scan',
      'AssociativeScan',
      'Switch',
      'WhileLoop',
      'ForiLoop',
      'Cond',
      'VectorizedMap',
      'Function',
      'JVP',
    ].map(name => [name, 'it calls a Python function, which is not in the file']),
  ),
  ElasticTransform: 'it draws random numbers',
  Nonzero: 'how many results it has depends on the values',
}
