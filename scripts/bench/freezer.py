"""TensorFlow's own way, for comparison: load, convert_variables_to_constants_v2, write.

usage: python freezer.py MODEL OUT.pb       MODEL is a SavedModel folder, or a Keras .h5
"""

import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3', TF_USE_LEGACY_KERAS='1')
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import tensorflow as tf

model, out = sys.argv[1:]
if model.endswith('.h5'):
    import tf_keras

    net = tf_keras.models.load_model(model, compile=False)
    f = tf.function(lambda x: net(x, training=False)).get_concrete_function(
        tf.TensorSpec(net.inputs[0].shape, net.inputs[0].dtype)
    )
else:
    loaded = tf.saved_model.load(model)
    f = loaded.signatures['serving_default']
with open(out, 'wb') as file:
    file.write(convert_variables_to_constants_v2(f).graph.as_graph_def().SerializeToString())
