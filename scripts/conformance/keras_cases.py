"""Judges Keras files beside which lie their inputs and outputs: each is frozen, and TensorFlow runs the result.

usage: python keras_cases.py FOLDER [--cli "…"] [--args "…"] [--only SUBSTR] [--every K] [--known FILE]
A case is NAME.npz (in_0…, out_0… in the model's own order) beside NAME.h5 and/or NAME.keras; rtol and atol come from
manifest.*.json.
"""

import argparse
import glob
import json
import os
import tempfile

import numpy as np
from judging import Count, ahead, arguments, call, run_graph, said, same


def tolerances(root):
    """A file's rtol and atol, for the files of every manifest."""
    found = {}
    for path in sorted(glob.glob(os.path.join(root, 'manifest.*.json'))):
        for case in json.load(open(path))['cases'].values():
            found.update({file: (case.get('rtol', 1e-4), case.get('atol', 1e-5)) for file in case['files']})
    return found


def cases(root, only):
    """(name, file, recorded, tolerance) of every file."""
    known = tolerances(root)
    for npz in sorted(glob.glob(os.path.join(root, '**', '*.npz'), recursive=True)):
        for end in ('.h5', '.keras'):
            file = npz[: -len('.npz')] + end
            name = os.path.relpath(file, root)
            if os.path.exists(file) and only in name and name in known:
                yield name, file, npz, known[name]


def in_order(recorded, prefix):
    return [recorded[f'{prefix}_{i}'] for i in range(sum(key.startswith(f'{prefix}_') for key in recorded.files))]


def judge(frozen, npz, tolerance):
    """Why the frozen file does not hold, or ''."""
    if frozen.code:
        return ('crashes: ' if frozen.is_crash else 'refused: ') + frozen.message[-240:]
    recorded = np.load(npz, allow_pickle=True)
    inputs, outputs = frozen.manifest['inputs'], frozen.manifest['outputs']
    want = in_order(recorded, 'out')
    if len(outputs) != len(want):
        return f'{len(outputs)} outputs, {len(want)} expected'
    feeds = {port['tensor']: v for port, v in zip(inputs, in_order(recorded, 'in'))}
    try:
        got = run_graph(frozen.graph(), [port['tensor'] for port in outputs], feeds)
    except Exception as e:
        return said(e)
    wrong = [i for i, (x, y) in enumerate(zip(got, want)) if not same(x, y, *tolerance)]
    return f'differs in output {", ".join(map(str, wrong))}' if wrong else ''


def main():
    a = arguments(argparse.ArgumentParser(description=__doc__))
    count = Count(a.known)
    with tempfile.TemporaryDirectory() as tmp:

        def freeze(case):
            return call(a, 'freeze', case[1], os.path.join(tmp, case[0].replace('/', '+') + '.pb'))

        for (name, _, npz, tolerance), frozen in ahead(freeze, list(cases(a.root, a.only))[:: a.every]):
            count.take(name, judge(frozen, npz, tolerance))
            if frozen.code == 0:
                os.remove(frozen.path)
    count.end('Keras files freeze and agree')


if __name__ == '__main__':
    main()
