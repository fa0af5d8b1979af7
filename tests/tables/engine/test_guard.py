"""The guard's words and edges; the attacks themselves are in tests/attacks."""

from __future__ import annotations

import threading
import time

import duckdb
import pytest

from components.errors import QueryRefusedError
from components.tables.engine import guard


def refusal(sql: str, *tables: str) -> str:
    with pytest.raises(QueryRefusedError) as error:
        guard.check(sql, tables)
    return error.value.what


def test_it_names_the_tables_that_are_read_as_they_are_spelled() -> None:
    assert guard.check("SELECT * FROM ORDERS o JOIN customers c USING (id)", ["Orders", "customers", "stock"]) == (
        "Orders",
        "customers",
    )
    assert guard.check("WITH orders AS (SELECT 1) SELECT * FROM orders", ["orders"]) == ()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM order", "not valid SQL"),
        ("SELECT * FROM invoices", "There is no table 'invoices'. Tables: customers, orders."),
        ("SELECT nosuch(1)", "There is no function nosuch()."),
        ("SELECT getvariable('x')", "The function getvariable() is not allowed."),
        ("SELECT * FROM read_csv('x')", "The table function read_csv() is not allowed."),
        ("DELETE FROM orders", "Only SELECT is allowed, not DELETE."),
        ("SELECT 1; SELECT 2", "Exactly one SELECT statement is allowed, and this is 2."),
        ("PIVOT orders ON country USING count(*)", "Write PIVOT ... ON ... IN (...)"),
        ("SELECT * FROM orders WHERE id = ?", "write the values"),
        ("SELECT '" + "x" * guard.LONGEST + "'", "longer than 20,000 characters"),
    ],
)
def test_a_refusal_says_what_to_write_instead(sql: str, words: str) -> None:
    assert words in refusal(sql, "orders", "customers")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 9000 + "1" + ")" * 9000,
        "SELECT " + "[" * 9000 + "]" * 9000,
        "SELECT " + "NOT " * 4500 + "true",
        "WITH a AS (" * 900 + "SELECT 1" + ") SELECT 1" * 900,
        "SELECT " + "CASE WHEN 1=1 THEN " * 800 + "1" + " END" * 800,
        " UNION ALL ".join(["(SELECT 1 GROUP BY CUBE(" + ",".join(f"c{n}" for n in range(15)) + "))"] * 9),
    ],
    ids=["parentheses", "lists", "not", "with", "case", "cube"],
)
def test_a_query_that_would_choke_the_parser_is_refused_or_read_but_never_ends_the_app(sql: str) -> None:
    try:
        guard.check(sql, [])
    except QueryRefusedError as error:
        assert error.what


def test_every_function_of_the_list_is_known_to_this_engine() -> None:
    """A word that the engine does not know would be a spelling mistake, or a function that a new engine lost."""
    syntax = {"array_pack", "case", "coalesce", "count_star", "grouping", "grouping_id", "ifnull", "operator"}
    syntax |= {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "unnest"}
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    assert guard.functions() - {row[0] for row in rows} - syntax - {"struct_extract_at", "row"} == set()


def test_functions_that_tell_of_the_machine_are_not_on_the_list() -> None:
    telling = {"getenv", "current_setting", "getvariable", "query", "read_text", "glob", "version", "sleep_ms"}
    assert not telling & guard.functions()


def test_many_threads_may_ask_at_once() -> None:
    faults: list[str] = []

    def ask(number: int) -> None:
        for _ in range(20):
            if guard.check(f"SELECT {number} FROM t{number}", [f"t{number}"]) != (f"t{number}",):
                faults.append(str(number))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def nested_cases(depth: int, whens: int) -> str:
    inner = "id"
    for _ in range(depth):
        inner = f"CASE {inner} " + " ".join(f"WHEN {number} THEN {number}" for number in range(whens)) + " END"
    return f"SELECT {inner} FROM orders"


def nested_windows(depth: int) -> str:
    inner = "SELECT 1"
    for _ in range(depth):
        inner = f"SELECT sum(id) OVER w, sum(id) OVER w FROM orders WINDOW w AS (PARTITION BY ({inner}))"
    return inner


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param(nested_cases(40, 2), id="copies of copies"),
        pytest.param(nested_cases(6, 100), id="few levels of many"),
        pytest.param(nested_cases(40, 2).replace("id", ".5"), id="a number that begins with a point"),
        pytest.param(nested_cases(40, 2).replace("id", "(SELECT o.end FROM orders o)"), id="names like END"),
        pytest.param(nested_cases(40, 2).replace("CASE", "CASE/* WHEN */"), id="words in comments"),
        pytest.param("SELECT CASE f(" + "1," * 5000 + "1) " + "WHEN 1 THEN 1 " * 300 + "END", id="one long operand"),
        pytest.param(
            f"SELECT {'sum(a) OVER w, ' * 600} 1 FROM orders WINDOW w AS (ORDER BY {'a, ' * 3000} a)", id="a window"
        ),
        pytest.param(nested_windows(40), id="windows in windows"),
        pytest.param("/*" * 4000 + "*/" * 4000 + "SELECT 1", id="comments in comments"),
    ],
)
def test_what_the_parser_would_multiply_is_refused_before_it_is_parsed(sql: str) -> None:
    began = time.monotonic()
    assert "query" in refusal(sql, "orders")
    assert time.monotonic() - began < 1


def test_case_and_window_are_allowed_as_people_write_them() -> None:
    months = ", ".join(f"sum(CASE month WHEN {number} THEN total END) AS m{number}" for number in range(1, 13))
    assert guard.check(f"SELECT {months} FROM orders", ["orders"]) == ("orders",)
    searched = "CASE WHEN id > 5 THEN CASE id WHEN 6 THEN 'six' ELSE 'more' END ELSE 'few' END"
    assert guard.check(f"SELECT {searched} AS end, max(id) AS window FROM orders o", ["orders"]) == ("orders",)
    over = ", ".join(f"sum(a{number}) OVER w" for number in range(12))
    assert guard.check(f"SELECT {over} FROM orders WINDOW w AS (PARTITION BY a ORDER BY b)", ["orders"]) == ("orders",)
