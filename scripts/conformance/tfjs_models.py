"""Judges models written for TF.js: TF.js itself runs them in Node, against recorded numbers.

usage: python tfjs_models.py keras FOLDER [--backend cpu] [--only SUBSTR] [--every K] [--known FILE]
       python tfjs_models.py keras FOLDER --read-again
       python tfjs_models.py graphs FOLDER
       python tfjs_models.py networks FOLDER --more FOLDER …
Keras cases and recorded graphs are those of onnx_models.py; networks are folders as networks.py reads them. A refusal is
counted, and nothing more: what is written must be right. With --read-again the TF.js model is frozen again, and
TensorFlow runs that: the reader gives back what the writer was given. --least N fails where fewer hold. The last line says how many
of how many.
"""

import argparse
import base64
import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from judging import Count, arguments, read_graph, run_graph, said, same

HERE = os.path.dirname(os.path.abspath(__file__))
RTOL, ATOL = 1e-3, 1e-4


class Driver:
    """A program that answers a line of JSON with one."""

    def __init__(self, *words):
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, job):
        self.process.stdin.write(json.dumps(job) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f'{self.process.args} ended')
        return json.loads(line)


def as_json(value):
    array = np.asarray(value)
    if array.dtype.kind in 'OSU':
        texts = [v.encode() if isinstance(v, str) else bytes(v) for v in array.ravel()]
        data = [base64.b64encode(text).decode() for text in texts]
        return {'dtype': 'string', 'shape': array.shape, 'data': data}
    wide = {'float16': 'float32', 'complex128': 'complex64'}.get(array.dtype.name, array.dtype.name)
    data = base64.b64encode(np.ascontiguousarray(array, wide).tobytes()).decode()
    return {'dtype': wide, 'shape': array.shape, 'data': data}


def as_array(tensor):
    if tensor['dtype'] == 'string':
        values = np.empty(len(tensor['data']), object)
        values[:] = [base64.b64decode(text) for text in tensor['data']]
        return values.reshape(tensor['shape'])
    flat = np.frombuffer(base64.b64decode(tensor['data']), tensor['dtype'])
    return flat.reshape(tensor['shape'])


def judge(runner, path, manifest, feeds, want):
    """Why the model does not hold, or ''; `feeds` are in the order of the inputs, or by name."""
    if isinstance(feeds, dict):
        names = {port['tensor'].removesuffix(':0'): port['key'] for port in manifest['inputs']}
        feeds = {names[name]: value for name, value in feeds.items() if name in names}
    else:
        feeds = {port['key']: value for port, value in zip(manifest['inputs'], feeds)}
    keys = [port['key'] for port in manifest['outputs']]
    if len(keys) != len(want):
        return f'{len(keys)} outputs, {len(want)} expected'
    job = {'path': path, 'feeds': {key: as_json(value) for key, value in feeds.items()}, 'outputs': keys}
    result = runner.ask(job)
    if 'error' in result:
        return f'fails: {result["error"][:300]}'
    got = [as_array(tensor) for tensor in result['outputs']]
    wrong = [f'{k} {x.shape} {np.shape(y)}' for k, x, y in zip(keys, got, want) if not same(x, y, RTOL, ATOL)]
    return f'differs in {", ".join(wrong)}' if wrong else ''


def judge_again(freezer, folder, manifest, feeds, want):
    """Freezes a TF.js model, whose ports are the manifest's, and lets TensorFlow run it: why it does not hold, or ''."""
    out = folder.rstrip('/') + '.pb'
    frozen = freezer.ask({'model': folder, 'output': out})
    if 'error' in frozen:
        return f'is not read: {frozen["error"][:300]}'
    again = json.load(open(out + '.json'))
    tensors = {side: {port['key']: port['tensor'] for port in again[side]} for side in ('inputs', 'outputs')}
    fed = {tensors['inputs'][port['key']]: value for port, value in zip(manifest['inputs'], feeds)}
    keys = [port['key'] for port in manifest['outputs']]
    try:
        got = run_graph(read_graph(out), [tensors['outputs'][key] for key in keys], fed)
    except Exception as e:
        return said(e)
    finally:
        os.remove(out)
    wrong = [key for key, x, y in zip(keys, got, want) if not same(x, y, RTOL, ATOL)]
    return f'differs in {", ".join(wrong)}' if wrong else ''


def networks(folders):
    """The forms in which a network lies in a folder of networks.py."""
    for folder in folders:
        recorded = np.load(os.path.join(folder, 'io.npz'))
        for path in sorted(glob.glob(os.path.join(folder, '*'))):
            if not path.endswith(('.npz', '.json', '.pb')):
                name = os.path.join(os.path.basename(folder), os.path.basename(path))
                yield name, path, [], [recorded['x']], [recorded['y']]


def found(a, tmp):
    if a.kind == 'networks':
        return networks([a.root, *a.more])
    import onnx_models

    return onnx_models.keras(a.root, a.only) if a.kind == 'keras' else onnx_models.graphs(a.root, a.only, tmp)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('kind', choices=('keras', 'graphs', 'networks'))
    parser.add_argument('--more', nargs='*', default=[], help='more folders of networks')
    parser.add_argument('--backend', default='cpu')
    parser.add_argument('--least', type=int, default=0)
    parser.add_argument('--read-again', action='store_true', help='freeze the TF.js model, and let TensorFlow run that')
    parser.add_argument('--refusals', action='store_true', help='list what is refused')
    a = arguments(parser)
    count, refused = Count(a.known), collections.Counter()
    freezer = Driver('node', os.path.join(HERE, 'freeze-many.mjs'), 'dist')
    runner = Driver('node', os.path.join(HERE, 'tfjs.mjs'), a.backend)
    with tempfile.TemporaryDirectory() as tmp:
        for i, (name, model, options, feeds, want) in enumerate(found(a, tmp)):
            if i % a.every:
                continue
            folder = os.path.join(tmp, name.replace('/', '+') + '.tfjs/')
            job = {'model': model, 'output': folder, 'optimize': True}
            if options:
                job['outputs'] = options[1].split(',')
            frozen = freezer.ask(job)
            if 'error' in frozen and not frozen['error'].startswith('unexpected'):
                refused[name] += 1
                if a.refusals:
                    print(f'refused {name}: {frozen["error"][:300]}')
                continue
            manifest = None if 'error' in frozen else json.load(open(folder.rstrip('/') + '.json'))
            if a.read_again:
                why = frozen.get('error') or judge_again(freezer, folder, manifest, feeds, want)
            else:
                why = frozen.get('error') or judge(runner, folder + 'model.json', manifest, feeds, want)
            count.take(name, why)
            subprocess.run(['rm', '-rf', folder], check=True)
    if count.good < a.least:
        print(f'{count.good} hold, at least {a.least} must')
        count.good = -1
    count.end(f'TF.js models hold ({a.backend})', f'; {len(refused)} refused')


if __name__ == '__main__':
    main()
