"""Judges SavedModels: freezes every signature and compares it with the original, run by TensorFlow's own loader.

usage: python saved_models.py FOLDER [--cli "…"] [--args "…"] [--only SUBSTR] [--known FILE]
Inputs are seeded; a tf.Example is given the features that TensorFlow asks for. Outputs that differ between two runs,
or between two loads (an initialiser draws them), are not compared. --known lists the signatures that must be refused,
as MODEL[SIGNATURE]. Signatures that TensorFlow itself cannot run are counted and not judged.
"""

import argparse
import os
import re
import tempfile

import numpy as np
from judging import Count, ahead, arguments, call, run_graph, said, same, tf, v1
from tensorflow.python.tools import saved_model_utils

REQUIRED = re.compile(r'Feature: (\S+) \(data type: (\w+)\) is required')
MAX_SIGNATURES = 8
MAX_FEATURES = 30
SIZES = {'first': 2, 'other': 4}


class Unjudged(Exception):
    """TensorFlow cannot run the original, or nothing of it can be compared."""


def folders(root, only):
    for folder, _, files in sorted(os.walk(root)):
        if only in folder and ('saved_model.pb' in files or 'saved_model.pbtxt' in files):
            yield folder


def signatures(root, only):
    """(name, folder, tags, key, definition) of every signature."""
    for folder in folders(root, only):
        try:
            metagraphs = saved_model_utils.read_saved_model(folder).meta_graphs
        except Exception:
            continue  # damaged on purpose
        for metagraph in metagraphs:
            tags = list(metagraph.meta_info_def.tags)
            keys = sorted(key for key in metagraph.signature_def if not key.startswith('__'))
            for key in keys[:MAX_SIGNATURES]:
                yield f'{os.path.relpath(folder, root)}[{key}]', folder, tags, key, metagraph.signature_def[key]


def example(features):
    """A serialised tf.Example with one value of each feature: name → float, int64 or string."""
    record = tf.train.Example()
    for name, kind in features.items():
        feature = record.features.feature[name]
        if kind == 'float':
            feature.float_list.value.append(1.5)
        elif kind == 'int64':
            feature.int64_list.value.append(1)
        else:
            feature.bytes_list.value.append(b'a')
    return record.SerializeToString()


def value(info, seed, features):
    """A seeded value for an input; open sizes become small ones."""
    rng = np.random.default_rng(seed)
    dims = [] if info.tensor_shape.unknown_rank else [d.size for d in info.tensor_shape.dim]
    shape = [d if d >= 0 else SIZES['other' if i else 'first'] for i, d in enumerate(dims)]
    dtype = tf.dtypes.as_dtype(info.dtype)
    if dtype == tf.string:
        return np.full(shape, b'a' if features is None else example(features), object)
    if dtype == tf.bool:
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.is_integer:
        return rng.integers(0, 3, shape).astype(dtype.as_numpy_dtype)
    return np.asarray(rng.normal(size=shape)).astype(dtype.as_numpy_dtype)


def loaded(folder, tags, fetches, feeds, times):
    """Runs the original so many times in one session."""
    with v1.Session(graph=tf.Graph()) as session:
        v1.saved_model.loader.load(session, tags, folder)
        return [session.run(fetches, feeds) for _ in range(times)]


def original(folder, tags, definition):
    """(inputs by key, outputs by key) as TensorFlow computes them, without what is random."""
    entries = [*definition.inputs.values(), *definition.outputs.values()]
    if any(entry.WhichOneof('encoding') != 'name' for entry in entries):
        raise Unjudged('sparse or composite signature')
    fetches = {key: info.name for key, info in definition.outputs.items() if ':' in info.name}
    features = None
    for _ in range(MAX_FEATURES):
        ins = {key: value(info, i, features) for i, (key, info) in enumerate(sorted(definition.inputs.items()))}
        feeds = {definition.inputs[key].name: v for key, v in ins.items()}
        try:
            first, again = loaded(folder, tags, fetches, feeds, 2)
            (other,) = loaded(folder, tags, fetches, feeds, 1)
            break
        except Exception as e:
            asked = REQUIRED.search(str(e))
            if features is not None and (not asked or asked[1] in features):
                raise Unjudged(said(e)) from e
            features = {**(features or {}), **({asked[1]: asked[2]} if asked else {})}
    else:
        raise Unjudged('asks for too many features')
    outs = {k: v for k, v in first.items() if near(v, again[k]) and near(v, other[k])}
    if not outs:
        raise Unjudged('every output is random')
    return ins, outs


def near(x, y):
    return same(x, y, rtol=1e-3, atol=1e-5)


def judge(frozen, ins, outs):
    """Why the frozen signature does not hold, or ''."""
    if frozen.code:
        return ('crashes: ' if frozen.is_crash else 'refused: ') + frozen.message[-240:]
    names = frozen.tensors('inputs')
    feeds = {names[key]: v for key, v in ins.items() if key in names}
    tensors = frozen.tensors('outputs')
    if not set(outs) <= set(tensors):
        return f'has the outputs {sorted(tensors)}, expected {sorted(outs)}'
    try:
        got = run_graph(frozen.graph(), {key: tensors[key] for key in outs}, feeds)
    except Exception as e:
        return said(e)
    wrong = [key for key, v in outs.items() if not near(got[key], v)]
    return f'differs in {wrong}' if wrong else ''


def main():
    a = arguments(argparse.ArgumentParser(description=__doc__))
    count, unjudged = Count(a.known), 0
    with tempfile.TemporaryDirectory() as tmp:

        def freeze(case):
            name, folder, tags, key, _ = case
            out = os.path.join(tmp, name.replace('/', '+') + '.pb')
            return call(a, 'freeze', folder, out, '--signature', key, '--tags', ','.join(tags))

        cases = list(signatures(a.root, a.only))[:: a.every]
        for (name, folder, tags, _, definition), frozen in ahead(freeze, cases):
            try:
                ins, outs = original(folder, tags, definition)
            except Exception as e:
                unjudged += 1
                print('not judged', name, said(e)[:160], flush=True)
                continue
            count.take(name, judge(frozen, ins, outs))
    count.end('signatures hold', f'; {unjudged} cannot run in TensorFlow itself')


if __name__ == '__main__':
    main()
