"""Freezes the models of models.py every way and compares what real TensorFlow computes with what was recorded.

usage: python own_models.py MODELS [--cli "…"] [--only SUBSTR] [--args "…"]
Each signature is frozen with --control-flow v1 and v2, run (float32: 1e-5 relative, 1e-6 absolute), checked
for what "frozen" means, and frozen twice to the same bytes.
"""

import argparse
import glob
import hashlib
import json
import os
import tempfile

import numpy as np
from judging import Count, arguments, call, run_graph, said, same, tf

TABLES = {
    'HashTableV2',
    'MutableHashTableV2',
    'MutableDenseHashTableV2',
    'InitializeTableV2',
    'LookupTableImportV2',
    'LookupTableFindV2',
    'LookupTableSizeV2',
    'LookupTableExportV2',
}
LOOPS = {
    'StackV2',
    'StackPushV2',
    'StackPopV2',
    'TensorArrayV3',
    'TensorArrayReadV3',
    'TensorArrayWriteV3',
    'TensorArrayGatherV3',
    'TensorArrayScatterV3',
    'TensorArraySizeV3',
    'TensorArrayConcatV3',
    'TensorArraySplitV3',
    'TensorArrayCloseV3',
}
BANNED = {
    'Variable',
    'VariableV2',
    'VarHandleOp',
    'ReadVariableOp',
    'ResourceGather',
    'ResourceGatherNd',
    'VariableShape',
    'VarIsInitializedOp',
    'IsVariableInitialized',
    'Assign',
    'AssignVariableOp',
    'PartitionedCall',
    'StatefulPartitionedCall',
    'SaveV2',
    'RestoreV2',
    'ReadFile',
    'WriteFile',
    'InitializeTableFromTextFileV2',
    'InitializeTableFromTextFile',
    'HashTable',
    'LookupTableFind',
}
CALLS = {'If', 'StatelessIf', 'While', 'StatelessWhile', 'Case', 'StatelessCase'}
MAY_CARRY_RESOURCES = TABLES | LOOPS | CALLS | {'Enter', 'Switch', 'Merge', 'Identity'}


def functions_named(nodes):
    """The functions that attributes refer to."""
    for node in nodes:
        for attr in node.attr.values():
            yield attr.func.name
            yield from (f.name for f in attr.list.func)


def has_resource(node):
    resource = tf.resource.as_datatype_enum
    return any(attr.type == resource or resource in attr.list.type for attr in node.attr.values())


def faults(graph, control_flow):
    """What stands in the graph that a frozen one may not hold."""
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    for node in nodes:
        if node.op in BANNED:
            yield f'{node.op} {node.name}'
        if node.device:
            yield f'device on {node.name}'
        if has_resource(node) and node.op not in MAY_CARRY_RESOURCES:
            yield f'resource at {node.op} {node.name}'
    if control_flow == 'v1' and graph.library.function:
        yield f'{len(graph.library.function)} functions'
    named = set(functions_named(nodes))
    for f in graph.library.function:
        if f.signature.name not in named:
            yield f'nothing calls {f.signature.name}'


class Case:
    """A signature of one of the models: its feed, what it gives, and why it must be refused, if it must."""

    def __init__(self, path, signature, described, feed, want):
        self.path, self.signature, self.feed, self.want = path, signature, feed, want
        self.tags = ','.join(described['tags'])
        self.refused = described['refused'].get(signature)

    def freeze(self, a, flow, out):
        chosen = ['--signature', self.signature, '--tags', self.tags, '--control-flow', flow]
        return call(a, 'freeze', self.path, out, *chosen)


def cases(root, only):
    for npz in sorted(glob.glob(os.path.join(root, '*.npz'))):
        path = npz[: -len('.npz')]
        if only not in os.path.basename(path):
            continue
        described, recorded = json.load(open(path + '.json')), np.load(npz, allow_pickle=True)
        calls = {signature: ({}, {}) for signature in described['refused']}
        for key in recorded.files:
            signature, side, port = key.split('|', 2)
            calls.setdefault(signature, ({}, {}))[side == 'out'][port] = recorded[key]
        for signature, (feed, want) in sorted(calls.items()):
            yield Case(path, signature, described, feed, want)


def judge(a, case, flow, tmp):
    """Why the signature does not hold, or ''."""
    out = os.path.join(tmp, 'a.pb')
    frozen = case.freeze(a, flow, out)
    if case.refused:
        if frozen.code == 0:
            return f'frozen, though it {case.refused}'
        return f'exit {frozen.code}, {frozen.message[-200:]}' if frozen.code != 1 or os.path.exists(out) else ''
    if frozen.code:
        return f'exit {frozen.code}: {frozen.message[-300:]}'
    data = open(out, 'rb').read()
    written = frozen.manifest['output']
    if written['sha256'] != hashlib.sha256(data).hexdigest() or written['bytes'] != len(data):
        return 'the manifest describes other bytes'
    second = os.path.join(tmp, 'b.pb')
    case.freeze(a, flow, second)
    if open(second, 'rb').read() != data:
        return 'a second run gives other bytes'
    return wrong_graph(case, frozen, flow)


def wrong_graph(case, frozen, flow):
    """What is wrong with a graph that was written, or ''."""
    graph = frozen.graph()
    found = list(faults(graph, flow))
    if found:
        return 'not frozen: ' + '; '.join(found[:4])
    inputs, outputs = frozen.tensors('inputs'), frozen.tensors('outputs')
    if set(outputs) != set(case.want):
        return f'outputs {sorted(outputs)}, expected {sorted(case.want)}'
    got = run_graph(graph, outputs, {inputs[key]: v for key, v in case.feed.items()}, times=2)
    bad = [key for key in case.want if not same(got[key], case.want[key], rtol=1e-5, atol=1e-6)]
    return f'differs {bad}' if bad else ''


def main():
    a = arguments(argparse.ArgumentParser(description=__doc__))
    count = Count(a.known)
    for case in cases(a.root, a.only):
        for flow in ('v1', 'v2'):
            with tempfile.TemporaryDirectory() as tmp:
                try:
                    why = judge(a, case, flow, tmp)
                except Exception as e:
                    why = said(e)
            count.take(f'{os.path.basename(case.path)}[{case.signature}] {flow}', why)
    count.end('own models hold')


if __name__ == '__main__':
    main()
