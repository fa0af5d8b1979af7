"""The sample report: long enough, of two columns in part, and in its numbers at one with the sample orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from components.documents import sample
from components.documents.reading import boxes, read_facts, read_pages
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, documents, passages
from components.tables.importing import read_file
from components.tables.sample_orders import FILENAME, write_orders
from tests.documents.conftest import ended


@pytest.fixture(scope="module")
def pages() -> list[str]:
    return [page.text for page in read_pages(sample.FILE)]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample table, as a user has it."""
    folder = tmp_path_factory.mktemp("orders")
    write_orders(folder / FILENAME)
    source, out = str(folder / FILENAME), str(folder / "out")
    read = read_file(lambda **_: None, source=source, filename=FILENAME, out_folder=out, memory_mb=1024)
    connection = duckdb.connect()
    connection.execute(f"create view orders as select * from '{read['tables'][0]['parquet']}'")
    yield connection
    connection.close()


def lines(pages: list[str], title: str) -> list[str]:
    """The lines of the page whose chapter or section this is."""
    return next(page for page in pages[2:] if title in page).split("\n")


def one(orders: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = orders.execute(sql).fetchone()
    assert row
    return row


def test_it_has_twenty_pages_and_says_what_it_is(pages: list[str]) -> None:
    assert len(pages) >= 20
    assert all(page.strip() for page in pages)
    assert read_facts(sample.FILE).title == "Annual report 2025 of the Sample Shop"


@pytest.mark.parametrize("by", ["category", "product", "country"])
def test_its_tables_agree_with_the_orders(by: str, pages: list[str], orders: duckdb.DuckDBPyConnection) -> None:
    names = {
        "DE": "Germany",
        "AT": "Austria",
        "FR": "France",
        "NL": "Netherlands",
        "CH": "Switzerland",
        "NA": "Namibia",
    }
    text = " \n".join(pages)
    found = orders.execute(f"select {by}, count(*), sum(net_amount) from orders group by 1").fetchall()
    for name, count, amount in found:
        if count > 1000:  # not the misspelt categories, which stand on a line of their own
            line = next(row for row in text.split("\n") if row.startswith(f"{names.get(name, name)} ") and "." in row)
            assert f" {count:,} " in text
            assert f"{amount:,.2f}" in text, line


def test_its_sentences_agree_with_the_orders(pages: list[str], orders: duckdb.DuckDBPyConnection) -> None:
    text = " ".join(" ".join(pages).split())
    total, count = one(orders, "select sum(net_amount), count(*) from orders")
    assert f"{count:,} orders left a net amount of {total:,.2f} euros" in text
    returned, share, amount = one(
        orders,
        "select count(*), 100.0 * count(*) / (select count(*) from orders), -sum(net_amount) from orders "
        "where status = 'returned'",
    )
    assert f"{returned:,} orders came back, that is {share:.2f} percent of all" in text
    assert f"The amount that we paid back was {amount:,.2f} euros" in text
    months = orders.execute("select monthname(order_date), sum(net_amount) from orders group by 1").fetchall()
    best = max(months, key=lambda month: month[1])
    assert f"The best month was {best[0]}, with {best[1]:,.2f} euros" in text
    for month, amount in months:
        assert any(
            line.startswith(f"{month} ") and line.endswith(f" {amount:,.2f}") for p in pages for line in p.split("\n")
        )


def test_it_adds_up(pages: list[str]) -> None:
    def number(line: str) -> int:
        return int(line.rsplit(" ", 1)[1].replace(",", ""))

    income = lines(pages, "Income\n")
    start = next(n for n, line in enumerate(income) if line.startswith("Net amount of orders"))
    end = next(n for n, line in enumerate(income) if line.startswith("Result before tax "))
    assert sum(number(line) for line in income[start:end]) == number(income[end])


def test_its_notes_stand_in_two_columns(pages: list[str]) -> None:
    number = next(n for n, page in enumerate(pages, 1) if "1. Basis" in page)
    text = pages[number - 1]
    assert text.index("1. Basis") < text.index("6. Fixed assets") < text.index("11. Related persons")
    spans = [(text.index(words), text.index(words) + len(words)) for words in ("1. Basis", "11. Related persons")]
    (left,), (right,) = boxes(sample.FILE, number, spans)
    assert left.x < 0.2
    assert right.x > 0.5


def test_the_project_can_write_it_again(tmp_path: Path) -> None:
    from scripts.report.__main__ import main

    main(tmp_path / "again.pdf")
    again = [page.text for page in read_pages(tmp_path / "again.pdf")]
    assert again == [page.text for page in read_pages(sample.FILE)]


def test_it_is_opened_once(store: Store, settings: Settings) -> None:
    jobs = Jobs(store, settings, sample.kinds(lambda _: False))
    jobs.start()
    opened = [ended(store, jobs.submit("ann", sample.OPEN, "Open the sample report")) for _ in range(2)]
    jobs.close()
    assert [job.state for job in opened] == ["done", "done"]
    (found,) = documents.list_documents(store, "ann")
    assert found == sample.sample_of(store, "ann")
    assert (found.sample, found.state, found.title) == (True, "ready", "Annual report 2025 of the Sample Shop")
    assert len(passages.passages(store, "ann", found.id)) > 40
    assert sample.sample_of(store, "bob") is None
