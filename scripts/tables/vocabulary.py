"""Writes what the project knows of TensorFlow's vocabulary, from a real TensorFlow.

usage: python vocabulary.py DESCRIPTORS.binpb OPS.ts      (called by scripts/tables/run.sh)

DESCRIPTORS is a FileDescriptorSet of the messages we read and write; OPS is one
line an op of TensorFlow's registry, in the notation explained in src/tensorflow/ops.ts.
"""
import json, os, sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2
from tensorflow.core.framework import graph_pb2, op_def_pb2, variable_pb2
from tensorflow.core.protobuf import (
    meta_graph_pb2, saved_model_pb2, saved_object_graph_pb2, saver_pb2, tensor_bundle_pb2, trackable_object_graph_pb2)
from tensorflow.python.client import pywrap_tf_session

ROOTS = [graph_pb2, saved_model_pb2, meta_graph_pb2, saved_object_graph_pb2, saver_pb2, tensor_bundle_pb2,
         trackable_object_graph_pb2, variable_pb2]


def descriptors(path):
    files = {}

    def add(file):
        if file.name in files: return
        for dependency in file.dependencies: add(dependency)
        proto = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(proto)
        files[file.name] = proto

    for root in ROOTS: add(root.DESCRIPTOR)
    with open(path, 'wb') as out:
        out.write(descriptor_pb2.FileDescriptorSet(file=files.values()).SerializeToString(deterministic=True))


def dtype(number):
    ref = number > 100
    name = tf.dtypes.as_dtype(number - 100 if ref else number).name
    return f'Ref({name})' if ref else name


def arg(a):
    if a.type_list_attr: kind = a.type_list_attr + '[]'
    else: kind = (a.number_attr + '*' if a.number_attr else '') + (a.type_attr or dtype(a.type))
    return f'{a.name}:{"Ref(" + kind + ")" if a.is_ref else kind}'


def literal(value, kind):
    """A default value as JSON."""
    if kind.startswith('list('):
        inner = kind[5:-1]
        l = value.list
        items = {'int': l.i, 'float': l.f, 'bool': l.b, 'string': l.s, 'type': l.type, 'shape': l.shape, 'func': l.func, 'tensor': l.tensor}[inner]
        return '[' + ','.join(one(i, inner) for i in items) + ']'
    field = {'int': value.i, 'float': value.f, 'bool': value.b, 'string': value.s, 'type': value.type, 'shape': value.shape,
             'func': value.func, 'tensor': value.tensor}[kind]
    return one(field, kind)


def one(v, kind):
    if kind == 'float':
        v = np.float32(v)
        if np.isinf(v): return '"inf"' if v > 0 else '"-inf"'
        return json.dumps(float(str(v)))
    if kind in ('int', 'bool'): return json.dumps(v)
    if kind == 'string': return json.dumps(v.decode('utf-8'))
    if kind == 'type': return json.dumps(dtype(v))
    if kind == 'shape': return 'null' if v.unknown_rank else '[' + ','.join(str(d.size) for d in v.dim) + ']'
    if kind == 'func': return json.dumps(v.name)
    if kind == 'tensor':
        array = tf.make_ndarray(v)
        return json.dumps({'tensor': dtype(v.dtype), 'shape': list(array.shape), 'values': array.ravel().tolist()}, separators=(',', ':'))
    raise AssertionError(kind)


def op(o):
    attrs = ','.join(f'{a.name}:{a.type}' + (f'={literal(a.default_value, a.type)}' if a.HasField('default_value') else '') for a in o.attr)
    ins = ','.join(arg(a) for a in o.input_arg)
    outs = ','.join(arg(a) for a in o.output_arg)
    return f'{o.name}{"!" if o.is_stateful else ""}({ins})->({outs})' + (f'{{{attrs}}}' if attrs else '')


def ops(path):
    every = op_def_pb2.OpList()
    every.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    lines = [op(o) for o in sorted(every.op, key=lambda o: o.name)]
    assert len(lines) > 1500, len(lines)
    body = '\n'.join(lines).replace('\\', '\\\\').replace('`', '\\`').replace('${', '\\${')
    with open(path, 'w') as out:
        out.write(f'/** The op registry of TensorFlow {tf.__version__}, {len(lines)} ops, one a line. Made by scripts/tables; the notation is explained in ../ops.ts. */\n')
        out.write(f'export const REGISTRY = `{body}`\n')
    print(len(lines), 'ops')


descriptors(sys.argv[1])
ops(sys.argv[2])
