"""Freezes public Keras files and compares what TensorFlow computes with recorded predictions, or with what Keras computes.

usage: python keras_models.py MODELS --dist dist [--only SUBSTR] [--every K] [--known FILE] [--report FILE]
A file is a case; so are weights with the architecture of the same name beside them. With NAME_inputs_and_outputs.h5
the predictions there hold (to 1e-3); else seeded random inputs go through tf_keras, or Keras 3 where tf_keras cannot
load the file, each in a process of its own. --known lists files that do not hold, each with its reason; one that
holds after all fails the run. The last lines say how many of how many for us, for tf_keras and for Keras 3.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import zlib

import h5py
import numpy as np
from judging import read_graph, run_graph, said

RECORDED = '_inputs_and_outputs.h5'
WHOLE, WEIGHTS, CONFIG = '_model.h5', '_weights.h5', '_config.json'


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def architecture_of(path):
    """The model's configuration in a whole-model file, or None."""
    with h5py.File(path) as f:
        return text(f.attrs['model_config']) if 'model_config' in f.attrs else None


def cases(root, tmp):
    """name, file, architecture beside it or None, configuration, recorded predictions or None; weights without any architecture are left out."""
    paths = sorted(p for end in ('h5', 'hdf5', 'keras') for p in glob.glob(f'{root}/**/*.{end}', recursive=True))
    for path in paths:
        if path.endswith(RECORDED):
            continue
        name, base, beside = os.path.relpath(path, root), path, None
        for end in (WHOLE, WEIGHTS):
            if path.endswith(end):
                base = path[: -len(end)]
        config = '' if path.endswith('.keras') else architecture_of(path)
        if config is None:
            config = twin(path, base)
            if config is None:
                continue
            beside = os.path.join(tmp, name.replace('/', '+') + '.json')
            open(beside, 'w').write(config)
        recorded = base + RECORDED
        yield name, path, beside, config, recorded if os.path.exists(recorded) else None


def twin(path, base):
    """The architecture of a file of weights: the configuration or the whole model of the same name."""
    if os.path.exists(base + CONFIG):
        return open(base + CONFIG).read()
    for other in (base + WHOLE, path.replace('_weights_only', '')):
        if other != path and os.path.exists(other):
            return architecture_of(other)
    return None


def find(value, key):
    """Every value of a key, at any depth."""
    if isinstance(value, dict):
        for k, v in value.items():
            if k == key:
                yield v
            yield from find(v, key)
    elif isinstance(value, list):
        for v in value:
            yield from find(v, key)


def random_inputs(manifest, config, name):
    """Seeded: numbers, or indices where an Embedding may read them."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    parsed = json.loads(config) if config else {}
    limits = [layer['config'].get('input_dim') for layer in layers(parsed) if layer.get('class_name') == 'Embedding']
    found = []
    for port in manifest['inputs']:
        shape = [2 if d is None and not i else 6 if d is None else d for i, d in enumerate(port['shape'] or [None])]
        if limits or port['dtype'].startswith('int'):
            value = rng.integers(0, max(1, min([*limits, 6])), shape)
        else:
            value = rng.normal(size=shape)
        found.append(value.astype(port['dtype']))
    return found


def layers(value):
    if isinstance(value, dict):
        if isinstance(value.get('class_name'), str) and isinstance(value.get('config'), dict):
            yield value
        for v in value.values():
            yield from layers(v)
    elif isinstance(value, list):
        for v in value:
            yield from layers(v)


def recorded_io(path):
    """Inputs and predictions by layer name."""
    with h5py.File(path) as f:
        return [{k: f[side][k][()] for k in f[side]} for side in ('inputs', 'predictions')]


def in_order(values, ports):
    """The only value, or those whose names the ports have."""
    if len(ports) == 1:
        return list(values.values())
    return [values[p['key']] for p in ports]


# ---- Keras, in a process of its own


def reference(which):
    """Reads jobs, a line each; prints 'loads', 'runs' or the error; outputs go beside the inputs."""
    if which == 'tf_keras':
        import tf_keras as keras
    else:
        import keras
    for line in sys.stdin:
        job = json.loads(line)
        state = 'refused'
        try:
            model = load(keras, job)
            state = 'loads'
            if job['inputs']:
                turn(model, job['file'])
                io = np.load(job['inputs'])
                ins = [io[f'in_{i}'] for i in range(len(io.files))]
                outs = model(ins if len(ins) > 1 else ins[0], training=False)
                outs = (
                    list(outs.values())
                    if isinstance(outs, dict)
                    else outs
                    if isinstance(outs, (list, tuple))
                    else [outs]
                )
                np.savez(f'{job["inputs"]}.{which}.npz', **{f'out_{i}': np.asarray(o) for i, o in enumerate(outs)})
                state = 'runs'
        except Exception as e:
            job['why'] = said(e)
        keras.backend.clear_session()
        print(json.dumps([state, job.get('why', '')]), flush=True)


def load(keras, job):
    if not job['architecture']:
        return keras.models.load_model(job['file'], compile=False)
    model = keras.models.model_from_json(open(job['architecture']).read())
    model.load_weights(job['file'])
    return model


def turn(model, path):
    """Turns the kernels of Theano's true convolution, as Keras did up to 2.3 when it loaded them; tf_keras forgot."""
    if path.endswith('.keras'):
        return
    with h5py.File(path) as f:
        if text(f.attrs.get('backend', f.get('model_weights', f).attrs.get('backend', ''))) != 'theano':
            return
    for layer in model.layers:
        if not type(layer).__name__.startswith('Conv'):
            continue
        kernel, *others = layer.get_weights()
        layer.set_weights([np.flip(kernel, tuple(range(kernel.ndim - 2))), *others])


def ask(which, jobs):
    # Without oneDNN a CPU has no convolution with channels first.
    env = dict(os.environ, TF_ENABLE_ONEDNN_OPTS='1', **({'TF_USE_LEGACY_KERAS': '1'} if which == 'tf_keras' else {}))
    done = subprocess.run(
        [sys.executable, __file__, '--reference', which],
        input=''.join(json.dumps(j) + '\n' for j in jobs),
        capture_output=True,
        text=True,
        env=env,
    )
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('[')]
    if len(found) != len(jobs):
        sys.exit(f'{which} ended after {len(found)} of {len(jobs)} files: {done.stderr[-2000:]}')
    return found


# ---- ours


def freeze_all(dist, jobs):
    driver = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'freeze-many.mjs')
    done = subprocess.run(
        ['node', driver, dist], input=''.join(json.dumps(j) + '\n' for j in jobs), capture_output=True, text=True
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(jobs):
        sys.exit(f'the driver ended after {len(found)} of {len(jobs)} files: {done.stderr[-2000:]}')
    return found


def run(path, manifest, ins):
    feeds = {port['tensor']: value for port, value in zip(manifest['inputs'], ins)}
    return run_graph(read_graph(path), [port['tensor'] for port in manifest['outputs']], feeds)


def difference(got, want, tolerance):
    """'' where they agree."""
    if len(got) != len(want):
        return f'{len(got)} outputs for {len(want)}'
    for i, (x, y) in enumerate(zip(got, want)):
        if x.shape != y.shape:
            return f'out_{i} {x.shape} for {y.shape}'
        if not np.allclose(x, y, rtol=tolerance, atol=tolerance / 10, equal_nan=True):
            return f'out_{i} differs by {np.abs(x - y).max():.2g}'
    return ''


def main(a):
    with tempfile.TemporaryDirectory() as tmp:
        return judge(a, tmp)


def judge(a, tmp):
    chosen = [c for c in cases(a.root, tmp) if a.only in c[0]][:: a.every]
    out = [os.path.join(tmp, f'{i}.pb') for i in range(len(chosen))]
    frozen = freeze_all(
        a.dist,
        [
            dict(model=f, output=o, **({'architecture': beside} if beside else {}))
            for (_, f, beside, *_), o in zip(chosen, out)
        ],
    )
    io, jobs = [], []
    for (name, file, beside, config, recorded), o, made in zip(chosen, out, frozen):
        manifest, ins, want, inputs = None, None, None, ''
        if 'error' not in made:
            manifest = json.load(open(o + '.json'))
            if recorded:
                ins, want = [
                    in_order(v, manifest[side]) for v, side in zip(recorded_io(recorded), ('inputs', 'outputs'))
                ]
            else:
                ins = random_inputs(manifest, config, name)
                inputs = o + '.npz'
                np.savez(inputs, **{f'in_{i}': v for i, v in enumerate(ins)})
        io.append((manifest, ins, want))
        jobs.append(dict(file=file, architecture=beside, inputs=inputs))
    said = {which: ask(which, jobs) for which in ('tf_keras', 'keras3')}
    known = {line.split()[0] for line in open(a.known) if line.strip() and line[0] != '#'} if a.known else set()
    return report(a, chosen, out, frozen, io, jobs, said, known)


def verdict(o, made, manifest, ins, want, job, said):
    """Whom the numbers were compared with, and what is wrong or ''."""
    if 'error' in made:
        return 'nobody', made['error'].replace('\n', ' ')[:300]
    try:
        got = run(o, manifest, ins)
    except Exception as e:
        return 'nobody', f'{type(e).__name__} {str(e)[:300]!r}'
    if want:
        return 'recorded', difference(got, want, 1e-3)
    for which, (state, _) in said.items():
        if state != 'runs':
            continue
        npz = np.load(f'{job["inputs"]}.{which}.npz')
        return which, difference(got, [npz[k] for k in npz.files], 1e-4)
    return 'nobody', ''


def report(a, chosen, out, frozen, io, jobs, said, known):
    rows, fixed, failed = [], [], 0
    compared = {}
    for i, (name, *_) in enumerate(chosen):
        answers = {which: said[which][i] for which in said}
        whom, why = verdict(out[i], frozen[i], *io[i], jobs[i], answers)
        compared.setdefault(whom, []).append(not why)
        rows.append('\t'.join([name, whom, why or 'ok', *(f'{w} {s} {e}' for w, (s, e) in answers.items())]))
        if name in known:
            fixed += [name] if not why else []
        elif why:
            failed += 1
            print('FAIL', name, f'[{whom}]', why)
    if a.report:
        open(a.report, 'w').write('\n'.join(rows))
    for name in fixed:
        print('known failure holds now, remove it:', name)
    total = len(chosen)
    loads = {w: sum(s != 'refused' for s, _ in found) for w, found in said.items()}
    for whom, held in sorted(compared.items()):
        print(f'compared with {whom}: {sum(held)} of {len(held)} hold')
    print(f'loaded: by tf_keras {loads["tf_keras"]} of {total}, by Keras 3 {loads["keras3"]} of {total}')
    print(
        f'{sum("error" not in f for f in frozen)} of {total} Keras files freeze, {sum(sum(h) for h in compared.values())} hold; {sum(n in known for n, *_ in chosen)} known failures'
    )
    return int(bool(failed or fixed or not total))


if __name__ == '__main__':
    p = argparse.ArgumentParser()
    p.add_argument('root', nargs='?')
    p.add_argument('--dist', default='dist')
    p.add_argument('--only', default='')
    p.add_argument('--every', type=int, default=1)
    p.add_argument('--known', default='')
    p.add_argument('--report', default='')
    p.add_argument('--reference', default='')
    a = p.parse_args()
    sys.exit(reference(a.reference) if a.reference else main(a))
