"""Child processes for work that parses what users bring: under limits, and killed where it stands.

loky, not multiprocessing: under ``streamlit run`` the standard spawn executes the page again in the child.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any

from components.errors import AppError, JobError
from components.jobs.child import serve

POLL_SECONDS = 0.1  # so long may a cancel wait


def run_in_process(
    work: Callable[..., Any],
    arguments: Mapping[str, Any],
    *,
    memory_mb: int,
    seconds: float,
    report: Callable[..., object],
    check: Callable[[], object],
) -> Any:
    """Run ``work(report, **arguments)`` in a child process and return its result.

    Work, arguments and result travel pickled; starting a child takes 0.2 to 0.9 s, so it is one for a job, not for a
    page. The child has no API keys in its environment.

    Args:
        memory_mb: Memory that the child may really use, in megabytes.
        seconds: Longest time by the clock.
        report: Gets ``done``, ``total``, ``words`` as the child tells them.
        check: Called every 0.1 s; whatever it raises ends the child and is raised here.

    Raises:
        JobError: Over a limit, or the child died.
        AppError: The work raised it, as it is.
        RuntimeError: The work raised anything else; the text is the child's traceback.
    """
    with _child(work, arguments, memory_mb) as (process, pipe):
        watch = _Watch(process.pid, memory_mb, seconds)
        while True:
            message = _next_message(pipe, process)
            if message and message[0] != "report":
                return unpack(*message, memory_mb=memory_mb)
            watch.check()  # also while it reports: a busy child is never silent
            if message:
                report(**message[1])
            else:
                check()


class _Watch:
    """Raises JobError once a child is over its time or its memory."""

    def __init__(self, pid: int, memory_mb: int, seconds: float) -> None:
        import psutil

        self._process = psutil.Process(pid)
        self._memory_mb, self._seconds = memory_mb, seconds
        self._deadline = time.monotonic() + seconds

    def check(self) -> None:
        import psutil

        if time.monotonic() > self._deadline:
            raise too_long(self._seconds)
        with contextlib.suppress(psutil.Error):  # it has just ended: the pipe says how
            if self._process.memory_info().rss > self._memory_mb * 2**20:
                raise _too_much_memory(self._memory_mb)


@contextlib.contextmanager
def _child(work: Callable[..., Any], arguments: Mapping[str, Any], memory_mb: int) -> Iterator[tuple[Any, Connection]]:
    process, pipe = start_child(serve, work, dict(arguments), memory_mb)
    try:
        yield process, pipe
    finally:
        pipe.close()
        end_child(process)


def start_child(target: Callable[..., object], *arguments: Any) -> tuple[Any, Connection]:
    """Start ``target(pipe, *arguments)`` in a child process; the process, and our end of its pipe."""
    from loky.backend import get_context

    context = get_context("loky")
    ours, theirs = context.Pipe()
    with contextlib.closing(theirs), contextlib.ExitStack() as on_failure:
        on_failure.callback(ours.close)
        process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
        process.start()
        on_failure.pop_all()
    return process, ours


def end_child(process: Any) -> None:
    """Kill, not terminate: the child holds nothing that it would have to put away, and may be deep in C."""
    if process.pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)  # loky's own class has only ``terminate``
    process.join()


def _next_message(pipe: Connection, process: Any) -> tuple[str, Any] | None:
    if not pipe.poll(POLL_SECONDS):
        return None
    try:
        message: tuple[str, Any] = pipe.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        return "died", process.exitcode
    return message


def unpack(kind: str, value: Any, *, memory_mb: int) -> Any:
    """A child's result, or what it met, raised here; ``kind`` and ``value`` are as the child sent them."""
    if kind == "result":
        return value
    if kind == "error" and isinstance(value, AppError):
        raise value
    if kind == "memory":
        raise _too_much_memory(memory_mb)
    if kind == "died":
        raise _died(value, memory_mb)
    raise RuntimeError(f"in the child process:\n{value}")


def too_long(seconds: float) -> JobError:
    """What is raised of work that was over its time."""
    unit = "second" if round(seconds) == 1 else "seconds"
    return JobError(f"This took longer than {seconds:,.0f} {unit} and was stopped.")


def _too_much_memory(memory_mb: int) -> JobError:
    return JobError(
        f"This needed more than {memory_mb:,} MB of memory and was stopped.",
        todo="Bring it in smaller parts, or let the operator allow more memory.",
    )


def _died(exit_code: int | None, memory_mb: int) -> JobError:
    how = "" if exit_code is None else f" with code {exit_code}"
    if exit_code is not None and exit_code < 0:
        how = f" by {signal.Signals(-exit_code).name}"
    return JobError(
        f"The process that did this work died{how}. It may have met the limit of {memory_mb:,} MB of memory.",
        todo="Start it again. If it dies again, bring it in smaller parts.",
    )
