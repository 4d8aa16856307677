"""Makes a network of keras.applications in every file format, with seeded weights and batch-norm statistics.

usage: python applications.py FOLDER NAME
FOLDER/NAME.FRAMEWORK/ (tf_keras, keras3) gets saved_model/, model.h5, model.keras (Keras 3 only) and io.npz: an input
x and the logits y, as Keras computes them. Each framework runs in a process of its own: they share TensorFlow's state.
"""

import os
import subprocess
import sys

SIZES = {'InceptionV3': 299, 'Xception': 299}
USUAL_SIZE = 224
FRAMEWORKS = {'tf_keras': {'TF_USE_LEGACY_KERAS': '1'}, 'keras3': {}}


def statistics(layer, rng):
    """New weights of a batch norm: far from the identity that it starts as, so that folding it shows."""
    import numpy as np

    channels = np.asarray(layer.get_weights()[0]).shape[0]
    scale = [rng.uniform(0.5, 1.5, channels)] * bool(layer.scale)
    center = [rng.normal(0, 0.1, channels)] * bool(layer.center)
    moving = [rng.normal(0, 0.1, channels), rng.uniform(0.5, 1.5, channels)]
    return [value.astype('f4') for value in scale + center + moving]


def network(keras, name, rng):
    size = SIZES.get(name, USUAL_SIZE)
    make = getattr(keras.applications, name)
    model = make(weights=None, input_shape=(size, size, 3), classifier_activation=None)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(statistics(layer, rng))
    return model, rng.normal(0, 1, (1, size, size, 3)).astype('f4')


def make(folder, name, framework):
    import numpy as np

    if framework == 'tf_keras':
        import tf_keras as keras
    else:
        import keras
    keras.utils.set_random_seed(0)
    model, x = network(keras, name, np.random.default_rng(0))
    out = os.path.join(folder, f'{name}.{framework}')
    os.makedirs(out, exist_ok=True)
    model.save(os.path.join(out, 'model.h5'))
    if framework == 'tf_keras':
        model.save(os.path.join(out, 'saved_model'), save_format='tf')
    else:
        model.save(os.path.join(out, 'model.keras'))
        model.export(os.path.join(out, 'saved_model'), verbose=False)
    np.savez(os.path.join(out, 'io.npz'), x=x, y=np.asarray(model(x, training=False)))


def main():
    folder, name, *framework = sys.argv[1:]
    if framework:
        make(folder, name, framework[0])
        return
    quiet = {'CUDA_VISIBLE_DEVICES': '', 'TF_CPP_MIN_LOG_LEVEL': '3'}
    for each, settings in FRAMEWORKS.items():
        command = [sys.executable, __file__, folder, name, each]
        subprocess.run(command, env={**os.environ, **quiet, **settings}, check=True)


if __name__ == '__main__':
    main()
