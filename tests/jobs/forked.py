"""Works for forked children."""

from __future__ import annotations

import ctypes
import hashlib
import os
import time
from pathlib import Path

from components.errors import FileError

kept: list[str] = []


def prepare() -> None:
    kept.append("prepared")


def who() -> tuple[int, int]:
    return os.getpid(), os.getppid()


def keep(word: str) -> list[str]:
    kept.append(word)
    return kept


def refuse() -> None:
    raise FileError("months.csv has no rows.")


def stumble() -> None:
    raise ValueError("a fault of ours")


def _note(note: str) -> None:
    Path(note).with_suffix(".part").write_text(str(os.getpid()))
    Path(note).with_suffix(".part").rename(note)


def block(note: str) -> None:
    """Hang in one C call for minutes, after writing its process id."""
    _note(note)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000_000)


def hold(note: str) -> None:
    """Sleep in C with the interpreter's lock held: no other thread of this process runs."""
    _note(note)
    ctypes.PyDLL(None).sleep(600)


def eat() -> int:
    eaten: list[bytearray] = []
    while len(eaten) < 1000:
        eaten.append(bytearray(os.urandom(1024)) * 1024)
    time.sleep(60)
    return len(eaten)


def eat_at_once() -> int:
    return len(bytearray(64 * 2**30))


def die() -> None:
    os.abort()


def key_names() -> list[str]:
    return sorted(name for name in os.environ if name.endswith("_API_KEY"))
