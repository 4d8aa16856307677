"""Runs graphs of one op in ONNX Runtime, with its optimisations off and on, and compares with what TensorFlow gave.

usage: python onnx_ops.py FOLDER
FOLDER is what onnx_ops.mjs writes. Numbers that are not finite or are huge, and a few other arguments, show where ONNX
Runtime and TensorFlow define a result differently: these cases are only counted where they differ.
A case that ends ONNX Runtime, as a division of integers by zero does, is one that does not hold.
"""

import base64
import json
import os
import sys

import ml_dtypes
import numpy as np
import onnxruntime
from judging import said, same

import onnx

RTOL, ATOL = 1e-3, 1e-4
LARGE_FLOAT, LARGE_INT = 1e4, 1e6
LEVELS = (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
CODES = {'quint8': 'u1', 'qint8': 'i1', 'qint32': 'i4', 'qint16': 'i2', 'quint16': 'u2'}


def array(recorded):
    dtype, shape, data = recorded
    if dtype == 'string':
        return np.array(data, object).reshape(shape)
    numpy_dtype = ml_dtypes.bfloat16 if dtype == 'bfloat16' else np.dtype(CODES.get(dtype, dtype))
    return np.frombuffer(base64.b64decode(data), numpy_dtype).reshape(shape)


def is_usual(recorded):
    """Whether all numbers are finite, and none is so large that sums and products of it are not."""
    x = array(recorded)
    if recorded[0] in ('string', 'bool') or x.size == 0:
        return True
    size = np.abs(x.astype('c16'))
    limit = LARGE_INT if recorded[0].startswith(('int', 'uint')) else LARGE_FLOAT
    return bool(np.isfinite(size).all()) and size.max() < limit


def divides_by_zero(x, y):
    return y.dtype.kind in 'iu' and bool((y == 0).any())


def has_no_range(x, low, high):
    return bool(((low > high) | ((low == high) & (low != 0))).any())


def is_unsorted(rows, values):
    return bool((np.diff(rows, axis=-1) < 0).any())


def overflows(x, y):
    with np.errstate(over='ignore'):
        return x.dtype.kind in 'iu' and bool((np.abs(x.astype('f8')) ** y.astype('f8') > np.iinfo(x.dtype).max).any())


def has_no_elements(x, *rest):
    return x.size == 0


def has_no_weights(*given):
    return given[-1].size == 0


# Of these cases ONNX, or TensorFlow, does not say what the result is; docs/onnx.md names them.
UNDEFINED = {
    'Bincount': has_no_weights,
    'DenseBincount': has_no_weights,
    'Div': divides_by_zero,
    'FakeQuantWithMinMaxVars': has_no_range,
    'FakeQuantWithMinMaxVarsPerChannel': has_no_range,
    'FloorMod': divides_by_zero,
    'LowerBound': is_unsorted,
    'Mean': has_no_elements,
    'Pow': overflows,
    'TruncateDiv': divides_by_zero,
    'UpperBound': is_unsorted,
}


def is_defined(case):
    """Whether TensorFlow and ONNX say the same of these arguments."""
    if not all(is_usual(recorded) for recorded in case['arguments']):
        return False
    undefined = UNDEFINED.get(case['name'].split('-')[0])
    return not (undefined and undefined(*[array(recorded) for recorded in case['arguments']]))


def judge(case):
    """Why the case does not hold, or ''."""
    feeds = {name: array(recorded) for name, recorded in case['inputs'].items()}
    try:
        onnx.checker.check_model(case['path'], full_check=True)
        for level in LEVELS:
            options = onnxruntime.SessionOptions()
            options.graph_optimization_level = level
            options.intra_op_num_threads = 1
            options.log_severity_level = 4
            session = onnxruntime.InferenceSession(case['path'], options, providers=['CPUExecutionProvider'])
            names = {port.name for port in session.get_inputs()}
            outputs = [name for name, _ in case['outputs']]
            results = session.run(outputs, {name: x for name, x in feeds.items() if name in names})
            for (name, recorded), result in zip(case['outputs'], results):
                if not same(result, array(recorded), RTOL, ATOL):
                    return f'{name} is {np.ravel(result)[:6]}, not {np.ravel(array(recorded))[:6]}'
    except Exception as e:
        return said(e)
    return ''


def judged(cases):
    """(case, why it does not hold) of each, in processes that a case may end."""
    at = 0
    while at < len(cases):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            with os.fdopen(write, 'w') as out:
                for case in cases[at:]:
                    out.write(json.dumps(judge(case)) + '\n')
                    out.flush()
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as lines:
            for line in lines:
                yield cases[at], json.loads(line)
                at += 1
        _, status = os.waitpid(child, 0)
        if status:
            yield cases[at], f'ends ONNX Runtime ({status})'
            at += 1


def main():
    cases = [json.loads(line) for line in open(os.path.join(sys.argv[1], 'cases.jsonl'))]
    written = [case for case in cases if case['path']]
    good = wrong = unusual = 0
    for case, why in judged(written):
        if not why:
            good += 1
        elif not is_defined(case):
            unusual += 1
        else:
            wrong += 1
            print('FAIL', case['name'], case['attrs'], why, flush=True)
    ops = {case['name'].split('-')[0] for case in written}
    print(
        f'{good} of {len(written)} graphs of {len(ops)} ops agree in ONNX Runtime; {unusual} differ on numbers without '
        f'a common definition, {len(cases) - len(written)} are refused'
    )
    sys.exit(wrong > 0 or not written)


if __name__ == '__main__':
    main()
