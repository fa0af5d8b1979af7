"""What an answer rests on, as it is kept: the query, its rows, the versions of the tables, the words and the doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from components.answers.cells import Rows
from components.answers.chart_rule import choose_chart
from components.answers.layout import laid_out
from components.answers.schema import Schema, Table
from components.answers.sentence import checked, sentence
from components.answers.strays import Stray
from components.errors import QueryError

KIND = "query"
FROM_MODEL, WRITTEN, EDITED = "model", "written", "edited"  # who wrote a query: a model, you, you over another's


@dataclass(frozen=True)
class Tried:
    """One query and what came of it: rows, or the engine's or the guard's words.

    Attributes:
        seconds: From the query to its rows.
        told: Whether a model was told of an earlier failure and wrote this one after it.
    """

    sql: str
    rows: Rows | None = None
    error: QueryError | None = None
    seconds: float = 0.0
    told: bool = False


@dataclass(frozen=True)
class Doubts:
    """What a reader should know before believing.

    Attributes:
        draft: The built-in model wrote the query.
        unexplained: Words of the question that stand in no name and no value.
        words_checked: Whether the question's words were looked up at all.
        strays: Values that the query compares with and that no row holds.
        suggestion: A query that may be meant, where the written one did not run or compares with strays.
        columns_left_out: Columns that the model was not shown, because the tables are too wide for it.
    """

    draft: bool = False
    unexplained: Sequence[str] = ()
    words_checked: bool = False
    strays: Sequence[Stray] = ()
    suggestion: str | None = None
    columns_left_out: int = 0


@dataclass(frozen=True)
class Finding:
    """Everything that becomes one piece of evidence."""

    schema: Schema
    tried: Tried
    origin: str
    question: str = ""
    doubts: Doubts = field(default_factory=Doubts)
    said: str = ""  # what a model said in place of a query

    def body(self) -> dict[str, Any]:
        """The evidence as JSON."""
        tried = self.tried
        return {
            "question": self.question,
            "sql": laid_out(tried.sql) if tried.sql else "",
            "origin": self.origin,
            "draft": self.doubts.draft,
            "told": tried.told,
            "said": self.said,
            "error": tried.error.facts() if tried.error else None,
            "seconds": tried.seconds,
            "tables": [table.fact() for table in self.used()],
            "unexplained": list(self.doubts.unexplained),
            "words_checked": self.doubts.words_checked,
            "strays": [stray.fact() for stray in self.doubts.strays],
            "suggestion": laid_out(self.doubts.suggestion) if self.doubts.suggestion else None,
            "columns_left_out": self.doubts.columns_left_out,
            **_shown(tried.rows),
        }

    def used(self) -> list[Table]:
        """The tables that the query reads, and those that the suggestion would; all that were asked, where neither
        can be read."""
        names = self._named(self.tried.sql) | self._named(self.doubts.suggestion or "")
        return [table for table in self.schema.tables if table.name in names or not names]

    def _named(self, sql: str) -> set[str]:
        from components.tables.engine import guard

        try:
            return set(guard.check(sql, list(self.schema.paths)))
        except QueryError:
            return set()


def _shown(rows: Rows | None) -> dict[str, Any]:
    if rows is None:
        return {"columns": [], "rows": [], "row_count": 0, "truncated": False, "sentence": [], "chart": None}
    words = sentence(rows)
    found, of = checked(words, rows)
    return {
        **rows.kept(),
        "sentence": words,
        "checked": {"found": found, "of": of},
        "chart": choose_chart(rows),
    }
