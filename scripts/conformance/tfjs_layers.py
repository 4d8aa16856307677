"""Judges the reading of TF.js layers models: recorded Keras cases, as TF.js itself saves them, frozen and run in TensorFlow.

usage: python tfjs_layers.py FOLDER [--only SUBSTR] [--every K] [--known FILE] [--least N]
Each .h5 case of keras_cases.py is written as tensorflowjs_converter writes it, and frozen from that. Where TF.js knows
its layers, it loads it and saves it again, and that is frozen, too. --least N fails where TF.js saves fewer.
"""

import argparse
import json
import os
import shutil
import tempfile

import h5py
import numpy as np
from judging import Count, Frozen, arguments
from keras_cases import cases, judge
from tfjs_models import HERE, Driver


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def names(group, key):
    """A list of names; one that is too long for an attribute lies in several."""
    parts = [key, *(f'{key}{i}' for i in range(len(group.attrs)))]
    return [text(name) for part in parts if part in group.attrs for name in group.attrs[part]]


def convert(file, folder):
    """Writes a whole model of Keras as the converter does; False for a file that has weights alone."""
    with h5py.File(file) as h5:
        if 'model_config' not in h5.attrs or 'model_weights' not in h5:
            return False
        weights, specs = [], []
        for layer in names(h5['model_weights'], 'layer_names'):
            group = h5['model_weights'][layer]
            for name in names(group, 'weight_names'):
                value = np.asarray(group[name])
                if value.dtype.kind not in 'fiu':
                    return False
                dtype = 'float32' if value.dtype.kind == 'f' else 'int32'
                weights.append(np.ascontiguousarray(value, dtype))
                specs.append({'name': name.removesuffix(':0'), 'shape': value.shape, 'dtype': dtype})
        topology = {
            'keras_version': text(h5.attrs.get('keras_version', '')),
            'backend': text(h5.attrs.get('backend', '')),
            'model_config': json.loads(text(h5.attrs['model_config'])),
        }
    os.makedirs(folder)
    model = {
        'format': 'layers-model',
        'generatedBy': f'keras v{topology["keras_version"]}',
        'convertedBy': 'TensorFlow.js Converter v4.22.0',
        'modelTopology': topology,
        'weightsManifest': [{'paths': ['group1-shard1of1.bin'], 'weights': specs}],
    }
    json.dump(model, open(os.path.join(folder, 'model.json'), 'w'))
    with open(os.path.join(folder, 'group1-shard1of1.bin'), 'wb') as out:
        for value in weights:
            out.write(value.tobytes())
    return True


class Read(Frozen):
    """A graph that was frozen in this run."""

    def __init__(self, result, path):
        self.message = result.get('error', '')
        self.code = 1 if self.message else 0
        self.is_crash = self.message.startswith('unexpected')
        self.path = path
        self.manifest = None if self.code else json.load(open(path + '.json'))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--least', type=int, default=0)
    a = arguments(parser)
    count, saved = Count(a.known), 0
    freezer = Driver('node', os.path.join(HERE, 'freeze-many.mjs'), 'dist')
    keeper = Driver('node', os.path.join(HERE, 'tfjs_layers.mjs'))
    found = [case for case in cases(a.root, a.only) if case[1].endswith('.h5')]
    for name, file, npz, tolerance in found[:: a.every]:
        with tempfile.TemporaryDirectory() as tmp:
            converted, resaved = os.path.join(tmp, 'converted'), os.path.join(tmp, 'saved')
            if not convert(file, converted):
                continue

            def why(folder):
                out = folder + '.pb'
                return judge(Read(freezer.ask({'model': folder, 'output': out}), out), npz, tolerance)

            count.take(f'{name}:converted', why(converted))
            if 'error' not in keeper.ask({'from': converted, 'to': resaved}):
                saved += 1
                count.take(f'{name}:saved', why(resaved))
            shutil.rmtree(converted)
    if saved < a.least:
        print(f'TF.js saved {saved}, at least {a.least} were expected')
        count.good = -1
    count.end('TF.js layers models are read and agree', f'; TF.js saved {saved} of them itself')


if __name__ == '__main__':
    main()
