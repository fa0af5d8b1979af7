"""The app itself as a server in a child process, with a data folder and settings of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAID = re.compile(r"(?:Groundwork is at|Uvicorn running on) (\S+)")
STREAMLIT = ("-m", "streamlit", "run", "Home.py", "--server.port", "0")


@dataclass
class App:
    """A running app: where it answers, where its data lies, what it logged."""

    url: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]

    def said(self) -> str:
        """Everything that the server has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def environment(home: Path, **settings: str) -> dict[str, str]:
    """This process's environment without anybody's keys and settings, with a data folder and ``settings`` of its own.

    No model is fetched or run unless a setting asks for it.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GROUNDWORK_", "STREAMLIT_")) and "_KEY" not in k}
    ours = {"GROUNDWORK_HOME": str(home), "GROUNDWORK_MODEL": "none", "PYTHONUNBUFFERED": "1"}
    return kept | ours | settings


@contextmanager
def running_app(
    home: Path, *options: str, command: Sequence[str] = STREAMLIT, folder: Path | str = ROOT, **settings: str
) -> Iterator[App]:
    """Start the app on a free port and stop it at the end.

    Args:
        home: Data folder; the log is written beside it.
        options: More options of the command.
        command: Python's arguments; another server's instead of Streamlit's.
        folder: Where the source is: this one, or a copy with a secrets file of its own.
        settings: Environment variables of the server.
    """
    log = home.with_suffix(".log")
    before = log.stat().st_size if log.exists() else 0  # of an earlier run on the same folder
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *command, *options],
            cwd=folder,
            env=environment(home, **settings),
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield App(_address(process, log, before), home, log, process)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Ask a server to end, and end it by force where it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(seconds)


def _address(process: subprocess.Popen[bytes], log: Path, before: int, seconds: float = 90) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        found = SAID.search(_after(log, before))
        if found:
            return found[1].replace("localhost", "127.0.0.1")
        time.sleep(0.05)
    stop(process)
    raise RuntimeError(f"The app did not start:\n{_after(log, before)}")


def _after(log: Path, before: int) -> str:
    return log.read_bytes()[before:].decode("utf-8", "replace")
