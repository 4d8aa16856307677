"""Freezes the models of models.py every way and compares what real TensorFlow computes with what was recorded.

usage: python judge.py MODELS --cli "node dist/cli/main.js" [--only SUBSTR] [--args "…"]
Each signature is frozen with --control-flow v1 and v2, run (float32: 1e-5 relative, 1e-6 absolute), checked
for what "frozen" means, and frozen twice to the same bytes. Prints the failures and a last line 'N of M'.
"""
import argparse, glob, hashlib, json, os, shlex, subprocess, sys, tempfile

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3', TF_ENABLE_ONEDNN_OPTS='0')
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
p = argparse.ArgumentParser()
p.add_argument('root'); p.add_argument('--cli', required=True); p.add_argument('--only', default=''); p.add_argument('--args', default='')
a = p.parse_args()
TABLES = {'HashTableV2', 'MutableHashTableV2', 'MutableDenseHashTableV2', 'InitializeTableV2', 'LookupTableImportV2', 'LookupTableFindV2', 'LookupTableSizeV2', 'LookupTableExportV2'}
LOOPS = {'StackV2', 'StackPushV2', 'StackPopV2', 'TensorArrayV3', 'TensorArrayReadV3', 'TensorArrayWriteV3', 'TensorArrayGatherV3', 'TensorArrayScatterV3', 'TensorArraySizeV3', 'TensorArrayConcatV3', 'TensorArraySplitV3', 'TensorArrayCloseV3'}
BANNED = {'Variable', 'VariableV2', 'VarHandleOp', 'ReadVariableOp', 'ResourceGather', 'ResourceGatherNd', 'VariableShape', 'VarIsInitializedOp', 'IsVariableInitialized', 'Assign', 'AssignVariableOp',
          'PartitionedCall', 'StatefulPartitionedCall', 'SaveV2', 'RestoreV2', 'ReadFile', 'WriteFile', 'InitializeTableFromTextFileV2', 'InitializeTableFromTextFile', 'HashTable', 'LookupTableFind'}
CALLS = {'If', 'StatelessIf', 'While', 'StatelessWhile', 'Case', 'StatelessCase'}


def faults(graph, control_flow):
    """What stands in the graph that a frozen one may not hold."""
    bodies = [graph.node] + [f.node_def for f in graph.library.function]
    for node in (n for body in bodies for n in body):
        if node.op in BANNED: yield f'{node.op} {node.name}'
        if node.device: yield f'device on {node.name}'
        if any(at.type == tf.resource.as_datatype_enum or tf.resource.as_datatype_enum in at.list.type for at in node.attr.values()):
            if node.op not in TABLES | LOOPS | {'Enter', 'Switch', 'Merge', 'Identity', 'If', 'StatelessIf', 'While', 'StatelessWhile', 'Case', 'StatelessCase'}: yield f'resource at {node.op} {node.name}'
    if control_flow == 'v1' and graph.library.function: yield f'{len(graph.library.function)} functions'
    named = {at.func.name for body in bodies for n in body for at in n.attr.values()} | {f.name for body in bodies for n in body for at in n.attr.values() for f in at.list.func}
    for f in graph.library.function:
        if f.signature.name not in named: yield f'nothing calls {f.signature.name}'


def same(x, y):
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind in 'OS' or y.dtype.kind in 'OS': return x.shape == y.shape and x.ravel().tolist() == y.ravel().tolist()
    return x.shape == y.shape and np.allclose(x.astype('c16'), y.astype('c16'), rtol=1e-5, atol=1e-6, equal_nan=True)


def freeze(model, signature, tags, flow, out):
    return subprocess.run(shlex.split(a.cli) + ['freeze', model, '-o', out, '--manifest', out + '.json', '--signature', signature, '--tags', ','.join(tags), '--control-flow', flow, '--quiet'] + shlex.split(a.args), capture_output=True, text=True, timeout=120)


def judge(model, case, signature, feed, want, flow, tmp):
    """The reason why it fails, or ''."""
    out = os.path.join(tmp, 'a.pb')
    r = freeze(model, signature, case['tags'], flow, out)
    if signature in case['refused']:
        if r.returncode == 0: return f"frozen, though it {case['refused'][signature]}"
        if r.returncode != 1 or '    at ' in r.stderr or os.path.exists(out): return f'exit {r.returncode}, {r.stderr[-200:]}'
        return ''
    if r.returncode: return f'exit {r.returncode}: {r.stderr.strip()[-300:]}'
    graph = v1.GraphDef(); data = open(out, 'rb').read(); graph.ParseFromString(data)
    found = list(faults(graph, flow))
    if found: return 'not frozen: ' + '; '.join(found[:4])
    manifest = json.load(open(out + '.json'))
    ins = {i['key']: i['tensor'] for i in manifest['inputs']}; outs = {o['key']: o['tensor'] for o in manifest['outputs']}
    if set(outs) != set(want): return f'outputs {sorted(outs)}, expected {sorted(want)}'
    if manifest['output']['sha256'] != hashlib.sha256(data).hexdigest() or manifest['output']['bytes'] != len(data): return 'the manifest describes other bytes'
    with tf.Graph().as_default() as g: tf.import_graph_def(graph, name='')
    with v1.Session(graph=g) as s:
        for again in range(2): got = s.run(outs, {ins[k]: v for k, v in feed.items()})
    bad = [k for k in want if not same(got[k], want[k])]
    if bad: return f'differs {bad}: {[np.asarray(got[k]).ravel()[:4].tolist() for k in bad[:2]]} for {[want[k].ravel()[:4].tolist() for k in bad[:2]]}'
    second = os.path.join(tmp, 'b.pb'); freeze(model, signature, case['tags'], flow, second)
    return '' if open(second, 'rb').read() == data else 'a second run gives other bytes'


good = total = 0
for npz in sorted(glob.glob(os.path.join(a.root, '*.npz'))):
    name = os.path.basename(npz)[:-4]
    if a.only not in name: continue
    case = json.load(open(npz[:-4] + '.json')); io = np.load(npz, allow_pickle=True)
    calls = {s: ({}, {}) for s in case['refused']}
    for key in io.files:
        signature, side, port = key.split('|', 2)
        calls.setdefault(signature, ({}, {}))[side == 'out'][port] = io[key]
    for signature, (feed, want) in sorted(calls.items()):
        for flow in ('v1', 'v2'):
            with tempfile.TemporaryDirectory() as tmp:
                try: why = judge(npz[:-4], case, signature, feed, want, flow, tmp)
                except Exception as e: why = f'{type(e).__name__} {str(e)[:300]}'
            total += 1; good += not why
            if why: print('FAIL', name, f'[{signature}]', flow, why, flush=True)
print(f'{good} of {total} own models hold')
sys.exit(good != total or not total)
