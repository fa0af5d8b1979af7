"""What is in a table's columns: missing, distinct, lowest, typical, highest, and the shape of their distribution."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.jobs.worker import Context, Kind
from components.store import datasets

BARS = 16
WORDS = 12  # bars of a column of text: its most common values
LOOKED_AT = 500_000  # rows; of longer tables the shapes come from a sample, the counts from all
AT_ONCE = 40  # columns of one statement
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
MOMENTS = ("DATE", "TIMESTAMP")


def type_words(type_: str) -> str:
    """The engine's type in words for people."""
    if type_ in NUMBERS or (type_.startswith("DECIMAL") and type_.endswith(",0)")):
        return "whole number"
    if type_.startswith(FRACTIONS):
        return "decimal"
    if type_ == "DATE":
        return "date"
    if type_.startswith("TIMESTAMP"):
        return "date and time, UTC" if "ZONE" in type_ else "date and time"
    return {"BOOLEAN": "true or false", "VARCHAR": "text", "TIME": "time of day"}.get(type_, type_.lower())


def profile_file(report: Any, *, file: str, folder: str, allowed_mb: int) -> dict[str, Any]:
    """Look over a Parquet file; runs in a child process.

    Returns:
        ``rows``, ``sampled`` (whether shapes come from a sample) and ``columns``: name, type, bars, missing (share),
        distinct, low, typical, high; the last three as text, "" where they say nothing.
    """
    from components.tables.importing.duck import column_types, connect, run, text

    connection = connect(Path(folder), allowed_mb)
    try:
        whole = f"read_parquet({text(file)})"
        columns = column_types(connection, f"SELECT * FROM {whole}")
        rows = int(run(connection, f"SELECT count(*) FROM {whole}")[0][0])
        some = (
            whole
            if rows <= LOOKED_AT
            else f"(SELECT * FROM {whole} USING SAMPLE {100 * LOOKED_AT / rows:.4f} PERCENT (system, 7))"
        )
        found: list[dict[str, Any]] = []
        for start in range(0, len(columns), AT_ONCE):
            report(done=start, total=len(columns), words=f"Looking at column {start + 1:,} of {len(columns):,}")
            found += _columns(connection, columns[start : start + AT_ONCE], whole, some, rows)
    finally:
        connection.close()
    return {"rows": rows, "sampled": rows > LOOKED_AT, "columns": found}


def with_profiles(report: Any, tables: Sequence[dict[str, Any]], folder: str, allowed_mb: int) -> None:
    """Put a profile beside each table that is small enough to be looked over within about a second."""
    for table in tables:
        if table["rows"] <= LOOKED_AT and len(table["columns"]) <= 100:
            report(words="Looking over the columns")
            table["profile"] = profile_file(report, file=table["parquet"], folder=folder, allowed_mb=allowed_mb)


def _columns(
    connection: Any, columns: Sequence[tuple[str, str]], whole: str, some: str, rows: int
) -> list[dict[str, Any]]:
    from components.tables.importing.duck import name, run

    parts = []
    for column, type_ in columns:
        cell = name(column)
        ordered = f"{cell}::VARCHAR" if type_ != "BOOLEAN" else f"lower({cell}::VARCHAR)"
        exactly = rows <= LOOKED_AT
        parts += [f"count({cell})", f"count(DISTINCT {cell})" if exactly else f"approx_count_distinct({cell})"]
        measured = type_.startswith((*NUMBERS, *FRACTIONS, *MOMENTS, "TIME"))
        parts += (
            [f"min({cell})::VARCHAR", f"max({cell})::VARCHAR"] if measured else [f"min({ordered})", f"max({ordered})"]
        )
    facts = run(connection, f"SELECT {', '.join(parts)} FROM {whole}")[0]
    found = []
    for number, (column, type_) in enumerate(columns):
        filled, distinct, low, high = facts[4 * number : 4 * number + 4]
        bars, typical = _shape(connection, column, type_, some)
        found.append(
            {
                "name": column,
                "type": type_,
                "bars": bars,
                "missing": 1 - filled / rows if rows else 0.0,
                "distinct": min(int(distinct), int(filled)),
                "low": _edge(low, type_),
                "typical": typical if distinct < filled or type_ != "VARCHAR" else "",
                "high": _edge(high, type_),
            }
        )
    return found


def _shape(connection: Any, column: str, type_: str, some: str) -> tuple[list[int], str]:
    """Bars of the distribution, and the median or the most common value."""
    if type_.startswith((*NUMBERS, *FRACTIONS)):
        return _number_shape(connection, column, some, cast="DOUBLE", back=None)
    if type_.startswith(MOMENTS):
        back = "DATE" if type_ == "DATE" else "TIMESTAMP"
        return _number_shape(connection, column, some, cast="epoch", back=back)
    return _word_shape(connection, column, some)


def _number_shape(connection: Any, column: str, some: str, *, cast: str, back: str | None) -> tuple[list[int], str]:
    from components.tables.importing.duck import name, run

    cell = name(column)
    value = f"epoch({cell})" if cast == "epoch" else f"CAST({cell} AS DOUBLE)"
    seen = f"SELECT {value} AS v FROM {some} WHERE {cell} IS NOT NULL AND isfinite({cell})"
    low, high, middle = run(connection, f"SELECT min(v), max(v), median(v) FROM ({seen})")[0]
    if low is None:
        return [], ""
    width = (high - low) or 1.0
    bar = f"least({BARS - 1}, CAST(floor((v - {low!r}) / {width!r} * {BARS}) AS INTEGER))"
    counts = dict(run(connection, f"SELECT {bar} AS bar, count(*) FROM ({seen}) GROUP BY bar"))
    bars = [int(counts.get(number, 0)) for number in range(BARS)] if high > low else [sum(counts.values())]
    if back is None:
        return bars, _number(middle)
    return bars, _short(
        run(connection, f"SELECT make_timestamp(CAST({middle!r} * 1e6 AS BIGINT))::{back}::VARCHAR")[0][0]
    )


def _word_shape(connection: Any, column: str, some: str) -> tuple[list[int], str]:
    from components.tables.importing.duck import name, run

    cell = name(column)
    counted = f"SELECT {cell}::VARCHAR, count(*) FROM {some} WHERE {cell} IS NOT NULL"
    top = run(connection, f"{counted} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {WORDS}")  # a column may have any name
    return [int(n) for _, n in top], _short(top[0][0]) if top else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}" if abs(value) >= 0.1 else f"{value:.3g}"


def _edge(value: Any, type_: str) -> str:
    """The lowest or highest value, as a number is written where it is one that a double holds."""
    if value is None or not type_.startswith((*NUMBERS, *FRACTIONS)) or len(str(value)) > 15:
        return _short(value)
    return _number(float(value))


def _short(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"


def profile_table(context: Context, *, version_id: str) -> Mapping[str, Any]:
    """The job: look over one version and keep what was found; a version that has it already is left alone."""
    version = datasets.version(context.store, context.user_id, version_id)
    if version.profile is not None:
        return {}
    from components.tables.imports import workplace

    folder = workplace(context)
    try:
        profile = context.in_process(
            profile_file,
            memory_mb=context.settings.import_memory_mb,
            seconds=context.settings.import_seconds,
            file=str(context.store.blobs.local_path(version.blob)),
            folder=str(folder),
            allowed_mb=context.settings.import_memory_mb,
        )
        datasets.set_profile(context.store, context.user_id, version_id, profile)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {}


PROFILE_KINDS = (Kind("profile_table", profile_table, act="look"),)
