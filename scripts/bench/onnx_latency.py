"""How long one run of a network takes in ONNX Runtime: as the command writes it, and as tf2onnx does.

usage: python onnx_latency.py IO.npz OURS.onnx THEIRS.onnx THREADS
IO.npz has an input x and the result y; both files must give y. The files take turns, in an order that changes. Prints one
line of JSON: {nodes: [ours, theirs], milliseconds: {ours: median, theirs: median}}.
"""

import json
import sys
import time

import numpy as np
import onnxruntime
from latency import medians, started

import onnx


def loaded(path, x, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})[0]


def main():
    recorded, ours, theirs, threads = sys.argv[1:]
    io = np.load(recorded)
    files = {'ours': ours, 'theirs': theirs}
    steps = {name: started(lambda: loaded(path, io['x'], int(threads)), io['y']) for name, path in files.items()}
    clock = time.process_time if threads == '1' else time.perf_counter
    nodes = [len(onnx.load(path, load_external_data=False).graph.node) for path in files.values()]
    print(json.dumps({'nodes': nodes, 'milliseconds': medians(steps, clock)}), flush=True)


if __name__ == '__main__':
    main()
