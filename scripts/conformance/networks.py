"""Freezes one architecture from its SavedModel and from its Keras files, as it is and optimised, and compares the routes.

usage: python networks.py FOLDER… --dist dist --consumers ../shared/oracle/check_consumers.py [--known FILE]
A FOLDER is what make_applications.py makes: saved_model/, model.h5, model.keras (Keras 3 only) and io.npz. What must hold:
numbers within 1e-5 of the output's scale of the SavedModel route's (of an optimised graph also within what TensorFlow's
own optimiser changes: one network of random weights amplifies any rounding to 7e-5); after -O node counts within 2 % of that route's, and
no batch norm left that directly follows a convolution; TensorFlow, OpenVINO and OpenCV read each graph, save what
--known lists (NAME.FRAMEWORK GRAPH CONSUMER reason). Prints a row a graph and a last line 'N of M'.
"""
import argparse, contextlib, io, json, os, runpy, subprocess, sys, tempfile

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
import numpy as np
import tensorflow as tf

CONVOLUTIONS = {'Conv2D', 'DepthwiseConv2dNative', 'Conv2DBackpropInput', 'Conv3D'}
THROUGH = {'BiasAdd', 'Identity'}


def read(path):
    graph = tf.compat.v1.GraphDef(); graph.ParseFromString(open(path, 'rb').read())
    return graph


def run(graph, manifest, x, grappler=True):
    with tf.Graph().as_default() as g: tf.import_graph_def(graph, name='')
    config = tf.compat.v1.ConfigProto(); config.graph_options.rewrite_options.disable_meta_optimizer = not grappler
    with tf.compat.v1.Session(graph=g, config=config) as s: return s.run(manifest['outputs'][0]['tensor'], {manifest['inputs'][0]['tensor']: x})


def batch_norms(graph):
    """How many there are, and how many of them directly follow a convolution.

    One is a fused op, or a product of a tensor and of a constant: one made with Rsqrt, or any after a convolution.
    """
    nodes = {n.name: n for n in graph.node}
    inputs = lambda n: [nodes[i.split(':')[0]] for i in n.input if i[0] != '^']
    fixed = {}

    def constant(node):
        """Whether no placeholder is above, and whether an Rsqrt is."""
        stack = [node]
        while stack:
            n = stack[-1]
            if n.name in fixed: stack.pop(); continue
            open_ = [i for i in inputs(n) if i.name not in fixed]
            if open_: stack += open_; continue
            above = [fixed[i.name] for i in inputs(n)]
            fixed[n.name] = (n.op != 'Placeholder' and all(a for a, _ in above), n.op == 'Rsqrt' or any(r for _, r in above))
            stack.pop()
        return fixed[node.name]

    total = following = 0
    for n in graph.node:
        if n.op.startswith('FusedBatchNorm'): data, certain = inputs(n)[0], True
        elif n.op == 'Mul':
            x, y = inputs(n)
            if constant(x)[0] == constant(y)[0]: continue
            data, factor = (y, x) if constant(x)[0] else (x, y)
            certain = constant(factor)[1]
        else: continue
        while data.op in THROUGH: data = inputs(data)[0]
        follows = data.op in CONVOLUTIONS
        total += certain or follows; following += follows
    return total, following


def consumers(script, path, npz):
    """What each consumer says: the rest of its row, '' where it holds."""
    out, argv = io.StringIO(), sys.argv
    sys.argv = [script, path, path + '.json', npz]
    try:
        with contextlib.redirect_stdout(out): runpy.run_path(script, run_name='__main__')
    except SystemExit: pass
    finally: sys.argv = argv
    rows = [line.split(None, 2) for line in out.getvalue().splitlines()]
    return {name: '' if state == 'ok' else why for state, name, why in rows}


def freeze(dist, folder, tmp):
    """Every route, as it is and optimised: its name, the graph's path, what went wrong."""
    routes = [r for r in ('saved_model', 'model.h5', 'model.keras') if os.path.exists(os.path.join(folder, r))]
    jobs = [dict(model=os.path.join(folder, r), output=os.path.join(tmp, f'{r}{o}.pb'), optimize=bool(o)) for r in routes for o in ('', '-O')]
    driver = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'freeze-many.mjs')
    done = subprocess.run(['node', driver, dist], input=''.join(json.dumps(j) + '\n' for j in jobs), capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if len(found) != len(jobs): sys.exit(done.stderr[-2000:])
    return [(os.path.basename(j['output'])[:-3], j['output'], f.get('error', '')) for j, f in zip(jobs, found)]


def judge(folder, a, known, tmp):
    """A row a graph: its name, what was measured, what is wrong."""
    name = os.path.basename(folder.rstrip('/')); npz = os.path.join(folder, 'io.npz')
    d = np.load(npz); x = d['x']; scale = float(np.abs(d['y']).max()) or 1.0
    base, nodes = None, None
    for route, path, error in freeze(a.dist, folder, tmp):
        if error: yield name, route, '', [error]; continue
        graph = read(path); y = run(graph, json.load(open(path + '.json')), x)
        total, following = batch_norms(graph); wrong = []
        if base is None:
            base = y; plain = run(graph, json.load(open(path + '.json')), x, grappler=False)
            rounding = float(np.abs(plain - base).max()) / scale
        error = float(np.abs(y - base).max()) / scale
        if error > (max(1e-5, rounding) if route.endswith('-O') else 1e-5): wrong.append(f'differs from the SavedModel route by {error:.1e}')
        if route == 'saved_model-O': nodes = len(graph.node)
        if route.endswith('-O'):
            if following: wrong.append(f'{following} batch norms left after convolutions')
            if nodes and abs(len(graph.node) - nodes) > .02 * nodes: wrong.append(f'{len(graph.node)} nodes, {nodes} by the SavedModel route')
        said = consumers(a.consumers, path, npz)
        for consumer, why in said.items():
            expected = (name, route, consumer) in known
            if why and not expected: wrong.append(f'{consumer}: {why}')
            if not why and expected: wrong.append(f'{consumer}: holds now, though it is a known failure')
        yield name, route, f'{len(graph.node)} nodes, {error:.0e}, {total} batch norms, {following} of them after convolutions; {sum(not w for w in said.values())} consumers', wrong


def main():
    p = argparse.ArgumentParser()
    p.add_argument('folders', nargs='+'); p.add_argument('--dist', default='dist'); p.add_argument('--consumers', required=True); p.add_argument('--known', default='')
    a = p.parse_args()
    lines = open(a.known).read().splitlines() if a.known else []
    known = {tuple(line.split()[:3]) for line in lines if line.strip() and line[0] != '#'}
    good = graphs = 0
    for folder in a.folders:
        with tempfile.TemporaryDirectory() as tmp:
            for name, route, measured, wrong in judge(folder, a, known, tmp):
                graphs += 1; good += not wrong
                print('FAIL' if wrong else 'ok  ', name, route, measured, '; '.join(wrong), flush=True)
    print(f'{good} of {graphs} graphs of {len(a.folders)} networks hold')
    sys.exit(good != graphs)


main()
