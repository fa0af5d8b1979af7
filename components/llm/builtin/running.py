"""A running model server: its child process, its address, its log."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging.handlers
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from components.errors import BuiltInModelError
from components.settings import child_environment

CHILD = Path(__file__).with_name("child.py")
START_SECONDS = 180.0  # a cold disk reads a gigabyte slowly
END_SECONDS = 5.0
LOG_BYTES = 1_000_000  # two files of this size at most
LAST_LINES = 5


@dataclass(frozen=True)
class Address:
    """Where the server listens: ``url`` without a path, the key that it asks for, the name under which it serves."""

    url: str
    key: str = field(repr=False)
    model: str


@dataclass(frozen=True)
class Running:
    """A server that has answered. It ends with ``close``, with this process, or by itself if it crashes."""

    process: subprocess.Popen[bytes]
    address: Address

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it: told first, killed after five seconds."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone already
            self.process.stdin.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(choices: Mapping[str, Any], log: Path) -> Running:
    """Start a server and wait until it answers: 1 to 4 seconds on an idle machine with a warm disk.

    Args:
        choices: What ``child.py`` reads: file, alias, key, context, slots, threads, cache_mb, idle_seconds.
        log: Where its errors are written, bounded.

    Raises:
        BuiltInModelError: It did not come up; the message has the server's own last words.
    """
    process = subprocess.Popen(  # noqa: S603  our own script
        [sys.executable, "-P", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(GOMP_SPINCOUNT="1000"),  # else busy cores make it a hundred times slower
        start_new_session=True,  # Ctrl-C is for the app, which then ends it
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    last = _keep_log(process.stderr, log)
    try:
        process.stdin.write(json.dumps(dict(choices)).encode() + b"\n")
        process.stdin.flush()
        with process.stdout as answer:
            said = _read_line(answer, START_SECONDS)
        running = Running(process, Address(said["url"], choices["key"], choices["alias"]))
        _require_health(running)
    except (OSError, ValueError, KeyError) as error:
        process.kill()
        Running(process, Address("", "", "")).close()
        raise BuiltInModelError(
            f"The built-in model did not start. Its server says: {' '.join(last) or _why(error)}."
        ) from error
    return running


def _read_line(stream: IO[bytes], seconds: float) -> dict[str, Any]:
    """The child's one line of JSON.

    Raises:
        TimeoutError: It did not come in time.
        ValueError: It says why there is no address, or the child died without a word.
    """
    line, deadline = b"", time.monotonic() + seconds
    while not line.endswith(b"\n"):
        if not select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"no answer within {seconds:.0f} s")
        if not (block := os.read(stream.fileno(), 4096)):
            raise ValueError("its process died")
        line += block
    said: dict[str, Any] = json.loads(line)
    if "error" in said:
        raise ValueError(said["error"])
    return said


def _require_health(running: Running) -> None:
    host = running.address.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=END_SECONDS)
    try:
        connection.request("GET", "/health")
        if (status := connection.getresponse().status) != http.HTTPStatus.OK:
            raise ValueError(f"it says {status} of its health")
    finally:
        connection.close()


def _keep_log(stream: IO[bytes], file: Path) -> deque[str]:
    """Copy what the child writes into a bounded log, in a thread that ends with the child.

    Returns:
        Its last lines, growing: what a failure is explained with.
    """
    last: deque[str] = deque(maxlen=LAST_LINES)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=1, delay=True)

    def copy() -> None:
        with stream, contextlib.closing(handler):
            for line in stream:
                text = line.decode(errors="replace").rstrip()
                last.append(text)
                handler.emit(logging.makeLogRecord({"msg": f"{time.strftime('%F %T')} {text}"}))

    threading.Thread(target=copy, name="built-in model log", daemon=True).start()
    return last


def _why(error: BaseException) -> str:
    return str(error) or type(error).__name__
