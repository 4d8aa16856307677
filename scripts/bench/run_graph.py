"""Runs a frozen graph in TensorFlow.

usage: python run_graph.py GRAPH.pb DATA.npz        runs it on the data
       python run_graph.py GRAPH.pb --data DATA.npz  makes data for its one input: an image of random numbers
"""

import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
import numpy as np

import tensorflow as tf

v1 = tf.compat.v1
graph_def = v1.GraphDef()
with open(sys.argv[1], 'rb') as f:
    graph_def.ParseFromString(f.read())
placeholder = next(node for node in graph_def.node if node.op == 'Placeholder')
if sys.argv[2] == '--data':
    shape = [max(1, dim.size) for dim in placeholder.attr['shape'].shape.dim]
    np.savez(sys.argv[3], **{placeholder.name: np.random.default_rng(0).random(shape, 'f4')})
else:
    read = {name for node in graph_def.node for name in node.input}
    output = next(node.name for node in graph_def.node if node.name not in read and node.op != 'Const')
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(graph_def, name='')
    with v1.Session(graph=graph) as session:
        session.run(f'{output}:0', {f'{placeholder.name}:0': np.load(sys.argv[2])[placeholder.name]})
