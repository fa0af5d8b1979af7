"""What somebody reads in place of an answer when a query is refused, fails, or is stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from components.errors import QueryStoppedError
from components.store import datasets
from components.tables.engine import guard
from components.tables.engine.engines import FOR_ONE_USER, Ticket
from components.tables.engine.guard import LONGEST, MOST_COMMENTS, MOST_GROUPINGS
from components.workbench import Workbench
from tests.answers.conftest import add_table
from tests.messages.asking import ended, newest
from tests.messages.bringing import ME
from tests.messages.changing import changed
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.waiting import until

NUMBERS = "SELECT i AS n, 'word ' || i AS word FROM range(100000) t(i)"
SLOW = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n = -1"

REFUSED = {
    "The query is longer than {LONGEST} characters.": f"SELECT '{'x' * LONGEST}'",
    "The query contains a NUL character.": "SELECT '\x00'",
    "The query uses CUBE, ROLLUP or GROUPING more than {MOST_GROUPINGS} times.": (
        "SELECT n FROM numbers GROUP BY " + ", ".join(["CUBE (n)"] * (MOST_GROUPINGS + 1))
    ),
    "The query holds more than {MOST_COMMENTS} comments.": "SELECT 1 " + "/* */" * (MOST_COMMENTS + 1),
    "The query is too large once what its CASE and OVER repeat is written out.": (
        f"SELECT CASE {'+'.join('n' * 500)} {'WHEN 1 THEN 1 ' * 600} END FROM numbers"
    ),
    "The query is too large.": (
        f"SELECT {', '.join('n' * 900)} FROM numbers GROUP BY"
        f" CUBE ({', '.join(f'n + {i}' for i in range(14))}), ROLLUP (n, n + 1)"
    ),
    "The query is nested too deeply.": "SELECT " + "[" * 1000 + "1" + "]" * 1000,
    "This is not valid SQL. {_first_lines}": "SELEC n FROM numbers",
    "Exactly one SELECT statement is allowed, and this is {len}.{hint}": "SELECT 1; SELECT 2",
    "Only SELECT is allowed, not {kinds}.": "DELETE FROM numbers",
    "Only a plain SELECT is allowed.": "PRAGMA version",
    "Parameters ($1, ?) are not allowed: write the values.": "SELECT n FROM numbers WHERE n = $1",
    "Only tables of your own may be used, by their plain name, not {whole}. {_offer}": "SELECT * FROM other.numbers",
    "There is no table {name}. {_offer}": "SELECT * FROM letters",
    "The table function {name}() is not allowed. {_offer}": "SELECT * FROM read_csv('/etc/passwd')",
    "SHOW and DESCRIBE work only on one of the tables. {_offer}": "SHOW TABLES",
    "The function {name}() is not allowed.": "SELECT nextval('x')",
    "There is no function {name}().": "SELECT frobnicate(n) FROM numbers",
    "Give {name} a plain name of letters, digits and underscores.": 'WITH "a.csv" AS (SELECT 1) SELECT * FROM "a.csv"',
    "USER is not a column of a table here.": "SELECT user",
    "{upper} is not allowed.": "SELECT current_schema",
}
OF_A_NEWER_ENGINE = {  # what the lists of the guard do not know: all that the present engine reads is in them
    "{kind} is not allowed in a query.": ("EXPRESSIONS", "CASE", "SELECT CASE WHEN true THEN 1 END"),
    "{get} is not allowed in a query.": ("RELATIONS", "JOIN", "SELECT 1 FROM numbers a, numbers b"),
}
READ = {f"tables/engine: {what}" for what in (*REFUSED, *OF_A_NEWER_ENGINE)} | {
    "tables/engine: *the words of what failed*",
    "tables/engine: The query needs more than {seconds} seconds.",
    "tables/engine: The query needs more memory than the {memory_mb} MB that it may have.",
    "tables/engine: A table cannot be opened. {words}",
    "tables/engine: The engine did not start: the machine has no room.",
    "tables/engine: The query was stopped.",
    "tables/engine: Your other queries still run.",
    "tables/engine: The app is closing.",
}


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    return {"GROUNDWORK_QUERY_SECONDS": "30", "GROUNDWORK_QUERY_MEMORY_MB": "256"}


@pytest.fixture(scope="module", autouse=True)
def numbers(desk: Workbench, tmp_path_factory: pytest.TempPathFactory) -> datasets.Dataset:
    return add_table(desk.store, ME, tmp_path_factory.mktemp("numbers"), "numbers", NUMBERS)


def run(desk: Workbench, show: Show, sql: str) -> str:
    """What the page says of a query that is written in its field."""
    at = show("ask_tables")
    at.text_area(key="own-sql").set_value(sql).run()
    before = newest(desk)
    at.button(key="run-own").click().run()
    return page_words(ended(desk, at, but=before.id if before else ""))


@pytest.mark.parametrize("what", REFUSED)
def test_a_query_that_is_not_let_through_says_why(desk: Workbench, show: Show, what: str) -> None:
    assert_read(run(desk, show, REFUSED[what]), f"tables/engine: {what}")


@pytest.mark.parametrize("what", OF_A_NEWER_ENGINE)
def test_what_nobody_has_looked_at_is_refused(
    desk: Workbench, show: Show, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    known, unknown, sql = OF_A_NEWER_ENGINE[what]
    monkeypatch.setattr(guard, known, getattr(guard, known) - {unknown})
    assert_read(run(desk, show, sql), f"tables/engine: {what}")


def test_a_query_that_fails_has_the_engines_words(desk: Workbench, show: Show) -> None:
    said = run(desk, show, "SELECT CAST(word AS INTEGER) FROM numbers")
    assert "Could not convert string" in said
    assert_read(said, "tables/engine: *the words of what failed*")


def test_a_query_that_takes_too_long_is_stopped(desk: Workbench, show: Show) -> None:
    with changed(desk.settings, query_seconds=1):
        said = run(desk, show, SLOW)
    assert_read(said, "tables/engine: The query needs more than {seconds} seconds.")


def test_a_query_that_needs_too_much_memory_is_stopped(desk: Workbench, show: Show) -> None:
    said = run(desk, show, "SELECT length(string_agg(repeat(word, 1000))) FROM numbers")
    assert_read(said, "tables/engine: The query needs more memory than the {memory_mb} MB that it may have.")


def test_a_table_whose_file_is_damaged_says_so(desk: Workbench, show: Show, tmp_path: Path) -> None:
    torn = add_table(desk.store, ME, tmp_path, "torn", "SELECT 1 AS a")
    desk.store.blobs.local_path(torn.latest.blob).write_bytes(b"no table at all")
    try:
        assert_read(run(desk, show, "SELECT * FROM torn"), "tables/engine: A table cannot be opened. {words}")
    finally:
        datasets.delete_dataset(desk.store, ME, torn.id)


def test_without_room_for_the_engine_the_query_says_so(
    desk: Workbench, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends before it is ready is what a machine without room gives."""
    desk.engines.drop(ME)
    monkeypatch.setattr("components.tables.engine.process.sys.executable", "/bin/false")
    key = "tables/engine: The engine did not start: the machine has no room."
    assert_read(run(desk, show, "SELECT 1"), key)


@contextmanager
def busy(desk: Workbench, queries: int) -> Iterator[list[Ticket]]:
    """Inside, so many slow queries of the user's run."""
    (found,) = [one for one in datasets.list_datasets(desk.store, ME) if one.name == "numbers"]
    files = {"numbers": desk.store.blobs.local_path(found.latest.blob)}
    tickets = [Ticket() for _ in range(queries)]

    def ask(ticket: Ticket) -> None:
        with suppress(QueryStoppedError):
            desk.engines.query(ME, SLOW, files, seconds=60, ticket=ticket)

    threads = [threading.Thread(target=ask, args=(ticket,)) for ticket in tickets]
    for thread in threads:
        thread.start()
    try:
        yield tickets
    finally:
        for ticket in tickets:
            desk.engines.cancel(ticket)
        for thread in threads:
            thread.join()


def test_a_query_waits_for_the_others_and_says_so(desk: Workbench, show: Show) -> None:
    with busy(desk, FOR_ONE_USER):
        until(lambda: len(desk.engines.processes()) == FOR_ONE_USER)
        with changed(desk.settings, query_seconds=1):
            said = run(desk, show, "SELECT 1 FROM numbers")
    assert_read(said, "tables/engine: Your other queries still run.")


def test_a_query_of_a_process_that_is_ended_was_stopped(desk: Workbench, show: Show) -> None:
    """As where a table is no longer shared while it is read."""
    at = show("ask_tables")
    at.text_area(key="own-sql").set_value(SLOW).run()
    before = newest(desk)
    at.button(key="run-own").click().run()
    until(desk.engines.processes)

    def dropped() -> bool:
        desk.engines.drop(ME)
        return (newest(desk) or before) != before

    until(dropped, pause=0.5)
    assert_read(page_words(at.run()), "tables/engine: The query was stopped.")


def test_a_query_that_comes_while_the_app_closes_says_so(
    desk: Workbench, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.engines, "_closed", True)
    assert_read(run(desk, show, "SELECT 1 FROM numbers"), "tables/engine: The app is closing.")
