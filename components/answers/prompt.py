"""What is sent to a model for a question about tables.

The plainest prompt won every comparison: the tables as CREATE statements, the question last. The tables come first and
never vary, so a server that caches prompts reads only the question anew. No row and no value of the data is in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from components.answers.schema import Column, Schema, Table
from components.answers.words import stems
from components.llm.vocabulary import Message, Request

_PROMPTS = Path(__file__).parent / "prompts"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = """
    all and any array as asc both case check column constraint create default desc distinct do else end except false
    fetch for foreign from grant group having in initially intersect into join lateral leading left like limit not
    null offset on only or order pivot placing primary qualify references returning right select show some summarize
    symmetric table then to trailing true union unique unpivot user using variadic when where window with
"""
BEGIN = "```sql\n"
ROOM = {True: 7_000, False: 60_000}  # characters of tables for the built-in model, and for others
_LIMIT = {True: 240, False: 4096}  # tokens of a reply; a model that reasons spends most of its on thoughts


@dataclass(frozen=True)
class Earlier:
    """A question of the same conversation and the query that answered it."""

    question: str
    sql: str


@cache
def _read(name: str) -> str:
    return (_PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip()


def system_text(schema: Schema, question: str, *, drafts: bool) -> tuple[str, int]:
    """The system message, and how many columns had to be left out of it.

    Only where the tables are too wide for the model does the text depend on the question: the columns that share a word
    with it stay, then the first ones, until the room is full.
    """
    whole = _tables(schema.tables)
    left_out = 0
    if len(whole) > ROOM[drafts]:
        tables = _narrowed(schema, question, ROOM[drafts])
        left_out = sum(map(_width, schema.tables)) - sum(map(_width, tables))
        whole = _tables(tables)
    return _read("write_sql").replace("{tables}", whole), left_out


def request(
    system: str, question: str, *, drafts: bool, earlier: Sequence[Earlier] = (), failed: tuple[str, str] | None = None
) -> Request:
    """The request for one query.

    Args:
        drafts: The built-in model: its answer is begun for it and ends with the query.
        earlier: Questions before this one; the built-in model does not get them.
        failed: A query that failed and the engine's words, for a second try.
    """
    messages = [Message("system", system)]
    for turn in () if drafts else earlier:
        messages += [Message("user", turn.question), _query_message(turn.sql)]
    messages.append(Message("user", question.strip()))
    if failed:
        sql, error = failed
        messages += [_query_message(sql), Message("user", _read("repair").replace("{error}", error))]
    return Request(
        messages=tuple(messages),
        temperature=0,
        limit=_LIMIT[drafts],
        begin=BEGIN if drafts else "",
        stop=("```", ";") if drafts else (),
        seed=1 if drafts else None,
    )


def _query_message(sql: str) -> Message:
    return Message("assistant", f"{BEGIN}{sql}\n```")


def _tables(tables: Sequence[Table]) -> str:
    return "\n".join(_create(table) for table in tables)


def _create(table: Table) -> str:
    lines = ",\n".join(f"  {identifier(column.name)} {column.type}" for column in table.columns)
    return f"CREATE TABLE {identifier(table.name)} (\n{lines}\n);"


def identifier(name: str) -> str:
    """A name as one writes it: bare where SQL allows it, else quoted."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED.split():
        return name
    return '"' + name.replace('"', '""') + '"'


def _width(table: Table) -> int:
    return len(table.columns)


def _narrowed(schema: Schema, question: str, room: int) -> list[Table]:
    asked = stems(question)
    share = room // max(1, len(schema.tables))
    return [_narrow(table, asked, share - len(table.name) - 20) for table in schema.tables]


def _narrow(table: Table, asked: frozenset[str], room: int) -> Table:
    ranked = sorted(enumerate(table.columns), key=lambda place: (not (stems(place[1].name) & asked), place[0]))
    kept: dict[int, Column] = {}
    for place, column in ranked:
        room -= len(identifier(column.name)) + len(column.type) + 5
        if room < 0:
            break
        kept[place] = column
    columns = tuple(kept[place] for place in sorted(kept)) or table.columns[:1]
    return Table(table.name, columns, table.rows, table.path, table.dataset_id, table.version_id)
