"""Rows that are empty, repeated or a total: they are kept, and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.tables.importing import whole_rows
from components.tables.importing.whole_rows import add_row_doubts
from tests.tables.importing.reading import csv_of, read

HEAD = "id,name,shelf,pieces"
ROWS = [f"{n},thing {n},{n % 7},{n * 3}" for n in range(40)]


def doubts(folder: Path, head: str, rows: list[str], name: str = "t.csv") -> dict[str, str]:
    found = read(folder, csv_of(head, rows), name)
    before = found.rows()
    add_row_doubts(found.tables, folder, 512)
    assert found.rows() == before, "nothing is changed"
    ours = ("total_row", "repeated_rows", "blank_rows")
    return {one["kind"]: one["text"] for one in found.tables[0]["doubts"] if one["kind"] in ours}


def test_a_tidy_table_is_not_doubted(tmp_path: Path) -> None:
    assert doubts(tmp_path, HEAD, ROWS) == {}


def test_each_is_said_with_its_first_row(tmp_path: Path) -> None:
    rows = [*ROWS[:10], ROWS[3], ",,,", *ROWS[10:], ",,,", "Total,,,2340"]
    assert doubts(tmp_path, HEAD, rows) == {
        "total_row": "The last row, row 44, looks like a total: “Total”. It is kept, and counts in every sum.",
        "repeated_rows": "1 row says the same as an earlier one in every column, e.g. row 11. All are kept, and count.",
        "blank_rows": "2 rows are empty in every column, e.g. row 12. They are kept.",
    }


@pytest.mark.parametrize("word", ["Grand total", "SUMME:", "Gesamtbetrag", "subtotal", "Suma"])
def test_a_total_has_many_names(tmp_path: Path, word: str) -> None:
    assert "total_row" in doubts(tmp_path, HEAD, [*ROWS, f",{word},,2340"])


@pytest.mark.parametrize("word", ["Summer hat", "Totally new", "thing 41"])
def test_a_name_is_no_total(tmp_path: Path, word: str) -> None:
    assert doubts(tmp_path, HEAD, [*ROWS, f"41,{word},1,3"]) == {}


def test_where_rows_are_alike_by_nature_nothing_is_said(tmp_path: Path) -> None:
    assert doubts(tmp_path, HEAD, ROWS * 2) == {}
    assert doubts(tmp_path, "a,b", [f"{n % 3},{n % 2}" for n in range(60)], "narrow.csv") == {}


def test_a_large_table_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_rows, "MOST_ROWS", 20)
    assert doubts(tmp_path, HEAD, [*ROWS, ",,,"]) == {}


def test_columns_of_any_name_and_kind_are_looked_over(tmp_path: Path) -> None:
    rows = [f'{n},"a ""b""",{n}.5,2025-01-{n % 28 + 1:02d},x' for n in range(40)]
    assert doubts(tmp_path, 'n,"we ""quote""",again,file_row_number,numbered', [*rows, rows[0]]) != {}


@pytest.mark.parametrize("head", ["Groundwork: row,groundwork: blank,n,again", "ROW_NUMBER,Is_Blank,c1,c0"])
def test_no_name_of_a_column_is_taken_for_one_of_ours(tmp_path: Path, head: str) -> None:
    rows = [f"a{n},b{n},{n},x" for n in range(40)]
    assert doubts(tmp_path, head, [*rows, rows[3], ",,,", "Total,,,"]) == {
        "total_row": "The last row, row 43, looks like a total: “Total”. It is kept, and counts in every sum.",
        "repeated_rows": "1 row says the same as an earlier one in every column, e.g. row 41. All are kept, and count.",
        "blank_rows": "1 row is empty in every column, e.g. row 42. They are kept.",
    }
