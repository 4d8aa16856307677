"""freeze, optimize, inspect: the commands of these names.

Each option of a command is a keyword: `--fold-limit 1000` is `fold_limit=1000`, a switch is `True`, and what a command
takes several times or as a list is a list.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ._command import run
from ._model import on_disk
from ._results import Result, from_manifest

# Options of the command that are given several times; other lists are separated by commas.
REPEATED = frozenset({'shape', 'set', 'custom', 'plugin'})


def as_arguments(options: Mapping[str, Any]) -> list[str]:
    """Keywords as the command line has them. A mapping is NAME=VALUE, several times; None and False are left out."""
    arguments: list[str] = []
    for key, value in options.items():
        name = f'--{key.replace("_", "-")}'
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(name)
        elif isinstance(value, Mapping):
            arguments += [f'{name}={inner}={_text(each)}' for inner, each in value.items()]
        elif key in REPEATED and not isinstance(value, str):
            arguments += [f'{name}={each}' for each in value]
        else:
            arguments.append(f'{name}={_text(value)}')
    return arguments


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ','.join('?' if each is None else str(each) for each in value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def freeze(model: Any, output: str | os.PathLike[str], *, optimize: bool = False, **options: Any) -> Result:
    """Freezes `model`, a path or a Keras model, into `output`. Raises FreezeError."""
    switch = ['-O'] if optimize else []
    return _write('freeze', model, output, [*switch, *as_arguments(options)])


def optimize(model: Any, output: str | os.PathLike[str], **options: Any) -> Result:
    """Optimises a frozen graph for inference. Raises FreezeError."""
    return _write('optimize', model, output, as_arguments(options))


def inspect(model: Any, **options: Any) -> dict[str, Any]:
    """What goes in and comes out of a model, its variables and layers, and whether it can be frozen."""
    with on_disk(model) as path:
        return run('inspect', '--json', *as_arguments(options), '--', path)


def _write(command: str, model: Any, output: str | os.PathLike[str], arguments: list[str]) -> Result:
    target = os.fspath(output)
    with on_disk(model) as path:
        return from_manifest(run(command, '--json', f'--output={target}', *arguments, '--', path), target)
