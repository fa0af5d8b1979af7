"""Starting a process of ours, and the ways to hurt it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from components.settings import Settings
from components.store import Store
from components.store.database import open_database

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``python -m module``; the process has said its first line. It is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        assert process.stdout
        first = process.stdout.readline()
        assert first, f"{module} ended at once"
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def kill(process: subprocess.Popen[str]) -> None:
    """As the kernel does it when memory runs out: no last word."""
    process.kill()
    process.wait()


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """The store of a running process, opened beside it for reading and without its lock."""
    database = open_database(f"sqlite:///{settings.sqlite_file}")
    try:
        yield cast(Store, SimpleNamespace(database=database))
    finally:
        database.close()
