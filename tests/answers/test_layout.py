import re

import pytest

from components.answers.layout import laid_out, line_of

LONG = (
    "SELECT category, sum(net_amount) AS revenue, count(DISTINCT order_id) AS orders, max(ordered_at) AS newest "
    "FROM orders LEFT JOIN customers ON orders.customer_id = customers.id WHERE status <> 'FROM  a, b' "
    "AND day IN (SELECT day FROM days) GROUP BY category ORDER BY revenue DESC LIMIT 5"
)


def test_a_long_line_is_broken_before_its_clauses() -> None:
    assert laid_out(LONG).splitlines() == [
        "SELECT category,",
        "       sum(net_amount) AS revenue,",
        "       count(DISTINCT order_id) AS orders,",
        "       max(ordered_at) AS newest",
        "FROM orders",
        "LEFT JOIN customers ON orders.customer_id = customers.id",
        "WHERE status <> 'FROM  a, b' AND day IN (SELECT day FROM days)",
        "GROUP BY category",
        "ORDER BY revenue DESC",
        "LIMIT 5",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        LONG,
        "SELECT 'a   b', \"x  y\" FROM t",
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a UNION ALL SELECT 2",
        "FROM t SELECT a",
        "SELECT E'it\\'s' FROM t WHERE x = $$a  b$$",
    ],
)
def test_only_white_space_between_words_changes(sql: str) -> None:
    def bare(text: str) -> str:
        return re.sub(r"\s+", "", text)

    assert bare(laid_out(sql)) == bare(sql)
    for literal in re.findall(r"'[^']*'|\"[^\"]*\"", sql):
        assert literal in laid_out(sql)


@pytest.mark.parametrize("sql", ["SELECT 1 -- FROM here\nFROM t" + " " * 120, "SELECT a\nFROM t", "SELECT '", ""])
def test_what_has_lines_or_comments_or_cannot_be_read_stays(sql: str) -> None:
    assert laid_out(sql) == sql.strip()


def test_the_line_of_a_column_is_the_one_that_makes_it() -> None:
    sql = laid_out(LONG)
    assert line_of(sql, "revenue") == 2
    assert line_of(sql, "newest") == 4
    assert line_of(sql, "nothing") == 1
    assert line_of("SELECT category, sum(x)\nFROM t", "sum(x)") == 1


def test_the_line_of_a_column_after_a_cte_is_in_the_last_select() -> None:
    sql = "WITH a AS (\n  SELECT x AS revenue\n  FROM t\n)\nSELECT\n  revenue\nFROM a"
    assert line_of(sql, "revenue") == 6
