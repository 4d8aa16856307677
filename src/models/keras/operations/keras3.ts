/**
 * The functions of `keras.ops`, by the class that records a call. Parameters are those of the class' `call`,
 * then those of its constructor, which are in the configuration; `theirs=ours` where the two names differ.
 */
import { separableConv1D, separableConv2D } from '../layers/depthwise.ts'
import { conv1DTranspose, conv2DTranspose, conv3DTranspose } from '../layers/transposed-convolution.ts'
import { ctcDecoding } from './decoding.ts'
import * as e from './elementwise.ts'
import { type Operation, operation } from './function-call.ts'
import * as image from './image.ts'
import { KERAS3_MATRICES } from './keras3-matrices.ts'
import { structuralSimilarity } from './likeness.ts'
import * as la from './linear-algebra.ts'
import * as losses from './losses.ts'
import * as making from './making.ts'
import * as nn from './nn.ts'
import * as picking from './picking.ts'
import * as quantiles from './quantiles.ts'
import { rearranged } from './rearrange.ts'
import * as r from './reductions.ts'
import * as sampling from './sampling.ts'
import * as scatter from './scatter.ts'
import * as s from './shapes.ts'
import { itemOf } from './slicing.ts'
import { turned } from './warping.ts'

const { activations: a, opOf, pairOf } = e

const unary = (formula: Parameters<typeof e.unary>[0]): Operation => operation('x', e.unary(formula))
const real = (formula: Parameters<typeof e.real>[0], parameters = ''): Operation =>
  operation(`x ${parameters}`.trim(), e.real(formula))
const binary = (formula: Parameters<typeof e.binary>[0]): Operation => operation('x1 x2', e.binary(formula))
const realBinary = (formula: Parameters<typeof e.binary>[0]): Operation => operation('x1 x2', e.realBinary(formula))
const compared = (op: string): Operation => operation('x1 x2', e.comparison(op))
const reduced = (emit: Operation['emit'], parameters = 'x axis keepdims'): Operation => operation(parameters, emit)
const bitwise = (op: string): Operation => operation('x=x1 y=x2', e.bitwise(op))
const absolute = unary(e.absolute)

/** By class. */
export const KERAS3: Readonly<Record<string, Operation>> = {
  // Element by element
  Absolute: absolute,
  Abs: absolute,
  Fabs: real(opOf('Abs')),
  Negative: unary(opOf('Neg')),
  Sign: unary(e.sign),
  Square: unary(opOf('Square')),
  Reciprocal: real(opOf('Reciprocal')),
  Sqrt: real(opOf('Sqrt')),
  Rsqrt: real(opOf('Rsqrt')),
  Cbrt: real(e.cubeRoot),
  Exp: real(opOf('Exp')),
  Exp2: real((scope, x) => scope.op('Pow', [scope.number(2, x), x])),
  Expm1: real(opOf('Expm1')),
  Log: real(opOf('Log')),
  Log1p: real(opOf('Log1p')),
  Log2: real((scope, x) => scope.div(scope.op('Log', [x]), Math.LN2)),
  Log10: real((scope, x) => scope.div(scope.op('Log', [x]), Math.LN10)),
  Sin: real(opOf('Sin')),
  Cos: real(opOf('Cos')),
  Tan: real(opOf('Tan')),
  Sinh: real(opOf('Sinh')),
  Cosh: real(opOf('Cosh')),
  Tanh: real(opOf('Tanh')),
  Arcsin: real(opOf('Asin')),
  Arccos: real(opOf('Acos')),
  Arctan: real(opOf('Atan')),
  Arcsinh: real(opOf('Asinh')),
  Arccosh: real(opOf('Acosh')),
  Arctanh: real(opOf('Atanh')),
  Deg2rad: real((scope, x) => scope.mul(x, Math.PI / 180)),
  Rad2deg: real((scope, x) => scope.mul(x, 180 / Math.PI)),
  Sinc: real(e.sinc),
  I0: real(opOf('BesselI0')),
  Floor: real(opOf('Floor')),
  Ceil: real(opOf('Ceil')),
  Round: operation('x decimals', e.rounding),
  Trunc: operation('x', e.unary(e.truncated)),
  Erf: real(opOf('Erf')),
  Erfc: real(opOf('Erfc')),
  Erfinv: real(opOf('Erfinv')),
  Isnan: real(opOf('IsNan')),
  Isinf: real(opOf('IsInf')),
  Isfinite: real(opOf('IsFinite')),
  Isreal: real((scope, x) => scope.compare('Equal', scope.op('ZerosLike', [x]), 0)),
  Imag: operation('x', e.part('Imag')),
  Angle: real(e.angle),
  Signbit: unary(e.signBit),
  Isposinf: real((scope, x) => scope.compare('Equal', x, Number.POSITIVE_INFINITY)),
  Isneginf: real((scope, x) => scope.compare('Equal', x, Number.NEGATIVE_INFINITY)),
  NanToNum: operation('x nan posinf neginf', e.unary(e.nanToNumber)),
  Conj: operation('x', e.conjugate),
  Conjugate: operation('x', e.conjugate),
  Real: operation('x', e.part('Real')),
  Polar: operation('abs_=size angle', la.polar),
  Copy: operation('x', f => f.scope.op('Identity', [f.tensor('x')])),
  Clip: operation('x x_min=low x_max=high', e.clipping),
  Cast: operation('x dtype', e.casting),
  SaturateCast: operation('x dtype', e.saturating),
  ConvertToTensor: operation('x dtype', e.casting),
  Array: operation('x dtype', e.casting),
  StopGradient: operation('variable=x', f => f.tensor('x')),
  BitwiseInvert: operation('x', e.unary(opOf('Invert'))),
  BitwiseNot: operation('x', e.unary(opOf('Invert'))),

  Add: operation('x1 x2', e.addition),
  Subtract: operation('x1 x2', e.subtraction),
  Multiply: operation('x1 x2', e.multiplication),
  Divide: operation('x1 x2', e.division),
  TrueDivide: operation('x1 x2', e.division),
  DivideNoNan: operation('x1 x2', e.divisionOrZero),
  FloorDivide: binary(pairOf('FloorDiv', 'floordiv')),
  Mod: operation('x1 x2', e.tensorBinary(pairOf('FloorMod'))),
  Fmod: operation('x1 x2', e.tensorBinary(e.remainder)),
  Power: binary(e.power),
  Gcd: operation('x1 x2', e.tensorBinary(e.commonDivisor)),
  Lcm: operation('x1 x2', e.tensorBinary(e.commonMultiple)),
  Maximum: binary(pairOf('Maximum')),
  Minimum: binary(pairOf('Minimum')),
  Fmax: binary(e.ignoringNan('Maximum')),
  Fmin: binary(e.ignoringNan('Minimum')),
  Arctan2: realBinary(pairOf('Atan2')),
  Hypot: realBinary((scope, x, y) => scope.op('Sqrt', [scope.add(scope.mul(x, x), scope.mul(y, y))])),
  Logaddexp: realBinary(e.logAddExp),
  Logaddexp2: realBinary((scope, x, y, f) =>
    scope.div(e.logAddExp(scope, scope.mul(x, Math.LN2), scope.mul(y, Math.LN2), f), Math.LN2),
  ),
  Heaviside: realBinary(e.heaviside),
  Ldexp: operation(
    'x1 x2',
    e.realBinary((scope, x, y) => scope.mul(x, scope.op('Pow', [scope.number(2, x), y]))),
  ),
  Nextafter: realBinary(e.nextAfter),
  BitwiseAnd: bitwise('BitwiseAnd'),
  BitwiseOr: bitwise('BitwiseOr'),
  BitwiseXor: bitwise('BitwiseXor'),
  BitwiseLeftShift: bitwise('LeftShift'),
  LeftShift: bitwise('LeftShift'),
  BitwiseRightShift: bitwise('RightShift'),
  RightShift: bitwise('RightShift'),

  Equal: compared('Equal'),
  NotEqual: compared('NotEqual'),
  Greater: compared('Greater'),
  GreaterEqual: compared('GreaterEqual'),
  Less: compared('Less'),
  LessEqual: compared('LessEqual'),
  AllClose: operation('x1 x2 rtol atol equal_nan', e.allCloseness),
  IsIn: operation('x1 x2 assume_unique invert', e.membership),
  Isclose: operation('x1 x2 rtol atol equal_nan', e.closeness),
  LogicalAnd: operation('x1 x2', e.logical('LogicalAnd')),
  LogicalOr: operation('x1 x2', e.logical('LogicalOr')),
  LogicalXor: operation('x1 x2', e.logical('NotEqual')),
  LogicalNot: operation('x', e.logical('LogicalNot')),
  Where: operation('condition x1 x2', e.choice),

  Select: operation('condlist choicelist default', e.selection),

  // Over axes
  Sum: reduced(r.sum),
  Prod: reduced(r.product),
  Mean: reduced(r.mean),
  Max: reduced(r.extreme('Max'), 'x axis keepdims initial'),
  Min: reduced(r.extreme('Min'), 'x axis keepdims initial'),
  Amax: reduced(r.extreme('Max')),
  Amin: reduced(r.extreme('Min')),
  Ptp: reduced(f => f.scope.sub(r.extreme('Max')(f) as never, r.extreme('Min')(f) as never)),
  Any: reduced(r.quantifier('Any')),
  All: reduced(r.quantifier('All')),
  Var: reduced(r.variance),
  Std: reduced(r.deviation),
  Logsumexp: reduced(r.logSumExp),
  CountNonzero: reduced(r.countNonzero, 'x axis'),
  Argmax: reduced(r.place('ArgMax')),
  Argmin: reduced(r.place('ArgMin')),
  Average: operation('x weights axis', r.average),
  Median: reduced(quantiles.median()),
  Nanmedian: reduced(quantiles.median('numbers')),
  /** Keras forgets `method` here. */
  Quantile: operation('x q axis keepdims', quantiles.quantile(1)),
  Nanquantile: operation('x q axis method keepdims', quantiles.quantile(1, 'numbers')),
  Nanpercentile: operation('x q axis method keepdims', quantiles.quantile(100, 'numbers')),
  Percentile: operation('x q axis method keepdims', quantiles.quantile(100)),
  Norm: operation('x ord axis keepdims', r.norm),
  Moments: operation('x axes keepdims', r.moments),
  Cumsum: operation('x axis dtype', r.running('Cumsum')),
  Cumprod: operation('x axis dtype', r.running('Cumprod')),
  Sort: operation('x axis', r.sorting(0)),
  Argsort: operation('x axis', r.sorting(1)),
  TopK: operation('x k sorted', r.topK),
  InTopK: operation('targets predictions k', r.inTopK),
  Nansum: reduced(r.nanSum),
  Nanprod: reduced(r.nanProduct),
  Nanmean: reduced(r.nanMean),
  Nanmax: reduced(r.nanExtreme('Max')),
  Nanmin: reduced(r.nanExtreme('Min')),
  Nanvar: reduced(r.nanVariance),
  Nanstd: reduced(r.nanDeviation),

  Nancumsum: operation('x axis dtype', r.nanRunning('Cumsum')),
  Nancumprod: operation('x axis dtype', r.nanRunning('Cumprod')),
  Nanargmax: reduced(r.nanPlace('ArgMax')),
  Nanargmin: reduced(r.nanPlace('ArgMin')),
  Trapezoid: operation('y=x x=places dx axis', r.trapezoid),
  PSNR: operation('x1 x2 max_val=most', r.signalToNoise),
  Bincount: operation('x weights minlength sparse', scatter.counts),
  SegmentSum: operation('data segment_ids num_segments sorted', scatter.segmented('Sum')),
  SegmentMax: operation('data segment_ids num_segments sorted', scatter.segmented('Max')),
  SegmentMin: operation('data segment_ids num_segments sorted', scatter.segmented('Min')),
  SegmentProd: operation('data segment_ids num_segments sorted', scatter.segmented('Prod')),

  // Shapes
  Reshape: operation('x newshape=shape', s.reshaping),
  Ravel: operation('x', s.flattened),
  Transpose: operation('x axes', s.transposition),
  Moveaxis: operation('x source destination', s.moving),
  Swapaxes: operation('x axis1 axis2', s.swapping),
  ExpandDims: operation('x axis', s.expanding),
  Squeeze: operation('x axis', s.squeezing),
  Concatenate: operation('xs axis', s.concatenation),
  Stack: operation('x=xs axis', s.stacking),
  Hstack: operation(
    'xs',
    s.stackedAlong(
      1,
      rank => (rank === 1 ? 0 : 1),
      dims => dims,
    ),
  ),
  Vstack: operation(
    'xs',
    s.stackedAlong(
      1,
      () => 0,
      dims => dims,
    ),
  ),
  Dstack: operation(
    'xs',
    s.stackedAlong(
      3,
      () => 2,
      dims => [...(dims.length === 1 ? [1] : []), ...dims, 1],
    ),
  ),
  Split: operation('x indices_or_sections=sections axis', s.splitting('places')),
  ArraySplit: operation('x indices_or_sections=sections axis', s.nearlyEqual),
  Hsplit: operation(
    'x indices_or_sections=sections',
    s.splitting('places', rank => (rank === 1 ? 0 : 1)),
  ),
  Dsplit: operation(
    'x indices_or_sections=sections',
    s.splitting('places', () => 2),
  ),
  Vsplit: operation(
    'x indices_or_sections=sections',
    s.splitting('places', () => 0),
  ),
  Unstack: operation('x num axis', s.unstacking),
  Tile: operation('x repeats', s.tiling),
  Repeat: operation('x repeats axis', s.repeating),
  BroadcastTo: operation('x shape', s.broadcasting),
  Flip: operation('x axis', s.flipping()),
  Fliplr: operation('x', s.flipping(1)),
  Flipud: operation('x', s.flipping(0)),
  Roll: operation('x shift axis', s.rolling),
  Rot90: operation('array=x k axes', s.turning),
  Pad: operation('x constant_values=value pad_width=paddings mode', s.padding),
  GetItem: operation('x key', itemOf),
  Take: operation('x indices axis', picking.taking),
  TakeAlongAxis: operation('x indices axis', picking.takingAlong),
  Slice: operation('inputs=x start_indices=start shape', picking.windowing),
  ZerosLike: operation('x dtype', making.like('zero')),
  EmptyLike: operation('x dtype', making.like('zero')),
  OnesLike: operation('x dtype', making.like('one')),
  FullLike: operation('x fill_value=value dtype', making.like('given')),
  Full: operation('fill_value=value shape dtype', making.full()),
  Arange: operation('start stop step dtype', making.range),
  Linspace: operation('start stop num endpoint retstep dtype axis', making.steps),
  Geomspace: operation('start stop num endpoint dtype axis', making.ratioSteps),
  Logspace: operation('start stop num endpoint base dtype axis', making.powerSteps),
  Meshgrid: operation('*x=xs indexing', making.grid),
  Tril: operation('x k', making.triangle('lower')),
  Triu: operation('x k', making.triangle('upper')),
  Diff: operation('a=x n axis', s.differences),
  Append: operation('x1 x2 axis', s.appending),
  Ndim: operation('x', s.rankOf),
  Size: operation('x', s.countOf),
  SearchSorted: operation('sorted_sequence=sorted values side', r.searched),
  Digitize: operation('x bins', s.digitized),
  Vander: operation('x N=count increasing', s.powers),
  UnravelIndex: operation('indices=x shape', s.unraveled),
  View: operation('x dtype', s.viewed),
  Scatter: operation('indices values shape', scatter.scattered),
  ScatterUpdate: operation('inputs=x indices updates reduction', scatter.updated()),
  SliceUpdate: operation('inputs=x start_indices=start updates', scatter.overwritten),
  Rearrange: operation('tensor=x pattern axes_lengths', rearranged),
  ExtractSequences: operation('x sequence_length=length sequence_stride=stride', s.windowsOf),

  // Activations
  Relu: real(opOf('Relu')),
  Relu6: real(opOf('Relu6')),
  ReLU: real(a['relu']!, 'negative_slope max_value threshold'),
  Sigmoid: real(opOf('Sigmoid')),
  Softplus: real(opOf('Softplus')),
  Softsign: real(opOf('Softsign')),
  Selu: real(opOf('Selu')),
  Silu: real(a['silu']!),
  Mish: real(a['mish']!),
  LeakyRelu: real(a['leakyRelu']!, 'negative_slope=slope'),
  Elu: real(a['elu']!, 'alpha'),
  Celu: real(a['celu']!, 'alpha'),
  Gelu: real(a['gelu']!, 'approximate'),
  Glu: real(a['glu']!, 'axis'),
  HardSigmoid: real(a['hardSigmoid']!),
  HardSilu: real(a['hardSilu']!),
  HardTanh: real(a['hardTanh']!),
  HardShrink: real(a['hardShrink']!, 'threshold'),
  SoftShrink: real(a['softShrink']!, 'threshold'),
  TanhShrink: real(a['tanhShrink']!),
  LogSigmoid: real(a['logSigmoid']!),
  SparsePlus: real(a['sparsePlus']!),
  SparseSigmoid: real(a['sparseSigmoid']!),
  Squareplus: real(a['squareplus']!, 'b'),
  Threshold: real(a['threshold']!, 'threshold default_value'),
  Softmax: operation('x axis', nn.softmaxOp),
  LogSoftmax: operation('x axis', nn.logSoftmaxOp),
  Sparsemax: operation('x axis', nn.sparsemaxOp),

  // Layers as functions
  OneHot: operation('x num_classes=count axis dtype', nn.oneHot),
  MultiHot: operation('inputs=x num_classes=count axis dtype', nn.multiHot),
  Normalize: operation('x axis order epsilon', nn.normalized),
  LayerNorm: operation('x gamma beta axis epsilon rms_scaling', nn.layerNorm),
  RMSNorm: operation('x scale=gamma axis epsilon', nn.rmsNorm),
  BatchNorm: operation('x mean variance offset scale axis epsilon', nn.batchNorm),
  MaxPool: operation('inputs=x pool_size=size strides padding data_format', nn.pool('Max')),
  AveragePool: operation('inputs=x pool_size=size strides padding data_format', nn.pool('Avg')),
  AdaptiveMaxPool: operation('inputs=x output_size data_format', nn.adaptivePool('Max')),
  AdaptiveAveragePool: operation('inputs=x output_size data_format', nn.adaptivePool('Avg')),
  Conv: operation('inputs=x kernel strides padding data_format dilation_rate=dilations', nn.convolution('conv')),
  DepthwiseConv: operation(
    'inputs=x kernel strides padding data_format dilation_rate=dilations',
    nn.convolution('depthwise'),
  ),
  SeparableConv: operation(
    'inputs=x depthwise_kernel pointwise_kernel strides padding data_format dilation_rate=dilations',
    nn.asConvolution([separableConv1D, separableConv2D], ['depthwise_kernel', 'pointwise_kernel']),
  ),
  ConvTranspose: operation(
    'inputs=x kernel strides padding output_padding data_format dilation_rate=dilations',
    nn.asConvolution([conv1DTranspose, conv2DTranspose, conv3DTranspose], ['kernel']),
  ),
  DepthToSpace: operation('x block_size data_format', nn.blocks('DepthToSpace')),
  SpaceToDepth: operation('x block_size data_format', nn.blocks('SpaceToDepth')),
  DotProductAttention: operation(
    'query key value bias mask scale is_causal flash_attention attn_logits_soft_cap=cap',
    nn.dotProductAttention,
  ),
  CategoricalCrossentropy: operation('target output from_logits axis', losses.categoricalCrossentropy),
  SparseCategoricalCrossentropy: operation('target output from_logits axis', losses.sparseCrossentropy),
  BinaryCrossentropy: operation('target output from_logits', losses.binaryCrossentropy),

  CTCDecode: operation(
    'inputs=x sequence_lengths=lengths strategy beam_width top_paths merge_repeated mask_index=blank',
    ctcDecoding,
  ),

  // Images
  Resize: operation(
    'images=x size interpolation=method antialias crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value data_format',
    image.resizing,
  ),
  RGBToGrayscale: operation('images=x data_format', image.grayscale),
  RGBToHSV: operation('images=x data_format', image.colours('RGBToHSV')),
  HSVToRGB: operation('images=x data_format', image.colours('HSVToRGB')),
  ExtractPatches: operation('images=x size strides dilation_rate=rates padding data_format', image.patches),
  PadImages: operation(
    'images=x top_padding=top left_padding=left bottom_padding=bottom right_padding=right target_height=height target_width=width data_format',
    image.padded,
  ),
  CropImages: operation(
    'images=x top_cropping=top left_cropping=left bottom_cropping=bottom right_cropping=right target_height=height target_width=width data_format',
    image.cropped,
  ),
  GaussianBlur: operation('images=x kernel_size sigma data_format', image.blurred),
  AffineTransform: operation(
    'images=x transform interpolation=method fill_mode fill_value data_format',
    image.projected,
  ),

  PerspectiveTransform: operation(
    'images=x start_points=start end_points=end interpolation=method fill_value data_format',
    turned,
  ),

  MapCoordinates: operation('inputs=x coordinates order fill_mode fill_value', sampling.atCoordinates),
  ScaleAndTranslate: operation(
    'images=x output_shape=shape scale translation spatial_dims=dims method antialias',
    sampling.scaledAndMoved,
  ),
  SSIM: operation(
    'image1=a image2=b max_val=most filter_size=size filter_sigma=sigma k1 k2 data_format',
    structuralSimilarity,
  ),
  SobelEdges: operation('images=x data_format', image.slopes),
  Fold: operation('x output_size kernel_size=size dilation=rates padding=border stride=strides', image.folded),
  Unfold: operation('x kernel_size=size dilation=rates padding=border stride=strides', image.columns),

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
