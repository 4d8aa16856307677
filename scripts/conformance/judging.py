"""What the judges share: freezing with the command, running a graph in real TensorFlow, comparing, counting.

A judge prints the cases that do not hold and a last line that says how many of how many do. A case that is known not
to hold is listed with its reason in known/; once it holds, the run fails until it is taken off the list.
"""

import collections
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')

import numpy as np

import tensorflow as tf

v1 = tf.compat.v1
tf.get_logger().setLevel('ERROR')

COMMAND_SECONDS = 300
WORKERS = 2


def arguments(parser):
    """The options that every judge takes; returns what was given."""
    parser.add_argument('root')
    parser.add_argument('--cli', default='node dist/cli/main.js', help='how the command is called')
    parser.add_argument('--args', default='', help='more options of the command')
    parser.add_argument('--only', default='', help='judge the cases whose name holds this')
    parser.add_argument('--every', type=int, default=1, help='judge each nth case')
    parser.add_argument('--known', default='', help='a file that lists the cases that do not hold')
    return parser.parse_args()


class Frozen:
    """What one call of the command left: a refusal, or a graph and its manifest."""

    def __init__(self, command, out):
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        self.code = done.returncode
        self.message = ' '.join(done.stderr.split())
        self.is_crash = self.code not in (0, 1, 2) or '    at ' in done.stderr
        self.path = out
        self.manifest = json.load(open(out + '.json')) if self.code == 0 else None

    def graph(self):
        return read_graph(self.path)

    def tensors(self, side):
        """Each port's tensor by its key."""
        return {port['key']: port['tensor'] for port in self.manifest[side]}


def call(a, verb, model, out, *options):
    """Calls the command on a model."""
    words = [*shlex.split(a.cli), verb, model, '-o', out, '--manifest', out + '.json', '--quiet', *options]
    return Frozen(words + shlex.split(a.args), out)


def ahead(work, cases):
    """(case, work(case)) in order, with some of the work done before it is asked for: the command runs beside TensorFlow."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        waiting = collections.deque()
        for case in cases:
            waiting.append((case, pool.submit(work, case)))
            if len(waiting) > 2 * WORKERS:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def read_graph(path):
    graph = v1.GraphDef()
    graph.ParseFromString(open(path, 'rb').read())
    return graph


def run_graph(graph, fetches, feeds, grappler=True, times=1):
    """Runs a graph in one session, and returns what the last run gives; feeds take the type of what they feed.

    Grappler is TensorFlow's own optimiser.
    """
    with tf.Graph().as_default() as g:
        tf.import_graph_def(graph, name='')
    fed = {}
    for name, value in feeds.items():
        tensor = g.get_tensor_by_name(name)
        fed[tensor] = np.asarray(value).astype(object if tensor.dtype == tf.string else tensor.dtype.as_numpy_dtype)
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = not grappler
    with v1.Session(graph=g, config=config) as session:
        for _ in range(times):
            result = session.run(fetches, fed)
        return result


def same(x, y, rtol, atol, typed=False):
    """Whether two tensors agree; `typed` compares their dtypes, too."""
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind in 'OSU' or y.dtype.kind in 'OSU':
        return x.shape == y.shape and [as_bytes(v) for v in x.ravel()] == [as_bytes(v) for v in y.ravel()]
    if x.shape != y.shape or (typed and x.dtype != y.dtype):
        return False
    return np.allclose(x.astype('c16'), y.astype('c16'), rtol=rtol, atol=atol, equal_nan=True)


def as_bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def said(error):
    """An exception in a line."""
    return ' '.join(f'{type(error).__name__} {str(error)[:240]}'.split())


class Count:
    """Counts the cases, against the list of those that are known not to hold."""

    def __init__(self, known_file):
        lines = open(known_file).read().splitlines() if known_file else []
        self.known = {line.split()[0] for line in lines if line.strip() and not line.startswith('#')}
        self.total = self.good = self.listed = 0
        self.stale = []

    def take(self, name, why):
        """Notes a case: `why` is empty where it holds."""
        if name in self.known:
            self.listed += 1
            if not why:
                self.stale.append(name)
            return
        self.total += 1
        self.good += not why
        if why:
            print('FAIL', name, why, flush=True)

    def end(self, what, more=''):
        """Prints how many hold, and ends the process: 0 when all do."""
        print(f'{self.good} of {self.total} {what}{more}; {self.listed} known failures')
        for name in self.stale:
            print('known failure holds now, take it off the list:', name)
        sys.exit(self.good != self.total or not self.total or bool(self.stale))
