"""A table's columns as the explorer's front end wants them declared, and its rows in the form that it reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from components.tables.kinds import kind_of

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True)
class Fields:
    """Columns declared twice: ``raw`` for the lists and shelves, ``metas`` for the translation into SQL."""

    raw: tuple[dict[str, Any], ...]
    metas: tuple[dict[str, str], ...]


def fields_of(columns: Mapping[str, str]) -> Fields:
    """Declare columns by name and type (DuckDB's words or Arrow's). The name is the id: it goes into SQL, quoted."""
    return Fields(
        tuple(_raw(name, type_) for name, type_ in columns.items()),
        tuple({"key": name, "type": _meta(type_)} for name, type_ in columns.items()),
    )


def _raw(name: str, type_: str) -> dict[str, Any]:
    kind = kind_of(type_)
    part = "measure" if kind == "quantitative" else "dimension"
    return {"fid": name, "name": name, "basename": name, "semanticType": kind, "analyticType": part, "offset": 0}


def _meta(type_: str) -> str:
    kind, name = kind_of(type_), type_.upper()
    if kind == "temporal":
        return "datetime_tz" if "TIME ZONE" in name or "TZ" in name or "TZ=" in name else "datetime"
    if kind == "quantitative":
        return "number"
    return "bool" if name.startswith("BOOL") else "string"


def rows_of(table: pa.Table) -> list[Row]:
    """Arrow as rows of plain JSON.

    Times are milliseconds since 1970 in UTC; decimals and wide integers are floats; NaN and infinity, which JSON does
    not know, are null; lists stay lists, for a bin is one; whatever else (structs, ids, bytes) is text.
    """
    names = table.column_names
    columns = [_plain(table.column(place)) for place in range(table.num_columns)]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    type_ = column.type
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_):
        milliseconds = column.cast(pa.timestamp("ms", tz=getattr(type_, "tz", None)), safe=False)
        return list(milliseconds.cast(pa.int64()).to_pylist())
    if pa.types.is_decimal(type_) or pa.types.is_floating(type_):
        floats = column.cast(pa.float64(), safe=False)
        return list(pc.if_else(pc.is_finite(floats), floats, None).to_pylist())
    if pa.types.is_integer(type_) or pa.types.is_boolean(type_) or pa.types.is_string(type_):
        return list(column.to_pylist())
    return [_plain_value(value) for value in column.to_pylist()]


def _plain_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, list):
        return [_plain_value(part) for part in value]
    return f"{len(value):,} bytes" if isinstance(value, bytes) else str(value)
