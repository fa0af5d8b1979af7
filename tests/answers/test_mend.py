"""Mended queries run on the real engine; what cannot be mended is left alone."""

from __future__ import annotations

import pytest

from components.answers.keys import guess_keys
from components.answers.mend import mended
from components.answers.values import read_values
from components.errors import QueryError, QueryFailedError
from tests.answers.conftest import Shop


def failure(shop: Shop, sql: str) -> QueryError | None:
    try:
        shop.bench().run_now(sql)
    except QueryError as error:
        return error
    return None


def mend(shop: Shop, sql: str) -> str | None:
    error = failure(shop, sql)
    assert error is not None, "the query was to fail"
    bench = shop.bench()
    return mended(sql, error.what, bench.schema, guess_keys(bench.schema, read_values(bench)))


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("SELECT name, net_amount FROM orders", "JOIN customers ON"),
        ("SELECT c.net_amount FROM orders AS o JOIN customers AS c ON o.customer_id = c.id", "o.net_amount"),
        ("SELECT id FROM orders JOIN customers ON orders.customer_id = customers.id", "orders.id"),
        ("SELECT catgory FROM orders", "orders.category"),
        ("SELECT category FROM order", "orders"),
        ("SELECT category FROM ordrs WHERE ordrs.returned", "FROM orders AS ordrs"),
        ("SELECT category, sum(net_amount) FROM orders", "GROUP BY ALL"),
        ("SELECT avg(category) FROM orders", "TRY_CAST"),
        ("SELECT count(*) FROM orders WHERE ordered_at > DATE_SUB(CURDATE(), INTERVAL 1 YEAR)", "INTERVAL"),
    ],
)
def test_a_query_with_a_common_fault_runs_after_mending(shop: Shop, sql: str, part: str) -> None:
    better = mend(shop, sql)
    assert better is not None
    assert part in better
    assert failure(shop, better) is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT blood_pressure FROM orders",
        "SELECT 'a' + ",
        "not sql at all (",
        "SELECT " + "(" * 2000 + "1" + ")" * 2000 + " FROM ordrs",
    ],
)
def test_what_cannot_be_mended_is_left_alone(shop: Shop, sql: str) -> None:
    assert mend(shop, sql) is None


def test_subqueries_keep_their_own_columns(shop: Shop) -> None:
    sql = "WITH t AS (SELECT category AS kind, count(*) AS n FROM orders GROUP BY 1) SELECT kind, nn FROM t"
    assert mended(sql, "no nn", shop.bench().schema, ()) is None


def test_the_error_is_the_engines_own(shop: Shop) -> None:
    assert isinstance(failure(shop, "SELECT nothing FROM orders"), QueryFailedError)
