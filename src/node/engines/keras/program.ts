/**
 * The program that Python runs: `MODEL` prints Keras' name and version, `MODEL IN.npz OUT.npz` runs the model. A file of Keras 2 is
 * read by tf_keras, which is Keras 2, where that is installed. Keras refuses Lambda layers, whose code it would run.
 */
export const PROGRAM = `
import importlib, json, sys, zipfile

def written_by(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            known = "metadata.json" in archive.namelist()
            return str(json.loads(archive.read("metadata.json")).get("keras_version", "3")) if known else "3"
    import h5py
    with h5py.File(path, "r") as file:
        version = file.attrs.get("keras_version", "2")
        return version.decode() if isinstance(version, bytes) else str(version)

def keras_for(path):
    names = ["keras", "tf_keras"] if written_by(path).startswith("3") else ["tf_keras", "keras"]
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            missing = error
    raise missing

path, *files = sys.argv[1:]
keras = keras_for(path)
if not files:
    print("Keras " + keras.__version__)
    sys.exit()

import numpy as np
model = keras.models.load_model(path, compile=False)
given = np.load(files[0])
arrays = [given[str(i)] for i in range(len(given.files))]
if any(array.dtype.kind == "S" for array in arrays):
    import tensorflow
    arrays = [tensorflow.constant(array) if array.dtype.kind == "S" else array for array in arrays]
result = model(arrays[0] if len(arrays) == 1 else arrays, training=False)

def flat(value):
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, (list, tuple)):
        return [inner for each in value for inner in flat(each)]
    return [value]

def as_array(value):
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if array.dtype.name == "bfloat16":
        return array.astype("float32")
    return array.astype("S") if array.dtype.kind == "O" else array

np.savez(files[1], **{str(i): as_array(value) for i, value in enumerate(flat(result))})
`
