from __future__ import annotations

import pytest

from components.answers.strays import Stray, find_strays, respelt
from components.answers.values import read_values
from tests.answers.conftest import Shop


def strays(shop: Shop, sql: str) -> tuple[Stray, ...]:
    bench = shop.bench()
    return find_strays(bench, sql, read_values(bench))


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT * FROM orders WHERE category = 'Kitchen'", ()),
        ("SELECT * FROM orders WHERE category = 'kitchen'", (Stray("orders", "category", "kitchen", "Kitchen"),)),
        ("SELECT * FROM orders WHERE 'Gardens' = category", (Stray("orders", "category", "Gardens", "Garden"),)),
        ("SELECT * FROM orders WHERE category IN ('Kitchen', 'Cars')", (Stray("orders", "category", "Cars", ""),)),
        ("SELECT * FROM orders WHERE lower(category) = 'kitchen'", ()),
        (
            "SELECT * FROM orders o JOIN customers c ON customer_id = c.id WHERE c.city = 'bern'",
            (Stray("customers", "city", "bern", "Bern"),),
        ),
        ("SELECT * FROM customers WHERE name = 'it''s'", (Stray("customers", "name", "it's", ""),)),
        ("SELECT * FROM orders WHERE ordered_at = '2023-01-01'", ()),
        ("not sql (", ()),
        ("SELECT * FROM orders WHERE " + "(" * 200 + "category = 'Cars'" + ")" * 200, ()),
    ],
)
def test_a_value_that_no_row_holds_is_found(shop: Shop, sql: str, found: tuple[Stray, ...]) -> None:
    assert strays(shop, sql) == found


def test_another_spelling_makes_a_query_that_finds_rows(shop: Shop) -> None:
    sql = "SELECT count(*) FROM orders WHERE category = 'kitchen' OR category IN ('office')"
    better = respelt(sql, strays(shop, sql))
    assert better is not None
    bench = shop.bench()
    assert bench.run_now(sql).table.column(0)[0].as_py() == 0
    assert bench.run_now(better).table.column(0)[0].as_py() == 400


def test_without_a_near_spelling_there_is_no_other_query(shop: Shop) -> None:
    sql = "SELECT count(*) FROM orders WHERE category = 'Cars'"
    assert respelt(sql, strays(shop, sql)) is None
    assert respelt("SELECT 1", ()) is None


def test_a_query_nested_too_deeply_keeps_its_spelling(shop: Shop) -> None:
    stray = Stray("orders", "category", "kitchen", "Kitchen")
    assert respelt("SELECT " + "(" * 2000 + "1" + ")" * 2000, (stray,)) is None
