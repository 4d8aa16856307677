"""Judges a model beyond 2 GiB as ONNX: its weights lie beside the graph, and ONNX Runtime computes the same numbers.

usage: python onnx_large.py GIGABYTES …
Each model is made of layers of 256 MB. The command takes less than 200 MB of memory.
"""

import os

import numpy as np
import onnxruntime
from large_models import MAX_KILOBYTES, WIDTH, command, main, make


def computed(path, x):
    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def judge(gigabytes, tmp):
    """What does not hold, a line each."""
    model, path = os.path.join(tmp, 'model'), os.path.join(tmp, 'model.onnx')
    x = np.random.default_rng(2).random((2, WIDTH), np.float32)
    want = make(model, gigabytes, x)
    code, said, peak = command('freeze', model, '-o', path, '-O', '--quiet')
    if code:
        yield f'{gigabytes} GB: {said}'
        return
    sizes = ' and '.join(f'{os.path.getsize(file)} bytes' for file in (path, path + '.data'))
    print(f'{gigabytes} GB: {sizes}, written with {peak / 1024:.0f} MB of memory', flush=True)
    if peak > MAX_KILOBYTES:
        yield f'{gigabytes} GB took {peak} kB, at most {MAX_KILOBYTES} may be'
    if not np.allclose(computed(path, x), want, rtol=1e-4, atol=1e-5):
        yield f'{gigabytes} GB: ONNX Runtime gives other numbers'


if __name__ == '__main__':
    main(judge, 'are written as ONNX and agree')
