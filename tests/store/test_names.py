"""Names of tables in SQL."""

from __future__ import annotations

import duckdb
import pytest

from components.store._names import LONGEST, RESERVED, free_among


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Orders 2024 (final).csv", "orders_2024_final_csv"),
        ("2024", "t_2024"),
        ("Select", "t_select"),
        ("Übersicht", "übersicht"),
        ("Продажи", "продажи"),
        ("a - b", "a_b"),
        ("  __x__ ", "x"),
        ("!!!", "table_1"),
        ("", "table_1"),
        ("x" * 200, "x" * LONGEST),
    ],
)
def test_any_name_becomes_one_that_needs_no_quotes(wanted: str, name: str) -> None:
    assert free_among((), wanted) == name
    duckdb.execute(f"create or replace temp table {name} as select 1 as one")
    assert duckdb.execute(f"select one from {name}").fetchone() == (1,)


def test_a_number_is_counted_up_until_the_name_is_free() -> None:
    assert free_among({"orders", "orders_2", "orders_4"}, "orders") == "orders_3"


def test_the_reserved_words_are_the_engines() -> None:
    found = duckdb.execute("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'").fetchall()
    assert {word for (word,) in found} == RESERVED
