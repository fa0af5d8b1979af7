"""Everything that one process holds open: settings, store, loop, jobs, runner, engines, built-in model."""

from __future__ import annotations

import importlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.settings import Settings, read_settings

if TYPE_CHECKING:
    from components.conversations.runner import Runner
    from components.jobs.loop import Loop
    from components.jobs.worker import Jobs, Kind
    from components.llm.builtin.server import BuiltIn
    from components.store import Store
    from components.tables.engine.engines import Engines


@dataclass(frozen=True)
class Workbench:
    """The open parts. Every page and route of this process works on the same ones."""

    settings: Settings
    store: Store
    loop: Loop
    jobs: Jobs
    runner: Runner
    engines: Engines
    builtin: BuiltIn

    def close(self) -> None:
        """Stop all work in order: replies, jobs, children, the loop, and the store last."""
        from components.store import close_store

        for part in (self.runner, self.jobs, self.engines, self.builtin, self.loop):
            if part is not None:
                part.close()
        close_store(self.store)


_lock = threading.Lock()
_open: list[Workbench] = []


def open_workbench(settings: Settings) -> Workbench:
    """Open the store and start the loop, the jobs and the runner. Nothing heavy is imported.

    Raises:
        StoreError: The data folder is in use by another copy, not writable, full, or of a newer version.
    """
    from components.store import open_store

    store = open_store(settings)
    loop = _part("components.jobs.loop", "Loop")
    jobs = _part("components.jobs.worker", "Jobs", store, settings, _kinds())
    if jobs:
        jobs.start()
    runner = _part("components.conversations.runner", "Runner", store, loop, jobs.worker_id if jobs else "")
    engines = _part("components.tables.engine.engines", "Engines", settings)
    return Workbench(
        settings, store, loop, jobs, runner, engines, _part("components.llm.builtin.server", "BuiltIn", settings)
    )


def _part(module: str, name: str, *arguments: Any) -> Any:
    try:  # the subjects are landing one after the other
        made = getattr(importlib.import_module(module), name)
    except ImportError:
        return None
    return made(*arguments)


def workbench() -> Workbench:
    """This process's workbench, opened on first use with the operator's settings.

    Raises:
        ConfigurationError: A setting is malformed.
        StoreError: As ``open_workbench``.
    """
    with _lock:
        if not _open:
            _open.append(open_workbench(read_settings()))
        return _open[0]


def close_workbench() -> None:
    """Close this process's workbench, if it is open; the next call of ``workbench`` opens another."""
    with _lock:
        while _open:
            _open.pop().close()


def _kinds() -> tuple[Kind, ...]:
    """Every kind of job that this process can do, as its subject lists them."""
    found: list[Kind] = []
    for module in ("components.tables.imports", "components.tables.sample", "components.llm.builtin.fetch"):
        try:
            found += getattr(importlib.import_module(module), "KINDS", ())
        except ImportError:
            continue
    return tuple(found)
