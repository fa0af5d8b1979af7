"""The slip under a number of an answer: which cell it is, what stands there exactly, and the line of the query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.answers.layout import line_of

ROWS, QUERY, EXPLORE = "rows", "query", "explore"
ACTIONS = ((ROWS, "Show the rows"), (QUERY, "Whole query"), (EXPLORE, "Explore"))


def pressable(body: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The paragraphs of evidence with everything that a press on a number shows."""
    return [
        [_with_slip(span, f"{p}.{n}", body) if span.get("kind") == "number" else dict(span) for n, span in spans]
        for p, spans in ((p, list(enumerate(spans))) for p, spans in enumerate(body["sentence"]))
    ]


def _with_slip(span: Mapping[str, Any], ident: str, body: Mapping[str, Any]) -> dict[str, Any]:
    column = span["cell"]["column"] if "cell" in span else ""
    return {
        **span,
        "id": ident,
        "facts": _facts(span, body),
        "sql": body["sql"],
        "line": line_of(body["sql"], column) if column else 0,
        "actions": ACTIONS,
    }


def _facts(span: Mapping[str, Any], body: Mapping[str, Any]) -> list[list[str]]:
    if "cell" in span:
        facts = [["Cell", _cell(span, body)], ["Exactly", str(span["exact"])]]
    else:
        facts = [["Is", f"{span['formula']}, in no cell"], ["Exactly", str(span["exact"])]]
    return [*facts, ["From", _tables(body)]]


def _cell(span: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    column = f"column {span['cell']['column']}"
    if body["row_count"] == 1:
        return f"the only row, {column}"
    return f"row {span['cell']['row'] + 1:,} ({span['row']}), {column}"


def _tables(body: Mapping[str, Any]) -> str:
    return "; ".join(f"{table['name']}, {table['rows']:,} rows, version {table['version']}" for table in body["tables"])
