"""Makes recurrent layers of both generations of Keras, each as SavedModel and as a Keras file.

usage: python recurrent.py FOLDER
FOLDER/NAME.FRAMEWORK/ (tf_keras, keras3) gets saved_model/, model.h5 or model.keras, and io.npz: the inputs `in:NAME` and
the outputs `out_0`, … as Keras computes them. Each framework runs in a process of its own: they share TensorFlow's state.
"""

import os
import subprocess
import sys

FRAMEWORKS = {'tf_keras': {'TF_USE_LEGACY_KERAS': '1'}, 'keras3': {}}
UNITS = 4
FEATURES = 3
STEPS = 6
BATCH = 5


def cases(keras):
    """Models by name; the first input is the sequence."""
    layers, Input = keras.layers, keras.Input
    seq = dict(return_sequences=True)
    states = dict(return_sequences=True, return_state=True)
    both = layers.Bidirectional

    def over(layer, steps=STEPS, masked=False):
        x = Input((steps, FEATURES), name='x')
        return x, layer(layers.Masking(0.0)(x) if masked else x)

    yield 'lstm', over(layers.LSTM(UNITS))
    yield 'lstm_states', over(layers.LSTM(UNITS, **states))
    yield 'lstm_open', over(layers.LSTM(UNITS, **seq), steps=None)
    yield 'lstm_no_bias', over(layers.LSTM(UNITS, use_bias=False))
    yield 'lstm_hard', over(layers.LSTM(UNITS, recurrent_activation='hard_sigmoid'))
    yield 'lstm_relu', over(layers.LSTM(UNITS, activation='relu', recurrent_activation='sigmoid', **seq))
    yield 'lstm_cell', over(layers.RNN(layers.LSTMCell(UNITS), **seq))
    yield 'lstm_masked', over(layers.LSTM(UNITS), masked=True)
    yield 'lstm_masked_states', over(layers.LSTM(UNITS, **states), masked=True)
    yield 'lstm_masked_open', over(layers.LSTM(UNITS, **seq), steps=None, masked=True)
    yield 'gru', over(layers.GRU(UNITS))
    yield 'gru_before', over(layers.GRU(UNITS, reset_after=False, **states))
    yield 'gru_open_back', over(layers.GRU(UNITS, go_backwards=True, **seq), steps=None)
    yield 'gru_masked', over(layers.GRU(UNITS, **seq), masked=True)
    yield 'gru_before_masked', over(layers.GRU(UNITS, reset_after=False, **seq), masked=True)
    yield 'rnn', over(layers.SimpleRNN(UNITS))
    yield 'rnn_relu_states', over(layers.SimpleRNN(UNITS, activation='relu', **states), steps=None)
    yield 'rnn_masked_back', over(layers.SimpleRNN(UNITS, go_backwards=True), masked=True)
    yield 'two_ways', over(both(layers.LSTM(UNITS, **seq)))
    yield 'two_ways_open', over(both(layers.GRU(UNITS, **seq), merge_mode='sum'), steps=None)
    yield 'two_ways_masked', over(both(layers.LSTM(UNITS, **seq)), masked=True)
    x, h, c = Input((STEPS, FEATURES), name='x'), Input((UNITS,), name='h'), Input((UNITS,), name='c')
    yield 'lstm_given', ([x, h, c], layers.LSTM(UNITS, **states)(x, initial_state=[h, c]))
    x, h = Input((STEPS, FEATURES), name='x'), Input((UNITS,), name='h')
    yield 'gru_given', ([x, h], layers.GRU(UNITS, **states)(x, initial_state=h))
    tokens = Input((STEPS,), name='x', dtype='int32')
    yield 'words', (tokens, layers.LSTM(UNITS)(layers.Embedding(7, FEATURES, mask_zero=True)(tokens)))


def feeds(model, rng):
    """Some steps are zeros, which masks leave out: in the middle, at the end, and all of a row."""
    import numpy as np

    for port in model.inputs:
        name = port.name.split(':')[0]
        shape = [BATCH, *(STEPS if size is None else size for size in port.shape[1:])]
        if 'int' in str(port.dtype):
            value = rng.integers(1, 7, shape).astype('i4')
        else:
            value = rng.normal(0, 1, shape).astype('f4')
        if name == 'x':
            value[1, 2:4] = value[2, 4:] = value[3] = 0
        yield name, np.asarray(value)


def make(folder, framework):
    import numpy as np

    if framework == 'tf_keras':
        import tf_keras as keras
    else:
        import keras
    rng = np.random.default_rng(0)
    for name, (inputs, outputs) in cases(keras):
        keras.utils.set_random_seed(1)
        model = keras.Model(inputs, outputs)
        model.set_weights([rng.normal(0, 0.5, w.shape).astype('f4') for w in model.get_weights()])
        out = os.path.join(folder, f'{name}.{framework}')
        os.makedirs(out, exist_ok=True)
        fed = dict(feeds(model, rng))
        given = list(fed.values())
        found = model(given if len(given) > 1 else given[0], training=False)
        found = found if isinstance(found, (list, tuple)) else [found]
        arrays = {f'in:{key}': value for key, value in fed.items()}
        np.savez(os.path.join(out, 'io.npz'), **arrays, **{f'out_{i}': np.asarray(y) for i, y in enumerate(found)})
        if framework == 'tf_keras':
            model.save(os.path.join(out, 'model.h5'))
            model.export(os.path.join(out, 'saved_model'))
        else:
            model.save(os.path.join(out, 'model.keras'))
            model.export(os.path.join(out, 'saved_model'), verbose=False)


def main():
    folder, *framework = sys.argv[1:]
    if framework:
        make(folder, framework[0])
        return
    quiet = {'CUDA_VISIBLE_DEVICES': '', 'TF_CPP_MIN_LOG_LEVEL': '3'}
    for each, settings in FRAMEWORKS.items():
        command = [sys.executable, __file__, folder, each]
        subprocess.run(command, env={**os.environ, **quiet, **settings}, check=True)


if __name__ == '__main__':
    main()
