"""Freezes public TensorFlow 1 checkpoints and compares each output with what TensorFlow computes after restoring them.

usage: python checkpoints.py ROOT --cli "node dist/cli/main.js" [--known FILE]
A checkpoint is a .meta file with a .index beside it. Its likely outputs are frozen; fed are small random numbers.
--known lists those that must be refused, each with its reason. Prints a row each and a last line 'N of M'.
"""
import argparse, glob, json, os, shlex, subprocess, sys, tempfile

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def value(port, rng):
    shape = [2 if size is None else size for size in port['shape'] or []]
    if port['dtype'] == 'string':
        example = tf.train.Example(); example.features.feature['x'].float_list.value.append(1.5)
        return np.full(shape or [2], example.SerializeToString(), object)
    return rng.integers(0, 3, shape).astype(port['dtype']) if 'int' in port['dtype'] else rng.normal(size=shape).astype(port['dtype'])


def restored(meta):
    """Imports the graph; without its version, of which TensorFlow cannot read the oldest forms."""
    graph = v1.MetaGraphDef(); graph.ParseFromString(open(meta, 'rb').read())
    graph.meta_info_def.tensorflow_version = ''
    return v1.train.import_meta_graph(graph, clear_devices=True)


def run(build, outputs, feeds, restore=None):
    with tf.Graph().as_default() as graph:
        saver = build()
        with v1.Session(graph=graph) as s:
            if restore: saver.restore(s, restore)
            return s.run(outputs, feeds)


def judge(meta, cli, tmp):
    """What is wrong, or ''."""
    out = os.path.join(tmp, 'a.pb'); prefix = meta[:-len('.meta')]
    r = subprocess.run(shlex.split(cli) + ['freeze', prefix, '-o', out, '--manifest', out + '.json', '--quiet'], capture_output=True, text=True, timeout=120)
    if r.returncode: return 'refused: ' + r.stderr.strip()
    manifest = json.load(open(out + '.json')); rng = np.random.default_rng(0)
    values = [value(port, rng) for port in manifest['inputs']]
    graph = v1.GraphDef(); graph.ParseFromString(open(out, 'rb').read())
    feeds = lambda key: {port[key]: v for port, v in zip(manifest['inputs'], values)}
    got = run(lambda: tf.import_graph_def(graph, name=''), [o['tensor'] for o in manifest['outputs']], feeds('tensor'))
    want = run(lambda: restored(meta), [o['from'] for o in manifest['outputs']], feeds('from'), prefix)
    same = [np.allclose(x, y, rtol=1e-5, atol=1e-6, equal_nan=True) for x, y in zip(got, want)]
    return '' if all(same) else 'differs ' + ', '.join(o['key'] for o, ok in zip(manifest['outputs'], same) if not ok)


p = argparse.ArgumentParser()
p.add_argument('root'); p.add_argument('--cli', required=True); p.add_argument('--known', default='')
a = p.parse_args()
lines = open(a.known).read().splitlines() if a.known else []
known = {line.split()[0] for line in lines if line.strip() and line[0] != '#'}
good = total = 0
for meta in sorted(glob.glob(os.path.join(a.root, '**', '*.meta'), recursive=True)):
    if not os.path.exists(meta[:-len('.meta')] + '.index'): continue
    name = os.path.relpath(meta, a.root)
    with tempfile.TemporaryDirectory() as tmp:
        try: why = judge(meta, a.cli, tmp)
        except Exception as e: why = f'{type(e).__name__} {str(e)[:300]}'
    holds = why.startswith('refused') if name in known else not why
    total += 1; good += holds
    print('ok  ' if holds else 'FAIL', name, why or ('' if holds else 'holds, though it is listed as one that does not'), flush=True)
print(f'{good} of {total} checkpoints freeze and agree, or are refused as listed')
sys.exit(good != total or not total)
