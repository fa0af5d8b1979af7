"""What the explorer's front end asks, answered: views by the locked engine, charts by the store."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.errors import AppError, QueryError, QueryRefusedError, QueryStoppedError
from components.tables.explorer.explored import Explored
from components.tables.explorer.fields import Row, fields_of, rows_of
from components.tables.explorer.saved import read_charts, write_charts
from components.tables.explorer.translate import to_sql

if TYPE_CHECKING:
    from components.store import Store
    from components.tables.engine.engines import Engines

MOST_ROWS = 50_000  # of one view, whatever the browser asks for
MOST_VIEWS = 700  # in one request: the rows tab asks for two a column
LARGEST_VIEW = 200_000  # characters of its JSON
MOST_BYTES = 24_000_000  # of all rows of one request
SECONDS = 20.0  # for all views of one request

KEPT = "Your charts are kept as they are."


class ViewError(AppError):
    """The front end asked for something that is none of the explorer's actions, or is malformed."""

    kept = KEPT
    todo = "Reload the page."


@dataclass(frozen=True)
class Kernel:
    """Answers for one user and one thing that is explored."""

    store: Store
    engines: Engines
    explored: Explored

    def answer(self, action: str, body: Mapping[str, Any]) -> Any:
        """Do what the front end asks and return JSON.

        Raises:
            QueryError: A view is refused, fails, or takes too long; the words say what to change.
            AccessError: The table is gone, or charts of this kind cannot be saved.
            ViewError: The request is malformed.
        """
        if action == "ping":
            return {}
        if action == "get_latest_vis_spec":
            return {"visSpec": read_charts(self.store, self.explored)}
        if action == "update_spec":
            write_charts(self.store, self.explored, body)
            return None
        if action == "get_datas_by_payload":
            return {"datas": self._views([body.get("payload")])[0]}
        if action == "batch_get_datas_by_payload":
            return {"datas": self._views(body.get("queryList"))}
        raise ViewError(f"The explorer asked for {str(action)[:40]!r}, which is none of its actions.")

    def _views(self, payloads: Any) -> list[list[Row]]:
        if not isinstance(payloads, list) or len(payloads) > MOST_VIEWS:
            raise QueryRefusedError(
                f"More than {MOST_VIEWS} views at once are too many.", kept=KEPT, todo="Hide columns."
            )
        until = time.monotonic() + SECONDS
        found, room = [], MOST_BYTES
        for payload in payloads:
            rows, size = self._view(payload, until - time.monotonic(), room)
            found.append(rows)
            room -= size
        return found

    def _view(self, payload: Any, seconds: float, room: int) -> tuple[list[Row], int]:
        metas = fields_of(self.explored.columns).metas
        sql = to_sql(self.explored.name, checked(payload), metas)
        if seconds < 1 or room <= 0:
            raise _too_much()
        try:
            result = self.engines.query(
                self.explored.user_id,
                sql,
                {self.explored.name: self.explored.file},
                max_rows=MOST_ROWS,
                max_bytes=room,
                seconds=min(seconds, self.engines.seconds),
            )
        except QueryError as error:
            raise _of_view(error) from error
        if result.truncated and result.table.num_rows < checked(payload)["limit"]:
            raise _too_much()
        return _binned(rows_of(result.table), payload), result.table.nbytes


def checked(payload: Any) -> dict[str, Any]:
    """The gate for one view: no SQL of the browser's, and a limit of rows that is always there.

    Raises:
        QueryRefusedError: It holds a formula in SQL, or is too large.
        ViewError: It is no view.
    """
    if not isinstance(payload, dict) or not isinstance(payload.get("workflow"), list):
        raise ViewError("The explorer sent a view that cannot be read.")
    if len(json.dumps(payload)) > LARGEST_VIEW:
        raise QueryRefusedError("This view is too large.", kept=KEPT, todo="Remove fields or filters.")
    for part in _parts(payload):
        if part.get("type") == "sql" or "sql" in part or "expr" in (part.get("op"), part.get("agg")):
            raise QueryRefusedError(
                "Formulas in SQL are switched off here.", kept=KEPT, todo="Ask the table for the figure instead."
            )
    return payload | {"limit": _limit(payload.get("limit"))}


def _limit(wanted: Any) -> int:
    known = isinstance(wanted, int) and not isinstance(wanted, bool) and wanted > 0
    return min(wanted, MOST_ROWS) if known else MOST_ROWS


def _binned(rows: list[Row], payload: Mapping[str, Any]) -> list[Row]:
    """Rows without the bin of what is missing, which the front end would draw as one around zero."""
    bins = {str(part.get("as")) for part in _parts(payload) if part.get("op") == "bin"}
    return [row for row in rows if not any(row.get(name) == [None, None] for name in bins)] if bins else rows


def _parts(node: Any) -> Iterator[Mapping[str, Any]]:
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            yield part
            todo += part.values()
        elif isinstance(part, list):
            todo += part


def _of_view(error: QueryError) -> QueryError:
    """The engine's error in the words of somebody who drags fields and has written no query."""
    if isinstance(error, QueryStoppedError):
        what = error.what.replace("The query", "This view").replace("queries", "views")
        return QueryStoppedError(what, kept=KEPT, todo="Aggregate, or filter first.")
    reason = error.what.splitlines()[0].removesuffix("!")
    return type(error)(f"This view could not be drawn. {reason}", kept=KEPT, todo="Change the chart.")


def _too_much() -> QueryStoppedError:
    return QueryStoppedError(
        "This view needs more time or more rows than a page can take.", kept=KEPT, todo="Aggregate, or filter first."
    )
