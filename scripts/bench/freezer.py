"""TensorFlow's own way, for comparison: load, convert_variables_to_constants_v2, write.

usage: python freezer.py MODEL OUT.pb          MODEL is a SavedModel folder, or a Keras .h5
       python freezer.py --all FOLDER OUT      each SavedModel in the folder, in one process
"""

import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3', TF_USE_LEGACY_KERAS='1')
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import tensorflow as tf


def function_of(model):
    """The function that is frozen. What it belongs to has to live as long."""
    if not model.endswith('.h5'):
        loaded = tf.saved_model.load(model)
        return loaded, loaded.signatures['serving_default']
    import tf_keras

    net = tf_keras.models.load_model(model, compile=False)
    f = tf.function(lambda x: net(x, training=False))
    return net, f.get_concrete_function(tf.TensorSpec(net.inputs[0].shape, net.inputs[0].dtype))


def freeze(model, out):
    _, f = function_of(model)
    with open(out, 'wb') as file:
        file.write(convert_variables_to_constants_v2(f).graph.as_graph_def().SerializeToString())


if sys.argv[1] == '--all':
    folder, outputs = sys.argv[2:]
    os.makedirs(outputs, exist_ok=True)
    for name in sorted(os.listdir(folder)):
        freeze(os.path.join(folder, name), os.path.join(outputs, f'{name}.pb'))
        tf.keras.backend.clear_session()
else:
    freeze(*sys.argv[1:])
