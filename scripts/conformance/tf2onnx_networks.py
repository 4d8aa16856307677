"""Converts networks with tf2onnx, and counts the nodes of what it writes and of what the command writes.

usage: python tf2onnx_networks.py FOLDER… [--cli "…"]
A FOLDER is what applications.py makes; its SavedModel is converted. Prints a row of the table in docs/onnx.md a network:
our nodes (as it is and with -O) and transposes, and tf2onnx's, which always optimises. Fails where ours with -O are more,
or a transpose is inside.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile

from onnx_networks import inner_transposes

import onnx

OPSET = '18'


def counted(path):
    graph = onnx.load(path, load_external_data=False).graph
    return len(graph.node), sum(node.op_type == 'Transpose' for node in graph.node), len(inner_transposes(graph))


def ours(cli, model, path, *options):
    subprocess.run([*shlex.split(cli), 'freeze', model, '-o', path, '--quiet', *options], check=True)
    return counted(path)


def theirs(model, path):
    words = ['-m', 'tf2onnx.convert', '--saved-model', model, '--opset', OPSET, '--output', path]
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return counted(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folders', nargs='+')
    parser.add_argument('--cli', default='node dist/cli/main.js', help='how the command is called')
    a = parser.parse_args()
    wrong = 0
    print('| network | nodes | with `-O` | tf2onnx | transposes | tf2onnx |\n|---|---|---|---|---|---|')
    for folder in a.folders:
        model = os.path.join(folder, 'saved_model')
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, 'model.onnx')
            plain, fast = ours(a.cli, model, path), ours(a.cli, model, path, '-O')
            other = theirs(model, path)
        wrong += fast[0] > other[0] or plain[2] > 0 or fast[2] > 0
        name = os.path.basename(folder)
        print('|', ' | '.join(map(str, [name, plain[0], fast[0], other[0], fast[1], other[1]])), '|', flush=True)
    print(f'{len(a.folders) - wrong} of {len(a.folders)} networks have with -O no more nodes than tf2onnx writes')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
