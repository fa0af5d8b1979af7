"""Mending a query without a model: from the schema, the guessed keys and the engine's words, in milliseconds.

What can be mended: a column under the wrong alias, an ambiguous column, a column whose table was not joined, a
misspelt name, a missing GROUP BY, MySQL's date functions, text where numbers are averaged. On questions that it was
not written for, the queries it made run were wrong as often as right: so what it gives is a suggestion.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.answers.keys import Key
from components.answers.schema import Schema

if TYPE_CHECKING:
    from sqlglot import exp

_MYSQL = re.compile(r"\b(date_sub|date_add|curdate|str_to_date|date_format)\s*\(", re.IGNORECASE)
_NOT_A_NUMBER = re.compile(r"'?(avg|sum)\(VARCHAR|Could not convert")
_PLAIN = re.compile(r"[a-z_][a-z_0-9]*")
_JOINS = 3  # at most so many tables away is a column looked for


def mended(sql: str, error: str, schema: Schema, keys: Sequence[Key]) -> str | None:
    """Mend a query that failed with ``error``.

    Returns:
        Another query that may run and may mean something else, or None where there is nothing to mend, or the query
        is nested too deeply to be looked through.
    """
    try:
        return _mended(sql, error, schema, keys)
    except RecursionError:
        return None


def _mended(sql: str, error: str, schema: Schema, keys: Sequence[Key]) -> str | None:
    tree = _parsed(sql)
    if tree is None:
        return None
    before = tree.sql(dialect="duckdb")
    mender = _Mender.of(schema, keys)
    mender.name_tables(tree)
    for select in list(_selects(tree)):
        mender.mend_select(select)
        if "GROUP BY" in error:
            _group_all(select)
    if _NOT_A_NUMBER.search(error):
        _cast_to_numbers(tree)
    after = re.sub(r"(?i)\bcurdate\(\)", "current_date", tree.sql(dialect="duckdb"))
    return after if after != before or _MYSQL.search(sql) else None


def _parsed(sql: str) -> exp.Expr | None:
    import sqlglot

    for dialect in ("mysql", "duckdb") if _MYSQL.search(sql) else ("duckdb", "mysql"):
        try:
            return sqlglot.parse_one(sql, read=dialect)
        except sqlglot.errors.SqlglotError:
            continue
    return None


def _selects(tree: exp.Expr) -> Sequence[exp.Select]:
    from sqlglot import exp

    return list(tree.find_all(exp.Select))


@dataclass
class _Scope:
    """What one SELECT reads: its aliases with the tables behind them, and the aliases of the queries around it."""

    select: exp.Select
    tables: dict[str, str]
    outer: set[str]
    named: set[str]


@dataclass(frozen=True)
class _Mender:
    tables: dict[str, str]  # lower case to the real name
    columns: dict[str, dict[str, str]]  # table to columns, lower case to the real name
    keys: tuple[Key, ...]  # in both directions

    @classmethod
    def of(cls, schema: Schema, keys: Sequence[Key]) -> _Mender:
        return cls(
            {table.name.lower(): table.name for table in schema.tables},
            {table.name: {c.name.lower(): c.name for c in table.columns} for table in schema.tables},
            (*keys, *(key.turned for key in keys)),
        )

    def name_tables(self, tree: exp.Expr) -> None:
        """Give a misspelt table the nearest name; its old one stays as alias, so that the columns still find it."""
        from sqlglot import exp

        ours = {cte.alias.lower() for cte in tree.find_all(exp.CTE)} | set(self.tables)
        for table in list(tree.find_all(exp.Table)):
            near = [] if table.name.lower() in ours else _near(table.name.lower(), list(self.tables), 0.75)
            if near:
                if not table.alias:
                    table.set("alias", exp.TableAlias(this=_name(table.name)))
                table.set("this", _name(self.tables[near[0]]))

    def mend_select(self, select: exp.Select) -> None:
        """Put right the columns of one SELECT over plain tables; others are left alone."""
        from sqlglot import exp

        scope = self._scope(select)
        if scope is None:
            return
        for column in list(select.find_all(exp.Column)):
            own = column.find_ancestor(exp.Select) is select and not isinstance(column.this, exp.Star)
            if own and not self._is_right(column, scope):
                self._mend_column(column, scope)

    def _scope(self, select: exp.Select) -> _Scope | None:
        from sqlglot import exp

        sources = _sources(select)
        tables: dict[str, str] = {}
        for source in sources:
            table = self.tables.get(source.name.lower()) if isinstance(source, exp.Table) else None
            if table is None:
                return None
            tables[source.alias_or_name.lower()] = table
        if not sources or len(tables) < len(sources):
            return None
        named = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}
        return _Scope(select, tables, _outer(select), named)

    def _holders(self, name: str, scope: _Scope) -> list[str]:
        return [alias for alias, table in scope.tables.items() if name in self.columns[table]]

    def _is_right(self, column: exp.Column, scope: _Scope) -> bool:
        name, alias = column.name.lower(), column.table.lower()
        if alias in scope.tables:
            return name in self.columns[scope.tables[alias]]
        if alias:
            return alias in scope.outer
        holders = self._holders(name, scope)
        return len(holders) == 1 or (not holders and (name in scope.named or bool(scope.outer)))

    def _mend_column(self, column: exp.Column, scope: _Scope) -> None:
        name = column.name.lower()
        holders = self._holders(name, scope)
        if holders:
            column.set("table", _name(holders[0]))
        elif (way := self._way(scope, name)) is not None:
            column.set("table", _name(_join(scope, *way)))
        else:
            self._spell(column, scope)

    def _spell(self, column: exp.Column, scope: _Scope) -> None:
        names = [name for table in scope.tables.values() for name in self.columns[table]]
        near = _near(column.name.lower(), names, 0.8)
        if near:
            alias = self._holders(near[0], scope)[0]
            column.set("this", _name(self.columns[scope.tables[alias]][near[0]]))
            column.set("table", _name(alias))

    def _way(self, scope: _Scope, name: str) -> tuple[str, list[Key]] | None:
        """The fewest joins from a table of the query to one that has the column."""
        homes = {table for table, columns in self.columns.items() if name in columns}
        level: list[tuple[str, list[Key], str]] = [(alias, [], table) for alias, table in scope.tables.items()]
        seen = set(scope.tables.values())
        for _ in range(_JOINS):
            level = [
                (alias, [*steps, key], key.home)
                for alias, steps, table in level
                for key in self.keys
                if key.table == table and key.home not in seen
            ]
            for alias, steps, table in level:
                if table in homes:
                    return alias, steps
            seen |= {table for _, _, table in level}
        return None


def _join(scope: _Scope, alias: str, steps: Sequence[Key]) -> str:
    """Join the tables of ``steps`` where they are not joined yet; the alias of the last one."""
    from sqlglot import exp

    for key in steps:
        there = next((other for other, table in scope.tables.items() if table == key.home), None)
        if there is None:
            there = key.home.lower() + ("_2" if key.home.lower() in scope.tables else "")
            scope.tables[there] = key.home
            named = exp.TableAlias(this=_name(there)) if there != key.home else None
            on = exp.EQ(this=_column(alias, key.column), expression=_column(there, key.home_column))
            scope.select.append("joins", exp.Join(this=exp.Table(this=_name(key.home), alias=named), on=on))
        alias = there
    return alias


def _sources(select: exp.Select) -> list[exp.Expr]:
    joined = [select.args.get("from_"), *(select.args.get("joins") or [])]
    return [part.this for part in joined if part is not None]


def _outer(select: exp.Select) -> set[str]:
    from sqlglot import exp

    outer: set[str] = set()
    around = select.parent
    while around is not None:
        if isinstance(around, exp.Select):
            outer |= {source.alias_or_name.lower() for source in _sources(around)}
        around = around.parent
    return outer


def _group_all(select: exp.Select) -> None:
    from sqlglot import exp

    mixed = len({bool(item.find(exp.AggFunc)) for item in select.expressions}) == 2
    if select.args.get("group") or mixed:
        select.set("group", exp.Group(all=True))


def _cast_to_numbers(tree: exp.Expr) -> None:
    from sqlglot import exp

    for call in list(tree.find_all(exp.Avg, exp.Sum)):
        if isinstance(call.this, exp.Column):
            call.set("this", exp.TryCast(this=call.this.copy(), to=exp.DataType.build("double")))


def _near(word: str, words: Sequence[str], least: float) -> list[str]:
    return difflib.get_close_matches(word, words, 1, least)


def _column(alias: str, name: str) -> exp.Column:
    from sqlglot import exp

    return exp.Column(this=_name(name), table=_name(alias))


def _name(text: str) -> exp.Identifier:
    from sqlglot import exp

    return exp.to_identifier(text, quoted=not _PLAIN.fullmatch(text))
