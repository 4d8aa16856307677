"""Builds what the benchmarks freeze, once, under OUT: SavedModels of 10 MB, 100 MB and 1.9 GB, VGG16 (550 MB) as
SavedModel and .h5, and frozen graphs of 1,000 to 1,000,000 nodes.

usage: python models.py OUT
"""

import os
import subprocess
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
OUT = sys.argv[1]


def dense(megabytes):
    import numpy as np

    import tensorflow as tf

    side = 1024 if megabytes < 1000 else 4096
    rows = megabytes * 1_000_000 // 4 // side // 4
    m = tf.Module()
    rng = np.random.default_rng(0)
    m.layers = [tf.Variable(rng.random((rows, side), 'f4')) for _ in range(4)]

    @tf.function(input_signature=[tf.TensorSpec([None, side], tf.float32, 'x')])
    def f(x):
        return {'y': tf.concat([tf.reduce_sum(tf.matmul(x, w, transpose_b=True), 1) for w in m.layers], 0)}

    m.f = f
    tf.saved_model.save(m, os.path.join(OUT, f'dense-{megabytes}'), signatures=f)


def vgg16():
    os.environ['TF_USE_LEGACY_KERAS'] = '1'
    import tf_keras as keras

    keras.utils.set_random_seed(0)
    net = keras.applications.VGG16(weights=None)
    net.save(os.path.join(OUT, 'vgg16'), save_format='tf')
    net.save(os.path.join(OUT, 'vgg16.h5'))


def chain(nodes):
    import tensorflow as tf

    v1 = tf.compat.v1
    graph = v1.GraphDef()
    graph.versions.producer = 27
    x = graph.node.add(name='x', op='Placeholder')
    x.attr['dtype'].type = 1
    before = 'x'
    for i in range((nodes - 1) // 2):
        c = graph.node.add(name=f'block_{i // 50}/c{i}', op='Const')
        c.attr['dtype'].type = 1
        c.attr['value'].tensor.CopyFrom(tf.make_tensor_proto([float(i), 1.0], tf.float32))
        y = graph.node.add(name=f'block_{i // 50}/y{i}', op='Maximum' if i % 2 else 'Minimum', input=[before, c.name])
        y.attr['T'].type = 1
        before = y.name
    with open(os.path.join(OUT, f'chain-{nodes}.pb'), 'wb') as f:
        f.write(graph.SerializeToString())


JOBS = {
    'dense-10': lambda: dense(10),
    'dense-100': lambda: dense(100),
    'dense-1900': lambda: dense(1900),
    'vgg16': vgg16,
    'chains': lambda: [chain(n) for n in (1_000, 10_000, 100_000, 1_000_000)],
}
if len(sys.argv) > 2:
    JOBS[sys.argv[2]]()
else:
    os.makedirs(OUT, exist_ok=True)
    for name in JOBS:
        subprocess.run([sys.executable, __file__, OUT, name], check=True, stderr=subprocess.DEVNULL)
        print('made', name, flush=True)
