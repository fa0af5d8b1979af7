"""What runs in the process that forks: it has everything loaded and holds nothing of anybody's.

For each call it forks a child, which does the one piece of work, answers its caller and is gone. This process has a
single thread for all of its life, so a fork never copies a lock that another thread holds. It ends with its caller.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any

from components import settings
from components.jobs.child import end_with_parent, limit_memory, limit_processor, outcome

TICK_SECONDS = 0.05  # between two looks at the children, while there are any
GRACE_SECONDS = 1.0  # for a child whose caller has given it up, and which ends by itself
BEGUN, DIED = ("begun", None), ("died", None)  # what comes before an answer, and what stands for one
_RESERVED_MB = 128  # address space that a second thread's allocator takes and hardly touches


@dataclass(frozen=True)
class Call:
    """One piece of work, and the limits of the child that does it."""

    work: Callable[..., Any]
    arguments: Mapping[str, Any]
    memory_mb: int
    seconds: float


def serve_forks(pipe: Connection, prepare: Callable[[], object]) -> None:
    """Load what the work needs, then answer calls from ``pipe`` until its other end is closed.

    After each call comes, through the same pipe, the descriptor on which its answer is awaited.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    settings.forget_keys()
    prepare()
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page of memory that it looks at
    children: dict[int, float] = {}  # their numbers, and when they are killed, by the monotonic clock
    with suppress(EOFError, ConnectionResetError):
        while True:
            if pipe.poll(TICK_SECONDS if children else None):
                call: Call = pipe.recv()
                children[_fork(pipe, recv_handle(pipe), call)] = time.monotonic() + call.seconds + GRACE_SECONDS
            _reap(children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _fork(pipe: Connection, handle: int, call: Call) -> int:
    """The number of the child, which never returns from here."""
    pid = os.fork()
    if pid:
        os.close(handle)
        return pid
    try:
        pipe.close()
        _work(Connection(handle), call)
    except BaseException:  # noqa: BLE001  a result that cannot travel: there is nobody to raise it to
        traceback.print_exc()
    finally:
        os._exit(0)


def _work(pipe: Connection, call: Call) -> None:
    threading.Thread(target=end_with_parent, args=(pipe,), daemon=True).start()
    limit_memory(call.memory_mb, _RESERVED_MB)
    limit_processor(call.seconds + GRACE_SECONDS)
    with suppress(BrokenPipeError):  # its caller has given it up
        pipe.send(BEGUN)
        pipe.send(outcome(call.work, call.arguments))


def _reap(children: dict[int, float]) -> None:
    """Forget the children that have ended, and kill those over their time."""
    for pid, until in list(children.items()):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del children[pid]
        elif time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
