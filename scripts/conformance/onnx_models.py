"""Judges models written as ONNX: onnx.checker, and ONNX Runtime with its optimisations off and on, against recorded numbers.

usage: python onnx_models.py keras FOLDER [--cli "…"] [--args "…"] [--only SUBSTR] [--every K] [--known FILE]
       python onnx_models.py graphs FOLDER
       python onnx_models.py signatures FOLDER
Keras cases are as keras_cases.py reads them. Recorded graphs are as frozen_graphs.py reads them; as most of them hold
only constants, what was a variable (X under X/read) becomes an input first, and TensorFlow runs the graph anew. Of
SavedModels each signature is run as saved_models.py does it. A refusal is counted, and its reason printed where --refusals
is given, and nothing more: what is written must be valid and right. The last line says how many of how many.
"""

import argparse
import functools
import glob
import json
import os
import sys
import tempfile

import frozen_graphs
import keras_cases
import numpy as np
import onnxruntime
import saved_models
from judging import Count, ahead, arguments, call, read_graph, run_graph, said, same, tf

import onnx

RTOL, ATOL = 1e-3, 1e-4
LEVELS = (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)


def plain(tensor):
    """ONNX's name of a tensor: no `:0`."""
    return tensor.removesuffix(':0')


def run(path, feeds, names):
    """The results without and with optimisations, of a file that the checker accepts."""
    onnx.checker.check_model(path, full_check=True)
    for level in LEVELS:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        types = {port.name: port.type for port in session.get_inputs()}
        fed = {k: texts(v) if types[k] == 'tensor(string)' else v for k, v in feeds.items() if k in types}
        yield session.run(names, fed)


def texts(strings):
    """Strings as ONNX Runtime takes them."""
    strings = np.asarray(strings, object)
    decoded = [s.decode() if isinstance(s, bytes) else s for s in strings.ravel()]
    return np.array(decoded, object).reshape(strings.shape)


def judge(frozen, feeds, want):
    """Why the file does not hold, or ''; `feeds` and `want` are in the order of the inputs and outputs, or by their keys."""
    inputs, outputs = (frozen.tensors(side) for side in ('inputs', 'outputs'))
    given = feeds if isinstance(feeds, dict) else dict(zip(inputs, feeds))
    feeds = {plain(inputs.get(key, key)): value for key, value in given.items()}
    names = [plain(outputs[key]) for key in (want if isinstance(want, dict) else outputs)]
    want = list(want.values()) if isinstance(want, dict) else want
    if len(names) != len(want):
        return f'{len(names)} outputs, {len(want)} expected'
    try:
        for got in run(frozen.path, feeds, names):
            wrong = [n for n, x, y in zip(names, got, want) if not same(x, y, RTOL, ATOL)]
            if wrong:
                return f'differs in {", ".join(wrong)}'
    except Exception as e:
        return said(e)
    return ''


def keras(root, only):
    """name, file, options, inputs, outputs of a file of each Keras case."""
    for manifest in sorted(glob.glob(os.path.join(root, 'manifest.*.json'))):
        for case in json.load(open(manifest))['cases'].values():
            files = sorted((f for f in case['files'] if f.endswith(('.h5', '.keras'))), key=lambda f: f.endswith('.h5'))
            npz = os.path.join(root, os.path.splitext(files[0])[0] + '.npz') if files else ''
            if files and only in files[0] and os.path.exists(npz):
                recorded = np.load(npz, allow_pickle=True)
                ports = [keras_cases.in_order(recorded, side) for side in ('in', 'out')]
                yield files[0], os.path.join(root, files[0]), [], *ports


def with_inputs(graph):
    """Makes placeholders of the constants that were variables; returns their values."""
    nodes = {node.name: node for node in graph.node}
    feeds = {}
    for node in graph.node:
        source = nodes.get(node.input[0]) if node.op == 'Identity' and node.name.endswith('/read') else None
        if source is None or source.op != 'Const':
            continue
        value = tf.make_ndarray(source.attr['value'].tensor)
        dtype = source.attr['dtype'].type
        source.op = 'Placeholder'
        source.attr.clear()
        source.attr['dtype'].type = dtype
        source.attr['shape'].shape.SetInParent()
        for size in value.shape:
            source.attr['shape'].shape.dim.add().size = size
        feeds[source.name] = value
    return feeds


def graphs(root, only, tmp):
    """The same of the recorded graphs that TensorFlow runs, twice in a session with the same numbers: none are drawn."""
    for folder in frozen_graphs.folders(root, only):
        graph = read_graph(os.path.join(folder, 'frozen_model.pb'))
        if any(node.op == 'Placeholder' for node in graph.node):
            continue
        feeds = with_inputs(graph)
        try:
            with tf.Graph().as_default() as imported:
                tf.import_graph_def(graph, name='')
            outputs = sorted(frozen_graphs.outputs_of(folder, imported))
            fed = {f'{name}:0': value for name, value in feeds.items()}
            want, again = (run_graph(graph, outputs, fed, times=times) for times in (1, 2))
        except Exception:
            continue
        if not outputs or not all(frozen_graphs.near(x, y) for x, y in zip(want, again)):
            continue
        name = os.path.relpath(folder, root)
        path = os.path.join(tmp, name.replace('/', '+') + '.pb')
        open(path, 'wb').write(graph.SerializeToString())
        yield name, path, ['--outputs', ','.join(outputs)], feeds, want


def signatures(root, only):
    """The same of each signature of SavedModels that TensorFlow runs."""
    for name, folder, tags, key, definition in saved_models.signatures(root, only):
        try:
            ins, outs = saved_models.original(folder, tags, definition)
        except Exception:
            continue
        yield name, folder, ['--signature', key, '--tags', ','.join(tags)], ins, outs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('kind', choices=('keras', 'graphs', 'signatures'))
    parser.add_argument('--refusals', action='store_true', help='print why what is refused is')
    parser.add_argument('--least', type=int, default=0, help='fail where fewer hold')
    a = arguments(parser)
    count, refused = Count(a.known), 0
    with tempfile.TemporaryDirectory() as tmp:
        kinds = {'keras': keras, 'signatures': signatures, 'graphs': functools.partial(graphs, tmp=tmp)}
        found = kinds[a.kind](a.root, a.only)
        cases = [case for i, case in enumerate(found) if i % a.every == 0]

        def freeze(case):
            return call(a, 'freeze', case[1], os.path.join(tmp, case[0].replace('/', '+') + '.onnx'), '-O', *case[2])

        for (name, _, _, feeds, want), frozen in ahead(freeze, cases):
            if frozen.code == 1 and not frozen.is_crash:
                refused += 1
                if a.refusals:
                    print('refused', name, frozen.message, flush=True)
                continue
            count.take(name, frozen.message[-240:] if frozen.code else judge(frozen, feeds, want))
            if frozen.code == 0:
                os.remove(frozen.path)
    if count.good < a.least:
        print(f'{count.good} hold, at least {a.least} must')
        sys.exit(1)
    count.end('ONNX models hold', f'; {refused} refused')


if __name__ == '__main__':
    main()
