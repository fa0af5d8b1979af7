"""Values that a query compares with and that no row holds: ``status = 'Returned'`` where the data say ``returned``.

Such a query runs, finds nothing or too little, and says no word about it. A spelling that is near and does stand in the
column makes another query, which is a suggestion and never the answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from components.answers.bench import Bench, quoted
from components.answers.schema import Table
from components.answers.values import COMMON, WHOLE, TableValues

if TYPE_CHECKING:
    from sqlglot import exp

_NEAR = 0.8  # likeness from which a spelling is called near
_MOST = 10  # values of one query that are looked up


@dataclass(frozen=True)
class Stray:
    """A value that stands in no row of its column; ``near`` is the one that may have been meant, or empty."""

    table: str
    column: str
    value: str
    near: str = ""

    def fact(self) -> dict[str, Any]:
        """What evidence keeps of it."""
        return asdict(self)


def find_strays(bench: Bench, sql: str, values: Mapping[str, TableValues]) -> tuple[Stray, ...]:
    """The values of a query's comparisons with text columns that no row holds; none of a query nested too deeply.

    Raises:
        QueryError: A value could not be looked up.
    """
    try:
        tree = _parsed(sql)
        compared = [] if tree is None else _compared(bench, tree)
    except RecursionError:
        return ()
    found = {_stray(bench, *one, values): None for one in compared}
    return tuple(stray for stray in found if stray is not None)


def respelt(sql: str, strays: Sequence[Stray]) -> str | None:
    """The query with each stray value in the spelling that the data have; None where one has none."""
    try:
        return _respelt(sql, strays)
    except RecursionError:  # nested too deeply to be written again
        return None


def _respelt(sql: str, strays: Sequence[Stray]) -> str | None:
    tree = _parsed(sql)
    if tree is None or not strays or not all(stray.near for stray in strays):
        return None
    from sqlglot import exp

    spelling = {(stray.column.lower(), stray.value): stray.near for stray in strays}
    for column, literal in list(_pairs(tree)):
        near = spelling.get((column.name.lower(), literal.name))
        if near is not None:
            literal.replace(exp.Literal.string(near))
    return tree.sql(dialect="duckdb")


def _parsed(sql: str) -> exp.Expr | None:
    import sqlglot

    try:
        return sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return None


def _pairs(tree: exp.Expr) -> Iterator[tuple[exp.Column, exp.Literal]]:
    """Every column with a text that it is compared with for sameness."""
    from sqlglot import exp

    for equal in tree.find_all(exp.EQ):
        sides = (equal.this, equal.expression)
        for column, literal in (sides, sides[::-1]):
            if isinstance(column, exp.Column) and isinstance(literal, exp.Literal) and literal.is_string:
                yield column, literal
    for among in tree.find_all(exp.In):
        for literal in among.expressions:
            if isinstance(among.this, exp.Column) and isinstance(literal, exp.Literal) and literal.is_string:
                yield among.this, literal


def _compared(bench: Bench, tree: exp.Expr) -> list[tuple[Table, str, str]]:
    """Table, column and value of each comparison whose column is one table's text column without doubt."""
    from sqlglot import exp

    aliases = {table.alias_or_name.lower(): table.name for table in tree.find_all(exp.Table)}
    found = []
    for column, literal in _pairs(tree):
        names = [aliases.get(column.table.lower(), "")] if column.table else list(aliases.values())
        homes = [home for name in names if (home := _home(bench, name, column.name)) is not None]
        if len(set(homes)) == 1:
            found.append((*homes[0], literal.name))
    return found[:_MOST]


def _home(bench: Bench, name: str, column: str) -> tuple[Table, str] | None:
    table = bench.schema.table(name)
    if table is None:
        return None
    for one in table.columns:
        if one.name.lower() == column.lower() and one.kind == "text":
            return table, one.name
    return None


def _stray(bench: Bench, table: Table, column: str, value: str, values: Mapping[str, TableValues]) -> Stray | None:
    common = values[table.name].common.get(column, ())
    if value in common or _stands(bench, table, column, value, common):
        return None
    return Stray(table.name, column, value, _near(value, common))


def _stands(bench: Bench, table: Table, column: str, value: str, common: Sequence[str]) -> bool:
    if 0 < len(common) < COMMON and table.rows <= WHOLE:
        return False  # these are all values that the column has
    text = value.replace("'", "''")
    sql = f"SELECT 1 FROM {quoted(table.name)} WHERE {quoted(column)} = '{text}' LIMIT 1"  # noqa: S608 - quoted
    return bool(bench.run_now(sql).table.num_rows)


def _near(value: str, common: Sequence[str]) -> str:
    lower = value.strip().lower()
    same = next((one for one in common if one.strip().lower() == lower), "")
    return same or next(iter(difflib.get_close_matches(value, common, 1, _NEAR)), "")
