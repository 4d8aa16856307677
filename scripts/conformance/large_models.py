"""Judges models beyond 2 GiB: frozen with their weights as variables, loaded by TensorFlow 2 and by TensorFlow 1's loader.

usage: python large_models.py GIGABYTES …
Each model is made of layers of 256 MB, and frozen with -O --weights variables, also with --dtype bfloat16. The numbers are
those of the original, the command takes less than 200 MB of memory, and a .pb of the same model is refused with the way out.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from judging import v1

import tensorflow as tf

WIDTH = 8192
LAYER_BYTES = WIDTH * WIDTH * 4
MAX_KILOBYTES = 200 * 1024
CLI = 'node dist/cli/main.js'
# The types of the weights, the tolerated difference as a share of the largest number, and who loads them.
WAYS = [
    ('bfloat16', 1e-2, ['tf.saved_model.load']),
    ('float32', 1e-4, ['tf.saved_model.load', 'tf.compat.v1.saved_model.loader']),
]


class Large(tf.Module):
    """Products and sums, one layer after the other; the last factor of each is folded into it."""

    def __init__(self, layers):
        super().__init__()
        random = np.random.default_rng(1)
        self.kernels = []
        for i in range(layers):
            kernel = random.random((WIDTH, WIDTH), np.float32)
            kernel -= 0.5
            kernel *= 0.04
            self.kernels.append(tf.Variable(kernel, name=f'kernel_{i}'))
        self.bias = tf.Variable(random.random(WIDTH, np.float32), name='bias')

    @tf.function(input_signature=[tf.TensorSpec([None, WIDTH], tf.float32, name='x')])
    def __call__(self, x):
        for kernel in self.kernels:
            x = tf.nn.relu(tf.nn.bias_add(tf.matmul(x, kernel), self.bias) * 0.5)
        return {'y': x}


def make(folder, gigabytes, x):
    """Saves the model in a process of its own, so that its memory is free afterwards; returns what it computes."""
    layers = -(-gigabytes * 10**9 // LAYER_BYTES)
    answer = os.path.join(os.path.dirname(folder), 'y.npy')
    pid = os.fork()
    if pid == 0:
        model = Large(layers)
        np.save(answer, model(tf.constant(x))['y'].numpy())
        tf.saved_model.save(model, folder, signatures=model.__call__)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit('the model could not be saved')
    return np.load(answer)


def command(*words):
    """Runs the command; its status, what it says, and the most memory that it had, in kB."""
    run = ['/usr/bin/env', 'python3', '-c', RUN, *shlex.split(CLI), *words]
    done = subprocess.run(run, capture_output=True, text=True)
    *said, peak = done.stderr.strip().split('\n')
    return done.returncode, ' '.join(said), int(peak)


RUN = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def computed(frozen, x, loader):
    """What a loader of TensorFlow computes of the folder, in a process of its own."""
    answer = frozen.rstrip('/') + '.npy'
    pid = os.fork()
    if pid == 0:
        if loader == 'tf.saved_model.load':
            y = tf.saved_model.load(frozen).signatures['serving_default'](x=tf.constant(x))['y'].numpy()
        else:
            with v1.Session(graph=tf.Graph()) as session:
                signature = v1.saved_model.loader.load(session, ['serve'], frozen).signature_def['serving_default']
                y = session.run(signature.outputs['y'].name, {signature.inputs['x'].name: x})
        np.save(answer, y)
        os._exit(0)
    return None if os.waitpid(pid, 0)[1] else np.load(answer)


def judge(gigabytes, tmp):
    """What does not hold, a line each."""
    model, frozen = os.path.join(tmp, 'model'), os.path.join(tmp, 'frozen/')
    x = np.random.default_rng(2).random((2, WIDTH), np.float32)
    want = make(model, gigabytes, x)
    code, said, _ = command('freeze', model, '-o', os.path.join(tmp, 'frozen.pb'), '--quiet')
    if code != 1 or '--weights variables' not in said:
        yield f'a .pb of {gigabytes} GB is not refused with the way out: {said}'
    for dtype, tolerance, loaders in WAYS:
        code, said, peak = command(
            *('freeze', model, '-o', frozen, '-O', '--weights', 'variables', '--dtype', dtype, '--quiet')
        )
        if code:
            yield f'{gigabytes} GB in {dtype}: {said}'
            continue
        size = sum(entry.stat().st_size for entry in os.scandir(os.path.join(frozen, 'variables')))
        print(
            f'{gigabytes} GB as {size / 1e9:.1f} GB of {dtype}: frozen with {peak / 1024:.0f} MB of memory', flush=True
        )
        if peak > MAX_KILOBYTES:
            yield f'{gigabytes} GB in {dtype} took {peak} kB, at most {MAX_KILOBYTES} may be'
        for loader in loaders:
            y = computed(frozen, x, loader)
            if y is None or np.abs(y - want).max() > tolerance * np.abs(want).max():
                yield f'{gigabytes} GB in {dtype}: {loader} gives other numbers, or none'
        shutil.rmtree(frozen)


def main(judge, holds):
    """Judges a model of each size that the command line names; `holds` ends the sentence where all of it does."""
    wrong = []
    for gigabytes in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as tmp:
            wrong += judge(gigabytes, tmp)
    print('\n'.join(wrong) or f'models of {" and ".join(sys.argv[1:])} GB {holds}')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main(judge, 'freeze and agree')
