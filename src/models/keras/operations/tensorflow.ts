/**
 * Functions of TensorFlow by their public names without `tf.`, as Keras 2 records a call of one.
 * Parameters are those of the function, `theirs=ours` where the two names differ.
 */
import { separableConv1D, separableConv2D } from '../layers/depthwise.ts'
import * as e from './elementwise.ts'
import * as fourier from './fourier.ts'
import { type Operation, operation } from './function-call.ts'
import * as image from './image.ts'
import * as quality from './image-quality.ts'
import * as la from './linear-algebra.ts'
import * as losses from './losses.ts'
import * as making from './making.ts'
import * as nn from './nn.ts'
import * as picking from './picking.ts'
import { PLAIN_OPS } from './plain-ops.ts'
import * as ragged from './ragged.ts'
import * as r from './reductions.ts'
import * as scatter from './scatter.ts'
import * as s from './shapes.ts'
import * as signal from './signal.ts'
import { itemOf } from './slicing.ts'

const { activations: a, opOf, pairOf } = e

const unary = (op: string): Operation => operation('x', e.unary(opOf(op)))
const feature = (formula: Parameters<typeof e.real>[0], parameters = ''): Operation =>
  operation(`features=x ${parameters}`.trim(), e.real(formula))
const binary = (emit: Operation['emit']): Operation => operation('x=x1 y=x2', emit)
const pair = (op: string): Operation => binary(e.binary(pairOf(op)))
const compared = (op: string): Operation => binary(e.comparison(op))
const reduced = (emit: Operation['emit'], parameters = 'input_tensor=x axis keepdims'): Operation =>
  operation(parameters, emit)
const identity: Operation = operation('input=x', f => f.tensor('x'))
const reflected = (emit: Operation['emit']): Operation => operation('y=x1 x=x2', emit)

const ELEMENTWISE: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    Object.entries({
      negative: 'Neg',
      sign: 'Sign',
      square: 'Square',
      sqrt: 'Sqrt',
      rsqrt: 'Rsqrt',
      exp: 'Exp',
      expm1: 'Expm1',
      log: 'Log',
      log1p: 'Log1p',
      sin: 'Sin',
      cos: 'Cos',
      tan: 'Tan',
      sinh: 'Sinh',
      cosh: 'Cosh',
      tanh: 'Tanh',
      asin: 'Asin',
      acos: 'Acos',
      atan: 'Atan',
      asinh: 'Asinh',
      acosh: 'Acosh',
      atanh: 'Atanh',
      floor: 'Floor',
      ceil: 'Ceil',
      erf: 'Erf',
      erfc: 'Erfc',
      erfinv: 'Erfinv',
      sigmoid: 'Sigmoid',
      reciprocal: 'Reciprocal',
      is_nan: 'IsNan',
      is_inf: 'IsInf',
      is_finite: 'IsFinite',
      rint: 'Rint',
      lgamma: 'Lgamma',
      digamma: 'Digamma',
      bessel_i0: 'BesselI0',
    }).map(([name, op]) => [`math.${name}`, unary(op)]),
  ),
  'math.abs': operation('x', e.unary(e.absolute)),
  '__operators__.abs': operation('x', e.unary(e.absolute)),
  'math.logical_not': operation('x', e.logical('LogicalNot')),
  'math.round': operation('x', e.rounding),
  'math.softplus': feature(opOf('Softplus')),
  'math.softsign': feature(opOf('Softsign')),
  'math.log_sigmoid': operation('x', e.real(a['logSigmoid']!)),
  'math.reciprocal_no_nan': operation(
    'x',
    e.real((scope, x) => scope.op('DivNoNan', [scope.number(1, x), x])),
  ),
  'math.conj': operation('x', f => f.tensor('x')),
  'math.real': operation('input=x', e.part('Real')),
  'math.imag': operation('input=x', e.part('Imag')),
  'math.angle': operation('input=x', e.part('Angle')),
  'math.erfcinv': operation(
    'x',
    e.real((scope, x) => scope.mul(scope.op('Ndtri', [scope.mul(x, 0.5)]), -Math.SQRT1_2)),
  ),

  'math.add': binary(e.binary((scope, x, y) => scope.add(x, y))),
  'math.add_n': operation('inputs', f => f.scope.op('AddN', [...f.tensors('inputs')])),
  'math.accumulate_n': operation('inputs', f => f.scope.op('AddN', [...f.tensors('inputs')])),
  'math.subtract': binary(e.subtraction),
  'math.multiply': binary(e.multiplication),
  'math.scalar_mul': operation('scalar=x1 x=x2', e.multiplication),
  'math.divide': binary(e.division),
  'math.truediv': binary(e.division),
  'math.divide_no_nan': binary(e.divisionOrZero),
  'math.multiply_no_nan': pair('MulNoNan'),
  'math.floordiv': pair('FloorDiv'),
  floor_div: pair('FloorDiv'),
  'math.floormod': pair('FloorMod'),
  'math.mod': pair('FloorMod'),
  'math.pow': pair('Pow'),
  'math.maximum': pair('Maximum'),
  'math.minimum': pair('Minimum'),
  'math.squared_difference': pair('SquaredDifference'),
  'math.atan2': operation('y=x1 x=x2', e.realBinary(pairOf('Atan2'))),
  'math.xlogy': pair('Xlogy'),
  'math.xdivy': pair('Xdivy'),
  'math.equal': compared('Equal'),
  'math.not_equal': compared('NotEqual'),
  'math.greater': compared('Greater'),
  'math.greater_equal': compared('GreaterEqual'),
  'math.less': compared('Less'),
  'math.less_equal': compared('LessEqual'),
  'math.logical_and': binary(e.logical('LogicalAnd')),
  'math.logical_or': binary(e.logical('LogicalOr')),
  'math.logical_xor': binary(e.logical('NotEqual')),
  clip_by_value: operation('t=x clip_value_min=low clip_value_max=high', e.clipping),
  cast: operation('x dtype', e.casting),
  'dtypes.cast': operation('x dtype', e.casting),
  'dtypes.saturate_cast': operation('value=x dtype', e.saturating),
  where: operation('condition x=x1 y=x2', e.choice),
  'compat.v1.where': operation('condition x=x1 y=x2', e.choice),

  // What Python's operators call
  '__operators__.add': binary(e.binary((scope, x, y) => scope.add(x, y))),
  '__operators__.radd': reflected(e.binary((scope, x, y) => scope.add(x, y))),
  '__operators__.sub': binary(e.subtraction),
  '__operators__.rsub': reflected(e.subtraction),
  '__operators__.mul': binary(e.multiplication),
  '__operators__.rmul': reflected(e.multiplication),
  '__operators__.truediv': binary(e.division),
  '__operators__.rtruediv': reflected(e.division),
  '__operators__.div': binary(e.division),
  '__operators__.rdiv': reflected(e.division),
  '__operators__.floordiv': pair('FloorDiv'),
  '__operators__.mod': pair('FloorMod'),
  '__operators__.pow': pair('Pow'),
  '__operators__.rpow': reflected(e.binary(pairOf('Pow'))),
  '__operators__.neg': unary('Neg'),
  '__operators__.matmul': binary(la.matrixProduct),
  '__operators__.rmatmul': reflected(la.matrixProduct),
  '__operators__.eq': operation('self=x1 other=x2', e.comparison('Equal')),
  '__operators__.ne': operation('self=x1 other=x2', e.comparison('NotEqual')),
  '__operators__.lt': compared('Less'),
  '__operators__.le': compared('LessEqual'),
  '__operators__.gt': compared('Greater'),
  '__operators__.ge': compared('GreaterEqual'),
  '__operators__.logical_and': binary(e.logical('LogicalAnd')),
  '__operators__.logical_or': binary(e.logical('LogicalOr')),
  '__operators__.logical_not': operation('x', e.logical('LogicalNot')),
  '__operators__.invert': operation('x', e.logical('LogicalNot')),
  '__operators__.getitem': operation('tensor=x slice_spec=key', itemOf),
}

const REDUCTIONS: Readonly<Record<string, Operation>> = {
  'math.reduce_sum': reduced(r.reduction('Sum')),
  'math.reduce_mean': reduced(r.reduction('Mean')),
  'math.reduce_max': reduced(r.reduction('Max')),
  'math.reduce_min': reduced(r.reduction('Min')),
  'math.reduce_prod': reduced(r.reduction('Prod')),
  'math.reduce_any': reduced(r.quantifier('Any')),
  'math.reduce_all': reduced(r.quantifier('All')),
  'math.reduce_std': reduced(r.deviation),
  'math.reduce_variance': reduced(r.variance),
  'math.reduce_logsumexp': reduced(r.logSumExp),
  'math.reduce_euclidean_norm': reduced(r.norm),
  'math.count_nonzero': reduced(r.countNonzero, 'input=x axis keepdims dtype'),
  'math.argmax': operation('input=x axis output_type', r.place('ArgMax', 0)),
  'math.argmin': operation('input=x axis output_type', r.place('ArgMin', 0)),
  'math.cumsum': operation('x axis exclusive reverse', r.running('Cumsum', 0)),
  'math.cumprod': operation('x axis exclusive reverse', r.running('Cumprod', 0)),
  'math.top_k': operation('input=x k sorted', r.topK),
  'math.in_top_k': operation('targets predictions k', r.inTopK),
  'compat.v1.math.in_top_k': operation('predictions targets k', r.inTopK),
  'math.bincount': operation('arr=x weights minlength=least maxlength=most dtype name axis binary_output', r.counts),
  'compat.v1.bincount': operation('arr=x weights minlength=least maxlength=most dtype', r.counts),
  'compat.v1.math.bincount': operation('arr=x weights minlength=least maxlength=most dtype', r.counts),
  'math.confusion_matrix': operation('labels predictions num_classes weights dtype', scatter.confusions),
  'math.polyval': operation('coeffs=xs x', e.polynomial),
  'math.lbeta': operation('x', e.logBeta),
  'nn.weighted_moments': operation('x axes frequency_weights=weights keepdims', r.weightedMoments),
  'compat.v1.nn.weighted_moments': operation(
    'x axes frequency_weights=weights name keep_dims=keepdims',
    r.weightedMoments,
  ),
  'math.zero_fraction': operation('value=x', r.zeroFraction),
  clip_by_norm: operation('t=x clip_norm=limit axes=axis', r.clippedByNorm),
  'math.l2_normalize': operation('x axis epsilon', nn.l2Normalized),
  sort: operation('values=x axis direction', r.sorting(0)),
  argsort: operation('values=x axis direction', r.sorting(1)),
  norm: operation('tensor=x ord axis keepdims', r.norm),
}

const SHAPES: Readonly<Record<string, Operation>> = {
  reshape: operation('tensor=x shape', s.reshaping),
  transpose: operation('a=x perm=axes', s.transposition),
  'compat.v1.transpose': operation('a=x perm=axes', s.transposition),
  'linalg.matrix_transpose': operation('a=x', f => {
    const x = f.tensor('x')
    const rank = f.rank(x)
    return f.scope.transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
  }),
  expand_dims: operation('input=x axis', s.expanding),
  'compat.v1.expand_dims': operation('input=x axis', s.expanding),
  squeeze: operation('input=x axis', s.squeezing),
  'compat.v1.squeeze': operation('input=x axis', s.squeezing),
  concat: operation('values=xs axis', s.concatenation),
  stack: operation('values=xs axis', s.stacking),
  unstack: operation('value=x num axis', s.unstacking),
  split: operation('value=x num_or_size_splits=sections axis', s.splitting('sizes')),
  tile: operation('input=x multiples=repeats', s.tiling),
  repeat: operation('input=x repeats axis', s.repeating),
  broadcast_to: operation('input=x shape', s.broadcasting),
  reverse: operation('tensor=x axis', s.flipping()),
  roll: operation('input=x shift axis', s.rolling),
  pad: operation('tensor=x paddings mode constant_values=value', s.padding),
  'compat.v1.pad': operation('tensor=x paddings mode name constant_values=value', s.padding),
  gather: operation('params=x indices validate_indices axis batch_dims', picking.taking),
  'compat.v1.gather': operation('params=x indices validate_indices name axis batch_dims', picking.taking),
  gather_nd: operation('params=x indices batch_dims', scatter.gathered),
  'compat.v1.gather_nd': operation('params=x indices name batch_dims', scatter.gathered),
  'nn.embedding_lookup': operation('params=x ids=indices', picking.taking),
  slice: operation('input_=x begin=start size=shape', picking.windowing),
  shape: operation('input=x out_type', s.shapeOf),
  'compat.v1.shape': operation('input=x name out_type', s.shapeOf),
  size: operation('input=x out_type', s.countOf),
  'compat.v1.size': operation('input=x name out_type', s.countOf),
  rank: operation('input=x', s.rankOf),
  zeros_like: operation('input=x dtype', making.like('zero')),
  'compat.v1.zeros_like': operation('tensor=x dtype', making.like('zero')),
  ones_like: operation('input=x dtype', making.like('one')),
  'compat.v1.ones_like': operation('tensor=x dtype', making.like('one')),
  zeros: operation('shape dtype', making.full(0)),
  ones: operation('shape dtype', making.full(1)),
  fill: operation('dims=shape value', making.full()),
  range: operation('start limit=stop delta=step dtype', making.range),
  scatter_nd: operation('indices updates=values shape', scatter.scattered),
  tensor_scatter_nd_update: operation('tensor=x indices updates', scatter.updated('update')),
  tensor_scatter_nd_add: operation('tensor=x indices updates', scatter.updated('add')),
  'math.unsorted_segment_sum': operation('data segment_ids num_segments', scatter.segmented('Sum')),
  'math.unsorted_segment_max': operation('data segment_ids num_segments', scatter.segmented('Max')),
  'math.unsorted_segment_mean': operation('data segment_ids num_segments', scatter.segmentMean('mean')),
  'math.unsorted_segment_sqrt_n': operation('data segment_ids num_segments', scatter.segmentMean('root')),
  linspace: operation('start stop num name axis', making.steps),
  meshgrid: operation('x', f => f.refuse('its tensors behind the first are not in the file: Keras saves one alone')),
  'linalg.band_part': operation('input=x num_lower=lower num_upper=upper', f => {
    const bound = (name: string) => f.scope.int(f.int(name), name)
    return f.scope.op('MatrixBandPart', [f.tensor('x'), bound('lower'), bound('upper')])
  }),
  identity,
  boolean_mask: operation('tensor=x mask axis', picking.kept),
  'compat.v1.boolean_mask': operation('tensor=x mask name axis', picking.kept),
  sequence_mask: operation('lengths=x maxlen=most dtype', s.lengthMask),
  'keras.backend.batch_flatten': operation('x', s.batchFlattened),
  'signal.frame': operation('signal=x frame_length=length frame_step=stride pad_end pad_value axis', s.windowsOf),
  'signal.stft': operation(
    'signals=x frame_length=length frame_step=stride fft_length window_fn=window pad_end',
    fourier.framedFourier,
  ),
  'signal.fft': operation('input=x', fourier.spectrum('FFT')),
  'signal.fft2d': operation('input=x', fourier.spectrum('FFT2D')),
  'signal.ifft': operation('input=x', fourier.spectrum('IFFT')),
  'signal.ifft2d': operation('input=x', fourier.spectrum('IFFT2D')),
  'signal.rfft': operation('input_tensor=x fft_length', fourier.spectrum('RFFT')),
  'signal.irfft': operation('input_tensor=x fft_length', fourier.spectrum('IRFFT')),
  'signal.dct': operation('input=x type n axis norm', signal.cosines('forward')),
  'signal.idct': operation('input=x type n axis norm', signal.cosines('inverse')),
  'signal.mfccs_from_log_mel_spectrograms': operation('log_mel_spectrograms=x', signal.cepstra),
  'signal.fftshift': operation('x axes', signal.halfTurn('forward')),
  'signal.ifftshift': operation('x axes', signal.halfTurn('inverse')),
  'signal.overlap_and_add': operation('signal=x frame_step=step', signal.overlapped),
  'signal.inverse_stft': operation(
    'stfts=x frame_length=length frame_step=stride fft_length window_fn=window',
    signal.fromShortFourier,
  ),
  stop_gradient: identity,
  convert_to_tensor: operation('value=x dtype', e.casting),
  ensure_shape: operation('x shape', f => f.tensor('x')),
  searchsorted: operation('sorted_sequence=sorted values side', r.searched),
}

const NETWORK: Readonly<Record<string, Operation>> = {
  'nn.relu': feature(opOf('Relu')),
  'nn.relu6': feature(opOf('Relu6')),
  'nn.elu': feature(opOf('Elu')),
  'nn.selu': feature(opOf('Selu')),
  'nn.crelu': feature(
    (scope, x, f) => scope.concat([scope.op('Relu', [x]), scope.op('Relu', [scope.mul(x, -1)])], f.axis('axis', x, -1)),
    'axis',
  ),
  'nn.leaky_relu': feature(a['leakyRelu']!, 'alpha=slope'),
  'nn.gelu': feature(a['gelu']!, 'approximate'),
  'nn.silu': feature(a['silu']!, 'beta'),
  'nn.swish': feature(a['silu']!, 'beta'),
  'nn.softplus': feature(opOf('Softplus')),
  'nn.softsign': feature(opOf('Softsign')),
  'nn.tanh': operation('x', e.real(opOf('Tanh'))),
  'nn.sigmoid': operation('x', e.real(opOf('Sigmoid'))),
  'nn.softmax': operation('logits=x axis', nn.softmaxOp),
  'nn.log_softmax': operation('logits=x axis', nn.logSoftmaxOp),
  'nn.bias_add': operation('value=x bias data_format', nn.biasAdd),
  'nn.moments': operation('x axes shift keepdims', r.moments),
  'nn.batch_normalization': operation('x mean variance offset scale variance_epsilon=epsilon', nn.batchNorm),
  'nn.local_response_normalization': operation('input=x depth_radius bias alpha beta', f => {
    const attrs = {
      depth_radius: f.int('depth_radius', 5),
      bias: f.number('bias', 1),
      alpha: f.number('alpha', 1),
      beta: f.number('beta', 0.5),
    }
    return f.scope.op('LRN', [f.tensor('x')], attrs)
  }),
  'nn.max_pool': operation('input=x ksize=size strides padding data_format', nn.pool('Max')),
  'nn.avg_pool': operation('input=x ksize=size strides padding data_format', nn.pool('Avg')),
  'nn.max_pool2d': operation('input=x ksize=size strides padding data_format', nn.pool('Max')),
  'nn.avg_pool2d': operation('input=x ksize=size strides padding data_format', nn.pool('Avg')),
  'nn.max_pool1d': operation('input=x ksize=size strides padding data_format', nn.pool('Max')),
  'nn.avg_pool1d': operation('input=x ksize=size strides padding data_format', nn.pool('Avg')),
  'nn.max_pool3d': operation('input=x ksize=size strides padding data_format', nn.pool('Max')),
  'nn.avg_pool3d': operation('input=x ksize=size strides padding data_format', nn.pool('Avg')),
  'compat.v1.nn.max_pool': operation('value=x ksize=size strides padding data_format', nn.pool('Max')),
  'compat.v1.nn.avg_pool': operation('value=x ksize=size strides padding data_format', nn.pool('Avg')),
  'nn.pool': operation('input=x window_shape=size pooling_type=kind strides padding data_format dilations', nn.anyPool),
  'compat.v1.nn.pool': operation(
    'input=x window_shape=size pooling_type=kind padding dilation_rate=dilations strides name data_format spatial_dims dilations=other_dilations',
    nn.anyPool,
  ),
  'nn.max_pool_with_argmax': operation(
    'input=x ksize=size strides padding data_format output_dtype include_batch_in_index',
    nn.poolWithPlaces,
  ),
  'nn.dilation2d': operation('input=x filters=kernel strides padding data_format dilations', nn.morphology('dilation')),
  'nn.erosion2d': operation('value=x filters=kernel strides padding data_format dilations', nn.morphology('erosion')),
  'compat.v1.nn.dilation2d': operation(
    'input=x filter=kernel strides rates=dilations padding',
    nn.morphology('dilation'),
  ),
  'compat.v1.nn.erosion2d': operation('value=x kernel strides rates=dilations padding', nn.morphology('erosion')),
  'nn.conv1d': operation('input=x filters=kernel stride=strides padding data_format dilations', nn.convolution('conv')),
  'nn.conv2d': operation('input=x filters=kernel strides padding data_format dilations', nn.convolution('conv')),
  'nn.conv3d': operation('input=x filters=kernel strides padding data_format dilations', nn.convolution('conv')),
  'nn.convolution': operation('input=x filters=kernel strides padding data_format dilations', nn.convolution('conv')),
  'nn.depthwise_conv2d': operation(
    'input=x filter=kernel strides padding data_format dilations',
    nn.convolution('depthwise'),
  ),
  'compat.v1.nn.conv2d': operation(
    'input=x filter=kernel strides padding use_cudnn_on_gpu data_format dilations',
    nn.convolution('conv'),
  ),
  'compat.v1.nn.convolution': operation(
    'input=x filter=kernel padding strides dilation_rate=dilations name data_format',
    nn.convolution('conv'),
  ),
  'compat.v1.nn.conv1d': operation(
    'value=x filters=kernel stride=strides padding use_cudnn_on_gpu data_format',
    nn.convolution('conv'),
  ),
  'compat.v1.nn.conv3d': operation(
    'input=x filter=kernel strides padding data_format dilations',
    nn.convolution('conv'),
  ),
  'compat.v1.nn.depthwise_conv2d': operation(
    'input=x filter=kernel strides padding rate=dilations name data_format',
    nn.convolution('depthwise'),
  ),
  'compat.v1.nn.conv2d_transpose': operation('value=x filter=kernel output_shape=shape strides padding', nn.backprop),
  'nn.conv2d_transpose': operation('input=x filters=kernel output_shape=shape strides padding', nn.backprop),
  'nn.conv3d_transpose': operation('input=x filters=kernel output_shape=shape strides padding', nn.backprop),
  'nn.space_to_depth': operation('input=x block_size data_format', nn.blocks('SpaceToDepth')),
  'nn.depth_to_space': operation('input=x block_size data_format', nn.blocks('DepthToSpace')),
  'strings.split': operation('input=x sep maxsplit', ragged.split('words')),
  'strings.bytes_split': operation('input=x', ragged.split('bytes')),
  one_hot: operation('indices=x depth=count on_value=on off_value=off axis dtype', nn.oneHot),
  'linalg.matmul': operation('a=x1 b=x2 transpose_a transpose_b adjoint_a adjoint_b', la.matrixProduct),
  'linalg.tensordot': operation('a=x1 b=x2 axes', la.tensordot),
  tensordot: operation('a=x1 b=x2 axes', la.tensordot),
  einsum: operation('equation *operands', la.einsum),
  'linalg.einsum': operation('equation *operands', la.einsum),
  'linalg.diag': operation('diagonal=x k', la.diagonalsOf),
  'linalg.diag_part': operation('input=x k', la.lastDiagonal),
  'linalg.trace': operation('x', f => f.scope.reduce('Sum', f.scope.op('MatrixDiagPart', [f.tensor('x')]), [-1])),
  'linalg.inv': operation('input=x', la.matrixOp('MatrixInverse')),
  'linalg.det': operation('input=x', la.matrixOp('MatrixDeterminant')),
  'linalg.cholesky': operation('input=x', la.matrixOp('Cholesky')),
  'linalg.norm': operation('tensor=x ord axis keepdims', r.norm),
  'linalg.cross': operation('a=x1 b=x2', la.cross),
  'linalg.adjoint': operation('matrix=x', la.adjoint),
  'linalg.pinv': operation('a=x rcond', la.pseudoInverse),
  'linalg.cholesky_solve': operation('chol rhs', la.choleskySolved),
  'linalg.normalize': operation('tensor=x ord axis', la.unitAndLength),
  'linalg.global_norm': operation('t_list=xs', la.commonLength),
  'linalg.svd': operation('tensor=x full_matrices compute_uv', la.singularParts),
  'linalg.eigvalsh': operation('tensor=x', f =>
    f.scope.node('SelfAdjointEigV2', [f.tensor('x')], { compute_v: false }).out(),
  ),
  'linalg.eigh': operation('tensor=x', la.eigenSymmetric),
  'debugging.check_numerics': operation('tensor=x message', f => f.tensor('x')),
  'nn.dropout': operation('x rate', f => f.tensor('x')),
  'nn.sigmoid_cross_entropy_with_logits': operation('labels=target logits=output', losses.logisticLoss),
  'compat.v1.nn.sigmoid_cross_entropy_with_logits': operation('labels=target logits=output', losses.logisticLoss),
  'nn.softmax_cross_entropy_with_logits': operation('labels=target logits=output axis', losses.classLoss),
  'compat.v1.nn.softmax_cross_entropy_with_logits_v2': operation('labels=target logits=output axis', losses.classLoss),
  'nn.sparse_softmax_cross_entropy_with_logits': operation('labels=target logits=output', losses.sparseClassLoss),
  'compat.v1.nn.sparse_softmax_cross_entropy_with_logits': operation(
    'labels=target logits=output',
    losses.sparseClassLoss,
  ),
  'compat.v1.nn.xw_plus_b': operation('x=x1 weights=x2 biases=bias', nn.affine),
  'compat.v1.nn.relu_layer': operation('x=x1 weights=x2 biases=bias', f => f.scope.op('Relu', [nn.affine(f)])),
  'keras.backend.binary_crossentropy': operation('target output from_logits', losses.binaryCrossentropy),
  'keras.backend.categorical_crossentropy': operation('target output from_logits axis', losses.categoricalCrossentropy),
  'compat.v1.nn.separable_conv2d': operation(
    'input=x depthwise_filter=depthwise_kernel pointwise_filter=pointwise_kernel strides padding rate=dilations name data_format',
    nn.asConvolution([separableConv1D, separableConv2D], ['depthwise_kernel', 'pointwise_kernel']),
  ),
  'nn.separable_conv2d': operation(
    'input=x depthwise_filter=depthwise_kernel pointwise_filter=pointwise_kernel strides padding data_format dilations',
    nn.asConvolution([separableConv1D, separableConv2D], ['depthwise_kernel', 'pointwise_kernel']),
  ),
}

const IMAGES: Readonly<Record<string, Operation>> = {
  'image.resize': operation('images=x size method preserve_aspect_ratio antialias', image.resizing),
  'compat.v1.image.resize': operation('images=x size method align_corners', image.oldResizing()),
  'compat.v1.image.resize_images': operation('images=x size method align_corners', image.oldResizing()),
  'compat.v1.image.resize_bilinear': operation(
    'images=x size align_corners half_pixel_centers',
    image.oldResizing('ResizeBilinear'),
  ),
  'compat.v1.image.resize_nearest_neighbor': operation(
    'images=x size align_corners half_pixel_centers',
    image.oldResizing('ResizeNearestNeighbor'),
  ),
  'compat.v1.image.resize_bicubic': operation(
    'images=x size align_corners half_pixel_centers',
    image.oldResizing('ResizeBicubic'),
  ),
  'compat.v1.image.resize_area': operation('images=x size align_corners', image.oldResizing('ResizeArea')),
  'image.extract_glimpse': operation('input=x size offsets centered normalized noise', image.glimpses),
  'image.psnr': operation('a=x1 b=x2 max_val=most', quality.signalToNoise),
  'image.ssim': operation(
    'img1=x1 img2=x2 max_val=most filter_size filter_sigma k1 k2 return_index_map',
    quality.likeness,
  ),
  'image.resize_with_pad': operation(
    'image=x target_height=height target_width=width method antialias',
    image.resizedAndPadded,
  ),
  'image.crop_to_bounding_box': operation(
    'image=x offset_height=top offset_width=left target_height=height target_width=width',
    image.boxed,
  ),
  'image.pad_to_bounding_box': operation(
    'image=x offset_height=top offset_width=left target_height=height target_width=width',
    image.framed,
  ),
  'image.central_crop': operation('image=x central_fraction=fraction', image.middle),
  'image.transpose': operation('image=x', f => {
    const x = f.tensor('x')
    return f.scope.transpose(x, f.rank(x) === 3 ? [1, 0, 2] : [0, 2, 1, 3])
  }),
  'image.rot90': operation('image=x k', image.quarterTurns),
  'image.rgb_to_yuv': operation('images=x', image.mixed('rgb_to_yuv')),
  'image.yuv_to_rgb': operation('images=x', image.mixed('yuv_to_rgb')),
  'image.rgb_to_yiq': operation('images=x', image.mixed('rgb_to_yiq')),
  'image.yiq_to_rgb': operation('images=x', image.mixed('yiq_to_rgb')),
  'image.adjust_gamma': operation('image=x gamma gain', f => {
    const x = f.tensor('x')
    return f.scope.mul(f.scope.op('Pow', [x, f.scope.number(f.number('gamma', 1), x)]), f.number('gain', 1))
  }),
  'image.convert_image_dtype': operation('image=x dtype saturate', image.asReal),
  'image.adjust_brightness': operation('image=x delta', f => f.scope.add(f.tensor('x'), f.number('delta'))),
  'image.adjust_contrast': operation('images=x contrast_factor', f =>
    f.scope.op('AdjustContrastv2', [f.tensor('x'), f.scope.cast(f.tensor('contrast_factor', 'float32'), 'float32')]),
  ),
  'image.rgb_to_grayscale': operation('images=x', image.grayscale),
  'image.grayscale_to_rgb': operation('images=x', f => {
    const x = f.tensor('x')
    return f.scope.tile(
      x,
      f.shape(x).map((_, i, all) => (i === all.length - 1 ? 3 : 1)),
    )
  }),
  'image.rgb_to_hsv': operation('images=x', image.colours('RGBToHSV')),
  'image.hsv_to_rgb': operation('images=x', image.colours('HSVToRGB')),
  'image.flip_left_right': operation('image=x', image.mirrored(-2)),
  'image.flip_up_down': operation('image=x', image.mirrored(-3)),
  'image.per_image_standardization': operation('image=x', nn.standardized),
  'image.extract_patches': operation('images=x sizes=size strides rates padding', image.patches),
  'image.resize_with_crop_or_pad': operation('image=x target_height=height target_width=width', image.fitted),
}

/** By name. */
export const TENSORFLOW: Readonly<Record<string, Operation>> = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...SHAPES,
  ...NETWORK,
  ...IMAGES,
  ...PLAIN_OPS,
}

/**
 * The name in the table: the functions of `math`, `nn` and `linalg` have second names without these words,
 * and Keras' backend has some of them under names of its own.
 */
export function functionNamed(name: string): Operation | undefined {
  const bare = name.replace(/^(tf|keras\.backend|keras\.activations|compat\.v2)\./, '')
  const candidates = [
    name,
    bare,
    ...['math', 'nn', 'linalg', 'image', '__operators__'].map(room => `${room}.${bare}`),
    bare.replace(/^compat\.v1\./, ''),
  ]
  const found = candidates.find(candidate => Object.hasOwn(TENSORFLOW, candidate))
  return found === undefined ? undefined : TENSORFLOW[found]
}
