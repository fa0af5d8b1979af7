"""Which columns point at which: keys guessed from names and values, for tables that declare none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.answers.schema import Column, Schema, Table
from components.answers.values import COMMON, TableValues

_KEYISH = re.compile(r"(id|code|key|no|num|number|abbreviation|_name)$")
_SHARED = 0.5  # the least part of a key's values that its home must hold


@dataclass(frozen=True)
class Key:
    """``table.column`` points at ``home.home_column``."""

    table: str
    column: str
    home: str
    home_column: str

    @property
    def turned(self) -> Key:
        """The same join, begun at the other end."""
        return Key(self.home, self.home_column, self.table, self.column)


@dataclass(frozen=True)
class _Home:
    """A column that others may point at: unique, first or second of its table."""

    table: str
    column: str
    family: str
    values: frozenset[str]
    rank: tuple[int, bool, int, int]  # how much it looks like the place where this name belongs

    @property
    def cut(self) -> bool:
        return len(self.values) >= COMMON


def guess_keys(schema: Schema, values: Mapping[str, TableValues]) -> tuple[Key, ...]:
    """Guess the keys of some tables: each column points at most at one home.

    A likely key has the name of a unique first or second column elsewhere and takes half of its values from it.
    """
    homes = list(_homes(schema, values))
    best = {home.column: max(other.rank for other in homes if other.column == home.column) for home in homes}
    keys: list[Key] = []
    for table in schema.tables:
        for column in table.columns:
            key = _key_of(table, column, values[table.name], homes, best)
            if key and key.turned not in keys:
                keys.append(key)
    return tuple(keys)


def _homes(schema: Schema, values: Mapping[str, TableValues]) -> Iterator[_Home]:
    for table in schema.tables:
        for place, column in enumerate(table.columns[:2]):
            held = values[table.name]
            if column.name in held.unique and _family(column) in ("VARCHAR", "INTEGER"):
                yield _Home(
                    table.name,
                    column.name,
                    _family(column),
                    frozenset(held.common.get(column.name, ())),
                    (
                        sum(column in other.columns for other in schema.tables),
                        column.name.lower().startswith(singular(table.name.lower())),
                        -place,
                        -len(table.name),
                    ),
                )


def _family(column: Column) -> str:
    """All whole numbers may point at each other, whatever their width."""
    return "INTEGER" if column.type.upper().endswith(("INT", "INTEGER")) else column.type


def _key_of(
    table: Table, column: Column, held: TableValues, homes: list[_Home], best: Mapping[str, tuple[int, bool, int, int]]
) -> Key | None:
    mine = frozenset(held.common.get(column.name, ()))
    own = next((home for home in homes if (home.table, home.column) == (table.name, column.name)), None)
    if not mine or (own and own.rank == best[own.column] and own.rank[0] > 1 and own.rank[2] == 0):
        return None  # it is the home of its name itself
    found = [
        (weight, home.rank, home.table, home.column)
        for home in homes
        if home.table != table.name
        and home.family == _family(column)
        and (weight := _weight(column, home, mine)) is not None
    ]
    return Key(table.name, column.name, *max(found)[2:]) if found else None


def _weight(column: Column, home: _Home, mine: frozenset[str]) -> int | None:
    share = 1.0 if home.cut else len(mine & home.values) / len(mine)
    if share < _SHARED:
        return None
    name, target = column.name.lower(), home.column.lower()
    same = name == target and name != "id" and bool(_KEYISH.search(name))
    if same:
        return 1
    if _names(name, target, home.table.lower()):
        return 2
    tail = _common_ending(name, target) >= 6 and bool(_KEYISH.search(name)) and column.type == "VARCHAR"
    return 0 if tail and share >= 0.9 and not home.cut else None


def _names(name: str, target: str, table: str) -> bool:
    """Whether a column's name says a table and its key: ``customer_id`` for ``customers.id``."""
    one = singular(table)
    if target in ("id", "name") and name in (f"{one}_{target}", f"{table}_{target}", one + target):
        return True
    if target in ("id", table[0] + "id", f"{one}_id") and name == f"{one}_id":
        return True
    return len(target) > 4 and name.endswith(f"_{target}") and bool(_KEYISH.search(target))


def _common_ending(one: str, other: str) -> int:
    length = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        length += 1
    return length


def singular(word: str) -> str:
    """``cities`` to ``city``, ``orders`` to ``order``; English only."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") else word
