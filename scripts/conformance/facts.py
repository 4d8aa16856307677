"""Writes graphs, and what real TensorFlow knows of every tensor in them, for facts.ts to compare with.

usage: python facts.py OUT FOLDER… [--keras FOLDER] [--ops] [--only SUBSTR]
Takes every GraphDef (.pb, .pbtxt) and the graph of every SavedModel below the folders, every Keras model frozen
by TensorFlow itself, and single ops (facts_cases.py). OUT gets N.pb (without _output_shapes, which are other people's claims) and facts.jsonl, a line each:
name, pb, shapes (by tensor: dimensions, null unknown), feeds (by placeholder: shape) and values (by tensor: shape, and
elements where few), as they came out of a run with those feeds. Where no inputs lie beside a graph, ones are fed.
"""

import argparse
import glob
import json
import os

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3', TF_ENABLE_ONEDNN_OPTS='0')
import contextlib

import numpy as np
from google.protobuf import text_format
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import saved_model_pb2

import tensorflow as tf

v1 = tf.compat.v1
MAX_RUN_BYTES = 64 << 20
WORDS = {'inf': 'Infinity', '-inf': '-Infinity', 'nan': 'NaN'}


def read(message, path):
    with open(path, 'rb') as f:
        data = f.read()
    if path.endswith(('.pbtxt', '.pb.txt')):
        text_format.Parse(data.decode(), message)
    else:
        message.ParseFromString(data)
    return message


def graphs(folders):
    """(name, GraphDef, folder with inputs) of every file."""
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, '**', '*.pb*'), recursive=True)):
            name = os.path.relpath(path, folder)
            base = os.path.basename(path)
            try:
                if base.startswith('saved_model.pb'):
                    for i, meta in enumerate(read(saved_model_pb2.SavedModel(), path).meta_graphs):
                        yield f'{name}#{i}', meta.graph_def, None
                elif base == 'frozen_graph.pbtxt' and os.path.exists(
                    os.path.join(os.path.dirname(path), 'frozen_model.pb')
                ):
                    continue
                elif base not in ('fingerprint.pb', 'keras_metadata.pb'):
                    yield name, read(graph_pb2.GraphDef(), path), os.path.dirname(path)
            except Exception as e:
                print(f'{name}: {type(e).__name__}')


def keras_graphs(folder, only):
    """Every Keras file that loads, frozen by TensorFlow with its control flow as functions."""
    import keras
    import tf_keras
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    for path in sorted(glob.glob(os.path.join(folder, '**', '*.h5'), recursive=True)):
        if only not in path:
            continue
        try:
            framework = tf_keras if '.tfk.' in path else keras
            model = framework.models.load_model(path, compile=False)
            specs = [tf.TensorSpec(i.shape, i.dtype) for i in model.inputs]
            call = tf.function(lambda *inputs: model(list(inputs) if len(inputs) > 1 else inputs[0]))
            frozen = convert_variables_to_constants_v2(call.get_concrete_function(*specs), lower_control_flow=False)
            yield os.path.relpath(path, folder), frozen.graph.as_graph_def(), None
        except Exception as e:
            print(f'{path}: {type(e).__name__}')
        keras.backend.clear_session()


def strip(graph):
    for nodes in [graph.node] + [f.node_def for f in graph.library.function]:
        for node in nodes:
            node.attr.pop('_output_shapes', None)
    return graph


def dims(shape):
    return None if shape.rank is None else shape.as_list()


def feeds_for(graph, folder):
    """Values for the placeholders: from the files beside the graph, else ones."""
    feeds = {}
    for op in graph.get_operations():
        if op.type not in ('Placeholder', 'PlaceholderV2'):
            continue
        t = op.outputs[0]
        path = folder and os.path.join(folder, op.name.replace('/', '____') + '.placeholder')
        if path and os.path.exists(path + '.csv') and os.path.exists(path + '.shape'):
            shape = [int(line) for line in open(path + '.shape') if line.strip()]
            lines = [line.strip() for line in open(path + '.csv')]
            if shape == [0] and lines:
                shape = []  # how the collection writes a scalar
            if t.dtype == tf.string:
                feeds[t] = np.array(lines, object).reshape(tuple(shape))
            else:
                values = [{'true': 1, 'false': 0}.get(line, line) for line in lines if line]
                feeds[t] = np.array([float(v) for v in values]).reshape(tuple(shape)).astype(t.dtype.as_numpy_dtype)
        elif t.shape.rank is not None:
            shape = [2 if d is None else d for d in t.shape.as_list()]
            if np.prod(shape) * 8 > MAX_RUN_BYTES:
                raise ValueError('large')
            feeds[t] = np.full(shape, b'1', object) if t.dtype == tf.string else np.ones(shape, t.dtype.as_numpy_dtype)
    return feeds


def run(graph, feeds):
    """What each tensor is; those that cannot be fetched (in loops, in branches not taken) are left out."""
    skip = {tf.resource, tf.variant}
    tensors = [
        t
        for op in graph.get_operations()
        for t in op.outputs
        if t.dtype not in skip and not t.dtype._is_ref_dtype and graph.is_fetchable(t)
    ]
    with v1.Session(graph=graph) as session:
        try:
            return dict(zip((t.name for t in tensors), session.run(tensors, feeds)))
        except Exception:
            pass
        values = {}
        for t in tensors[:600]:
            with contextlib.suppress(Exception):
                values[t.name] = session.run(t, feeds)
        return values


def known(value):
    value = np.asarray(value)
    few = value.size <= 1024 and value.dtype.kind in 'iubf'
    return {
        'shape': list(value.shape),
        **(
            {
                'elements': [
                    str(v)
                    if v.dtype.kind == 'i' and abs(int(v)) > 2**53
                    else v.item()
                    if np.isfinite(v)
                    else WORDS[str(v.item())]
                    for v in value.ravel()
                ]
            }
            if few
            else {}
        ),
    }


def main():
    p = argparse.ArgumentParser()
    p.add_argument('out')
    p.add_argument('folders', nargs='*')
    p.add_argument('--keras')
    p.add_argument('--ops', action='store_true')
    p.add_argument('--only', default='')
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    sources = [graphs(a.folders)] + ([keras_graphs(a.keras, a.only)] if a.keras else [])
    if a.ops:
        sources.append(__import__('facts_cases').graphs())
    with open(os.path.join(a.out, 'facts.jsonl'), 'w') as out:
        for n, (name, message, folder) in enumerate(g for source in sources for g in source):
            if a.only not in name:
                continue
            strip(message)
            graph = tf.Graph()
            try:
                with graph.as_default():
                    tf.import_graph_def(message, name='')
            except Exception as e:
                print(f'{name}: not imported: {str(e)[:100]}')
                continue
            line = {'name': name, 'pb': f'{n}.pb', 'feeds': {}, 'values': {}}
            line['shapes'] = {t.name: dims(t.shape) for op in graph.get_operations() for t in op.outputs}
            try:
                feeds = feeds_for(graph, folder)
                line['values'] = {k: known(v) for k, v in run(graph, feeds).items()}
                line['feeds'] = {t.name: list(v.shape) for t, v in feeds.items()}
            except Exception as e:
                print(f'{name}: not run: {str(e)[:100]}')
            with open(os.path.join(a.out, line['pb']), 'wb') as f:
                f.write(message.SerializeToString())
            out.write(json.dumps(line) + '\n')


main()
