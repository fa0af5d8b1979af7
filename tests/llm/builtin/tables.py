"""A table of weights of a test's own, in place of the project's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from components.llm.builtin import weights
from components.llm.builtin.weights import Weights


@contextmanager
def laid(folder: Path, *rows: Weights) -> Iterator[None]:
    """While this lasts, there are only these weights."""
    before, file = weights.TABLE, folder / "weights.toml"
    file.write_text("\n".join(_written(row) for row in rows), encoding="utf-8")
    try:
        weights.TABLE = file
        weights.rows.cache_clear()
        yield
    finally:
        weights.TABLE = before
        weights.rows.cache_clear()


def _written(row: Weights) -> str:
    facts = {name: value for name, value in asdict(row).items() if name not in ("name", "wheels")}
    wheels = [list(asdict(wheel).values()) for wheel in row.wheels]
    lines = [f"[{row.name}]", *(f"{name} = {value!r}" for name, value in facts.items()), f"wheels = {wheels}"]
    return "\n".join(lines)
