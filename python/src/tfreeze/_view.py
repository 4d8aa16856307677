"""view: the page of a model, in a browser or in a notebook."""

from __future__ import annotations

import html
import re
import subprocess
from contextlib import ExitStack
from typing import Any

from ._command import command_line
from ._errors import FreezeError
from ._model import on_disk


class View:
    """A page that is served until `close` is called, or the program ends. A notebook shows it as a link: the page may not be in
    a frame of another origin."""

    def __init__(self, model: Any) -> None:
        self._held = ExitStack()
        path = self._held.enter_context(on_disk(model))
        arguments = ['view', '--no-open', '--', path]
        self._server = subprocess.Popen(
            command_line(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8'
        )
        said = ''
        for line in self._server.stdout or ():
            said += line
            address = re.search(r'https?://\S+', line)
            if address:
                self.url = address.group()
                return
        self.close()
        raise FreezeError(said.strip() or 'the page could not be served')

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()
        self._held.close()

    def __enter__(self) -> View:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        return f'<a href="{html.escape(self.url)}" target="_blank">Open the model</a>'


def view(model: Any) -> View:
    """Serves the page of a model; in a notebook, the value of a cell is a link to it."""
    return View(model)
