"""A model as the command reads it: a path, or an object of Keras that is saved to a temporary file first."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def on_disk(model: Any) -> Iterator[str]:
    if isinstance(model, (str, os.PathLike)):
        yield os.fspath(model)
        return
    if not (callable(getattr(model, 'save', None)) and hasattr(model, 'layers')):
        raise TypeError(f'a path or a Keras model was expected, not {type(model).__name__}')
    with tempfile.TemporaryDirectory(prefix='tfreeze-') as folder:
        path = str(Path(folder) / f'{getattr(model, "name", "model").replace("/", "_")}.keras')
        model.save(path)
        yield path
