"""Writes what the project knows of TensorFlow's vocabulary, from a real TensorFlow.

usage: python vocabulary.py MESSAGES.binpb DESCRIPTORS.ts OPS.ts      (called by scripts/tables/run.sh)

MESSAGES is a FileDescriptorSet of one file with the fields that we read or write,
for the generator of their decoders and encoders; DESCRIPTORS has all messages
whole, for text; OPS is one line an op of TensorFlow's registry, in the notation
explained in src/tensorflow/ops.ts.
"""

import base64
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
import numpy as np
from google.protobuf import descriptor_pb2
from tensorflow.core.framework import graph_pb2, op_def_pb2, variable_pb2
from tensorflow.core.protobuf import (
    meta_graph_pb2,
    saved_model_pb2,
    saved_object_graph_pb2,
    saver_pb2,
    tensor_bundle_pb2,
    trackable_object_graph_pb2,
)
from tensorflow.python.client import pywrap_tf_session

import tensorflow as tf

ROOTS = [
    graph_pb2,
    saved_model_pb2,
    meta_graph_pb2,
    saved_object_graph_pb2,
    saver_pb2,
    tensor_bundle_pb2,
    trackable_object_graph_pb2,
    variable_pb2,
]


# The fields that are read or written, by message; the others are skipped when a message is decoded.
ALL = None
KEPT = {
    'GraphDef': 'node library versions version',
    'NodeDef': 'name op input device attr',
    'AttrValue': ALL,
    'AttrValue.ListValue': ALL,
    'NameAttrList': ALL,
    'TensorProto': ALL,
    'TensorShapeProto': ALL,
    'TensorShapeProto.Dim': ALL,
    'VersionDef': ALL,
    'FunctionDefLibrary': 'function',
    'FunctionDef': 'signature attr arg_attr resource_arg_unique_id node_def ret control_ret',
    'FunctionDef.ArgAttrs': ALL,
    'OpList': ALL,
    'OpDef': 'name input_arg output_arg control_output attr is_stateful',
    'OpDef.ArgDef': 'name type type_attr number_attr type_list_attr',
    'OpDef.AttrDef': 'name type default_value',
    'SavedModel': ALL,
    'MetaGraphDef': ALL,
    'MetaGraphDef.MetaInfoDef': 'stripped_op_list tags tensorflow_version',
    'SaverDef': 'filename_tensor_name save_tensor_name restore_op_name version',
    'CollectionDef': 'node_list bytes_list any_list',
    'CollectionDef.NodeList': ALL,
    'CollectionDef.BytesList': ALL,
    'CollectionDef.AnyList': ALL,
    'Any': 'value',
    'SignatureDef': 'inputs outputs method_name',
    'TensorInfo': ALL,
    'TensorInfo.CooSparse': ALL,
    'TensorInfo.CompositeTensor': ALL,
    'TypeSpecProto': 'type_spec_class',
    'AssetFileDef': ALL,
    'SavedObjectGraph': 'nodes concrete_functions',
    'SavedObject': 'children function variable',
    'TrackableObjectGraph.TrackableObject.ObjectReference': ALL,
    'SavedFunction': 'concrete_functions',
    'SavedVariable': 'name',
    'SavedConcreteFunction': 'bound_inputs',
    'TrackableObjectGraph': ALL,
    'TrackableObjectGraph.TrackableObject': 'children attributes',
    'TrackableObjectGraph.TrackableObject.SerializedTensor': 'name full_name checkpoint_key',
    'VariableDef': 'variable_name initializer_name snapshot_name is_resource save_slice_info_def',
    'SaveSliceInfoDef': ALL,
    'BundleHeaderProto': ALL,
    'BundleEntryProto': ALL,
    'TensorSliceProto': ALL,
    'TensorSliceProto.Extent': ALL,
}
# Messages that are kept as bytes: the first two are passed on and never looked into; a function is decoded when
# something looks at it, which never happens to most; a node is decoded when the graph gets it, and its message is gone
# before the next.
OPAQUE = {
    '.tensorflow.VariantTensorDataProto',
    '.tensorflow.ResourceHandleProto',
    '.tensorflow.FunctionDef',
    '.tensorflow.NodeDef',
}

Field = descriptor_pb2.FieldDescriptorProto


def files():
    """The files of all messages, each after those that it imports, without what only other languages need."""
    found = {}

    def add(file):
        if file.name in found:
            return
        for dependency in file.dependencies:
            add(dependency)
        proto = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(proto)
        proto.ClearField('options')
        found[file.name] = proto

    for root in ROOTS:
        add(root.DESCRIPTOR)
    return list(found.values())


def messages(path, all_files):
    """One file with the messages of KEPT. Enums are numbers, as values may come that we do not know."""
    out = descriptor_pb2.FileDescriptorProto(name='messages.proto', package='tensorflow', syntax='proto3')
    left = set(KEPT)
    for file in all_files:
        for message in file.message_type:
            if message.name not in KEPT:
                continue
            reduced = out.message_type.add()
            reduced.CopyFrom(message)
            reduce(reduced, message.name, left)
    assert not left, left
    write(path, descriptor_pb2.FileDescriptorSet(file=[out]).SerializeToString(deterministic=True))


def reduce(message, path, left):
    is_entry = message.options.map_entry
    if not is_entry:
        left.remove(path)
    kept = KEPT.get(path) and KEPT[path].split()
    fields = [f for f in message.field if kept is None or f.name in kept]
    assert kept is None or len(fields) == len(kept), (path, kept)
    used = {f.type_name.removeprefix(f'.tensorflow.{path}.') for f in fields}
    nested = [m for m in message.nested_type if f'{path}.{m.name}' in KEPT or (m.options.map_entry and m.name in used)]
    for inner in nested:
        reduce(inner, f'{path}.{inner.name}', left)
    for f in fields:
        if f.type == Field.TYPE_ENUM:
            f.type = Field.TYPE_INT32
        elif f.type_name in OPAQUE:
            f.type = Field.TYPE_BYTES
        if f.type != Field.TYPE_MESSAGE:
            f.ClearField('type_name')
        elif f.type_name == '.google.protobuf.Any':
            f.type_name = '.tensorflow.Any'
    replace(message.field, sorted(fields, key=lambda f: f.number))  # encoders write in this order
    replace(message.nested_type, nested)
    for rest in ('enum_type', 'reserved_range', 'reserved_name'):
        message.ClearField(rest)


def replace(repeated, items):
    items = [type(item).FromString(item.SerializeToString()) for item in items]
    del repeated[:]
    repeated.extend(items)


def descriptors(path, all_files):
    set_ = descriptor_pb2.FileDescriptorSet(file=all_files).SerializeToString(deterministic=True)
    write(
        path,
        f"""/** TensorFlow {tf.__version__}'s messages as a FileDescriptorSet. Made by scripts/tables; see ../descriptors.ts. */
export const DESCRIPTORS = '{base64.b64encode(set_).decode()}'
""".encode(),
    )


def write(path, content):
    with open(path, 'wb') as out:
        out.write(content)


def dtype(number):
    ref = number > 100
    name = tf.dtypes.as_dtype(number - 100 if ref else number).name
    return f'Ref({name})' if ref else name


def arg(a):
    if a.type_list_attr:
        kind = a.type_list_attr + '[]'
    else:
        kind = (a.number_attr + '*' if a.number_attr else '') + (a.type_attr or dtype(a.type))
    return f'{a.name}:{"Ref(" + kind + ")" if a.is_ref else kind}'


def literal(value, kind):
    """A default value as JSON."""
    if kind.startswith('list('):
        inner = kind[5:-1]
        l = value.list
        items = {
            'int': l.i,
            'float': l.f,
            'bool': l.b,
            'string': l.s,
            'type': l.type,
            'shape': l.shape,
            'func': l.func,
            'tensor': l.tensor,
        }[inner]
        return '[' + ','.join(one(i, inner) for i in items) + ']'
    field = {
        'int': value.i,
        'float': value.f,
        'bool': value.b,
        'string': value.s,
        'type': value.type,
        'shape': value.shape,
        'func': value.func,
        'tensor': value.tensor,
    }[kind]
    return one(field, kind)


def one(v, kind):
    if kind == 'float':
        v = np.float32(v)
        if np.isinf(v):
            return '"inf"' if v > 0 else '"-inf"'
        return json.dumps(float(str(v)))
    if kind in ('int', 'bool'):
        return json.dumps(v)
    if kind == 'string':
        return json.dumps(v.decode('utf-8'))
    if kind == 'type':
        return json.dumps(dtype(v))
    if kind == 'shape':
        return 'null' if v.unknown_rank else '[' + ','.join(str(d.size) for d in v.dim) + ']'
    if kind == 'func':
        return json.dumps(v.name)
    if kind == 'tensor':
        array = tf.make_ndarray(v)
        return json.dumps(
            {'tensor': dtype(v.dtype), 'shape': list(array.shape), 'values': array.ravel().tolist()},
            separators=(',', ':'),
        )
    raise AssertionError(kind)


def op(o):
    attrs = ','.join(
        f'{a.name}:{a.type}' + (f'={literal(a.default_value, a.type)}' if a.HasField('default_value') else '')
        for a in o.attr
    )
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
        out.write(
            f'/** The op registry of TensorFlow {tf.__version__}, {len(lines)} ops, one a line. Made by scripts/tables; the notation is explained in ../ops.ts. */\n'
        )
        out.write(f'export const REGISTRY = `{body}`\n')
    print(len(lines), 'ops')


messages(sys.argv[1], files())
descriptors(sys.argv[2], files())
ops(sys.argv[3])
