"""Writes recurrent layers as ONNX, from SavedModels and from Keras files, and compares what ONNX Runtime computes.

usage: python onnx_recurrent.py FOLDER [--cli "…"] [--only SUBSTR]
FOLDER is what recurrent.py makes. What must hold: onnx.checker accepts the file, ONNX Runtime agrees with Keras without
and with its optimisations, and each layer is an operator of its own (LSTM, GRU, RNN), not a loop.
"""

import argparse
import glob
import os
import shlex
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

import onnx

FORMS = ('saved_model', 'model.h5', 'model.keras')
LEVELS = (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
OPERATORS = {'LSTM', 'GRU', 'RNN'}
RTOL, ATOL = 1e-4, 1e-5


def faults(path, recorded):
    """What is wrong with a file."""
    onnx.checker.check_model(path, full_check=True)
    ops = [node.op_type for node in onnx.load(path).graph.node]
    if not OPERATORS & set(ops) or 'Loop' in ops:
        yield f'it is written as {", ".join(sorted(set(ops)))}'
    feeds = {name[len('in:') :]: value for name, value in recorded.items() if name.startswith('in:')}
    want = [recorded[f'out_{i}'] for i in range(len(recorded) - len(feeds))]
    for level in LEVELS:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        got = session.run(None, {port.name: feeds[port.name.removeprefix('serve_')] for port in session.get_inputs()})
        if not same(got, want):
            yield f'differs from Keras in ONNX Runtime with {level.name}'


def same(got, want):
    """In any order: a SavedModel sorts its outputs by name."""
    left = list(want)
    for y in got:
        at = next((i for i, w in enumerate(left) if w.shape == y.shape and np.allclose(y, w, RTOL, ATOL)), None)
        if at is None:
            return False
        left.pop(at)
    return not left


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder')
    parser.add_argument('--cli', default='node dist/cli/main.js', help='how the command is called')
    parser.add_argument('--only', default='', help='judge the models whose name holds this')
    a = parser.parse_args()
    good = count = 0
    for folder in sorted(glob.glob(os.path.join(a.folder, f'*{a.only}*/'))):
        recorded = dict(np.load(os.path.join(folder, 'io.npz')))
        for form in FORMS:
            model = os.path.join(folder, form)
            if not os.path.exists(model):
                continue
            with tempfile.TemporaryDirectory() as tmp:
                path = os.path.join(tmp, 'model.onnx')
                words = [*shlex.split(a.cli), 'freeze', model, '-O', '-o', path, '--quiet']
                done = subprocess.run(words, capture_output=True, text=True)
                wrong = [done.stderr.strip()] if done.returncode else list(faults(path, recorded))
            count += 1
            good += not wrong
            if wrong:
                print('FAIL', os.path.basename(os.path.dirname(folder)), form, '; '.join(wrong), flush=True)
    print(f'{good} of {count} recurrent models are operators of ONNX and agree with Keras')
    sys.exit(good != count or not count)


if __name__ == '__main__':
    main()
