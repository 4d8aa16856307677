"""Builds small SavedModels with real TensorFlow, one a feature, each with recorded inputs and outputs.

usage: python models.py OUT [GROUP …]      groups: tf2 tf1 keras3 tf_keras (each in a process of its own)
OUT/NAME/ is the SavedModel; OUT/NAME.npz holds `SIGNATURE|in|KEY` and `SIGNATURE|out|KEY`; OUT/NAME.json
{"tags", "refused": {SIGNATURE: why}} says what else the judge must know.
"""

import json
import os
import subprocess
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3', TF_ENABLE_ONEDNN_OPTS='0')
import numpy as np

OUT = sys.argv[1]
MODELS = {'tf2': [], 'tf1': [], 'keras3': [], 'tf_keras': []}


def model(group):
    def register(build):
        MODELS[group].append(build)
        return build

    return register


def write_case(name, calls, tags=('serve',), refused=None):
    """calls: {signature: (inputs, outputs)}"""
    arrays = {}
    for signature, (ins, outs) in calls.items():
        for side, values in (('in', ins), ('out', outs)):
            for key, value in values.items():
                value = np.asarray(value)
                if value.dtype.kind in 'OSU':
                    value = np.array(
                        [v if isinstance(v, bytes) else str(v).encode() for v in value.ravel()], dtype=object
                    ).reshape(value.shape)
                if value.dtype.name == 'bfloat16':
                    value = value.astype('f4')
                arrays[f'{signature}|{side}|{key}'] = value
    np.savez(os.path.join(OUT, name + '.npz'), **arrays)
    with open(os.path.join(OUT, name + '.json'), 'w') as f:
        json.dump({'tags': list(tags), 'refused': refused or {}}, f)


def save_module(name, module, signatures, feeds, refused=None, options=None):
    """Saves a tf.Module and records what each signature gives for its feed."""
    import tensorflow as tf

    path = os.path.join(OUT, name)
    tf.saved_model.save(module, path, signatures=signatures, options=options)
    loaded = tf.saved_model.load(path)
    calls = {}
    for key, feed in feeds.items():
        result = loaded.signatures[key](**{k: tf.constant(v) for k, v in feed.items()})
        calls[key] = (feed, {k: v.numpy() for k, v in result.items()})
    write_case(name, calls, refused=refused)


def f32(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype('f4')


# ---------------------------------------------------------------- TensorFlow 2


@model('tf2')
def dtypes():
    import tensorflow as tf

    m = tf.Module()
    m.v = {}
    for t in (
        'float16',
        'bfloat16',
        'float32',
        'float64',
        'int8',
        'int16',
        'int32',
        'int64',
        'uint8',
        'uint16',
        'uint32',
        'uint64',
        'complex64',
        'complex128',
        'bool',
    ):
        values = np.array([[1, 0, 1], [0, 1, 1]]) if t == 'bool' else np.array([[1, 2, 3], [4, 5, 6]])
        m.v[t] = tf.Variable(tf.cast(tf.constant(values), t), name='v_' + t)
    m.v['string'] = tf.Variable([b'a', b'', b'\xff\x00long string value'], name='v_string')
    m.v['qint8'] = tf.Variable(tf.bitcast(tf.constant([1, -2, 3], tf.int8), tf.qint8), name='v_qint8')
    m.v['scalar'] = tf.Variable(2.5, name='v_scalar')
    m.v['empty'] = tf.Variable(tf.zeros([0, 3]), name='v_empty')

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, 'x')])
    def f(x):
        out = {
            'x': x + m.v['scalar'],
            'string': tf.identity(m.v['string']),
            'empty': tf.concat([m.v['empty'], tf.ones([1, 3]) * x[0]], 0),
        }
        for t, v in m.v.items():
            if t in ('string', 'scalar', 'empty'):
                continue
            if t == 'qint8':
                out[t] = tf.bitcast(v.read_value(), tf.int8)
            elif t == 'bfloat16':
                out[t] = tf.cast(v.read_value(), tf.float32)
            else:
                out[t] = tf.identity(v)
        return out

    m.f = f
    save_module('dtypes', m, f, {'serving_default': {'x': f32(3)}})


@model('tf2')
def while_in_cond():
    import tensorflow as tf

    m = tf.Module()
    m.w = tf.Variable(f32(4, 4))
    m.b = tf.Variable(f32(4, seed=1))

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, 'x'), tf.TensorSpec([], tf.int32, 'n')])
    def f(x, n):
        def loop():
            _i, y = tf.while_loop(
                lambda i, y: i < n,
                lambda i, y: (i + 1, tf.tanh(y @ m.w + m.b)),
                (tf.constant(0), x),
                shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 4])),
            )
            return y

        return {'y': tf.cond(n > 2, loop, lambda: x - m.b)}

    m.f = f
    save_module(
        'while_in_cond',
        m,
        {'serving_default': f, 'again': f},
        {'serving_default': {'x': f32(2, 4), 'n': np.int32(5)}, 'again': {'x': f32(2, 4), 'n': np.int32(1)}},
    )


@model('tf2')
def cond_in_while():
    import tensorflow as tf

    m = tf.Module()
    m.a = tf.Variable(1.5)
    m.b = tf.Variable(-0.5)

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32, 'n'), tf.TensorSpec([3], tf.float32, 'x')])
    def f(n, x):
        for i in tf.range(n):
            x = x * m.a if i % 2 == 0 else x + m.b
            for j in tf.range(2):
                x = x + tf.cast(j, tf.float32)
        return {'y': x}

    m.f = f
    save_module('cond_in_while', m, f, {'serving_default': {'n': np.int32(4), 'x': f32(3)}})


@model('tf2')
def switch_case():
    import tensorflow as tf

    m = tf.Module()
    m.v = [tf.Variable(float(i + 1)) for i in range(3)]

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32, 'i'), tf.TensorSpec([2], tf.float32, 'x')])
    def f(i, x):
        return {'y': tf.switch_case(i, [lambda k=k: x * m.v[k] for k in range(3)])}

    m.f = f
    save_module(
        'switch_case',
        m,
        {'serving_default': f, 'last': f, 'beyond': f},
        {s: {'i': np.int32(i), 'x': f32(2)} for s, i in (('serving_default', 0), ('last', 2), ('beyond', 7))},
    )


@model('tf2')
def one_function_two_variables():
    import tensorflow as tf

    m = tf.Module()
    m.a = tf.Variable(f32(3, 3))
    m.b = tf.Variable(f32(3, 3, seed=1))

    @tf.function
    def dense(x, handle):
        return tf.nn.relu(x @ tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32))

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, 'x')])
    def f(x):
        return {'y': dense(dense(x, m.a.handle), m.b.handle), 'z': dense(x, m.b.handle)}

    m.f = f
    save_module('one_function_two_variables', m, f, {'serving_default': {'x': f32(2, 3)}})


@model('tf2')
def four_levels():
    import tensorflow as tf

    m = tf.Module()
    m.v = tf.Variable(f32(2, 2))

    @tf.function
    def a(x):
        return x @ m.v

    @tf.function
    def b(x):
        return a(x) + a(x * 2.0)

    @tf.function
    def c(x):
        return b(a(x)), b(x)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, 'x')])
    def f(x):
        p, q = c(x)
        return {'p': p, 'q': q, 'x': x, 'p_again': p}

    m.f = f
    save_module('four_levels', m, f, {'serving_default': {'x': f32(2, 2)}})


@model('tf2')
def several_signatures():
    import tensorflow as tf

    m = tf.Module()
    m.v = tf.Variable(3.0)
    spec = [tf.TensorSpec([None], tf.float32, 'x')]
    m.add = tf.function(lambda x: {'sum': x + m.v}, input_signature=spec)
    m.mul = tf.function(lambda x: {'product': x * m.v, 'x': x}, input_signature=spec)
    m.const = tf.function(lambda: {'c': m.v * 2.0}, input_signature=[])
    save_module(
        'several_signatures',
        m,
        {'add': m.add, 'mul': m.mul, 'const': m.const},
        {'add': {'x': f32(3)}, 'mul': {'x': f32(3)}, 'const': {}},
    )


@model('tf2')
def embeddings():
    import tensorflow as tf

    m = tf.Module()
    m.e = tf.Variable(f32(10, 4))
    m.t = tf.Variable(f32(2, 5, 3, seed=1))

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int64, 'ids'), tf.TensorSpec([], tf.bool, 'p')])
    def f(ids, p):
        picked = tf.cond(p, lambda: tf.nn.embedding_lookup(m.e, ids), lambda: -tf.gather(m.e, ids))
        return {
            'y': picked,
            'nd': tf.gather_nd(m.e, ids[..., :1]),
            'batched': tf.raw_ops.ResourceGather(
                resource=m.t.handle, indices=ids[:2, :2] % 5, dtype=tf.float32, batch_dims=1
            ),
            'shape': tf.raw_ops.VariableShape(input=m.e.handle),
        }

    m.f = f
    save_module(
        'embeddings',
        m,
        {'serving_default': f, 'other': f},
        {
            s: {'ids': np.array([[1, 2, 3], [4, 5, 6]]), 'p': np.array(p)}
            for s, p in (('serving_default', True), ('other', False))
        },
    )


@model('tf2')
def colliding_names():
    import tensorflow as tf

    m = tf.Module()
    m.v = tf.Variable(2.0, name='x')

    @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, 'x'), tf.TensorSpec([2], tf.float32, 'dense')])
    def f(x, dense):
        a = tf.identity(x * m.v, name='y')
        b = tf.identity(dense + m.v, name='y')
        return {'x': a + b, 'y': a * b, 'a key/with:odd chars': b}

    m.f = f
    save_module('colliding_names', m, f, {'serving_default': {'x': f32(2), 'dense': f32(2, seed=1)}})


@model('tf2')
def strings():
    import tensorflow as tf

    m = tf.Module()
    m.prefix = tf.Variable([b'pre-', b'\xfe'])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, 's')])
    def f(s):
        return {
            'joined': tf.strings.join([m.prefix[0], tf.strings.lower(s)]),
            'split': tf.strings.split(s, '-').to_tensor(b'?'),
            'number': tf.strings.to_number(tf.strings.regex_replace(s, '[^0-9]', '')),
            'hash': tf.strings.to_hash_bucket_fast(s, 97),
        }

    m.f = f
    save_module('strings', m, f, {'serving_default': {'s': np.array([b'A-1', b'bb-23-c'], dtype=object)}})


def vocabulary(tmp, lines):
    path = os.path.join(OUT, tmp)
    with open(path, 'wb') as f:
        f.write(b'\n'.join(lines) + b'\n')
    return path


@model('tf2')
def tables():
    import tensorflow as tf

    m = tf.Module()
    words = vocabulary('words.txt', [b'apple', b'banana', 'kirsche ü'.encode(), b'date'])
    columns = vocabulary('columns.txt', [b'1\tone\t1.5', b'2\ttwo\t2.5', b'30\tthirty\t30.5'])
    L = tf.lookup

    def text(f, k, ki, v, vi):
        return L.TextFileInitializer(f, k, ki, v, vi, delimiter='\t')

    WHOLE, NUMBER = L.TextFileIndex.WHOLE_LINE, L.TextFileIndex.LINE_NUMBER
    m.const = L.StaticHashTable(L.KeyValueTensorInitializer(['a', 'b', 'c'], tf.constant([10, 20, 30], tf.int64)), -1)
    m.ints = L.StaticHashTable(L.KeyValueTensorInitializer(tf.constant([5, 7, -3], tf.int64), [1.5, 2.5, 3.5]), 0.0)
    m.names = L.StaticHashTable(L.KeyValueTensorInitializer(tf.constant([1, 2], tf.int64), ['x', 'y']), 'none')
    m.vocab = L.StaticVocabularyTable(text(words, tf.string, WHOLE, tf.int64, NUMBER), num_oov_buckets=3)
    m.index = L.StaticHashTable(text(words, tf.int64, NUMBER, tf.string, WHOLE), 'UNK')
    m.column = L.StaticHashTable(text(columns, tf.string, 1, tf.float32, 2), -1.0)
    m.keyed = L.StaticHashTable(text(columns, tf.int64, 0, tf.string, 1), '?')

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, 's'), tf.TensorSpec([None], tf.int64, 'i')])
    def f(s, i):
        in_branch = tf.cond(tf.size(s) > 0, lambda: m.const.lookup(s), lambda: tf.zeros_like(s, tf.int64))
        looped = tf.map_fn(lambda k: m.ints.lookup(k), i, fn_output_signature=tf.float32)
        return {
            'const': m.const.lookup(s),
            'ints': m.ints.lookup(i),
            'names': m.names.lookup(i),
            'vocab': m.vocab.lookup(s),
            'index': m.index.lookup(i),
            'column': m.column.lookup(s),
            'keyed': m.keyed.lookup(i),
            'branch': in_branch,
            'loop': looped,
            'size': m.vocab.size(),
        }

    m.f = f
    save_module(
        'tables',
        m,
        f,
        {
            'serving_default': {
                's': np.array([b'a', b'banana', b'two', b'zzz', 'kirsche ü'.encode()], dtype=object),
                'i': np.array([1, 2, 5, -3, 30]),
            }
        },
    )


@model('tf2')
def mutable_tables():
    import tensorflow as tf

    m = tf.Module()
    m.t = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    m.t.insert(['q', 'r'], [7, 8])
    m.d = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, -1.0, empty_key=-100, deleted_key=-101)
    m.d.insert([3, 4], [0.5, 0.25])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, 's'), tf.TensorSpec([None], tf.int64, 'i')])
    def f(s, i):
        return {'t': m.t.lookup(s), 'd': m.d.lookup(i)}

    m.f = f

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, 's')])
    def g(s):
        m.t.insert(s, 5)
        return {'t': m.t.lookup(s)}

    m.g = g
    save_module(
        'mutable_tables',
        m,
        {'serving_default': f, 'write': g},
        {'serving_default': {'s': np.array([b'q', b'z'], dtype=object), 'i': np.array([3, 9])}},
        refused={'write': 'inserts into a table'},
    )


@model('tf2')
def ragged():
    import tensorflow as tf

    m = tf.Module()
    m.e = tf.Variable(f32(50, 3))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, 's')])
    def f(s):
        words = tf.strings.split(s)
        ids = tf.strings.to_hash_bucket_fast(words, 50)
        rows = tf.nn.embedding_lookup(m.e, ids)
        return {'mean': tf.reduce_mean(rows, 1), 'dense': ids.to_tensor(-1), 'lengths': words.row_lengths()}

    m.f = f
    save_module(
        'ragged', m, f, {'serving_default': {'s': np.array([b'one two three', b'four', b'five six'], dtype=object)}}
    )


@model('tf2')
def map_and_scan():
    import tensorflow as tf

    m = tf.Module()
    m.w = tf.Variable(f32(3, 3))

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, 'x')])
    def f(x):
        return {
            'map': tf.map_fn(lambda r: tf.linalg.matvec(m.w, r), x),
            'scan': tf.scan(lambda a, r: tf.tanh(a + tf.linalg.matvec(m.w, r)), x),
            'fold': tf.foldl(lambda a, r: a + r, x),
        }

    m.f = f
    save_module('map_and_scan', m, f, {'serving_default': {'x': f32(4, 3)}})


@model('tf2')
def counter():
    import tensorflow as tf

    m = tf.Module()
    m.count = tf.Variable(0, name='count')
    m.w = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([], tf.float32, 'x')])
    def f(x):
        return {'n': m.count.assign_add(1), 'y': x * m.w}

    m.f = f
    m.pure = tf.function(lambda x: {'y': x * m.w}, input_signature=[tf.TensorSpec([], tf.float32, 'x')])
    save_module(
        'counter',
        m,
        {'serving_default': f, 'pure': m.pure},
        {'pure': {'x': np.float32(3)}},
        refused={'serving_default': 'counts its calls'},
    )


@model('tf2')
def sharded():
    import tensorflow as tf

    m = tf.Module()
    m.a = tf.Variable(f32(100, 10))
    m.b = tf.Variable(f32(7, 3, seed=1))
    m.c = tf.Variable(5.0)
    m.f = tf.function(
        lambda x: {'y': (x @ m.a)[:, :7] @ m.b * m.c}, input_signature=[tf.TensorSpec([None, 100], tf.float32, 'x')]
    )
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=1500)
    save_module(
        'sharded',
        m,
        m.f,
        {'serving_default': {'x': f32(2, 100)}},
        options=tf.saved_model.SaveOptions(experimental_sharding_callback=policy),
    )


@model('tf2')
def skip_saver():
    import tensorflow as tf

    m = tf.Module()
    m.a = tf.Variable(f32(3, 2))
    m.b = tf.Variable(f32(2, seed=1))
    m.f = tf.function(lambda x: {'y': x @ m.a + m.b}, input_signature=[tf.TensorSpec([None, 3], tf.float32, 'x')])
    x = f32(2, 3)
    tf.saved_model.save(
        m,
        os.path.join(OUT, 'skip_saver'),
        signatures=m.f,
        options=tf.saved_model.SaveOptions(experimental_skip_saver=True),
    )
    write_case('skip_saver', {'serving_default': ({'x': x}, {'y': m.f(x)['y'].numpy()})})


# ---------------------------------------------------------------- TensorFlow 1


def save_v1(name, build, tags=('serve',), sharded=False, text=False, main_op=None, refused=None):
    """build() -> {signature: (inputs, outputs, feed)} of tensors, in a fresh graph."""
    import tensorflow as tf

    v1 = tf.compat.v1
    calls = {}
    with tf.Graph().as_default(), v1.Session() as s:
        signatures = build()
        s.run([v1.global_variables_initializer(), v1.tables_initializer()])
        for key, (ins, outs, feed) in signatures.items():
            if key in (refused or {}):
                continue
            calls[key] = (feed, s.run(outs, {ins[k]: v for k, v in feed.items()}))
        info = v1.saved_model.build_tensor_info
        b = v1.saved_model.Builder(os.path.join(OUT, name))
        b.add_meta_graph_and_variables(
            s,
            list(tags),
            {
                k: v1.saved_model.build_signature_def(
                    {n: info(t) for n, t in i.items()}, {n: info(t) for n, t in o.items()}, 'tensorflow/serving/predict'
                )
                for k, (i, o, _) in signatures.items()
            },
            saver=v1.train.Saver(sharded=True) if sharded else None,
            main_op=main_op and main_op(),
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS) or None,
            strip_default_attrs=True,
        )
        b.save(as_text=text)
    write_case(name, calls, tags, refused)


@model('tf1')
def v1_ref_loops():
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_control_flow_v2()

    def build():
        x = v1.placeholder(tf.float32, [None, 3], 'x')
        n = v1.placeholder(tf.int32, [], 'n')
        w = v1.get_variable('w', initializer=f32(3, 3), use_resource=False)
        p = v1.get_variable('p', initializer=True, trainable=False, use_resource=False)
        _, y = v1.while_loop(
            lambda i, y: i < n,
            lambda i, y: (i + 1, tf.tanh(y @ w)),
            (0, x),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 3])),
        )
        z = v1.cond(p, lambda: y @ w, lambda: y * 2.0)
        return {'serving_default': ({'x': x, 'n': n}, {'y': tf.identity(z, 'out')}, {'x': f32(2, 3), 'n': np.int32(3)})}

    save_v1('v1_ref_loops', build)


@model('tf1')
def v1_resource_loops():
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_control_flow_v2()

    def build():
        x = v1.placeholder(tf.float32, [None, 3], 'x')
        n = v1.placeholder(tf.int32, [], 'n')
        w = v1.get_variable('w', initializer=f32(3, 3), use_resource=True)
        _, y = v1.while_loop(
            lambda i, y: i < n,
            lambda i, y: (i + 1, v1.cond(i > 1, lambda: tf.tanh(y @ w), lambda: y @ w)),
            (0, x),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 3])),
        )
        return {'serving_default': ({'x': x, 'n': n}, {'y': tf.identity(y, 'out')}, {'x': f32(2, 3), 'n': np.int32(3)})}

    save_v1('v1_resource_loops', build)


def partitioned(name, axis, resource):
    import tensorflow as tf

    v1 = tf.compat.v1

    def build():
        x = v1.placeholder(tf.float32, [None, 8], 'x')
        w = v1.get_variable(
            'w',
            [8, 6],
            initializer=v1.random_normal_initializer(seed=1),
            partitioner=v1.fixed_size_partitioner(3, axis=axis),
            use_resource=resource,
        )
        return {
            'serving_default': ({'x': x}, {'y': tf.matmul(x, tf.convert_to_tensor(w), name='out')}, {'x': f32(2, 8)})
        }

    save_v1(name, build, sharded=True)


@model('tf1')
def partitioned_rows():
    partitioned('partitioned_rows', 0, False)


@model('tf1')
def partitioned_columns():
    partitioned('partitioned_columns', 1, True)


@model('tf1')
def tagged():
    import tensorflow as tf

    v1 = tf.compat.v1

    def build():
        x = v1.placeholder(tf.float32, [None, 2], 'x')
        w = v1.get_variable('w', initializer=f32(2, 2))
        return {'serving_default': ({'x': x}, {'y': tf.matmul(x, w, name='out')}, {'x': f32(3, 2)})}

    save_v1('tagged', build, tags=('serve', 'tpu-free'))


@model('tf1')
def text_form():
    import tensorflow as tf

    v1 = tf.compat.v1

    def build():
        x = v1.placeholder(tf.float32, [None, 2], 'x')
        w = v1.get_variable('w', initializer=f32(2, 2))
        return {'serving_default': ({'x': x}, {'y': tf.nn.softmax(tf.matmul(x, w), name='out')}, {'x': f32(3, 2)})}

    save_v1('text_form', build, text=True)


@model('tf1')
def main_op_overrides():
    import tensorflow as tf

    v1 = tf.compat.v1
    hold = {}

    def build():
        x = v1.placeholder(tf.float32, [], 'x')
        hold['v'] = v = v1.get_variable('v', initializer=1.0, use_resource=True)
        hold['op'] = v.assign(42.0)
        return {'serving_default': ({'x': x}, {'y': tf.add(x, v, name='out')}, {'x': np.float32(1)})}

    save_v1('main_op_overrides', build, main_op=lambda: tf.group(hold['op'], name='main'))
    path = os.path.join(OUT, 'main_op_overrides')
    with tf.Graph().as_default(), v1.Session() as s:
        v1.saved_model.loader.load(s, ['serve'], path)
        write_case(
            'main_op_overrides', {'serving_default': ({'x': np.float32(1)}, {'y': s.run('out:0', {'x:0': 1.0})})}
        )


@model('tf1')
def v1_tables():
    import tensorflow as tf

    v1 = tf.compat.v1
    words = vocabulary('v1_words.txt', [b'red', b'green', b'blue'])

    def build():
        s = v1.placeholder(tf.string, [None], 's')
        asset = tf.constant(words, name='asset')
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        t = tf.lookup.StaticVocabularyTable(
            tf.lookup.TextFileInitializer(
                asset, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            ),
            2,
        )
        return {
            'serving_default': (
                {'s': s},
                {'ids': tf.identity(t.lookup(s), 'out')},
                {'s': np.array([b'blue', b'red', b'mauve'], dtype=object)},
            )
        }

    save_v1('v1_tables', build, main_op=lambda: v1.tables_initializer())


@model('tf1')
def v1_counter():
    import tensorflow as tf

    v1 = tf.compat.v1

    def build():
        x = v1.placeholder(tf.float32, [], 'x')
        c = v1.get_variable('c', initializer=0.0, use_resource=False)
        return {'serving_default': ({'x': x}, {'y': v1.assign_add(c, x, name='out')}, {'x': np.float32(1)})}

    save_v1('v1_counter', build, refused={'serving_default': 'adds to a variable'})


# ---------------------------------------------------------------- Keras


def nets(keras):
    K = keras.layers
    keras.utils.set_random_seed(1)
    i = keras.Input((4,), name='features')
    yield (
        'dense',
        keras.Model(i, K.Dense(2, activation='softmax', name='probs')(K.Dense(5, activation='relu')(i))),
        f32(3, 4),
    )
    i = keras.Input((8, 8, 3), name='image')
    x = K.Conv2D(4, 3, padding='same', use_bias=False)(i)
    x = K.BatchNormalization()(x)
    x = K.ReLU()(x)
    x = K.DepthwiseConv2D(3, strides=2, padding='same')(x)
    x = K.BatchNormalization()(x)
    x = K.Conv2DTranspose(2, 3, strides=2)(x)
    x = K.Dropout(0.5)(x)
    x = K.GlobalAveragePooling2D()(x)
    yield 'conv', keras.Model(i, K.Dense(3, name='logits')(x)), f32(2, 8, 8, 3)
    i = keras.Input((6,), dtype='int32', name='tokens')
    x = K.Embedding(20, 5, mask_zero=True)(i)
    x = K.Bidirectional(K.LSTM(4, return_sequences=True))(x)
    x = K.GRU(3)(x)
    yield (
        'bilstm',
        keras.Model(i, K.Dense(1, activation='sigmoid')(x)),
        np.array([[1, 2, 3, 0, 0, 0], [4, 5, 6, 7, 8, 9]], 'i4'),
    )
    i = keras.Input((None, 8), name='sequence')
    x = K.LayerNormalization()(i + K.MultiHeadAttention(2, 4)(i, i))
    x = K.Dense(8, activation='gelu')(x)
    yield 'attention', keras.Model(i, K.GlobalAveragePooling1D()(x)), f32(2, 5, 8)


@model('keras3')
def keras3():
    import keras

    for name, net, x in nets(keras):
        net.export(os.path.join(OUT, 'keras3_' + name), verbose=False)
        record(name='keras3_' + name, x=x)


@model('tf_keras')
def tf_keras():
    import tf_keras

    for name, net, x in nets(tf_keras):
        net.save(os.path.join(OUT, 'tf_keras_' + name), save_format='tf')
        record(name='tf_keras_' + name, x=x)


def record(name, x):
    import tensorflow as tf

    f = tf.saved_model.load(os.path.join(OUT, name)).signatures['serving_default']
    key = next(iter(f.structured_input_signature[1]))
    write_case(name, {'serving_default': ({key: x}, {k: v.numpy() for k, v in f(**{key: tf.constant(x)}).items()})})


if __name__ == '__main__':
    os.makedirs(OUT, exist_ok=True)
    groups = sys.argv[2:]
    if len(groups) == 1:
        for build in MODELS[groups[0]]:
            build()
            print('made', build.__name__, flush=True)
    else:
        for group in groups or MODELS:
            env = dict(os.environ, **({'TF_USE_LEGACY_KERAS': '1'} if group == 'tf_keras' else {}))
            subprocess.run([sys.executable, __file__, OUT, group], env=env, check=True)
