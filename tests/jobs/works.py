"""Works for child processes: a child imports them by name, so they live in a module of their own."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.errors import FileError, KeyRejectedError

Report = Callable[..., None]


def add(report: Report, *, left: int, right: int) -> int:
    report(done=1, total=2, words="adding")
    return left + right


def block(report: Report, *, note: str) -> None:
    """Hang in one C call for minutes, after writing its process id."""
    report(words="in one call")
    Path(note).write_text(str(os.getpid()))
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000_000)


def fail_for_users(report: Report) -> None:
    raise FileError("months.csv has no rows.", kept="Nothing was lost.", todo="Choose another file.")


def fail_with_more(report: Report) -> None:
    error = KeyRejectedError("no")
    error.retry_after = 7.0
    raise error


def fail_as_a_bug(report: Report) -> None:
    raise ValueError("a fault of ours")


def eat(report: Report, *, megabytes: int) -> int:
    """Take memory by the megabyte and touch it."""
    eaten = []
    for _ in range(megabytes):
        eaten.append(bytearray(os.urandom(1024)) * 1024)
    time.sleep(60)
    return len(eaten)


def eat_at_once(report: Report) -> int:
    return len(bytearray(64 * 2**30))


def die(report: Report) -> None:
    os.abort()


def key_names(report: Report) -> list[str]:
    return sorted(name for name in os.environ if name.endswith("_API_KEY"))


def arrow(report: Report) -> int:
    """What importers load must fit under the limit's reserve."""
    import pyarrow as pa

    return int(pa.table({"a": list(range(100_000))}).num_rows)


def unpicklable(report: Report) -> Any:
    return lambda: None
