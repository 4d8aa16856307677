"""Ops that the model collections do not hold, one graph each: name, and arguments of tf.raw_ops. For facts.py --ops."""

import numpy as np

import tensorflow as tf


def f(*shape):
    return np.random.RandomState(0).uniform(0.1, 0.9, shape).astype('f4')


def i(*values):
    return np.array(values, 'i4')


def longs(*values):
    return np.array(values, 'i8')


def s(*values):
    return np.array(values, object)


def spd(*batch):
    return np.broadcast_to(np.eye(3, dtype='f4') * 2, (*batch, 3, 3))


def c(*shape):
    return f(*shape).astype('c8')


def sparse(prefix='', rows=3):
    return {
        f'{prefix}_indices': longs([0, 1], [1, 0], [2, 2]),
        f'{prefix}_values': f(3),
        f'{prefix}_shape': longs(rows, 4),
    }


def ragged():
    return dict(splits=longs(0, 2, 2, 3))


ALIKE = ['BesselI0e', 'Digamma', 'Erfinv', 'Lgamma', 'Ndtri', 'IsInf', 'Inv', 'Spence', 'Expint', 'Dawsn', 'FresnelSin']
GRADS = ['InvGrad', 'ReciprocalGrad', 'SqrtGrad', 'TanhGrad']
FEATURES = ['Relu6Grad', 'SoftplusGrad', 'SoftsignGrad', 'LeakyReluGrad']
conv = dict(strides=[1, 1, 1, 1], padding='SAME')
pool = dict(ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='VALID')
seed = longs(1, 2)

CASES = [
    *[(op, dict(x=f(2, 3))) for op in ALIKE],
    *[(op, dict(y=f(2, 3), dy=f(2, 3))) for op in GRADS],
    *[(op, dict(gradients=f(2, 3), features=f(2, 3))) for op in FEATURES],
    *[(op, dict(x=f(2, 1), y=f(3))) for op in ['MulNoNan', 'Xdivy', 'Xlog1py', 'Xlogy']],
    ('ApproximateEqual', dict(x=f(2, 3), y=f(2, 3))),
    ('Complex', dict(real=f(2, 1), imag=f(1, 3))),
    ('ComplexAbs', dict(x=c(2, 3))),
    ('Angle', dict(input=c(2, 3))),
    ('TruncateDiv', dict(x=i(7, -7), y=i(2, 2))),
    ('TruncateMod', dict(x=i(7, -7), y=i(2, 2))),
    ('FloorMod', dict(x=i(7, -7), y=i(3, -3))),
    ('FloorDiv', dict(x=i(7, -7), y=i(3, 3))),
    ('FloorDiv', dict(x=f(3), y=f(1))),
    ('Round', dict(x=np.array([0.5, 1.5, -0.5, -1.5, 2.4], 'f4'))),
    ('Rint', dict(x=np.array([0.5, 1.5, -0.5, -2.5], 'f4'))),
    ('Round', dict(x=i(1, -2))),
    ('Cast', dict(x=np.array([1.7, -1.7, 300.5], 'f4'), DstT=tf.int32)),
    ('Cast', dict(x=i(1, -2), DstT=tf.float32)),
    ('Cast', dict(x=f(3), DstT=tf.bool)),
    ('Pow', dict(x=i(2, -3), y=i(3, 3))),
    ('Sign', dict(x=i(-2, 0, 3))),
    ('LeftShift', dict(x=i(1, 2), y=i(3, 4))),
    ('RightShift', dict(x=i(-9, 9), y=i(1, 1))),
    ('Div', dict(x=i(-7, 7), y=i(2, 2))),
    ('DivNoNan', dict(x=f(2), y=np.array([0, 2], 'f4'))),
    ('Neg', dict(x=i(-2147483648, 2))),
    ('Add', dict(x=i(2147483647), y=i(1))),
    ('Range', dict(start=np.float32(0), limit=np.float32(1), delta=np.float32(0.1))),
    ('Range', dict(start=i(9)[0], limit=i(0)[0], delta=i(-2)[0])),
    ('CumulativeLogsumexp', dict(x=f(3, 2), axis=0)),
    ('ClipByValue', dict(t=f(2, 3), clip_value_min=np.float32(0), clip_value_max=np.float32(1))),
    ('PopulationCount', dict(x=i(1, 3))),
    ('Bucketize', dict(input=f(2, 3), boundaries=[0.2, 0.4])),
    ('Sum', dict(input=i([1, 2], [3, 4]), axis=i(0))),
    ('Max', dict(input=i([1, 2], [5, 4]), axis=i(1), keep_dims=True)),
    ('Min', dict(input=i([1, 2], [5, 4]), axis=i(0, 1))),
    ('Any', dict(input=np.array([[True, False], [False, False]]), axis=i(1))),
    ('EuclideanNorm', dict(input=f(2, 3), axis=i(1))),
    ('InTopK', dict(predictions=f(3, 5), targets=i(1, 2, 3), k=2)),
    ('UnsortedSegmentJoin', dict(inputs=s('a', 'b', 'c'), segment_ids=i(0, 0, 1), num_segments=2)),
    ('SegmentSum', dict(data=f(4, 3), segment_ids=i(0, 0, 1, 3))),
    ('SegmentSumV2', dict(data=f(4, 3), segment_ids=i(0, 0, 1, 3), num_segments=5)),
    *[
        (op, dict(data=f(5, 3), indices=i(0, 1, 4), segment_ids=i(0, 0, 1)))
        for op in ['SparseSegmentSum', 'SparseSegmentMean', 'SparseSegmentSqrtN']
    ],
    *[
        (op, dict(data=f(5, 3), indices=i(0, 1, 4), segment_ids=i(0, 0, 1), num_segments=4))
        for op in ['SparseSegmentSumWithNumSegments', 'SparseSegmentMeanWithNumSegments']
    ],
    *[
        (op, dict(grad=f(2, 3), indices=i(0, 1, 4), segment_ids=i(0, 0, 1), output_dim0=5))
        for op in ['SparseSegmentMeanGrad', 'SparseSegmentSqrtNGrad']
    ],
    # Shapes and axes.
    ('ConjugateTranspose', dict(x=c(2, 3, 4), perm=i(2, 0, 1))),
    ('Reverse', dict(tensor=f(2, 3), dims=[True, False])),
    ('ReverseV2', dict(tensor=i(1, 2, 3), axis=i(0))),
    ('ReverseV2', dict(tensor=i(1, 2, 3), axis=i(-1))),
    ('MatrixDiagV2', dict(diagonal=f(2, 3), k=1, num_rows=-1, num_cols=-1, padding_value=np.float32(0))),
    ('MatrixDiagV2', dict(diagonal=f(2, 3), k=-2, num_rows=-1, num_cols=-1, padding_value=np.float32(0))),
    ('MatrixDiagV2', dict(diagonal=f(2, 3), k=0, num_rows=5, num_cols=-1, padding_value=np.float32(0))),
    ('MatrixDiagV2', dict(diagonal=f(2, 3), k=0, num_rows=3, num_cols=6, padding_value=np.float32(0))),
    ('MatrixDiagV3', dict(diagonal=f(2, 2, 3), k=i(0, 1), num_rows=3, num_cols=4, padding_value=np.float32(0))),
    ('MatrixDiagV3', dict(diagonal=f(2, 3), k=i(1), num_rows=-1, num_cols=-1, padding_value=np.float32(0))),
    ('MatrixDiagPartV2', dict(input=f(2, 3, 4), k=1, padding_value=np.float32(0))),
    ('MatrixDiagPartV3', dict(input=f(2, 3, 4), k=-1, padding_value=np.float32(0))),
    ('MatrixDiagPartV3', dict(input=f(2, 3, 4), k=i(-1, 1), padding_value=np.float32(0))),
    ('MatrixSetDiagV3', dict(input=f(2, 3, 4), diagonal=f(2, 3), k=0)),
    ('BroadcastGradientArgs', dict(s0=i(2, 1, 3), s1=i(4, 1))),
    ('Reshape', dict(tensor=f(0, 3), shape=i(-1, 3))),
    ('Squeeze', dict(input=f(1, 3, 1), axis=[])),
    ('Tile', dict(input=i(1, 2), multiples=i(3))),
    # Joining, slicing, gathering.
    ('Concat', dict(concat_dim=1, values=[f(2, 3), f(2, 4)])),
    ('UniqueV2', dict(x=i([1, 2], [1, 2], [3, 4]), axis=i(0))),
    ('UniqueV2', dict(x=i(1, 2, 1), axis=np.zeros(0, 'i4'))),
    ('UniqueWithCountsV2', dict(x=i([1, 1, 2], [1, 1, 2]), axis=i(1))),
    ('ParallelDynamicStitch', dict(indices=[i(0, 2), i(1, 3)], data=[f(2, 3), f(2, 3)])),
    ('DynamicStitch', dict(indices=[i(0, 4), i(1, 3)], data=[i(5, 6), i(7, 8)])),
    ('DynamicPartition', dict(data=f(4, 3), partitions=i(0, 1, 0, 2), num_partitions=3)),
    ('UnravelIndex', dict(indices=i(3, 5, 7), dims=i(3, 4))),
    ('UnravelIndex', dict(indices=i(3)[0], dims=i(3, 4))),
    ('LowerBound', dict(sorted_inputs=f(2, 5), values=f(2, 3))),
    *[
        (op, dict(tensor=f(5, 3), indices=i([0], [2]), updates=f(2, 3)))
        for op in ['TensorScatterUpdate', 'TensorScatterAdd', 'TensorScatterMax']
    ],
    ('ScatterNdNonAliasingAdd', dict(input=f(5), indices=i([0], [2]), updates=f(2))),
    ('TensorStridedSliceUpdate', dict(input=f(5), begin=i(1), end=i(3), strides=i(1), value=f(2))),
    ('InplaceUpdate', dict(x=f(5, 2), i=i(1), v=f(1, 2))),
    ('GatherV2', dict(params=f(2, 5, 4), indices=i([0, 1, 2], [1, 1, 1]), axis=i(2)[0], batch_dims=1)),
    ('GatherV2', dict(params=i(5, 6, 7), indices=i([0, 2]), axis=i(0)[0])),
    ('GatherV2', dict(params=i([5, 6], [7, 8]), indices=i(1, 0), axis=i(0)[0])),
    ('Slice', dict(input=i([1, 2, 3], [4, 5, 6]), begin=i(0, 1), size=i(-1, 2))),
    ('SplitV', dict(value=f(2, 7), size_splits=i(1, -1, 2), axis=1, num_split=3)),
    ('Pack', dict(values=[i(1, 2), i(3, 4)], axis=0)),
    ('Unpack', dict(value=i([1, 2], [3, 4]), num=2, axis=0)),
    ('Split', dict(axis=0, value=i(1, 2, 3, 4), num_split=2)),
    ('ConcatV2', dict(values=[i([1, 2]), i([3, 4])], axis=0)),
    ('ConcatV2', dict(values=[i([1, 2]), i([3, 4])], axis=1)),
    (
        'StridedSlice',
        dict(
            input=i([1, 2, 3], [4, 5, 6]), begin=i(-1, 3), end=i(0, 0), strides=i(1, -2), shrink_axis_mask=1, end_mask=2
        ),
    ),
    ('StridedSlice', dict(input=f(4, 5), begin=i(1, 0), end=i(9, -1), strides=i(2, 3))),
    (
        'StridedSlice',
        dict(
            input=f(4, 5, 6),
            begin=i(0, 0, -1),
            end=i(0, 0, 0),
            strides=i(1, 1, 1),
            ellipsis_mask=1,
            new_axis_mask=2,
            shrink_axis_mask=4,
        ),
    ),
    ('EnsureShape', dict(input=f(2, 3), shape=[None, 3])),
    ('Transpose', dict(x=i([1, 2, 3], [4, 5, 6]), perm=i(1, 0))),
    ('BroadcastTo', dict(input=i([1], [2]), shape=i(2, 2))),
    ('BroadcastArgs', dict(s0=i(3, 1), s1=i(4))),
    ('ListDiff', dict(x=i(5, 6, 7), y=i(6))),
    ('SelectV2', dict(condition=np.array([[True], [False]]), t=i(1, 2), e=i(0))),
    ('Select', dict(condition=np.array([True, False]), x=f(2, 3), y=f(2, 3))),
    ('InvertPermutation', dict(x=i(2, 0, 1))),
    # Images.
    ('ResizeBilinearGrad', dict(grads=f(1, 8, 8, 3), original_image=f(1, 4, 4, 3))),
    ('ResizeBicubicGrad', dict(grads=f(1, 8, 8, 3), original_image=f(1, 4, 4, 3))),
    ('ExtractGlimpse', dict(input=f(2, 8, 8, 3), size=i(3, 4), offsets=f(2, 2))),
    ('ExtractGlimpseV2', dict(input=f(2, 8, 8, 3), size=i(3, 4), offsets=f(2, 2))),
    (
        'ImageProjectiveTransformV2',
        dict(images=f(2, 8, 8, 3), transforms=f(1, 8), output_shape=i(5, 6), interpolation='NEAREST'),
    ),
    (
        'ImageProjectiveTransformV3',
        dict(
            images=f(2, 8, 8, 3),
            transforms=f(1, 8),
            output_shape=i(5, 6),
            fill_value=np.float32(0),
            interpolation='NEAREST',
        ),
    ),
    ('DrawBoundingBoxes', dict(images=f(2, 8, 8, 3), boxes=f(2, 1, 4))),
    ('EncodePng', dict(image=np.zeros((4, 5, 3), 'u1'))),
    ('EncodeJpeg', dict(image=np.zeros((4, 5, 3), 'u1'))),
    ('DecodePng', dict(contents=tf.io.encode_png(np.zeros((4, 5, 3), 'u1')).numpy(), channels=3)),
    ('DecodePng', dict(contents=tf.io.encode_png(np.zeros((4, 5, 3), 'u1')).numpy())),
    ('DecodeImage', dict(contents=tf.io.encode_png(np.zeros((4, 5, 3), 'u1')).numpy(), expand_animations=False)),
    ('DecodeImage', dict(contents=tf.io.encode_png(np.zeros((4, 5, 3), 'u1')).numpy())),
    (
        'NonMaxSuppressionWithOverlaps',
        dict(
            overlaps=f(4, 4),
            scores=f(4),
            max_output_size=3,
            overlap_threshold=np.float32(0.9),
            score_threshold=np.float32(0),
        ),
    ),
    (
        'QuantizedResizeBilinear',
        dict(images=np.zeros((1, 4, 4, 3), 'f4'), size=i(8, 8), min=np.float32(0), max=np.float32(1)),
    ),
    # Linear algebra.
    ('MatrixLogarithm', dict(input=spd(2).astype('c8'))),
    ('MatrixSquareRoot', dict(input=spd(2))),
    ('CholeskyGrad', dict(l=spd(2), grad=spd(2))),
    ('MatrixSolveLs', dict(matrix=f(2, 5, 3), rhs=f(2, 5, 4), l2_regularizer=np.float64(0.1))),
    ('MatrixSolve', dict(matrix=spd(2), rhs=f(2, 3, 4))),
    ('Qr', dict(input=f(2, 5, 3))),
    ('Qr', dict(input=f(3, 5))),
    ('Qr', dict(input=f(5, 3), full_matrices=True)),
    ('MatrixDeterminant', dict(input=spd(2, 4))),
    ('SelfAdjointEigV2', dict(input=spd(2))),
    ('SelfAdjointEigV2', dict(input=spd(2), compute_v=False)),
    ('Eig', dict(input=spd(2), Tout=tf.complex64)),
    ('Eig', dict(input=spd(2), Tout=tf.complex64, compute_v=False)),
    *[(op, dict(input=c(2, 3, 4, 4))) for op in ['FFT', 'IFFT', 'FFT2D', 'IFFT2D', 'FFT3D', 'IFFT3D']],
    ('RFFT', dict(input=f(2, 8), fft_length=i(6))),
    ('RFFT2D', dict(input=f(2, 8, 8), fft_length=i(6, 7))),
    ('RFFT3D', dict(input=f(8, 8, 8), fft_length=i(6, 7, 8))),
    ('IRFFT', dict(input=c(2, 5), fft_length=i(8))),
    ('IRFFT2D', dict(input=c(2, 8, 5), fft_length=i(8, 8))),
    ('IRFFT3D', dict(input=c(8, 8, 5), fft_length=i(8, 8, 8))),
    # Neural networks.
    ('LRN', dict(input=f(1, 4, 4, 8))),
    ('BiasAddV1', dict(value=f(2, 3), bias=f(3))),
    (
        'DepthwiseConv2dNativeBackpropInput',
        dict(input_sizes=i(1, 8, 8, 3), filter=f(3, 3, 3, 2), out_backprop=f(1, 8, 8, 6), **conv),
    ),
    (
        'DepthwiseConv2dNativeBackpropFilter',
        dict(input=f(1, 8, 8, 3), filter_sizes=i(3, 3, 3, 2), out_backprop=f(1, 8, 8, 6), **conv),
    ),
    ('Conv2DBackpropInput', dict(input_sizes=i(1, 8, 8, 4), filter=f(3, 3, 2, 6), out_backprop=f(1, 8, 8, 6), **conv)),
    ('Conv2D', dict(input=f(1, 8, 8, 4), filter=f(3, 3, 2, 6), **conv)),
    (
        'Conv2D',
        dict(
            input=f(1, 8, 9, 4),
            filter=f(3, 2, 4, 6),
            strides=[1, 2, 3, 1],
            padding='EXPLICIT',
            explicit_paddings=[0, 0, 1, 2, 0, 1, 0, 0],
            dilations=[1, 2, 1, 1],
        ),
    ),
    ('MaxPoolV2', dict(input=f(1, 8, 8, 3), ksize=i(1, 2, 2, 1), strides=i(1, 2, 2, 1), padding='SAME')),
    ('MaxPoolGrad', dict(orig_input=f(1, 8, 8, 3), orig_output=f(1, 4, 4, 3), grad=f(1, 4, 4, 3), **pool)),
    ('AvgPoolGrad', dict(orig_input_shape=i(1, 8, 8, 3), grad=f(1, 4, 4, 3), **pool)),
    ('MaxPool', dict(input=f(1, 8, 8, 4), ksize=[1, 1, 1, 2], strides=[1, 1, 1, 2], padding='VALID')),
    ('FusedBatchNormV2', dict(x=f(1, 4, 4, 3), scale=f(3), offset=f(3), mean=f(3), variance=f(3), is_training=False)),
    ('FusedBatchNormV3', dict(x=f(1, 4, 4, 3), scale=f(3), offset=f(3), mean=f(3), variance=f(3), is_training=False)),
    ('FusedBatchNormV3', dict(x=f(1, 4, 4, 3), scale=f(3), offset=f(3), mean=f(0), variance=f(0))),
    (
        'FusedBatchNormV3',
        dict(x=f(1, 3, 4, 4), scale=f(3), offset=f(3), mean=f(3), variance=f(3), is_training=False, data_format='NCHW'),
    ),
    (
        'FusedBatchNormGradV3',
        dict(
            y_backprop=f(1, 4, 4, 3),
            x=f(1, 4, 4, 3),
            scale=f(3),
            reserve_space_1=f(3),
            reserve_space_2=f(3),
            reserve_space_3=f(0),
        ),
    ),
    ('BatchMatMulV3', dict(x=f(5, 1, 2, 3), y=f(7, 3, 4), Tout=tf.float32)),
    ('CTCGreedyDecoder', dict(inputs=f(5, 2, 4), sequence_length=i(5, 4))),
    (
        'CTCLoss',
        dict(inputs=f(5, 2, 4), labels_indices=longs([0, 0], [1, 0]), labels_values=i(1, 2), sequence_length=i(5, 4)),
    ),
    (
        'BlockLSTMV2',
        dict(
            seq_len_max=np.int64(3),
            x=f(3, 2, 4),
            cs_prev=f(2, 5),
            h_prev=f(2, 5),
            w=f(9, 20),
            wci=f(5),
            wcf=f(5),
            wco=f(5),
            b=f(20),
        ),
    ),
    (
        'Dilation2D',
        dict(input=f(1, 8, 8, 3), filter=f(2, 3, 3), strides=[1, 2, 1, 1], rates=[1, 1, 2, 1], padding='VALID'),
    ),
    (
        'ExtractImagePatches',
        dict(images=f(1, 8, 8, 3), ksizes=[1, 2, 3, 1], strides=[1, 2, 1, 1], rates=[1, 1, 2, 1], padding='VALID'),
    ),
    ('SoftmaxCrossEntropyWithLogits', dict(features=f(2, 3), labels=f(1, 3))),
    ('BiasAddGrad', dict(out_backprop=f(2, 3, 4), data_format='NCHW')),
    ('BiasAddGrad', dict(out_backprop=f(2, 3, 4))),
    ('Einsum', dict(inputs=[f(7, 2, 3), f(3, 4)], equation='...ij,jk->...ik')),
    ('Einsum', dict(inputs=[f(2, 3), f(2, 3)], equation='ij,ij->')),
    ('Einsum', dict(inputs=[f(3, 3)], equation='ii->i')),
    ('Einsum', dict(inputs=[f(1, 3), f(2, 3)], equation='bi,bi->b')),
    ('DepthToSpace', dict(input=f(1, 2, 2, 12), block_size=2)),
    ('SpaceToDepth', dict(input=f(1, 4, 4, 3), block_size=2)),
    # Quantisation.
    ('FakeQuantWithMinMaxVars', dict(inputs=f(2, 3), min=np.float32(0), max=np.float32(1))),
    ('FakeQuantWithMinMaxArgsGradient', dict(gradients=f(2, 3), inputs=f(2, 3))),
    ('QuantizeAndDequantizeV2', dict(input=f(2, 3), input_min=np.float32(0), input_max=np.float32(1))),
    ('QuantizeAndDequantizeV3', dict(input=f(2, 3), input_min=np.float32(0), input_max=np.float32(1), num_bits=8)),
    ('QuantizeV2', dict(input=f(2, 3), min_range=np.float32(0), max_range=np.float32(1), T=tf.quint8)),
    ('QuantizeV2', dict(input=f(2, 3), min_range=f(3) - 1, max_range=f(3) + 1, T=tf.qint8, axis=1, mode='SCALED')),
    # Random numbers.
    *[
        (op, dict(shape=i(2, 3), seed=seed))
        for op in ['StatelessRandomUniform', 'StatelessRandomNormal', 'StatelessTruncatedNormal']
    ],
    ('StatelessRandomUniformInt', dict(shape=i(2, 3), seed=seed, minval=0, maxval=9)),
    ('StatelessRandomUniformFullInt', dict(shape=i(2, 3), seed=seed, dtype=tf.int32)),
    ('StatelessRandomGetKeyCounter', dict(seed=seed)),
    ('StatelessRandomGetAlg', dict()),
    ('StatelessRandomGetKeyCounterAlg', dict(seed=seed)),
    *[
        (op, dict(shape=i(2, 3), key=np.array([1], 'u8'), counter=np.array([1, 2], 'u8'), alg=1))
        for op in ['StatelessRandomUniformV2', 'StatelessRandomNormalV2', 'StatelessTruncatedNormalV2']
    ],
    ('StatelessRandomGammaV2', dict(shape=i(2, 3), seed=seed, alpha=f(3))),
    ('StatelessRandomPoisson', dict(shape=i(2, 3), seed=seed, lam=f(3), dtype=tf.int32)),
    ('StatelessRandomBinomial', dict(shape=i(2, 3), seed=seed, counts=f(3), probs=f(3), dtype=tf.int32)),
    ('RandomPoisson', dict(shape=i(2), rate=f(3))),
    ('StatelessMultinomial', dict(logits=f(2, 3), num_samples=4, seed=seed)),
    ('ParameterizedTruncatedNormal', dict(shape=i(2, 3), means=f(2), stdevs=f(2), minvals=f(2) - 1, maxvals=f(2) + 1)),
    # Sparse and ragged tensors, parsing.
    (
        'SparseConcat',
        dict(indices=[longs([0, 1], [1, 0])] * 2, values=[f(2)] * 2, shapes=[longs(3, 4)] * 2, concat_dim=0),
    ),
    ('SparseReorder', dict(**sparse('input'))),
    (
        'SparseSlice',
        dict(indices=longs([0, 1], [1, 0]), values=f(2), shape=longs(3, 4), start=longs(0, 0), size=longs(1, 4)),
    ),
    ('SparseAdd', dict(**sparse('a'), **sparse('b'), thresh=np.float32(0))),
    ('SparseTensorDenseMatMul', dict(**sparse('a'), b=f(4, 5))),
    ('SparseTensorDenseMatMul', dict(**sparse('a'), b=f(5, 3), adjoint_a=True, adjoint_b=True)),
    ('SparseDenseCwiseAdd', dict(sp_indices=longs([0, 1], [1, 0]), sp_values=f(2), sp_shape=longs(3, 4), dense=f(4))),
    ('SparseSoftmax', dict(sp_indices=longs([0, 1], [1, 0]), sp_values=f(2), sp_shape=longs(3, 4))),
    ('SparseReshape', dict(input_indices=longs([0, 1], [1, 0]), input_shape=longs(3, 4), new_shape=longs(2, -1, 3))),
    (
        'SparseFillEmptyRows',
        dict(indices=longs([0, 1], [2, 0]), values=f(2), dense_shape=longs(3, 4), default_value=np.float32(0)),
    ),
    (
        'SparseToSparseSetOperation',
        dict(
            set1_indices=longs([0, 0]),
            set1_values=longs(1),
            set1_shape=longs(1, 2),
            set2_indices=longs([0, 0]),
            set2_values=longs(1),
            set2_shape=longs(1, 2),
            set_operation='union',
        ),
    ),
    ('DenseToDenseSetOperation', dict(set1=i([1, 2]), set2=i([2, 3]), set_operation='union')),
    ('SparseToDense', dict(sparse_indices=i(1, 3), output_shape=i(5), sparse_values=f(2), default_value=np.float32(0))),
    ('SparseTensorDenseAdd', dict(a_indices=longs([0, 1]), a_values=f(1), a_shape=longs(3, 4), b=f(3, 4))),
    (
        'EditDistance',
        dict(
            hypothesis_indices=longs([0, 0], [1, 0]),
            hypothesis_values=s('a', 'b'),
            hypothesis_shape=longs(2, 1),
            truth_indices=longs([0, 0], [1, 0]),
            truth_values=s('a', 'c'),
            truth_shape=longs(2, 1),
        ),
    ),
    ('RaggedRange', dict(starts=i(0, 5), limits=i(3, 8), deltas=i(1, 1))),
    ('RaggedRange', dict(starts=i(0)[0], limits=i(3, 8), deltas=i(1)[0])),
    ('RaggedBincount', dict(splits=longs(0, 2, 3), values=i(1, 2, 1), size=i(4)[0], weights=f(0))),
    (
        'SparseBincount',
        dict(indices=longs([0, 1], [1, 0]), values=i(1, 2), dense_shape=longs(2, 4), size=i(4)[0], weights=f(0)),
    ),
    ('DenseBincount', dict(input=i([1, 2], [1, 0]), size=i(4)[0], weights=f(0))),
    (
        'RaggedTensorToTensor',
        dict(
            shape=longs(-1, -1, 7),
            values=f(5, 7),
            default_value=np.float32(0),
            row_partition_tensors=[longs(0, 2, 5)],
            row_partition_types=['ROW_SPLITS'],
        ),
    ),
    (
        'RaggedTensorToTensor',
        dict(
            shape=longs(3, 4),
            values=f(5),
            default_value=np.float32(0),
            row_partition_tensors=[longs(0, 2, 5)],
            row_partition_types=['ROW_SPLITS'],
        ),
    ),
    (
        'RaggedTensorToTensor',
        dict(
            shape=np.int64(-1),
            values=f(5, 7),
            default_value=np.float32(0),
            row_partition_tensors=[longs(0, 2, 5)],
            row_partition_types=['ROW_SPLITS'],
        ),
    ),
    ('Where', dict(condition=np.array([[True, False]]))),
    (
        'ParseSingleExample',
        dict(
            serialized=tf.train.Example().SerializeToString(),
            dense_defaults=[f(3)],
            num_sparse=1,
            sparse_keys=['s'],
            dense_keys=['d'],
            sparse_types=[tf.int64],
            dense_shapes=[[3]],
        ),
    ),
    ('ParseTensor', dict(serialized=tf.io.serialize_tensor(f(2, 3)).numpy(), out_type=tf.float32)),
    (
        'SparseCross',
        dict(
            indices=[],
            values=[],
            shapes=[],
            dense_inputs=[longs([1], [2]), longs([3], [4])],
            hashed_output=True,
            num_buckets=5,
            hash_key=1,
            out_type=tf.int64,
            internal_type=tf.int64,
        ),
    ),
    # Strings.
    *[(op, dict(input=s('a', 'b'))) for op in ['StringLength', 'StringStrip', 'StringUpper', 'EncodeBase64']],
    ('UnicodeScript', dict(input=i(65, 66))),
    ('UnicodeTranscode', dict(input=s('a', 'b'), input_encoding='UTF-8', output_encoding='UTF-16-BE')),
    ('StringToHashBucket', dict(string_tensor=s('a', 'b'), num_buckets=5)),
    ('StringToNumber', dict(string_tensor=s('1', '2'))),
    ('RegexFullMatch', dict(input=s('a', 'b'), pattern='a')),
    ('RegexReplace', dict(input=s('a', 'b'), pattern='a', rewrite='c')),
    ('StringFormat', dict(inputs=[f(2)], template='%s', placeholder='%s')),
    ('Substr', dict(input=s('abc', 'def'), pos=i(0)[0], len=i(1)[0])),
    ('Substr', dict(input=s('abc', 'def'), pos=i(0, 1), len=i(1, 1))),
    ('DecodeRaw', dict(bytes=s('abcd', 'efgh'), out_type=tf.int32)),
    ('UnicodeDecodeWithOffsets', dict(input=s('ab', 'c'), input_encoding='UTF-8')),
    ('UnicodeDecode', dict(input=s('ab', 'c'), input_encoding='UTF-8')),
    ('UnicodeEncode', dict(input_values=i(65, 66, 67), input_splits=longs(0, 2, 3), output_encoding='UTF-8')),
    ('DecodeCSV', dict(records=s('1,2', '3,4'), record_defaults=[f(1), f(1)])),
    (
        'StringNGrams',
        dict(
            data=s('a', 'b', 'c'),
            data_splits=longs(0, 3),
            separator=' ',
            ngram_widths=[2],
            left_pad='',
            right_pad='',
            pad_width=0,
            preserve_short_sequences=False,
        ),
    ),
    ('StringSplit', dict(input=s('a b', 'c'), delimiter=' ')),
    ('StringSplitV2', dict(input=s('a b', 'c'), sep='')),
    ('DecodePaddedRaw', dict(input_bytes=s('abcd', 'efgh'), fixed_length=4, out_type=tf.int32)),
    ('StringJoin', dict(inputs=[s('a', 'b'), np.array('c', object)])),
    ('ReduceJoin', dict(inputs=s(['a', 'b'], ['c', 'd']), reduction_indices=i(1))),
    ('Betainc', dict(a=f(2, 3), b=np.float32(0.5), x=f(2, 3))),
    ('CropAndResize', dict(image=f(2, 8, 8, 3), boxes=f(4, 4), box_ind=i(0, 1, 0, 1), crop_size=i(3, 4))),
    ('HistogramFixedWidth', dict(values=f(9), value_range=np.array([0, 1], 'f4'), nbins=7)),
    ('Bincount', dict(arr=i(1, 2), size=i(5)[0], weights=f(0))),
]


def list_graph():
    """A list of tensors, put together and read in every way."""
    raw = tf.raw_ops
    shape = tf.constant([-1, 4])
    tensor = tf.constant(f(3, 2, 4))
    handle = raw.TensorListFromTensor(tensor=tensor, element_shape=shape)
    handle = raw.TensorListPushBack(input_handle=handle, tensor=tf.constant(f(5, 4)))
    handle = raw.TensorListSetItem(input_handle=handle, index=0, item=tf.constant(f(1, 4)))
    raw.TensorListGetItem(input_handle=handle, index=0, element_shape=shape, element_dtype=tf.float32)
    raw.TensorListLength(input_handle=handle)
    raw.TensorListConcatV2(
        input_handle=handle, element_shape=shape, leading_dims=tf.constant([], tf.int64), element_dtype=tf.float32
    )
    popped, _ = raw.TensorListPopBack(input_handle=handle, element_shape=shape, element_dtype=tf.float32)
    raw.TensorListLength(input_handle=popped)
    scattered = raw.TensorListScatterV2(
        tensor=tensor, indices=tf.constant([2, 0, 1]), element_shape=shape, num_elements=-1
    )
    raw.TensorListStack(input_handle=scattered, element_shape=shape, element_dtype=tf.float32)
    raw.TensorListGather(
        input_handle=scattered, indices=tf.constant([1]), element_shape=shape, element_dtype=tf.float32
    )
    resized = raw.TensorListResize(input_handle=scattered, size=2)
    raw.TensorListStack(input_handle=resized, element_shape=shape, element_dtype=tf.float32)
    empty = raw.EmptyTensorList(element_shape=shape, max_num_elements=-1, element_dtype=tf.float32)
    raw.TensorListStack(
        input_handle=raw.TensorListPushBack(input_handle=empty, tensor=tf.constant(f(5, 4))),
        element_shape=shape,
        element_dtype=tf.float32,
    )


def array_graph():
    """The same of version 1's arrays, and tables."""
    ta = tf.TensorArray(tf.float32, 3, element_shape=[None, 4], infer_shape=False)
    ta = ta.unstack(f(3, 2, 4))
    ta.read(1), ta.stack(), ta.gather([0]), ta.concat(), ta.size()
    table = tf.raw_ops.MutableHashTableOfTensorsV2(key_dtype=tf.int64, value_dtype=tf.float32, value_shape=[3])
    tf.raw_ops.LookupTableFindV2(table_handle=table, keys=longs(1, 2), default_value=f(3))
    tf.raw_ops.LookupTableSizeV2(table_handle=table)


def control_graph():
    """Version 2's control flow in version 1's clothes, and as functions."""
    index, x = tf.constant(1), tf.constant(f(2, 3))
    tf.switch_case(index, [lambda: tf.concat([x, x], 0), lambda: tf.nn.relu(x)])
    tf.cond(index > 0, lambda: tf.concat([x, x], 0), lambda: tf.nn.relu(x))
    tf.while_loop(
        lambda n, *_: n < 3,
        lambda n, a, b: [n + 1, tf.concat([a, a], 0), tf.nn.relu(b)],
        [index, x, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3]), x.shape],
    )


def graphs():
    """(name, GraphDef, None) of every case; operands are constants."""
    for n, (op, arguments) in enumerate(CASES):
        graph = tf.Graph()
        with graph.as_default():

            def make(v):
                return (
                    tf.constant(v)
                    if isinstance(v, (np.ndarray, np.generic))
                    else [make(e) for e in v]
                    if isinstance(v, list) and v and isinstance(v[0], np.ndarray)
                    else v
                )

            try:
                getattr(tf.raw_ops, op)(**{k: make(v) for k, v in arguments.items()})
            except Exception as e:
                print(f'{op}: {type(e).__name__}: {str(e)[:200]}')
                continue
        yield f'{op} {n}', graph.as_graph_def(), None
    for make in (list_graph, array_graph, control_graph):
        for v2 in (True, False):
            (tf.compat.v1.enable_control_flow_v2 if v2 else tf.compat.v1.disable_control_flow_v2)()
            graph = tf.Graph()
            with graph.as_default():
                make()
            yield f'{make.__name__} v{2 if v2 else 1}', graph.as_graph_def(), None
