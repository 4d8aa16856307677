/**
 * Functions of TensorFlow by their public names without `tf.`, as Keras 2 records a call of one.
 * Parameters are those of the function, `theirs=ours` where the two names differ.
 */
import { separableConv1D, separableConv2D } from '../layers/depthwise.ts'
import { activations } from './activations.ts'
import { arange, linspace } from './arange.ts'
import { argmaxOrArgmin } from './argmax.ts'
import { abs, clip, divide, divideNoNan, lbeta, multiply, polyval, round, subtract } from './arithmetic.ts'
import { confusionMatrix, tensorflowBincount } from './bincount.ts'
import { cast, saturateCast } from './cast.ts'
import { convertImageDtype, mixColors, rgbToGrayscale, rgbToHsvOrBack } from './colors.ts'
import { complexPart } from './complex.ts'
import { concatenate, stack } from './concatenate.ts'
import { asConvolutionLayer, conv, convTranspose, spaceToDepthOrBack } from './convolution.ts'
import { centralCrop, cropToBoundingBox, padToBoundingBox, resizeWithCropOrPad } from './crop-and-pad.ts'
import { cross } from './cross.ts'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
} from './crossentropy.ts'
import { cumsumOrCumprod } from './cumsum.ts'
import { dctOrIdct, fftshift, inverseStft, mfccs, overlapAndAdd } from './dct.ts'
import { adjoint, choleskySolve, eigh, linalgPinv, linalgSvd, matrixOp } from './decompositions.ts'
import { linalgDiag, linalgDiagPart } from './diag.ts'
import { einsum } from './einsum.ts'
import { binary, comparison, logical, opOf, pairOf, real, realBinary, unary } from './elementwise.ts'
import { extractGlimpse, extractPatches } from './extract-patches.ts'
import { extractSequences } from './extract-sequences.ts'
import { signalFft, signalStft } from './fft.ts'
import { flip, flipImage, roll, rot90Image } from './flip.ts'
import { full, fullLike } from './full.ts'
import { type Operation, operation } from './function-call.ts'
import { getItem } from './get-item.ts'
import { booleanMask, sequenceMask } from './mask.ts'
import { matmul, tensordot } from './matmul.ts'
import { clipByNorm, globalNorm, linalgNormalize, norm } from './norm.ts'
import { batchNorm, biasAdd, l2Normalize, perImageStandardization, xwPlusB } from './normalization.ts'
import { oneHot } from './one-hot.ts'
import { pad } from './pad.ts'
import { PLAIN_OPS } from './plain-ops.ts'
import { anyPool, dilationOrErosion, maxPoolWithArgmax, pool } from './pooling.ts'
import { imagePsnr } from './psnr.ts'
import * as ragged from './ragged.ts'
import {
  anyOrAll,
  countNonzero,
  logsumexp,
  moments,
  reduction,
  standardDeviation,
  variance,
  weightedMoments,
  zeroFraction,
} from './reductions.ts'
import { repeat, tile } from './repeat.ts'
import { batchFlatten, broadcastTo, expandDims, reshape, squeeze, transpose } from './reshape.ts'
import { resize, resizeV1, resizeWithPad } from './resize.ts'
import { gatherNd, scatter, scatterUpdate } from './scatter.ts'
import { segment, segmentMean } from './segment.ts'
import { ndim, shape, size } from './shape.ts'
import { logSoftmaxOp, softmaxOp } from './softmax.ts'
import { inTopK, searchsorted, sortOrArgsort, topK } from './sort.ts'
import { split, unstack } from './split.ts'
import { imageSsim } from './ssim.ts'
import { embeddingLookup, slice, take } from './take.ts'
import { where } from './where.ts'

const a = activations

const unaryOp = (op: string): Operation => operation('x', unary(opOf(op)))
const featureOp = (formula: Parameters<typeof real>[0], parameters = ''): Operation =>
  operation(`features=x ${parameters}`.trim(), real(formula))
const binaryOp = (emit: Operation['emit']): Operation => operation('x=x1 y=x2', emit)
const pairOp = (op: string): Operation => binaryOp(binary(pairOf(op)))
const compared = (op: string): Operation => binaryOp(comparison(op))
const reduced = (emit: Operation['emit'], parameters = 'input_tensor=x axis keepdims'): Operation =>
  operation(parameters, emit)
const identity: Operation = operation('input=x', f => f.tensor('x'))

/** == and != of tensors: tf_keras saves the operand that it calls `self` alone. */
const comparedWithOther =
  (op: string): Operation['emit'] =>
  f =>
    f.has('x2') ? comparison(op)(f) : f.refuse('its second operand is not in the file: Keras saves the first alone')

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
    }).map(([name, op]) => [`math.${name}`, unaryOp(op)]),
  ),
  'math.abs': operation('x', unary(abs)),
  'math.logical_not': operation('x', logical('LogicalNot')),
  'math.round': operation('x', round),
  'math.softplus': featureOp(opOf('Softplus')),
  'math.softsign': featureOp(opOf('Softsign')),
  'math.log_sigmoid': operation('x', real(a['logSigmoid']!)),
  'math.reciprocal_no_nan': operation(
    'x',
    real((scope, x) => scope.op('DivNoNan', [scope.number(1, x), x])),
  ),
  'math.conj': operation('x', f => f.tensor('x')),
  'math.real': operation('input=x', complexPart('Real')),
  'math.imag': operation('input=x', complexPart('Imag')),
  'math.angle': operation('input=x', complexPart('Angle')),
  'math.erfcinv': operation(
    'x',
    real((scope, x) => scope.mul(scope.op('Ndtri', [scope.mul(x, 0.5)]), -Math.SQRT1_2)),
  ),

  'math.add': binaryOp(binary((scope, x, y) => scope.add(x, y))),
  'math.add_n': operation('inputs', f => f.scope.op('AddN', [...f.tensors('inputs')])),
  'math.accumulate_n': operation('inputs', f => f.scope.op('AddN', [...f.tensors('inputs')])),
  'math.subtract': binaryOp(subtract),
  'math.multiply': binaryOp(multiply),
  'math.scalar_mul': operation('scalar=x1 x=x2', multiply),
  'math.divide': binaryOp(divide),
  'math.truediv': binaryOp(divide),
  'math.divide_no_nan': binaryOp(divideNoNan),
  'math.multiply_no_nan': pairOp('MulNoNan'),
  'math.floordiv': pairOp('FloorDiv'),
  floor_div: pairOp('FloorDiv'),
  'math.floormod': pairOp('FloorMod'),
  'math.mod': pairOp('FloorMod'),
  'math.pow': pairOp('Pow'),
  'math.maximum': pairOp('Maximum'),
  'math.minimum': pairOp('Minimum'),
  'math.squared_difference': pairOp('SquaredDifference'),
  'math.atan2': operation('y=x1 x=x2', realBinary(pairOf('Atan2'))),
  'math.xlogy': pairOp('Xlogy'),
  'math.xdivy': pairOp('Xdivy'),
  'math.equal': compared('Equal'),
  'math.not_equal': compared('NotEqual'),
  'math.greater': compared('Greater'),
  'math.greater_equal': compared('GreaterEqual'),
  'math.less': compared('Less'),
  'math.less_equal': compared('LessEqual'),
  'math.logical_and': binaryOp(logical('LogicalAnd')),
  'math.logical_or': binaryOp(logical('LogicalOr')),
  'math.logical_xor': binaryOp(logical('NotEqual')),
  clip_by_value: operation('t=x clip_value_min=low clip_value_max=high', clip),
  cast: operation('x dtype', cast),
  'dtypes.cast': operation('x dtype', cast),
  'dtypes.saturate_cast': operation('value=x dtype', saturateCast),
  where: operation('condition x=x1 y=x2', where),
  'compat.v1.where': operation('condition x=x1 y=x2', where),

  // Python's operators that are not among the functions above
  '__operators__.add': binaryOp(binary((scope, x, y) => scope.add(x, y))),
  '__operators__.eq': operation('self=x1 other=x2', comparedWithOther('Equal')),
  '__operators__.ne': operation('self=x1 other=x2', comparedWithOther('NotEqual')),
  '__operators__.getitem': operation('tensor=x slice_spec=key', getItem),
}

const REDUCTIONS: Readonly<Record<string, Operation>> = {
  'math.reduce_sum': reduced(reduction('Sum')),
  'math.reduce_mean': reduced(reduction('Mean')),
  'math.reduce_max': reduced(reduction('Max')),
  'math.reduce_min': reduced(reduction('Min')),
  'math.reduce_prod': reduced(reduction('Prod')),
  'math.reduce_any': reduced(anyOrAll('Any')),
  'math.reduce_all': reduced(anyOrAll('All')),
  'math.reduce_std': reduced(standardDeviation),
  'math.reduce_variance': reduced(variance),
  'math.reduce_logsumexp': reduced(logsumexp),
  'math.reduce_euclidean_norm': reduced(norm),
  'math.count_nonzero': reduced(countNonzero, 'input=x axis keepdims dtype'),
  'math.argmax': operation('input=x axis output_type', argmaxOrArgmin('ArgMax', 0)),
  'math.argmin': operation('input=x axis output_type', argmaxOrArgmin('ArgMin', 0)),
  'math.cumsum': operation('x axis exclusive reverse', cumsumOrCumprod('Cumsum', 0)),
  'math.cumprod': operation('x axis exclusive reverse', cumsumOrCumprod('Cumprod', 0)),
  'math.top_k': operation('input=x k sorted', topK),
  'math.in_top_k': operation('targets predictions k', inTopK),
  'compat.v1.math.in_top_k': operation('predictions targets k', inTopK),
  'math.bincount': operation(
    'arr=x weights minlength=least maxlength=most dtype name axis binary_output',
    tensorflowBincount,
  ),
  'compat.v1.bincount': operation('arr=x weights minlength=least maxlength=most dtype', tensorflowBincount),
  'compat.v1.math.bincount': operation('arr=x weights minlength=least maxlength=most dtype', tensorflowBincount),
  'math.confusion_matrix': operation('labels predictions num_classes weights dtype', confusionMatrix),
  'math.polyval': operation('coeffs=xs x', polyval),
  'math.lbeta': operation('x', lbeta),
  'nn.weighted_moments': operation('x axes frequency_weights=weights keepdims', weightedMoments),
  'compat.v1.nn.weighted_moments': operation(
    'x axes frequency_weights=weights name keep_dims=keepdims',
    weightedMoments,
  ),
  'math.zero_fraction': operation('value=x', zeroFraction),
  clip_by_norm: operation('t=x clip_norm=limit axes=axis', clipByNorm),
  'math.l2_normalize': operation('x axis epsilon', l2Normalize),
  sort: operation('values=x axis direction', sortOrArgsort(0)),
  argsort: operation('values=x axis direction', sortOrArgsort(1)),
  norm: operation('tensor=x ord axis keepdims', norm),
}

const SHAPES: Readonly<Record<string, Operation>> = {
  reshape: operation('tensor=x shape', reshape),
  transpose: operation('a=x perm=axes', transpose),
  'compat.v1.transpose': operation('a=x perm=axes', transpose),
  'linalg.matrix_transpose': operation('a=x', f => {
    const x = f.tensor('x')
    const rank = f.rank(x)
    return f.scope.transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2])
  }),
  expand_dims: operation('input=x axis', expandDims),
  'compat.v1.expand_dims': operation('input=x axis', expandDims),
  squeeze: operation('input=x axis', squeeze),
  'compat.v1.squeeze': operation('input=x axis', squeeze),
  concat: operation('values=xs axis', concatenate),
  stack: operation('values=xs axis', stack),
  unstack: operation('value=x num axis', unstack),
  split: operation('value=x num_or_size_splits=sections axis', split('sizes')),
  tile: operation('input=x multiples=repeats', tile),
  repeat: operation('input=x repeats axis', repeat),
  broadcast_to: operation('input=x shape', broadcastTo),
  reverse: operation('tensor=x axis', flip()),
  roll: operation('input=x shift axis', roll),
  pad: operation('tensor=x paddings mode constant_values=value', pad),
  'compat.v1.pad': operation('tensor=x paddings mode name constant_values=value', pad),
  gather: operation('params=x indices validate_indices axis batch_dims', take),
  'compat.v1.gather': operation('params=x indices validate_indices name axis batch_dims', take),
  gather_nd: operation('params=x indices batch_dims', gatherNd),
  'compat.v1.gather_nd': operation('params=x indices name batch_dims', gatherNd),
  'nn.embedding_lookup': operation('params=x ids=indices', embeddingLookup('div')),
  'compat.v1.nn.embedding_lookup': operation('params=x ids=indices partition_strategy', embeddingLookup('mod')),
  slice: operation('input_=x begin=start size=shape', slice),
  shape: operation('input=x out_type', shape),
  'compat.v1.shape': operation('input=x name out_type', shape),
  size: operation('input=x out_type', size),
  'compat.v1.size': operation('input=x name out_type', size),
  rank: operation('input=x', ndim),
  zeros_like: operation('input=x dtype', fullLike('zero')),
  'compat.v1.zeros_like': operation('tensor=x dtype', fullLike('zero')),
  ones_like: operation('input=x dtype', fullLike('one')),
  'compat.v1.ones_like': operation('tensor=x dtype', fullLike('one')),
  zeros: operation('shape dtype', full(0)),
  ones: operation('shape dtype', full(1)),
  fill: operation('dims=shape value', full()),
  range: operation('start limit=stop delta=step dtype', arange),
  scatter_nd: operation('indices updates=values shape', scatter),
  tensor_scatter_nd_update: operation('tensor=x indices updates', scatterUpdate('update')),
  tensor_scatter_nd_add: operation('tensor=x indices updates', scatterUpdate('add')),
  'math.unsorted_segment_sum': operation('data segment_ids num_segments', segment('Sum')),
  'math.unsorted_segment_max': operation('data segment_ids num_segments', segment('Max')),
  'math.unsorted_segment_mean': operation('data segment_ids num_segments', segmentMean('mean')),
  'math.unsorted_segment_sqrt_n': operation('data segment_ids num_segments', segmentMean('root')),
  linspace: operation('start stop num name axis', linspace),
  meshgrid: operation('x', f => f.refuse('its tensors behind the first are not in the file: Keras saves one alone')),
  'linalg.band_part': operation('input=x num_lower=lower num_upper=upper', f => {
    const bound = (name: string) => f.scope.int(f.int(name), name)
    return f.scope.op('MatrixBandPart', [f.tensor('x'), bound('lower'), bound('upper')])
  }),
  identity,
  boolean_mask: operation('tensor=x mask axis', booleanMask),
  'compat.v1.boolean_mask': operation('tensor=x mask name axis', booleanMask),
  sequence_mask: operation('lengths=x maxlen=most dtype', sequenceMask),
  'keras.backend.batch_flatten': operation('x', batchFlatten),
  'signal.frame': operation('signal=x frame_length=length frame_step=stride pad_end pad_value axis', extractSequences),
  'signal.stft': operation(
    'signals=x frame_length=length frame_step=stride fft_length window_fn=window pad_end',
    signalStft,
  ),
  'signal.fft': operation('input=x', signalFft('FFT')),
  'signal.fft2d': operation('input=x', signalFft('FFT2D')),
  'signal.ifft': operation('input=x', signalFft('IFFT')),
  'signal.ifft2d': operation('input=x', signalFft('IFFT2D')),
  'signal.rfft': operation('input_tensor=x fft_length', signalFft('RFFT')),
  'signal.irfft': operation('input_tensor=x fft_length', signalFft('IRFFT')),
  'signal.dct': operation('input=x type n axis norm', dctOrIdct('forward')),
  'signal.idct': operation('input=x type n axis norm', dctOrIdct('inverse')),
  'signal.mfccs_from_log_mel_spectrograms': operation('log_mel_spectrograms=x', mfccs),
  'signal.fftshift': operation('x axes', fftshift('forward')),
  'signal.ifftshift': operation('x axes', fftshift('inverse')),
  'signal.overlap_and_add': operation('signal=x frame_step=step', overlapAndAdd),
  'signal.inverse_stft': operation(
    'stfts=x frame_length=length frame_step=stride fft_length window_fn=window',
    inverseStft,
  ),
  stop_gradient: identity,
  convert_to_tensor: operation('value=x dtype', cast),
  ensure_shape: operation('x shape', f => f.tensor('x')),
  searchsorted: operation('sorted_sequence=sorted values side', searchsorted),
}

const NETWORK: Readonly<Record<string, Operation>> = {
  'nn.relu': featureOp(opOf('Relu')),
  'nn.relu6': featureOp(opOf('Relu6')),
  'nn.elu': featureOp(opOf('Elu')),
  'nn.selu': featureOp(opOf('Selu')),
  'nn.crelu': featureOp(
    (scope, x, f) => scope.concat([scope.op('Relu', [x]), scope.op('Relu', [scope.mul(x, -1)])], f.axis('axis', x, -1)),
    'axis',
  ),
  'nn.leaky_relu': featureOp(a['leakyRelu']!, 'alpha=slope'),
  'nn.gelu': featureOp(a['gelu']!, 'approximate'),
  'nn.silu': featureOp(a['silu']!, 'beta'),
  'nn.swish': featureOp(a['silu']!, 'beta'),
  'nn.softplus': featureOp(opOf('Softplus')),
  'nn.softsign': featureOp(opOf('Softsign')),
  'nn.tanh': operation('x', real(opOf('Tanh'))),
  'nn.sigmoid': operation('x', real(opOf('Sigmoid'))),
  'nn.softmax': operation('logits=x axis', softmaxOp),
  'nn.log_softmax': operation('logits=x axis', logSoftmaxOp),
  'nn.bias_add': operation('value=x bias data_format', biasAdd),
  'nn.moments': operation('x axes shift keepdims', moments),
  'nn.batch_normalization': operation('x mean variance offset scale variance_epsilon=epsilon', batchNorm),
  'nn.local_response_normalization': operation('input=x depth_radius bias alpha beta', f => {
    const attrs = {
      depth_radius: f.int('depth_radius', 5),
      bias: f.number('bias', 1),
      alpha: f.number('alpha', 1),
      beta: f.number('beta', 0.5),
    }
    return f.scope.op('LRN', [f.tensor('x')], attrs)
  }),
  'nn.max_pool': operation('input=x ksize=size strides padding data_format', pool('Max')),
  'nn.avg_pool': operation('input=x ksize=size strides padding data_format', pool('Avg')),
  'nn.max_pool2d': operation('input=x ksize=size strides padding data_format', pool('Max')),
  'nn.avg_pool2d': operation('input=x ksize=size strides padding data_format', pool('Avg')),
  'nn.max_pool1d': operation('input=x ksize=size strides padding data_format', pool('Max')),
  'nn.avg_pool1d': operation('input=x ksize=size strides padding data_format', pool('Avg')),
  'nn.max_pool3d': operation('input=x ksize=size strides padding data_format', pool('Max')),
  'nn.avg_pool3d': operation('input=x ksize=size strides padding data_format', pool('Avg')),
  'compat.v1.nn.max_pool': operation('value=x ksize=size strides padding data_format', pool('Max')),
  'compat.v1.nn.avg_pool': operation('value=x ksize=size strides padding data_format', pool('Avg')),
  'nn.pool': operation('input=x window_shape=size pooling_type=kind strides padding data_format dilations', anyPool),
  'compat.v1.nn.pool': operation(
    'input=x window_shape=size pooling_type=kind padding dilation_rate=dilations strides name data_format spatial_dims dilations=other_dilations',
    anyPool,
  ),
  'nn.max_pool_with_argmax': operation(
    'input=x ksize=size strides padding data_format output_dtype include_batch_in_index',
    maxPoolWithArgmax,
  ),
  'nn.dilation2d': operation(
    'input=x filters=kernel strides padding data_format dilations',
    dilationOrErosion('dilation'),
  ),
  'nn.erosion2d': operation(
    'value=x filters=kernel strides padding data_format dilations',
    dilationOrErosion('erosion'),
  ),
  'compat.v1.nn.dilation2d': operation(
    'input=x filter=kernel strides rates=dilations padding',
    dilationOrErosion('dilation'),
  ),
  'compat.v1.nn.erosion2d': operation('value=x kernel strides rates=dilations padding', dilationOrErosion('erosion')),
  'nn.conv1d': operation('input=x filters=kernel stride=strides padding data_format dilations', conv('conv')),
  'nn.conv2d': operation('input=x filters=kernel strides padding data_format dilations', conv('conv')),
  'nn.conv3d': operation('input=x filters=kernel strides padding data_format dilations', conv('conv')),
  'nn.convolution': operation('input=x filters=kernel strides padding data_format dilations', conv('conv')),
  'nn.depthwise_conv2d': operation('input=x filter=kernel strides padding data_format dilations', conv('depthwise')),
  'compat.v1.nn.conv2d': operation(
    'input=x filter=kernel strides padding use_cudnn_on_gpu data_format dilations',
    conv('conv'),
  ),
  'compat.v1.nn.convolution': operation(
    'input=x filter=kernel padding strides dilation_rate=dilations name data_format',
    conv('conv'),
  ),
  'compat.v1.nn.conv1d': operation(
    'value=x filters=kernel stride=strides padding use_cudnn_on_gpu data_format',
    conv('conv'),
  ),
  'compat.v1.nn.conv3d': operation('input=x filter=kernel strides padding data_format dilations', conv('conv')),
  'compat.v1.nn.depthwise_conv2d': operation(
    'input=x filter=kernel strides padding rate=dilations name data_format',
    conv('depthwise'),
  ),
  'compat.v1.nn.conv2d_transpose': operation('value=x filter=kernel output_shape=shape strides padding', convTranspose),
  'nn.conv2d_transpose': operation('input=x filters=kernel output_shape=shape strides padding', convTranspose),
  'nn.conv3d_transpose': operation('input=x filters=kernel output_shape=shape strides padding', convTranspose),
  'nn.space_to_depth': operation('input=x block_size data_format', spaceToDepthOrBack('SpaceToDepth')),
  'nn.depth_to_space': operation('input=x block_size data_format', spaceToDepthOrBack('DepthToSpace')),
  'strings.split': operation('input=x sep maxsplit', ragged.split('words')),
  'strings.bytes_split': operation('input=x', ragged.split('bytes')),
  one_hot: operation('indices=x depth=count on_value=on off_value=off axis dtype', oneHot),
  'linalg.matmul': operation('a=x1 b=x2 transpose_a transpose_b adjoint_a adjoint_b', matmul),
  'linalg.tensordot': operation('a=x1 b=x2 axes', tensordot),
  tensordot: operation('a=x1 b=x2 axes', tensordot),
  einsum: operation('equation *operands', einsum),
  'linalg.einsum': operation('equation *operands', einsum),
  'linalg.diag': operation('diagonal=x k', linalgDiag),
  'linalg.diag_part': operation('input=x k', linalgDiagPart),
  'linalg.trace': operation('x', f => f.scope.reduce('Sum', f.scope.op('MatrixDiagPart', [f.tensor('x')]), [-1])),
  'linalg.inv': operation('input=x', matrixOp('MatrixInverse')),
  'linalg.det': operation('input=x', matrixOp('MatrixDeterminant')),
  'linalg.cholesky': operation('input=x', matrixOp('Cholesky')),
  'linalg.norm': operation('tensor=x ord axis keepdims', norm),
  'linalg.cross': operation('a=x1 b=x2', cross),
  'linalg.adjoint': operation('matrix=x', adjoint),
  'linalg.pinv': operation('a=x rcond', linalgPinv),
  'linalg.cholesky_solve': operation('chol rhs', choleskySolve),
  'linalg.normalize': operation('tensor=x ord axis', linalgNormalize),
  'linalg.global_norm': operation('t_list=xs', globalNorm),
  'linalg.svd': operation('tensor=x full_matrices compute_uv', linalgSvd),
  'linalg.eigvalsh': operation('tensor=x', f =>
    f.scope.node('SelfAdjointEigV2', [f.tensor('x')], { compute_v: false }).out(),
  ),
  'linalg.eigh': operation('tensor=x', eigh),
  'debugging.check_numerics': operation('tensor=x message', f => f.tensor('x')),
  'nn.dropout': operation('x rate', f => f.tensor('x')),
  'nn.sigmoid_cross_entropy_with_logits': operation('labels=target logits=output', sigmoidCrossEntropy),
  'compat.v1.nn.sigmoid_cross_entropy_with_logits': operation('labels=target logits=output', sigmoidCrossEntropy),
  'nn.softmax_cross_entropy_with_logits': operation('labels=target logits=output axis', softmaxCrossEntropy),
  'compat.v1.nn.softmax_cross_entropy_with_logits_v2': operation(
    'labels=target logits=output axis',
    softmaxCrossEntropy,
  ),
  'nn.sparse_softmax_cross_entropy_with_logits': operation('labels=target logits=output', sparseSoftmaxCrossEntropy),
  'compat.v1.nn.sparse_softmax_cross_entropy_with_logits': operation(
    'labels=target logits=output',
    sparseSoftmaxCrossEntropy,
  ),
  'compat.v1.nn.xw_plus_b': operation('x=x1 weights=x2 biases=bias', xwPlusB),
  'compat.v1.nn.relu_layer': operation('x=x1 weights=x2 biases=bias', f => f.scope.op('Relu', [xwPlusB(f)])),
  'keras.backend.binary_crossentropy': operation('target output from_logits', binaryCrossentropy),
  'keras.backend.categorical_crossentropy': operation('target output from_logits axis', categoricalCrossentropy),
  'compat.v1.nn.separable_conv2d': operation(
    'input=x depthwise_filter=depthwise_kernel pointwise_filter=pointwise_kernel strides padding rate=dilations name data_format',
    asConvolutionLayer([separableConv1D, separableConv2D], ['depthwise_kernel', 'pointwise_kernel']),
  ),
  'nn.separable_conv2d': operation(
    'input=x depthwise_filter=depthwise_kernel pointwise_filter=pointwise_kernel strides padding data_format dilations',
    asConvolutionLayer([separableConv1D, separableConv2D], ['depthwise_kernel', 'pointwise_kernel']),
  ),
}

const IMAGES: Readonly<Record<string, Operation>> = {
  'image.resize': operation('images=x size method preserve_aspect_ratio antialias', resize),
  'compat.v1.image.resize': operation('images=x size method align_corners', resizeV1()),
  'compat.v1.image.resize_images': operation('images=x size method align_corners', resizeV1()),
  'compat.v1.image.resize_bilinear': operation(
    'images=x size align_corners half_pixel_centers',
    resizeV1('ResizeBilinear'),
  ),
  'compat.v1.image.resize_nearest_neighbor': operation(
    'images=x size align_corners half_pixel_centers',
    resizeV1('ResizeNearestNeighbor'),
  ),
  'compat.v1.image.resize_bicubic': operation(
    'images=x size align_corners half_pixel_centers',
    resizeV1('ResizeBicubic'),
  ),
  'compat.v1.image.resize_area': operation('images=x size align_corners', resizeV1('ResizeArea')),
  'image.extract_glimpse': operation('input=x size offsets centered normalized noise', extractGlimpse),
  'image.psnr': operation('a=x1 b=x2 max_val=most', imagePsnr),
  'image.ssim': operation('img1=x1 img2=x2 max_val=most filter_size filter_sigma k1 k2 return_index_map', imageSsim),
  'image.resize_with_pad': operation('image=x target_height=height target_width=width method antialias', resizeWithPad),
  'image.crop_to_bounding_box': operation(
    'image=x offset_height=top offset_width=left target_height=height target_width=width',
    cropToBoundingBox,
  ),
  'image.pad_to_bounding_box': operation(
    'image=x offset_height=top offset_width=left target_height=height target_width=width',
    padToBoundingBox,
  ),
  'image.central_crop': operation('image=x central_fraction=fraction', centralCrop),
  'image.transpose': operation('image=x', f => {
    const x = f.tensor('x')
    return f.scope.transpose(x, f.rank(x) === 3 ? [1, 0, 2] : [0, 2, 1, 3])
  }),
  'image.rot90': operation('image=x k', rot90Image),
  'image.rgb_to_yuv': operation('images=x', mixColors('rgb_to_yuv')),
  'image.yuv_to_rgb': operation('images=x', mixColors('yuv_to_rgb')),
  'image.rgb_to_yiq': operation('images=x', mixColors('rgb_to_yiq')),
  'image.yiq_to_rgb': operation('images=x', mixColors('yiq_to_rgb')),
  'image.adjust_gamma': operation('image=x gamma gain', f => {
    const x = f.tensor('x')
    return f.scope.mul(f.scope.op('Pow', [x, f.scope.number(f.number('gamma', 1), x)]), f.number('gain', 1))
  }),
  'image.convert_image_dtype': operation('image=x dtype saturate', convertImageDtype),
  'image.adjust_brightness': operation('image=x delta', f => f.scope.add(f.tensor('x'), f.number('delta'))),
  'image.adjust_contrast': operation('images=x contrast_factor', f =>
    f.scope.op('AdjustContrastv2', [f.tensor('x'), f.scope.cast(f.tensor('contrast_factor', 'float32'), 'float32')]),
  ),
  'image.rgb_to_grayscale': operation('images=x', rgbToGrayscale),
  'image.grayscale_to_rgb': operation('images=x', f => {
    const x = f.tensor('x')
    return f.scope.tile(
      x,
      f.shape(x).map((_, i, all) => (i === all.length - 1 ? 3 : 1)),
    )
  }),
  'image.rgb_to_hsv': operation('images=x', rgbToHsvOrBack('RGBToHSV')),
  'image.hsv_to_rgb': operation('images=x', rgbToHsvOrBack('HSVToRGB')),
  'image.flip_left_right': operation('image=x', flipImage(-2)),
  'image.flip_up_down': operation('image=x', flipImage(-3)),
  'image.per_image_standardization': operation('image=x', perImageStandardization),
  'image.extract_patches': operation('images=x sizes=size strides rates padding', extractPatches),
  'image.resize_with_crop_or_pad': operation('image=x target_height=height target_width=width', resizeWithCropOrPad),
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
export function rowNamed(name: string): string | undefined {
  const bare = name.replace(/^(tf|keras\.backend|keras\.activations|compat\.v2)\./, '')
  const candidates = [
    name,
    bare,
    ...['math', 'nn', 'linalg', 'image', '__operators__'].map(room => `${room}.${bare}`),
    bare.replace(/^compat\.v1\./, ''),
  ]
  return candidates.find(candidate => Object.hasOwn(TENSORFLOW, candidate))
}

/** The function that files call so. */
export function functionNamed(name: string): Operation | undefined {
  const row = rowNamed(name)
  return row === undefined ? undefined : TENSORFLOW[row]
}
