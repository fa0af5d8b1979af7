"""The slip under a number of an answer: which cell it is, what stands there exactly, and the line of the query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.answers.layout import line_of
from components.marks import ENGLISH, Marks

ROWS, QUERY, EXPLORE = "rows", "query", "explore"
ACTIONS = ((ROWS, "Show the rows"), (QUERY, "Whole query"), (EXPLORE, "Explore"))


def pressable(body: Mapping[str, Any], marks: Marks = ENGLISH) -> list[list[dict[str, Any]]]:
    """The paragraphs of evidence with everything that a press on a number shows, numbers written with ``marks``."""
    return [
        [_span(span, f"{p}.{n}", body, marks) for n, span in enumerate(spans)]
        for p, spans in enumerate(body["sentence"])
    ]


def _span(span: Mapping[str, Any], ident: str, body: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    if span.get("kind") == "number":
        return _with_slip(span, ident, body, marks)
    return dict(span) if "kind" in span else {"text": marks.rewrite(span["text"])}


def _with_slip(span: Mapping[str, Any], ident: str, body: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    column = span["cell"]["column"] if "cell" in span else ""
    return {
        **span,
        "id": ident,
        "facts": _facts(span, body, marks),
        "sql": body["sql"],
        "line": line_of(body["sql"], column) if column else 0,
        "actions": ACTIONS,
    }


def _facts(span: Mapping[str, Any], body: Mapping[str, Any], marks: Marks) -> list[list[str]]:
    exactly = ["Exactly", marks.write(str(span["exact"]))]
    if "cell" in span:
        facts = [["Cell", _cell(span, body, marks)], exactly]
    else:
        facts = [["Is", f"{span['formula']}, in no cell"], exactly]
    return [*facts, ["From", _tables(body, marks)]]


def _cell(span: Mapping[str, Any], body: Mapping[str, Any], marks: Marks) -> str:
    column = f"column {span['cell']['column']}"
    if body["row_count"] == 1:
        return f"the only row, {column}"
    row = marks.write(f"{span['cell']['row'] + 1:,}")
    return f"row {row} ({span['row']}), {column}"


def _tables(body: Mapping[str, Any], marks: Marks) -> str:
    return "; ".join(_table(table, marks) for table in body["tables"])


def _table(table: Mapping[str, Any], marks: Marks) -> str:
    rows = marks.write(f"{table['rows']:,}")
    return f"{table['name']}, {rows} rows, version {table['version']}"
