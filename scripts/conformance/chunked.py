"""Judges SavedModels in chunks: TensorFlow's own reader of them opens each, and what is frozen of it is what is frozen of the whole.

usage: python chunked.py MODELS …
Each SavedModel in the folders is split (fixtures/chunked.py) into large parts and into tiny ones, compressed and not.
TensorFlow's packages cannot write or load them, but its fingerprints read and merge them.
"""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', 'fixtures'))
from chunked import convert
from tensorflow.python.saved_model.pywrap_saved_model import fingerprinting

CLI = ['node', 'dist/cli/main.js']
WAYS = [(100, 'brotli'), (2000, 'none'), (50000, 'brotli')]
MOST_BYTES = 300_000


def freeze(folder, output):
    """The bytes that are frozen; nothing where the model is refused."""
    words = [*CLI, 'freeze', folder, '-o', output, '--control-flow', 'v2', '--quiet']
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        return None
    with open(output, 'rb') as file:
        return file.read()


def models(roots):
    for root in roots:
        for folder, _, files in sorted(os.walk(root)):
            path = os.path.join(folder, 'saved_model.pb')
            if 'saved_model.pb' in files and os.path.getsize(path) < MOST_BYTES:
                yield folder


def judge(folder, tmp):
    """Yields a line for each thing that does not hold, and the number of chunks of each way to split."""
    whole = freeze(folder, os.path.join(tmp, 'whole.pb'))
    for largest, compression in WAYS:
        target = os.path.join(tmp, f'{os.path.basename(folder)}.{largest}')
        chunks = convert(folder, target, largest, compression)
        what = f'{folder} in {chunks} chunks, {compression}'
        fingerprinting.CreateFingerprintDef(target)  # raises where TensorFlow cannot read it
        if freeze(target, os.path.join(tmp, 'split.pb')) != whole:
            yield f'{what}: something else is frozen'
        yield chunks


def main():
    count, wrong, most = 0, [], 0
    for folder in models(sys.argv[1:]):
        with tempfile.TemporaryDirectory() as tmp:
            for found in judge(folder, tmp):
                if isinstance(found, str):
                    wrong.append(found)
                else:
                    count, most = count + 1, max(most, found)
    print(
        '\n'.join(wrong)
        or f'{count} SavedModels of up to {most} chunks are read by TensorFlow and frozen as when whole'
    )
    sys.exit(bool(wrong) or count == 0)


if __name__ == '__main__':
    main()
