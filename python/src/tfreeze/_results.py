"""What freezing gives, with types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tensor:
    """An input or an output. `shape` is None where the rank is not known, and has None for each unknown size."""

    name: str
    key: str
    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class Result:
    """The file that was written, what goes in and comes out, and the notes. `manifest` is all that was said."""

    path: str
    bytes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    notes: tuple[Any, ...]
    manifest: dict[str, Any]


def _tensor(entry: dict[str, Any]) -> Tensor:
    shape = entry.get('shape')
    size = None if shape is None else tuple(shape)
    return Tensor(entry['tensor'], entry.get('key', entry['tensor']), entry['dtype'], size)


def from_manifest(manifest: dict[str, Any], path: str) -> Result:
    return Result(
        path=path,
        bytes=manifest['output']['bytes'],
        inputs=tuple(_tensor(entry) for entry in manifest['inputs']),
        outputs=tuple(_tensor(entry) for entry in manifest['outputs']),
        notes=tuple(manifest['notes']),
        manifest=manifest,
    )
