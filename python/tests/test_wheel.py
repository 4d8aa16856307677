"""The installed wheel, as a program sees it. Run by `npm run test:python`, without pytest: python test_wheel.py FIXTURES."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import tfreeze

FIXTURES = Path(sys.argv[1])
FOLDER = Path(tempfile.mkdtemp(prefix='tfreeze-test-'))


def test_freeze_and_optimize() -> None:
    plain = tfreeze.freeze(FIXTURES / 'digits', FOLDER / 'plain.pb', shape={'image': [1, 28, 28, 1]})
    assert Path(plain.path).stat().st_size == plain.bytes
    assert plain.inputs == (tfreeze.Tensor('image:0', 'image', 'float32', (1, 28, 28, 1)),), plain.inputs
    assert plain.outputs[0].shape == (1, 10), plain.outputs
    small = tfreeze.optimize(plain.path, FOLDER / 'small.pb')
    assert small.manifest['output']['nodes'] < plain.manifest['output']['nodes']
    at_once = tfreeze.freeze(FIXTURES / 'digits', FOLDER / 'at_once.pb', optimize=True)
    assert at_once.bytes < plain.bytes


def test_inspect() -> None:
    found = tfreeze.inspect(FIXTURES / 'digits')
    assert found['kind'] == 'saved_model', found
    assert 'layers' in tfreeze.inspect(FIXTURES / 'keras' / 'nested.k3.keras')


def test_errors() -> None:
    try:
        tfreeze.freeze(FOLDER / 'nothing.h5', FOLDER / 'x.pb')
    except tfreeze.FreezeError as error:
        assert (error.code, error.file) == ('missing', str(FOLDER / 'nothing.h5')), (error.code, error.place)
        assert 'nothing.h5' in str(error)
    else:
        raise AssertionError('a missing file was frozen')
    try:
        tfreeze.freeze(FIXTURES / 'digits', FOLDER / 'x.pb', no_such_option=True)
    except tfreeze.FreezeError as error:
        assert 'no-such-option' in str(error), error
    else:
        raise AssertionError('an unknown option was taken')
    try:
        tfreeze.freeze(17, FOLDER / 'x.pb')
    except TypeError as error:
        assert 'int' in str(error)
    else:
        raise AssertionError('a number was frozen')


def test_command() -> None:
    beside = Path(sys.executable).parent / ('tfreeze.exe' if sys.platform == 'win32' else 'tfreeze')
    done = subprocess.run([beside, '--version'], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith('0.1.0'), done.stdout


def test_view() -> None:
    with tfreeze.view(FIXTURES / 'digits') as page:
        with urllib.request.urlopen(page.url) as answer:
            assert b'<title>' in answer.read()
        assert page.url in page._repr_html_()


def test_keras_object() -> None:
    if not importlib.util.find_spec('keras'):
        print('  skipped: Keras is not installed')
        return
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation='relu')])
    result = tfreeze.freeze(model, FOLDER / 'object.pb')
    assert result.outputs[0].shape == (None, 3), result.outputs


for name, test in list(globals().items()):
    if name.startswith('test_'):
        test()
        print(f'  {name}')
