"""Judges `optimize` on recorded graphs: TensorFlow runs the graph before and after, and both must agree.

usage: python frozen_graphs.py FOLDER [--cli "…"] [--args "…"] [--only SUBSTR] [--every K] [--known FILE] [--unnamed]
A case is a folder with frozen_model.pb; beside it lie inputs (NAME.placeholder.csv and .shape) and the names of what
was recorded (NAME.prediction.csv). Numbers come from TensorFlow, not from the files, whose digits are few. With
--unnamed no outputs are given, and the command keeps the graph's own sinks.
"""

import argparse
import os
import tempfile

import numpy as np
from judging import Count, ahead, arguments, call, read_graph, run_graph, said, same, tf

PREDICTION = '.prediction.csv'
WORDS = {'true': 1.0, 'false': 0.0}


def folders(root, only):
    return [d for d, _, files in sorted(os.walk(root)) if 'frozen_model.pb' in files and only in d]


def recorded(path, dtype):
    """The tensor of NAME.csv and NAME.shape."""
    shape = [int(line) for line in open(path + '.shape').read().split()]
    lines = [line.strip() for line in open(path + '.csv').read().split('\n') if line.strip()]
    if dtype == tf.string:
        return np.array([line.encode() for line in lines], object).reshape(shape)
    numbers = [WORDS.get(line.lower()) for line in lines]
    numbers = [float(line) if n is None else n for n, line in zip(numbers, lines)]
    return np.array(numbers).reshape(shape).astype(dtype.as_numpy_dtype)


def feeds_of(folder, graph):
    """Recorded inputs by tensor."""
    found = {}
    for op in graph.get_operations():
        if op.type != 'Placeholder':
            continue
        for name in (op.name, op.name + '.0', op.name.replace('/', '____')):
            path = os.path.join(folder, name + '.placeholder')
            if os.path.exists(path + '.csv'):
                found[op.outputs[0].name] = recorded(path, op.outputs[0].dtype)
    return found


def outputs_of(folder, graph):
    """The tensors that were recorded: NAME, NAME.1 for a second output, ____ for a slash."""
    for base, _, files in sorted(os.walk(folder)):
        for file in sorted(f for f in files if f.endswith(PREDICTION)):
            name = os.path.relpath(os.path.join(base, file), folder)[: -len(PREDICTION)]
            stem, _, index = name.rpartition('.')
            name, index = (stem, index) if stem and index.isdigit() else (name, '0')
            for candidate in (name, name.replace('____', '/')):
                try:
                    yield graph.get_tensor_by_name(f'{candidate}:{index}').name
                    break
                except (KeyError, ValueError):
                    continue


class Case:
    """A recorded graph that TensorFlow runs, twice with the same numbers. Raises where it does not."""

    def __init__(self, root, folder):
        self.name = os.path.relpath(folder, root)
        self.path = os.path.join(folder, 'frozen_model.pb')
        self.graph = read_graph(self.path)
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(self.graph, name='')
        self.feeds = feeds_of(folder, graph)
        self.outputs = list(outputs_of(folder, graph))
        if not self.outputs:
            raise ValueError('nothing was recorded')
        if any(node.op == 'Empty' and not node.attr['init'].b for node in self.graph.node):
            raise ValueError('memory that nothing initialises')
        self.want = run_graph(self.graph, self.outputs, self.feeds)
        again = run_graph(self.graph, self.outputs, self.feeds)
        if not all(near(x, y) for x, y in zip(self.want, again)):
            raise ValueError('random')

    def named(self):
        """The options that name what is judged."""
        inputs = ['--inputs', ','.join(self.feeds)] if self.feeds else []
        return ['--outputs', ','.join(self.outputs), *inputs]


def near(x, y):
    return same(x, y, rtol=1e-3, atol=1e-4, typed=True)


def cases(a):
    for folder in folders(a.root, a.only)[:: a.every]:
        try:
            yield Case(a.root, folder)
        except Exception as e:
            yield said(e)


def judge(case, frozen, is_unnamed):
    """Why the optimised graph does not hold, or ''. Without names only what is still there is compared."""
    if frozen.code:
        return ('crashes: ' if frozen.is_crash else 'refused: ') + frozen.message[-240:]
    graph = frozen.graph()
    names = {node.name for node in graph.node}
    kept = [i for i, o in enumerate(case.outputs) if not is_unnamed or o.split(':')[0] in names]
    try:
        feeds = {k: v for k, v in case.feeds.items() if k.split(':')[0] in names}
        got = run_graph(graph, [case.outputs[i] for i in kept], feeds)
    except Exception as e:
        return said(e)
    wrong = [case.outputs[i] for i, v in zip(kept, got) if not near(v, case.want[i])]
    return f'differs in {wrong[:3]}' if wrong else ''


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--unnamed', action='store_true')
    a = arguments(parser)
    count, before, after, unjudged = Count(a.known), 0, 0, 0
    with tempfile.TemporaryDirectory() as tmp:

        def optimize(case):
            out = os.path.join(tmp, case.name.replace('/', '+') + '.pb')
            return call(a, 'optimize', case.path, out, *([] if a.unnamed else case.named()))

        ran = [case for case in cases(a)]
        unjudged = sum(isinstance(case, str) for case in ran)
        for case, frozen in ahead(optimize, [case for case in ran if isinstance(case, Case)]):
            why = judge(case, frozen, a.unnamed)
            count.take(case.name, why)
            if not why:
                before += len(case.graph.node)
                after += len(frozen.graph().node)
    more = f'; nodes {before} -> {after}; {unjudged} cannot be judged (nothing recorded, random, not runnable)'
    count.end('graphs hold', more)


if __name__ == '__main__':
    main()
