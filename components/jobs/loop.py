"""One event loop in one thread: everything that waits for a model provider waits here.

A blocked read can only be stopped by cancelling the task that waits in it, so providers are spoken to asynchronously
and every reply is a task of this loop. ``cancel()`` on what ``run`` gives closes the provider's connection within
milliseconds, also when the provider is silent.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar, TypeVarTuple

from anyio.from_thread import BlockingPortal, start_blocking_portal

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Loop:
    """The process's background event loop; it starts with the object and ends with ``close`` or the process."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        fast = importlib.util.find_spec("uvloop") is not None
        self._portal: BlockingPortal = self._stack.enter_context(
            start_blocking_portal("asyncio", {"use_uvloop": fast}, name="providers")
        )

    def run(self, work: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> Future[T]:
        """Start ``work(*args)`` on the loop. ``cancel()`` on the future cancels its task.

        The work must not block: blocking calls belong into ``anyio.to_thread``.

        Raises:
            RuntimeError: The loop is closed.
        """
        return self._portal.start_task_soon(work, *args)

    def close(self) -> None:
        """Cancel what still runs and end the thread; closing twice does nothing."""
        with contextlib.suppress(RuntimeError):
            self._portal.call(self._portal.stop, True)
        self._stack.close()
