"""Writes each form of each network as ONNX, as it is and optimised, and lets every program that reads ONNX run it.

usage: python onnx_networks.py FOLDER… [--cli "…"]
A FOLDER is what applications.py makes. What must hold: ONNX Runtime, OpenCV and OpenVINO load the file and agree with
what Keras gave to 1e-4 of the output's scale, and a Transpose stands only at an input or an output. ONNX Runtime's blocked
layout, the last of its optimisations, adds up in another order and may differ by twice as much. A network that enlarges
rounding may differ by three times what those optimisations change: TensorFlow itself, running the frozen graph of such a
network, differs from Keras by as much. Prints a row a file, with its number of nodes, and a last line 'N of M'.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import onnxruntime
import openvino

import onnx

FORMS = ('saved_model', 'model.h5', 'model.keras')
MAX_DIFFERENCE = 1e-4
MOST_ROUNDINGS = 3


def runtime(level):
    """Runs a file with the optimisations up to a level."""

    def run(path, x):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        return session.run(None, {session.get_inputs()[0].name: x})[0]

    return run


def opencv(path, x):
    net = cv2.dnn.readNetFromONNX(path)
    net.setInput(np.ascontiguousarray(x))
    return net.forward()


def vino(path, x):
    core = openvino.Core()
    model = core.compile_model(core.read_model(path), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    return next(iter(model([x]).values()))


LEVELS = onnxruntime.GraphOptimizationLevel
# Each program, and how far it may differ.
PROGRAMS = {
    'ONNX Runtime': (runtime(LEVELS.ORT_ENABLE_EXTENDED), MAX_DIFFERENCE),
    'ONNX Runtime in its blocked layout': (runtime(LEVELS.ORT_ENABLE_ALL), 2 * MAX_DIFFERENCE),
    'OpenCV': (opencv, MAX_DIFFERENCE),
    'OpenVINO': (vino, MAX_DIFFERENCE),
}


def inner_transposes(graph):
    """The transposes that neither read an input nor make an output."""
    ends = {port.name for port in (*graph.input, *graph.output)}
    return [
        node.name or node.output[0]
        for node in graph.node
        if node.op_type == 'Transpose' and not ends & {*node.input, *node.output}
    ]


def rounding(path, x):
    """How much ONNX Runtime's own optimisations change the result; 0 where it does not run."""
    try:
        plain, optimized = (runtime(level)(path, x) for level in (LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL))
    except Exception:  # `faults` says why
        return 0.0
    return float(np.abs(plain - optimized).max())


def faults(path, recorded, rounded):
    """What is wrong with a file of a network whose result rounding changes by so much."""
    onnx.checker.check_model(path, full_check=True)
    graph = onnx.load(path, load_external_data=False).graph
    inside = inner_transposes(graph)
    if inside:
        yield f'{len(inside)} transposes inside: {inside[0]}'
    scale = float(np.abs(recorded['y']).max()) or 1.0
    for name, (run, most) in PROGRAMS.items():
        try:
            y = np.asarray(run(path, recorded['x'])).reshape(recorded['y'].shape)
        except Exception as e:
            yield f'{name}: {" ".join(str(e).split())[:160]}'
            continue
        difference = float(np.abs(y - recorded['y']).max()) / scale
        if not difference <= max(most, MOST_ROUNDINGS * rounded / scale):
            yield f'{name} differs by {difference:.1e}'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folders', nargs='+')
    parser.add_argument('--cli', default='node dist/cli/main.js', help='how the command is called')
    a = parser.parse_args()
    good = count = 0
    for folder in a.folders:
        recorded = np.load(os.path.join(folder, 'io.npz'))
        rounded = None
        for form in FORMS:
            model = os.path.join(folder, form)
            if not os.path.exists(model):
                continue
            for options in ([], ['-O']):
                with tempfile.TemporaryDirectory() as tmp:
                    path = os.path.join(tmp, 'model.onnx')
                    words = [*shlex.split(a.cli), 'freeze', model, '-o', path, '--quiet', *options]
                    done = subprocess.run(words, capture_output=True, text=True)
                    if rounded is None and not done.returncode:
                        rounded = rounding(path, recorded['x'])
                    wrong = [done.stderr.strip()] if done.returncode else list(faults(path, recorded, rounded))
                    nodes = 0 if done.returncode else len(onnx.load(path, load_external_data=False).graph.node)
                count += 1
                good += not wrong
                name = ' '.join([os.path.basename(folder), form, *options])
                print('FAIL' if wrong else 'ok  ', name, f'{nodes} nodes', '; '.join(wrong), flush=True)
    print(f'{good} of {count} files of {len(a.folders)} networks hold as ONNX')
    sys.exit(good != count or not count)


if __name__ == '__main__':
    main()
