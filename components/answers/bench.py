"""Where the queries of one question run: the user's own locked engine, off the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.answers.schema import Schema

if TYPE_CHECKING:
    from components.tables.engine.engines import Engines, Result, Ticket


@dataclass(frozen=True)
class Bench:
    """One user's tables in front of the engine. Every query passes the guard and runs in the user's child process."""

    engines: Engines
    user_id: str
    schema: Schema

    def run_now(
        self, sql: str, *, max_rows: int | None = None, seconds: float | None = None, ticket: Ticket | None = None
    ) -> Result:
        """Run a query and wait for it; ``ticket`` is by which it may be cancelled meanwhile.

        Raises:
            QueryError: It was refused, failed or was stopped.
        """
        return self.engines.query(
            self.user_id, sql, self.schema.paths, max_rows=max_rows, seconds=seconds, ticket=ticket
        )

    async def run(self, sql: str, *, max_rows: int | None = None, seconds: float | None = None) -> Result:
        """Run a query in a thread; if the asker goes away meanwhile, the query is stopped too.

        Raises:
            QueryError: It was refused, failed or was stopped.
        """
        from components.tables.engine.engines import Ticket

        ticket = Ticket()
        call = asyncio.to_thread(self.run_now, sql, max_rows=max_rows, seconds=seconds, ticket=ticket)
        work = asyncio.ensure_future(call)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self.engines.cancel(ticket)
            await asyncio.wait({work})
            work.exception()  # the stopped query's own error has nobody left to tell
            raise


def quoted(name: str) -> str:
    """A name as SQL reads it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
