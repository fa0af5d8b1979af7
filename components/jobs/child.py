"""What runs inside a child process: limits first, then the work, then one message with its outcome."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
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
    threading.Thread(target=end_with_parent, args=(pipe,), daemon=True).start()
    settings.forget_keys()
    limit_memory(memory_mb)
    report = Progress(lambda **news: pipe.send(("report", news)), REPORT_SECONDS)
    pipe.send(outcome(partial(work, report), arguments))


def outcome(work: Callable[..., Any], arguments: Mapping[str, Any]) -> tuple[str, Any]:
    """What ``work(**arguments)`` came to, as it travels to the parent: a kind, and the result or the error."""
    try:
        return "result", work(**arguments)
    except AppError as error:
        return "error", error
    except MemoryError:
        return "memory", None
    except Exception:  # noqa: BLE001  it cannot be raised here: the parent raises it, whole
        return "bug", traceback.format_exc()


def end_with_parent(pipe: Connection) -> None:
    """End this process when its parent closes the pipe; runs in a thread of its own.

    The parent never writes, so the pipe becomes readable only when the parent is gone, also by kill -9.
    """
    pipe.poll(None)
    os._exit(1)


def limit_memory(memory_mb: int, reserved_mb: int = RESERVED_MB) -> None:
    """Bound the address space, so that one sudden allocation fails.

    Args:
        memory_mb: Memory that may be taken beside what is taken now, in megabytes.
        reserved_mb: Address space that is taken and hardly touched. Where it is much, the parent watches what is
            really used.
    """
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + (memory_mb + reserved_mb) * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor(seconds: float) -> None:
    """Let the kernel kill this process after so many seconds of processor time, whatever it is in the midst of."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = math.ceil(seconds + time.process_time())
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
