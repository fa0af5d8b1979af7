"""Kinds of jobs for the tests; those that a child process runs lie in ``works``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.errors import FileError
from components.jobs.worker import Context, Kind
from tests.jobs import works


def count(context: Context, *, to: int, note: str = "") -> Mapping[str, Any]:
    """Count slowly, leaving a line in a note for each step: a second run shows as doubled lines."""
    for number in range(1, to + 1):
        context.tick(number, to, f"row {number}")
        if note:
            with Path(note).open("a") as file:
                file.write(f"{context.job_id} {number}\n")
        time.sleep(0.02)
    return {"counted": to}


def block(context: Context, *, note: str) -> None:
    context.in_process(works.block, memory_mb=512, seconds=600, note=note)


def eat(context: Context) -> None:
    context.in_process(works.eat, memory_mb=128, seconds=60, megabytes=1000)


def add(context: Context, *, left: int, right: int) -> Mapping[str, Any]:
    return {"sum": context.in_process(works.add, memory_mb=512, seconds=60, left=left, right=right)}


def refuse(context: Context) -> None:
    raise FileError("months.csv has no rows.", todo="Choose another file.")


def stumble(context: Context) -> None:
    raise ZeroDivisionError("secret detail")


KINDS = (
    Kind("count", count),
    Kind("count_once", count, resumable=False),
    Kind("count_alone", count, at_once=1),
    Kind("block", block),
    Kind("eat", eat),
    Kind("add", add),
    Kind("refuse", refuse),
    Kind("stumble", stumble),
)
