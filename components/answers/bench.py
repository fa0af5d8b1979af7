"""Where the queries of one question run: the user's own locked engine, off the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.answers.schema import Schema

if TYPE_CHECKING:
    from components.tables.engine.engines import Engines, Result

_LISTEN = 0.1  # seconds between two tries to stop


@dataclass(frozen=True)
class Bench:
    """One user's tables in front of the engine. Every query passes the guard and runs in the user's child process."""

    engines: Engines
    user_id: str
    schema: Schema

    def run_now(self, sql: str, *, max_rows: int | None = None, seconds: float | None = None) -> Result:
        """Run a query and wait for it.

        Raises:
            QueryError: It was refused, failed or was stopped.
        """
        return self.engines.query(self.user_id, sql, self.schema.paths, max_rows=max_rows, seconds=seconds)

    async def run(self, sql: str, *, max_rows: int | None = None, seconds: float | None = None) -> Result:
        """Run a query in a thread; if the asker goes away meanwhile, the query is stopped too.

        Raises:
            QueryError: It was refused, failed or was stopped.
        """
        work = asyncio.ensure_future(asyncio.to_thread(self.run_now, sql, max_rows=max_rows, seconds=seconds))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await self._stop(work)
            raise

    async def _stop(self, work: asyncio.Future[Result]) -> None:
        """Stop until it has stopped: a query whose process is only just starting does not hear the first time."""
        while not work.done():
            self.engines.cancel(self.user_id)
            await asyncio.wait({work}, timeout=_LISTEN)
        work.exception()  # the stopped query's own error has nobody left to tell


def quoted(name: str) -> str:
    """A name as SQL reads it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
