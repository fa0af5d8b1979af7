"""Profiles: the figures are right, on a file and on a sample of a long one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from components.tables import profile
from tests.tables.importing.reading import silent

MAKE = """SELECT i AS id, i % 10 AS digit, CASE WHEN i % 4 = 0 THEN NULL ELSE i / 2 END AS half,
    CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END AS word, DATE '2024-01-01' + (i % 366)::INT AS day,
    NULL::VARCHAR AS nothing, i % 2 = 0 AS even FROM range(1000) t(i)"""


@pytest.fixture
def looked(tmp_path: Path) -> dict[str, dict[str, object]]:
    file = tmp_path / "a.parquet"
    duckdb.execute(f"COPY ({MAKE}) TO '{file}'")
    found = profile.profile_file(silent, file=str(file), folder=str(tmp_path), allowed_mb=1000)
    assert (found["rows"], found["sampled"]) == (1000, False)
    return {column["name"]: column for column in found["columns"]}


def test_figures(looked: dict[str, dict[str, object]]) -> None:
    assert looked["id"]["distinct"] == 1000
    assert (looked["id"]["low"], looked["id"]["typical"], looked["id"]["high"]) == ("0", "499.50", "999")
    assert looked["half"]["missing"] == pytest.approx(0.25)
    assert looked["word"]["typical"] == "b"
    assert looked["word"]["bars"] == [666, 334]
    assert looked["day"]["low"] == "2024-01-01"
    assert looked["day"]["high"] == "2024-12-31"
    assert looked["nothing"]["missing"] == 1.0
    assert looked["even"]["distinct"] == 2


def test_columns_may_have_any_name(tmp_path: Path) -> None:
    """Names that the queries themselves might use, and marks of their language."""
    names = ("v", "n", "bar", "count", "select", 'a "quoted" one', "again")
    file = tmp_path / "a.parquet"
    cells = ", ".join(f"""'w' || (i % 3) AS "{name.replace('"', '""')}" """ for name in names)
    duckdb.execute(f"COPY (SELECT {cells}, i AS low FROM range(30) t(i)) TO '{file}'")
    found = profile.profile_file(silent, file=str(file), folder=str(tmp_path), allowed_mb=1000)
    assert [column["bars"] for column in found["columns"][:-1]] == [[10, 10, 10]] * len(names)


def test_bars_count_every_row_once(looked: dict[str, dict[str, object]]) -> None:
    bars = looked["id"]["bars"]
    assert isinstance(bars, list)
    assert (len(bars), sum(bars)) == (profile.BARS, 1000)
    assert max(bars) - min(bars) <= 1


def test_long_tables_are_sampled_for_their_shapes_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "LOOKED_AT", 5000)
    file = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT range AS id FROM range(300000)) TO '{file}'")
    found = profile.profile_file(silent, file=str(file), folder=str(tmp_path), allowed_mb=1000)
    (column,) = found["columns"]
    assert found["sampled"]
    assert (column["low"], column["high"], column["missing"]) == ("0", "299,999", 0.0)


@pytest.mark.parametrize(
    ("type_", "words"),
    [("BIGINT", "whole number"), ("DECIMAL(38,0)", "whole number"), ("DECIMAL(20,2)", "decimal"), ("DOUBLE", "decimal"),
     ("TIMESTAMP WITH TIME ZONE", "date and time, UTC"), ("DATE", "date"), ("VARCHAR", "text"),
     ("BOOLEAN", "true or false")],
)  # fmt: skip
def test_types_in_words(type_: str, words: str) -> None:
    assert profile.type_words(type_) == words
