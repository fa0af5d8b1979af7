"""Where the queries of one question run: the user's own locked engine, off the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.answers.schema import Schema

if TYPE_CHECKING:
    from components.tables.engine.engines import Engines, Result


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
        """Run a query in a thread; if the asker goes away meanwhile, the query is stopped too."""
        try:
            return await asyncio.to_thread(self.run_now, sql, max_rows=max_rows, seconds=seconds)
        except asyncio.CancelledError:
            self.engines.cancel(self.user_id)
            raise


def quoted(name: str) -> str:
    """A name as SQL reads it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
