"""Loads a frozen graph in the programs that people freeze for. Each takes one input x (NHWC for images) and gives one output.

usage: python consumers.py FROZEN.pb MANIFEST.json IO.npz [tensorflow,opencv,openvino]
Prints a line a program; ends with 1 where one does not load the graph, or its numbers differ from the recorded y.
"""

import json
import sys

import numpy as np

MAX_DIFFERENCE = 1e-3


def tensorflow(path, tensors, x, y):
    from judging import read_graph, run_graph

    return run_graph(read_graph(path), tensors['outputs'], {tensors['inputs']: x})


def opencv(path, tensors, x, y):
    import cv2

    net = cv2.dnn.readNetFromTensorflow(path)
    net.setInput(np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x)
    out = net.forward()
    return out.transpose(0, 2, 3, 1) if out.ndim == 4 and y.ndim == 4 else out


def openvino(path, tensors, x, y):
    import openvino

    core = openvino.Core()
    model = core.compile_model(core.read_model(path), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    return next(iter(model([x]).values()))


CONSUMERS = {'tensorflow': tensorflow, 'opencv': opencv, 'openvino': openvino}


def judge(path, manifest, npz, names=tuple(CONSUMERS)):
    """What is wrong by consumer: '' where it loads the graph and agrees."""
    recorded = np.load(npz)
    x, y = recorded['x'], recorded['y']
    scale = float(np.abs(y).max()) or 1.0
    tensors = {side: manifest[side][0]['tensor'] for side in ('inputs', 'outputs')}
    found = {}
    for name in names:
        try:
            got = np.asarray(CONSUMERS[name](path, tensors, x, y))
            difference = float(np.abs(got.reshape(y.shape) - y).max()) / scale
            found[name] = '' if difference < MAX_DIFFERENCE else f'relative difference {difference:.2e}'
        except Exception as e:
            found[name] = ' '.join(str(e).split())[:200]
    return found


def main():
    path, manifest, npz, *names = sys.argv[1:]
    chosen = names[0].split(',') if names else tuple(CONSUMERS)
    found = judge(path, json.load(open(manifest)), npz, chosen)
    for name, why in found.items():
        print('FAIL' if why else 'ok  ', name, why)
    sys.exit(any(found.values()))


if __name__ == '__main__':
    main()
