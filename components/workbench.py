"""Everything that one process holds open: settings, store, loop, jobs, runner, engines, built-in model, pictures."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from components.settings import Settings, read_settings

if TYPE_CHECKING:
    from components.conversations.runner import Runner
    from components.documents.pictures import Pictures
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
    pictures: Pictures
    _closing: ExitStack = field(repr=False, compare=False)

    def close(self) -> None:
        """Stop all work: replies first, then jobs, children and the loop, the store last. Twice is harmless."""
        self._closing.close()


_lock = threading.Lock()
_open: list[Workbench] = []


def open_workbench(settings: Settings) -> Workbench:
    """Open the store and start the loop, the jobs and the runner; nothing heavy is imported.

    What was opened is closed again where a later part fails.

    Raises:
        StoreError: The data folder is in use by another copy, not writable, full, or of a newer version.
    """
    from components.conversations.runner import Runner
    from components.documents.pictures import Pictures
    from components.jobs.loop import Loop
    from components.jobs.worker import Jobs
    from components.llm.builtin.server import BuiltIn
    from components.store import close_store, open_store
    from components.tables.engine.engines import Engines

    with ExitStack() as closing:  # closed in the opposite order, here where a later part fails, else by close()
        store = open_store(settings)
        closing.callback(close_store, store)
        engines = Engines(settings, refused=partial(_note_refused, store))
        loop, builtin, pictures = Loop(), BuiltIn(settings), Pictures(settings)
        for part in (loop, builtin, engines, pictures):
            closing.callback(part.close)
        jobs = Jobs(store, settings, _kinds())
        closing.callback(jobs.close)
        jobs.start()
        runner = Runner(store, loop, jobs.worker_id)
        closing.callback(runner.close)
        return Workbench(settings, store, loop, jobs, runner, engines, builtin, pictures, closing.pop_all())


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


def _note_refused(store: Store, user_id: str, why: str) -> None:
    from components.store.audit import note_work

    note_work(store, user_id, "query refused", detail=why)


def _kinds() -> tuple[Kind, ...]:
    """Every kind of job that this process can do, as its subject lists them."""
    from components.belongings.export import KINDS as OF_EXPORTS
    from components.ingesting import KINDS as OF_DOCUMENTS_AND_MODELS
    from components.tables.imports import KINDS as OF_TABLES
    from components.tables.sample import KINDS as OF_SAMPLE

    return (*OF_TABLES, *OF_SAMPLE, *OF_DOCUMENTS_AND_MODELS, *OF_EXPORTS)
