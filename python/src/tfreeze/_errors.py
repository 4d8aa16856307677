"""The one exception."""

from __future__ import annotations

from typing import Any


class FreezeError(Exception):
    """What tfreeze refuses, or an option that it does not understand.

    `code` is the kind (docs/errors.md of tfreeze lists them), `file`, `node` and the like say where, `hint` what to do.
    """

    def __init__(self, message: str, code: str = 'usage', **place: Any) -> None:
        super().__init__(message)
        self.code = code
        self.place = place
        self.file = place.get('file')
        self.node = place.get('node')
        self.hint = place.get('hint')
