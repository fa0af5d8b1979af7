"""The commonest values of the tables: they explain a question's words and betray which columns are keys.

Read once for each dataset version, which never changes. Tables of more than a million rows are sampled, so the time is
bounded; whoever says that something is *not* in the data asks the whole table first (``missing``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from components.answers.bench import Bench, quoted
from components.answers.schema import Column, Table
from components.errors import QueryStoppedError
from components.recent import Recent

COMMON = 1000  # values kept of a column
WHOLE = 1_000_000  # rows up to which a table is read whole
SAMPLED = 200_000  # rows read of a longer one, about
WIDTH = 60  # columns read of a table; the rest are left out
BATCH = 12  # columns in one query
SECONDS = 5.0


@dataclass(frozen=True)
class TableValues:
    """What a table holds, as far as words and keys need it.

    Attributes:
        common: For each text or whole-number column its commonest values as text, most frequent first.
        unique: Columns whose values are all there and all different, as far as they were read.
        years: For each column of dates its first and last year.
    """

    common: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unique: frozenset[str] = frozenset()
    years: Mapping[str, tuple[int, int]] = field(default_factory=dict)


_KEPT = 200  # versions
_read: Recent[str, TableValues] = Recent(_KEPT)


def read_values(bench: Bench) -> dict[str, TableValues]:
    """The values of every table, by its name; read now or remembered from an earlier question.

    A table that cannot be read within five seconds gives empty values: what rests on them is then left unsaid.
    """
    return {table.name: _values(bench, table) for table in bench.schema.tables}


def _values(bench: Bench, table: Table) -> TableValues:
    key = table.version_id or str(table.path)
    values = _read.get(key)
    if values is None:
        try:
            values = _read_table(bench, table)
        except QueryStoppedError:
            values = TableValues()
        _read.put(key, values)
    return values


def _read_table(bench: Bench, table: Table) -> TableValues:
    worded = [column for column in table.columns[:WIDTH] if _has_words(column)]
    common: dict[str, tuple[str, ...]] = {}
    unique: set[str] = set()
    for some in _batches(worded):
        common |= _common(bench, table, some)
        unique |= _unique(bench, table, some)
    return TableValues(common, frozenset(unique), _years(bench, table))


def _has_words(column: Column) -> bool:
    return column.kind == "text" or (column.kind == "number" and "INT" in column.type.upper())


def _batches(columns: Sequence[Column]) -> Iterator[Sequence[Column]]:
    for start in range(0, len(columns), BATCH):
        yield columns[start : start + BATCH]


def _rows_of(table: Table) -> str:
    if table.rows <= WHOLE:
        return quoted(table.name)
    return f"{quoted(table.name)} TABLESAMPLE SYSTEM ({100 * SAMPLED / table.rows:.4f} PERCENT)"


def _common(bench: Bench, table: Table, columns: Sequence[Column]) -> dict[str, tuple[str, ...]]:
    parts = [_commonest(number, column, table) for number, column in enumerate(columns)]
    sql = f"SELECT i, v FROM ({' UNION ALL '.join(parts)}) ORDER BY i, n DESC, v"  # noqa: S608
    got = bench.run_now(sql, max_rows=COMMON * BATCH, seconds=SECONDS).table
    found: dict[str, list[str]] = {column.name: [] for column in columns}
    for number, value in zip(*(got.column(name).to_pylist() for name in ("i", "v")), strict=True):
        found[columns[number].name].append(value)
    return {name: tuple(values) for name, values in found.items()}


def _commonest(number: int, column: Column, table: Table) -> str:
    name = quoted(column.name)  # S608 sees text put into SQL: names are quoted, and the guard reads every query
    text = f"SELECT {number} AS i, CAST({name} AS VARCHAR) AS v, count(*) AS n FROM {_rows_of(table)} "  # noqa: S608
    return f"({text} WHERE {name} IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT {COMMON})"


def _unique(bench: Bench, table: Table, columns: Sequence[Column]) -> set[str]:
    counts = ", ".join(f"count(DISTINCT {quoted(c.name)}) = count(*)" for c in columns)
    sql = f"SELECT count(*) > 0, {counts} FROM {_rows_of(table)}"  # noqa: S608
    got = bench.run_now(sql, seconds=SECONDS).table
    first = [got.column(number)[0].as_py() for number in range(got.num_columns)]
    return {column.name for column, same in zip(columns, first[1:], strict=True) if first[0] and same}


def _years(bench: Bench, table: Table) -> dict[str, tuple[int, int]]:
    dated = [c for c in table.columns if c.kind == "time" and c.type.upper() not in ("TIME", "TIMETZ")][:WIDTH]
    if not dated:
        return {}
    ends = ", ".join(f"year(min({quoted(c.name)})), year(max({quoted(c.name)}))" for c in dated)
    sql = f"SELECT {ends} FROM {quoted(table.name)}"  # noqa: S608
    got = bench.run_now(sql, seconds=SECONDS).table
    cells = [got.column(number)[0].as_py() for number in range(got.num_columns)]
    pairs = zip(dated, cells[::2], cells[1::2], strict=True)
    return {column.name: (low, high) for column, low, high in pairs if low is not None}


def missing(bench: Bench, words: Collection[str]) -> tuple[str, ...]:
    """Those of ``words`` that stand in no text value of any table: every row is looked at, so "not found" is true.

    Raises:
        QueryStoppedError: The tables are too large to be looked through in five seconds.
    """
    left = list(words)
    for table in bench.schema.tables:
        texts = [column for column in table.columns if column.kind == "text"][:WIDTH]
        if left and texts:
            left = _missing_in(bench, table, texts, left)
    return tuple(left)


def _missing_in(bench: Bench, table: Table, columns: Sequence[Column], words: Sequence[str]) -> list[str]:
    text = "lower(concat_ws(chr(10), " + ", ".join(quoted(column.name) for column in columns) + "))"
    looks = ", ".join(f"coalesce(bool_or(contains(t, {_literal(word)})), false)" for word in words)
    sql = f"SELECT {looks} FROM (SELECT {text} AS t FROM {quoted(table.name)})"  # noqa: S608
    got = bench.run_now(sql, seconds=SECONDS).table
    return [word for number, word in enumerate(words) if not got.column(number)[0].as_py()]


def _literal(word: str) -> str:
    return "'" + word.lower().replace("'", "''") + "'"
