"""A result's cells as evidence keeps them: plain JSON values that lose nothing, and what kind each column is.

Numbers stay numbers where JSON can hold them exactly; decimals and integers beyond 2^53 are kept as their digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from components.tables.kinds import told_apart

if TYPE_CHECKING:
    import pyarrow as pa

Cell = int | float | str | bool | None
KEPT = 500  # rows that evidence keeps
_CELLS = 20_000  # and cells, where a result is wide
_TEXT = 500  # characters kept of one cell
_EXACT = 2**53
_ORDINAL = re.compile(r"(^|_|[a-z])(id|key|code|zip|year|month|week|weekday|quarter|hour|dow)$", re.IGNORECASE)
_TIMELY = re.compile(r"(^|_|[a-z])(year|month|week|weekday|quarter|hour|dow|day)$", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@dataclass(frozen=True)
class Shown:
    """A column of a result.

    Attributes:
        type: Arrow's spelling of its type.
        kind: ``number`` (a measure), ``ordinal`` (a number that names: a year, an id), ``time``, ``truth``, ``text``.
    """

    name: str
    type: str
    kind: str

    @property
    def orders_time(self) -> bool:
        """Whether its values lie along time: dates, or numbers that count years, months, hours."""
        return self.kind == "time" or (self.kind == "ordinal" and bool(_TIMELY.search(self.name)))


@dataclass(frozen=True)
class Rows:
    """A result: its columns and its rows, in the order in which the engine gave them."""

    columns: tuple[Shown, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False

    def column(self, place: int) -> list[Cell]:
        """All cells of one column."""
        return [row[place] for row in self.rows]

    def kept(self) -> dict[str, Any]:
        """The part that evidence keeps: at most 500 rows and 20,000 cells."""
        most = min(KEPT, max(1, _CELLS // max(1, len(self.columns))))
        return {
            "columns": [asdict(column) for column in self.columns],
            "rows": [list(row) for row in self.rows[:most]],
            "row_count": len(self.rows),
            "truncated": self.truncated,
        }


def read_rows(table: pa.Table, truncated: bool = False) -> Rows:
    """Turn Arrow into cells."""
    columns = [[cell(value) for value in table.column(place).to_pylist()] for place in range(table.num_columns)]
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    names = told_apart([field.name for field in table.schema])
    shown = tuple(
        Shown(name, str(field.type), _kind(name, str(field.type), values))
        for name, field, values in zip(names, table.schema, columns, strict=True)
    )
    return Rows(shown, rows, truncated)


def restored(body: Mapping[str, Any]) -> Rows:
    """The rows that evidence kept."""
    return Rows(
        tuple(Shown(**column) for column in body["columns"]),
        tuple(tuple(row) for row in body["rows"]),
        bool(body["truncated"]),
    )


def cell(value: Any) -> Cell:
    """One value of Python as a cell."""
    if value is None or isinstance(value, (bool, str)):
        return _cut(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and value.as_tuple().exponent == 0
        return cell(int(value)) if whole else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


def _kind(name: str, type_: str, values: Sequence[Cell]) -> str:
    if type_ == "bool":
        return "truth"
    if type_.startswith(("int", "uint")) and _ORDINAL.search(name):
        return "ordinal"
    if type_.startswith(("int", "uint", "float", "double", "halffloat", "decimal")):
        return "number"
    if type_.startswith(("date", "timestamp")):
        return "time"
    texts = [value for value in values if value is not None]
    dated = bool(texts) and all(isinstance(text, str) and _ISO.fullmatch(text) for text in texts)
    return "time" if dated else "text"


def number(value: Cell) -> Decimal | None:
    """A cell's exact number; None for what is not one (text, null, infinity)."""
    if value is None or isinstance(value, bool):
        return None
    try:
        read = Decimal(str(value))
    except ArithmeticError:
        return None
    return read if read.is_finite() else None


def exact(value: Cell) -> str:
    """A cell as it stands, without any rounding."""
    return "null" if value is None else str(value)
