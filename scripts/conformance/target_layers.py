"""What a consumer reads, op by op, and what the command's target says of it: a small net of each op is tried in both.

usage: python target_layers.py opencv|openvino [--only SUBSTR] [--table FILE.md] [--known FILE]
Each op is tried on an image, behind a convolution, on a vector, and on a sequence of vectors. The table says for each net whether the consumer
computes what TensorFlow does, for the graph as TensorFlow wrote it and for what `--target` makes of it.
A net that the target accepts and the consumer does not compute fails the run; so does one that the target refuses
although the consumer computes the plain graph, unless it is listed.
"""

import argparse
import multiprocessing
import os
import tempfile

import numpy as np
from consumers import CONSUMERS
from judging import Count, ahead, arguments, call, said

import tensorflow as tf

v1 = tf.compat.v1
IMAGE, VECTOR, SEQUENCE = (1, 8, 8, 4), (1, 6), (1, 6, 3)
TOLERANCE = 1e-3

UNARY = [
    'abs',
    'acos',
    'acosh',
    'asin',
    'asinh',
    'atan',
    'atanh',
    'ceil',
    'cos',
    'cosh',
    'digamma',
    'elu',
    'erf',
    'erfc',
    'exp',
    'expm1',
    'floor',
    'gelu',
    'hard_sigmoid',
    'lgamma',
    'log',
    'log1p',
    'log_sigmoid',
    'mish',
    'neg',
    'negative_of_constant',
    'one_minus',
    'reciprocal',
    'relu',
    'relu6',
    'rint',
    'round',
    'rsqrt',
    'selu',
    'sigmoid',
    'sign',
    'silu',
    'sin',
    'sinh',
    'softplus',
    'softsign',
    'sqrt',
    'square',
    'tan',
    'tanh',
    'leaky_relu',
    'prelu',
    'clip',
    'pow2',
    'pow_half',
    'softmax',
    'log_softmax',
    'l2_normalize',
    'cast_int',
    'identity',
    'stop_gradient',
]


def unary(name, x):
    """The op on a value; what needs positive numbers gets them."""
    composed = {
        'gelu': lambda x: tf.nn.gelu(x),
        'hard_sigmoid': lambda x: tf.clip_by_value(x * 0.2 + 0.5, 0.0, 1.0),
        'mish': lambda x: x * tf.tanh(tf.nn.softplus(x)),
        'neg': lambda x: -x,
        'negative_of_constant': lambda x: tf.constant(2.0) - x,
        'one_minus': lambda x: 1.0 - tf.sigmoid(x),
        'leaky_relu': lambda x: tf.nn.leaky_relu(x, 0.1),
        'prelu': lambda x: tf.nn.relu(x) - weight(x.shape[-1:]) * tf.nn.relu(-x),
        'clip': lambda x: tf.clip_by_value(x, -0.5, 0.5),
        'pow2': lambda x: tf.pow(x, 2.0),
        'pow_half': lambda x: tf.pow(tf.abs(x) + 0.1, 0.5),
        'l2_normalize': lambda x: tf.nn.l2_normalize(x, -1),
        'cast_int': lambda x: tf.cast(tf.cast(x * 10, 'int32'), 'float32'),
        'acosh': lambda x: tf.acosh(1.5 + tf.abs(x)),
    }
    positive = {'log', 'rsqrt', 'sqrt', 'lgamma', 'digamma', 'reciprocal', 'log1p'}
    bounded = {'acos', 'asin', 'atanh'}
    if name in positive:
        x = tf.abs(x) + 0.5
    if name in bounded:
        x = tf.tanh(x) * 0.9
    if name in composed:
        return composed[name](x)
    for home in (tf.math, tf.nn, tf):
        if hasattr(home, name):
            return getattr(home, name)(x)
    raise ValueError(f'TensorFlow has no {name}')


def weight(*shape):
    flat = [int(d) for part in shape for d in (part if hasattr(part, '__iter__') else [part])]
    return tf.constant(np.random.RandomState(len(flat)).uniform(-0.5, 0.5, flat).astype('f4'))


def layer_norm(x, size):
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, weight(size), weight(size), 1e-3)


IMAGES = {
    'conv': lambda x: tf.nn.conv2d(x, weight(3, 3, 4, 5), 1, 'SAME'),
    'conv_strided': lambda x: tf.nn.conv2d(x, weight(3, 3, 4, 5), 2, 'SAME'),
    'conv_valid': lambda x: tf.nn.conv2d(x, weight(3, 3, 4, 5), 1, 'VALID'),
    'conv_dilated': lambda x: tf.nn.conv2d(x, weight(3, 3, 4, 5), 1, 'SAME', dilations=2),
    'conv_grouped': lambda x: tf.nn.conv2d(x, weight(3, 3, 2, 6), 1, 'SAME'),
    'depthwise': lambda x: tf.nn.depthwise_conv2d(x, weight(3, 3, 4, 2), [1, 1, 1, 1], 'SAME'),
    'conv_transpose': lambda x: tf.nn.conv2d_transpose(x, weight(3, 3, 5, 4), [1, 16, 16, 5], 2, 'SAME'),
    'conv_bias': lambda x: tf.nn.bias_add(tf.nn.conv2d(x, weight(3, 3, 4, 5), 1, 'SAME'), weight(5)),
    'max_pool': lambda x: tf.nn.max_pool2d(x, 2, 2, 'VALID'),
    'max_pool_same': lambda x: tf.nn.max_pool2d(x, 3, 2, 'SAME'),
    'avg_pool': lambda x: tf.nn.avg_pool2d(x, 2, 2, 'VALID'),
    'avg_pool_same': lambda x: tf.nn.avg_pool2d(x, 3, 2, 'SAME'),
    'batch_norm': lambda x: v1.nn.fused_batch_norm(
        x, weight(4), weight(4), weight(4), weight(4) + 1, is_training=False
    )[0],
    'lrn': lambda x: tf.nn.lrn(x, 2),
    'pad': lambda x: tf.pad(x, [[0, 0], [1, 1], [2, 2], [0, 0]]),
    'pad_reflect': lambda x: tf.pad(x, [[0, 0], [1, 1], [2, 2], [0, 0]], 'REFLECT'),
    'resize_nearest': lambda x: v1.image.resize_nearest_neighbor(x, [16, 16]),
    'resize_bilinear': lambda x: v1.image.resize_bilinear(x, [16, 16]),
    'resize_half_pixel': lambda x: tf.image.resize(x, [16, 16], 'bilinear'),
    'mean_spatial': lambda x: tf.reduce_mean(x, [1, 2]),
    'mean_spatial_kept': lambda x: tf.reduce_mean(x, [1, 2], keepdims=True),
    'max_spatial': lambda x: tf.reduce_max(x, [1, 2]),
    'sum_channels': lambda x: tf.reduce_sum(x, -1, keepdims=True),
    'flatten': lambda x: tf.reshape(x, [1, 256]),
    'flatten_dense': lambda x: tf.matmul(tf.reshape(x, [1, 256]), weight(256, 3)),
    'reshape_rank3': lambda x: tf.reshape(x, [1, 64, 4]),
    'depth_to_space': lambda x: tf.nn.depth_to_space(x, 2),
    'space_to_depth': lambda x: tf.nn.space_to_depth(x, 2),
    'concat_channels': lambda x: tf.concat([x, tf.nn.relu(x)], -1),
    'concat_rows': lambda x: tf.concat([x, tf.nn.relu(x)], 1),
    'split_channels': lambda x: (lambda p: p[0] + p[1])(tf.split(x, 2, -1)),
    'slice_rows': lambda x: x[:, 1:5],
    'slice_channels': lambda x: x[..., :2],
    'reverse_channels': lambda x: tf.reverse(x, [-1]),
    'transpose_swap': lambda x: tf.transpose(x, [0, 2, 1, 3]),
    'transpose_nchw': lambda x: tf.transpose(x, [0, 3, 1, 2]),
    'add_vector': lambda x: x + weight(4),
    'mul_vector': lambda x: x * weight(4),
    'mul_channels': lambda x: x * tf.sigmoid(tf.reduce_mean(x, [1, 2], keepdims=True)),
    'maximum': lambda x: tf.maximum(x, tf.nn.sigmoid(x)),
    'residual': lambda x: x + tf.nn.relu(x),
    'squared_difference': lambda x: tf.math.squared_difference(x, tf.nn.sigmoid(x)),
    'layer_norm': lambda x: layer_norm(x, 4),
    'dense_on_pixels': lambda x: tf.nn.bias_add(tf.tensordot(x, weight(4, 3), 1), weight(3)),
    'stretched_channel': lambda x: x + tf.reduce_mean(x, -1, keepdims=True),
    'stretched_by_constant': lambda x: tf.reduce_mean(x, -1, keepdims=True) * weight(4),
    'tile': lambda x: tf.tile(x, [1, 1, 2, 1]),
    'argmax_channels': lambda x: tf.cast(tf.argmax(x, -1), 'float32'),
}
VECTORS = {
    'dense': lambda x: tf.matmul(x, weight(6, 3)),
    'dense_bias': lambda x: tf.nn.bias_add(tf.matmul(x, weight(6, 3)), weight(3)),
    'dense_add': lambda x: tf.matmul(x, weight(6, 3)) + weight(3),
    'two_products': lambda x: tf.matmul(x, weight(6, 3)) + tf.matmul(tf.nn.relu(x), weight(6, 3)),
    'product_split': lambda x: (lambda p: p[0] + p[1] * p[2])(tf.split(tf.matmul(x, weight(6, 9)), 3, -1)),
    'product_slices': lambda x: (lambda m: m[:, :3] + m[:, 3:6])(tf.matmul(x, weight(6, 9))),
    'concat': lambda x: tf.concat([x, tf.nn.relu(x)], -1),
    'softmax_dense': lambda x: tf.nn.softmax(tf.matmul(x, weight(6, 3))),
    'dense_to_image': lambda x: tf.nn.conv2d(
        tf.reshape(tf.matmul(x, weight(6, 64)), [1, 4, 4, 4]), weight(3, 3, 4, 2), 1, 'SAME'
    ),
    'layer_norm': lambda x: layer_norm(x, 6),
    'mean_of_row': lambda x: tf.reduce_mean(x, -1, keepdims=True),
    'max_of_row': lambda x: tf.reduce_max(x, -1, keepdims=True),
    'expand': lambda x: tf.expand_dims(x, 1),
    'constant_minus': lambda x: tf.constant([1.0, 2, 3, 4, 5, 6]) - x,
    'mul_by_constant_row': lambda x: tf.nn.sigmoid(x) * weight(1, 6) + tf.tanh(x),
}
SEQUENCES = {
    'bias': lambda x: tf.nn.bias_add(x, weight(3)),
    'add_row': lambda x: x + weight(3),
    'scale_row': lambda x: x * weight(3),
    'relu': tf.nn.relu,
    'softmax': tf.nn.softmax,
    'layer_norm': lambda x: layer_norm(x, 3),
    'dense': lambda x: tf.nn.bias_add(tf.tensordot(x, weight(3, 5), 1), weight(5)),
    'two_denses': lambda x: tf.tensordot(tf.nn.relu(tf.tensordot(x, weight(3, 5), 1)), weight(5, 2), 1),
    'concat_features': lambda x: tf.concat([x, tf.nn.relu(x)], 2),
    'concat_last': lambda x: tf.concat([x, tf.nn.relu(x)], -1),
    'concat_steps': lambda x: tf.concat([x, tf.nn.relu(x)], 1),
    'concat_flat': lambda x: tf.reshape(tf.concat([x, tf.nn.relu(x)], -1), [1, 36]),
    'steps_joined': lambda x: tf.reshape(tf.concat([x[:, i] * (i + 1) for i in range(6)], -1), [1, 6, 3]),
    'steps_joined_flat': lambda x: tf.reshape(tf.concat([x[:, i] * (i + 1) for i in range(6)], -1), [1, 18]),
    'steps_as_rows': lambda x: tf.matmul(tf.reshape(tf.concat([x[:, i] for i in range(6)], -1), [6, 3]), weight(3, 2)),
    'steps_both_ways': lambda x: tf.reshape(
        tf.concat(
            [tf.reshape(tf.concat([x[:, i] for i in order], -1), [1, 6, 3]) for order in (range(6), range(5, -1, -1))],
            -1,
        ),
        [1, 36],
    ),
    'stack_steps': lambda x: tf.stack([x[:, i] for i in range(6)], 1),
    'unstack': lambda x: tf.add_n(tf.unstack(x, axis=1)),
    'flatten': lambda x: tf.reshape(x, [1, 18]),
    'flatten_dense': lambda x: tf.matmul(tf.reshape(x, [1, 18]), weight(18, 2)),
    'mean_of_steps': lambda x: tf.reduce_mean(x, 1),
    'max_of_steps': lambda x: tf.reduce_max(x, 1),
    'sum_of_features': lambda x: tf.reduce_sum(x, 2),
    'transpose': lambda x: tf.transpose(x, [0, 2, 1]),
    'reverse': lambda x: tf.reverse(x, [1]),
    'split_features': lambda x: (lambda p: p[0] + p[1] * p[2])(tf.split(x, 3, -1)),
    'last_step': lambda x: x[:, -1],
    'slice_steps': lambda x: x[:, 1:4],
    'conv1d': lambda x: tf.nn.conv1d(x, weight(3, 3, 4), 1, 'SAME'),
    'shared_product': lambda x: (lambda p: tf.nn.bias_add(p, weight(4)) + tf.nn.relu(p))(
        tf.matmul(x[:, 0], weight(3, 4))
    ),
}


def nets():
    """(name, function of the input, the input's shape)."""
    for name in UNARY:
        yield f'{name}/image', lambda x, n=name: unary(n, x), IMAGE
        yield f'{name}/conv', lambda x, n=name: unary(n, IMAGES['conv'](x)), IMAGE
        yield f'{name}/vector', lambda x, n=name: unary(n, x), VECTOR
    for name, make in IMAGES.items():
        yield f'{name}/image', make, IMAGE
        yield f'{name}/conv', lambda x, f=make: f(tf.nn.relu(tf.nn.conv2d(x, weight(1, 1, 4, 4), 1, 'SAME'))), IMAGE
    for name, make in VECTORS.items():
        yield f'{name}/vector', make, VECTOR
    for name, make in SEQUENCES.items():
        yield f'{name}/sequence', make, SEQUENCE


def build(make, shape, path):
    """Writes the net as TensorFlow does; returns its input and what it computes."""
    x = np.random.RandomState(1).uniform(-1, 1, shape).astype('f4')
    with tf.Graph().as_default() as graph:
        given = v1.placeholder('float32', shape, name='x')
        result = tf.identity(make(given), name='y')
        with v1.Session() as session:
            y = session.run(result, {given: x})
        definition = graph.as_graph_def()
    open(path, 'wb').write(definition.SerializeToString())
    return x, y


def reads(consumer, *case):
    """'' where the consumer computes what TensorFlow did. OpenCV runs in a process of its own: its importer may crash."""
    return isolated(consumer, *case) if consumer == 'opencv' else compared(consumer, *case)


def isolated(*case):
    parent, child = multiprocessing.get_context('fork').Pipe(duplex=False)
    process = multiprocessing.get_context('fork').Process(target=lambda: child.send(compared(*case)))
    process.start()
    child.close()
    try:
        return parent.recv()
    except EOFError:
        return 'crashes'
    finally:
        process.join()


def compared(consumer, path, x, y):
    try:
        got = np.asarray(CONSUMERS[consumer](path, {'inputs': 'x:0', 'outputs': 'y:0'}, x, y))
        if got.size != y.size:
            return f'gives {got.shape}, not {y.shape}'
        difference = float(np.abs(got.reshape(y.shape) - y).max()) / (float(np.abs(y).max()) or 1.0)
        return '' if difference < TOLERANCE else f'differs by {difference:.1e}'
    except Exception as e:
        return said(e)[-120:]


def verdict(consumer, plain, frozen, x, y):
    """What the table says, and what is wrong."""
    if frozen.is_crash:
        return 'crash', frozen.message[-160:]
    if frozen.code:
        return 'refuses', '' if plain else 'refused, although the consumer reads it: ' + frozen.message[-110:]
    why = reads(consumer, frozen.path, x, y)
    return ('accepts', '') if not why else ('accepts', f'accepted, but the consumer {why}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--table', default='', help='write the table to this file')
    a = arguments(parser)
    count, rows = Count(a.known), []
    with tempfile.TemporaryDirectory() as folder:

        def work(case):
            name, make, shape = case
            plain = os.path.join(folder, name.replace('/', '_') + '.pb')
            x, y = build(make, shape, plain)
            frozen = call(a, 'freeze', plain, plain + '.out.pb', '--outputs', 'y', '-O', '--target', a.root)
            return plain, x, y, frozen

        for (name, *_), (plain, x, y, frozen) in ahead(work, [n for n in nets() if a.only in n[0]]):
            without = reads(a.root, plain, x, y)
            says, wrong = verdict(a.root, without, frozen, x, y)
            rows.append(f'| {name} | {without or "reads"} | {says} |')
            count.take(name, wrong)
    if a.table:
        open(a.table, 'w').write('| net | the plain graph | `--target` |\n|---|---|---|\n' + '\n'.join(rows) + '\n')
    count.end(f'nets: the target {a.root} agrees with the consumer')


if __name__ == '__main__':
    main()
