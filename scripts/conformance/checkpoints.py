"""Freezes TensorFlow 1 checkpoints and compares each output with what TensorFlow computes after restoring them.

usage: python checkpoints.py FOLDER [--cli "…"] [--only SUBSTR] [--known FILE]
A checkpoint is a .meta file with a .index beside it. Its likely outputs are frozen; fed are small random numbers.
--known lists those that must be refused, each with its reason.
"""

import argparse
import glob
import os
import tempfile

import numpy as np
from judging import Count, arguments, call, run_graph, said, same, tf, v1


def value(port, rng):
    """A seeded value for an input; open sizes are 2."""
    shape = [2 if size is None else size for size in port['shape'] or []]
    if port['dtype'] == 'string':
        example = tf.train.Example()
        example.features.feature['x'].float_list.value.append(1.5)
        return np.full(shape or [2], example.SerializeToString(), object)
    drawn = rng.integers(0, 3, shape) if 'int' in port['dtype'] else rng.normal(size=shape)
    return np.asarray(drawn).astype(port['dtype'])


def restored(meta, fetches, feeds):
    """Runs the original. Its version is dropped: TensorFlow cannot read the oldest forms of it."""
    graph = v1.MetaGraphDef()
    graph.ParseFromString(open(meta, 'rb').read())
    graph.meta_info_def.tensorflow_version = ''
    with tf.Graph().as_default() as g:
        saver = v1.train.import_meta_graph(graph, clear_devices=True)
        with v1.Session(graph=g) as session:
            saver.restore(session, meta[: -len('.meta')])
            return session.run(fetches, feeds)


def judge(a, meta, tmp):
    """What is wrong, or ''."""
    frozen = call(a, 'freeze', meta[: -len('.meta')], os.path.join(tmp, 'a.pb'))
    if frozen.code:
        return 'refused: ' + frozen.message[-240:]
    inputs, outputs = frozen.manifest['inputs'], frozen.manifest['outputs']
    rng = np.random.default_rng(0)
    values = [value(port, rng) for port in inputs]
    feeds = {key: {port[key]: v for port, v in zip(inputs, values)} for key in ('tensor', 'from')}
    got = run_graph(frozen.graph(), [o['tensor'] for o in outputs], feeds['tensor'])
    want = restored(meta, [o['from'] for o in outputs], feeds['from'])
    wrong = [o['key'] for o, x, y in zip(outputs, got, want) if not same(x, y, rtol=1e-5, atol=1e-6)]
    return f'differs {", ".join(wrong)}' if wrong else ''


def main():
    a = arguments(argparse.ArgumentParser(description=__doc__))
    count = Count(a.known)
    for meta in sorted(glob.glob(os.path.join(a.root, '**', '*.meta'), recursive=True))[:: a.every]:
        name = os.path.relpath(meta, a.root)
        if a.only not in name or not os.path.exists(meta[: -len('.meta')] + '.index'):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            try:
                why = judge(a, meta, tmp)
            except Exception as e:
                why = said(e)
        count.take(name, why)
    count.end('checkpoints freeze and agree')


if __name__ == '__main__':
    main()
