"""What runs inside a child process: limits first, then the work, then one message with its outcome."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from components import settings
from components.errors import AppError
from components.jobs.progress import Progress

REPORT_SECONDS = 0.1
RESERVED_MB = 1536  # address space that libraries reserve and never touch: Arrow's allocator alone takes 1 GB


def serve(pipe: Connection, work: Callable[..., Any], arguments: Mapping[str, Any], memory_mb: int) -> None:
    """Run ``work(report, **arguments)`` and send its result, or the error it met, to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
    settings.forget_keys()
    _limit_memory(memory_mb)
    report = Progress(lambda **news: pipe.send(("report", news)), REPORT_SECONDS)
    pipe.send(_outcome(work, report, arguments))


def _outcome(work: Callable[..., Any], report: Progress, arguments: Mapping[str, Any]) -> tuple[str, Any]:
    try:
        return "result", work(report, **arguments)
    except AppError as error:
        return "error", error
    except MemoryError:
        return "memory", None
    except Exception:  # noqa: BLE001  it cannot be raised here: the parent raises it, whole
        return "bug", traceback.format_exc()


def _end_with_parent(pipe: Connection) -> None:
    """The parent never writes, so the pipe becomes readable only when the parent is gone, also by kill -9."""
    pipe.poll(None)
    os._exit(1)


def _limit_memory(memory_mb: int) -> None:
    """Bound the address space, so that one sudden allocation fails; the parent watches what is really used."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + (memory_mb + RESERVED_MB) * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
