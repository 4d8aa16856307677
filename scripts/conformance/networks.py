"""Freezes one architecture from its SavedModel and from its Keras files, as it is and optimised, and compares the routes.

usage: python networks.py FOLDER… [--dist dist] [--known FILE]
A FOLDER is what applications.py makes: saved_model/, model.h5, model.keras (Keras 3 only) and io.npz. What must hold:
numbers within 1e-5 of the output's scale of the SavedModel route's (of an optimised graph also within what TensorFlow's
own optimiser changes: one network of random weights amplifies any rounding to 7e-5); after -O node counts within 2 % of
that route's, and no batch norm left that directly follows a convolution; TensorFlow, OpenVINO and OpenCV read each graph,
save what --known lists (NAME.FRAMEWORK GRAPH CONSUMER reason). OpenCV also reads what `--target opencv` makes of each,
with the sizes of the recorded input. Prints a row a graph and a last line 'N of M'.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

os.environ['TF_ENABLE_ONEDNN_OPTS'] = '1'  # as it is where people run networks

import numpy as np
from consumers import CONSUMERS
from consumers import judge as judge_consumers
from judging import read_graph, run_graph

CONVOLUTIONS = {'Conv2D', 'DepthwiseConv2dNative', 'Conv2DBackpropInput', 'Conv3D'}
THROUGH = {'BiasAdd', 'Identity'}

MAX_DIFFERENCE = 1e-5
MAX_NODES_APART = 0.02
FOR_OPENCV = '-opencv'


def run(graph, manifest, x, grappler=True):
    return run_graph(graph, manifest['outputs'][0]['tensor'], {manifest['inputs'][0]['tensor']: x}, grappler)


def batch_norms(graph):
    """How many there are, and how many of them directly follow a convolution.

    One is a fused op, or a product of a tensor and of a constant: one made with Rsqrt, or any after a convolution.
    """
    nodes = {n.name: n for n in graph.node}

    def inputs(n):
        return [nodes[i.split(':')[0]] for i in n.input if i[0] != '^']

    fixed = {}

    def constant(node):
        """Whether no placeholder is above, and whether an Rsqrt is."""
        stack = [node]
        while stack:
            n = stack[-1]
            if n.name in fixed:
                stack.pop()
                continue
            open_ = [i for i in inputs(n) if i.name not in fixed]
            if open_:
                stack += open_
                continue
            above = [fixed[i.name] for i in inputs(n)]
            fixed[n.name] = (
                n.op != 'Placeholder' and all(a for a, _ in above),
                n.op == 'Rsqrt' or any(r for _, r in above),
            )
            stack.pop()
        return fixed[node.name]

    total = following = 0
    for n in graph.node:
        if n.op.startswith('FusedBatchNorm'):
            data, certain = inputs(n)[0], True
        elif n.op == 'Mul':
            x, y = inputs(n)
            if constant(x)[0] == constant(y)[0]:
                continue
            data, factor = (y, x) if constant(x)[0] else (x, y)
            certain = constant(factor)[1]
        else:
            continue
        while data.op in THROUGH:
            data = inputs(data)[0]
        follows = data.op in CONVOLUTIONS
        total += certain or follows
        following += follows
    return total, following


def freeze(dist, folder, tmp, sizes):
    """Every route, as it is, optimised, and for OpenCV: its name, the graph's path, what went wrong."""
    routes = [r for r in ('saved_model', 'model.h5', 'model.keras') if os.path.exists(os.path.join(folder, r))]
    forms = {
        '': {},
        '-O': {'optimize': True},
        FOR_OPENCV: {'optimize': True, 'target': 'opencv', 'sizes': list(sizes)},
    }
    jobs = [
        dict(model=os.path.join(folder, r), output=os.path.join(tmp, f'{r}{name}.pb'), **form)
        for r in routes
        for name, form in forms.items()
    ]
    driver = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'freeze-many.mjs')
    done = subprocess.run(
        ['node', driver, dist], input=''.join(json.dumps(j) + '\n' for j in jobs), capture_output=True, text=True
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(jobs):
        sys.exit(done.stderr[-2000:])
    return [(os.path.basename(j['output'])[:-3], j['output'], f.get('error', '')) for j, f in zip(jobs, found)]


class Route:
    """A graph that one file of the network became: what TensorFlow computes with it, and what it holds."""

    def __init__(self, name, path, x, scale):
        self.name = name
        self.path = path
        self.is_optimized = name.endswith('-O')
        self.is_for_opencv = name.endswith(FOR_OPENCV)
        self.manifest = json.load(open(path + '.json'))
        self.graph = read_graph(path)
        self.nodes = len(self.graph.node)
        self.batch_norms, self.foldable = batch_norms(self.graph)
        self.x, self.scale = x, scale
        self.y = run(self.graph, self.manifest, x)

    def difference(self, y):
        """Relative to the output's scale."""
        return float(np.abs(y - self.y).max()) / self.scale

    def rounding(self):
        """How much TensorFlow's own optimiser changes the result."""
        return self.difference(run(self.graph, self.manifest, self.x, grappler=False))


def faults(route, base, optimized, rounding):
    """What is wrong with a route beside that of the SavedModel, and beside the optimised one of the SavedModel."""
    difference = route.difference(base.y)
    is_changed = route.is_optimized or route.is_for_opencv
    if difference > (max(MAX_DIFFERENCE, rounding) if is_changed else MAX_DIFFERENCE):
        yield f'differs from the SavedModel route by {difference:.1e}'
    if not route.is_optimized:
        return
    if route.foldable:
        yield f'{route.foldable} batch norms left after convolutions'
    if abs(route.nodes - optimized.nodes) > MAX_NODES_APART * optimized.nodes:
        yield f'{route.nodes} nodes, {optimized.nodes} by the SavedModel route'


def consumer_faults(said, expected):
    """What consumers say, but for those that are known not to read the graph."""
    for consumer, why in said.items():
        if why and consumer not in expected:
            yield f'{consumer}: {why}'
        if not why and consumer in expected:
            yield f'{consumer}: holds now, though it is a known failure'


def judge(folder, dist, known, tmp):
    """(route, what was measured, what is wrong) of every graph of a network."""
    network = os.path.basename(folder.rstrip('/'))
    npz = os.path.join(folder, 'io.npz')
    recorded = np.load(npz)
    scale = float(np.abs(recorded['y']).max()) or 1.0
    base = optimized = rounding = None
    for name, path, error in freeze(dist, folder, tmp, recorded['x'].shape):
        if error:
            yield network, name, '', [error]
            continue
        route = Route(name, path, recorded['x'], scale)
        if base is None:
            base, rounding = route, route.rounding()
        if route.is_optimized and optimized is None:
            optimized = route
        consumers = ('tensorflow', 'opencv') if route.is_for_opencv else tuple(CONSUMERS)
        said = judge_consumers(path, route.manifest, npz, consumers)
        expected = {consumer for which, graph, consumer in known if (which, graph) == (network, name)}
        wrong = [*faults(route, base, optimized, rounding), *consumer_faults(said, expected)]
        measured = (
            f'{route.nodes} nodes, {route.difference(base.y):.0e}, {route.batch_norms} batch norms, '
            f'{route.foldable} of them after convolutions; {sum(not w for w in said.values())} consumers'
        )
        yield network, name, measured, wrong


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('folders', nargs='+')
    p.add_argument('--dist', default='dist')
    p.add_argument('--known', default='')
    a = p.parse_args()
    lines = open(a.known).read().splitlines() if a.known else []
    known = {tuple(line.split()[:3]) for line in lines if line.strip() and line[0] != '#'}
    good = graphs = 0
    for folder in a.folders:
        with tempfile.TemporaryDirectory() as tmp:
            for network, name, measured, wrong in judge(folder, a.dist, known, tmp):
                graphs += 1
                good += not wrong
                print('FAIL' if wrong else 'ok  ', network, name, measured, '; '.join(wrong), flush=True)
    print(f'{good} of {graphs} graphs of {len(a.folders)} networks hold')
    sys.exit(good != graphs or not graphs)


if __name__ == '__main__':
    main()
