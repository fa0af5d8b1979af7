"""The sample: the same bytes each time, with its faults, and answers to its questions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from components.tables.imports import read_upload
from components.tables.sample import PRICES, SAMPLE_QUESTIONS
from components.tables.sample_orders import CATALOGUE, COLUMNS, write_orders
from components.tables.sample_prices import write_prices
from tests.tables.importing.reading import Read, read_path


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Read]:
    folder = tmp_path_factory.mktemp("sample")
    write_orders(folder / "orders_2025.csv")
    return folder / "orders_2025.csv", read_path(folder / "orders_2025.csv", folder / "out", "orders_2025.csv")


def test_it_is_the_same_at_every_making(sample: tuple[Path, Read], tmp_path: Path) -> None:
    write_orders(tmp_path / "again.csv")
    first, again = (hashlib.sha256(file.read_bytes()).hexdigest() for file in (sample[0], tmp_path / "again.csv"))
    assert first == again == "9679dbc833ffc542ea71235cef129f9edc19aaa88230c56e3373875059580004"


def test_it_has_the_faults_of_real_data(sample: tuple[Path, Read]) -> None:
    found = sample[1]
    assert list(found.types) == list(COLUMNS)
    assert found.tables[0]["rows"] >= 100_000
    assert {"rows", "empty_words"} <= set(found.kinds)
    assert found.types["quantity"] == "DOUBLE", "whole numbers until October, then some by the metre"
    table = found.tables[0]["parquet"]
    counts = duckdb.execute(
        f"""SELECT count(*) FILTER (country = 'NA'), count(*) FILTER (quantity < 0), count(*) FILTER (note IS NULL),
        count(*) - count(DISTINCT order_id), count(DISTINCT category), min(order_date)::VARCHAR,
        max(order_date)::VARCHAR
        FROM '{table}'"""
    ).fetchone()
    assert counts is not None
    namibia, returned, without_note, twice, categories, first, last = counts
    assert namibia > 1000
    assert returned > 1000
    assert without_note > 50_000
    assert 0 < twice < 200
    assert categories > 6
    assert (first, last) == ("2025-01-01", "2025-12-31")


def test_its_questions_have_answers(sample: tuple[Path, Read]) -> None:
    table = sample[1].tables[0]["parquet"]
    assert len(SAMPLE_QUESTIONS) == 3
    best = duckdb.execute(f"SELECT category FROM '{table}' GROUP BY 1 ORDER BY sum(net_amount) DESC LIMIT 1").fetchone()
    months = duckdb.execute(f"SELECT count(DISTINCT month(order_date)) FROM '{table}'").fetchone()
    countries = duckdb.execute(f"SELECT count(DISTINCT country) FROM '{table}' WHERE net_amount > 0").fetchone()
    assert (best, months, countries) == (("Kitchen",), (12,), (6,))


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Read]:
    folder = tmp_path_factory.mktemp("prices")
    write_prices(folder / "price_list_2026.csv")
    file = folder / "price_list_2026.csv"
    return file, read_path(file, folder / "out", file.name)


def test_the_price_list_is_the_same_at_every_making(prices: tuple[Path, Read]) -> None:
    made = hashlib.sha256(prices[0].read_bytes()).hexdigest()
    assert made == "1c34c16762fe9653b41abc1093de4fcd4df9cac2aa715ae56f1bfbdee12ea004"


def test_the_price_list_is_awkward_and_read_rightly(prices: tuple[Path, Read]) -> None:
    found = prices[1]
    assert {"rows", "encoding", "mixed", "empty_words", "above", "stays_text", "written_number"} <= set(found.kinds)
    numbers = {"Pack": "BIGINT", "List price": "DOUBLE", "Discount %": "DOUBLE"}
    assert {name: found.types[name] for name in numbers} == numbers
    assert {"naturweiß", "café au lait", "grün"} <= set(found.column("Colour"))
    assert max(pack or 0 for pack in found.column("Pack")) == 1000, "1.000 is a thousand where commas are decimal"


def test_the_price_lists_rows_are_looked_over(prices: tuple[Path, Read], tmp_path: Path) -> None:
    file = str(prices[0])
    read = read_upload(lambda **_: None, source=file, filename="p.csv", out_folder=str(tmp_path / "o"), allowed_mb=512)
    kinds = [doubt["kind"] for doubt in read["tables"][0]["doubts"]]
    assert kinds[:3] == ["rows", "total_row", "repeated_rows"]
    assert "blank_rows" in kinds


def test_the_price_lists_questions_have_answers(prices: tuple[Path, Read]) -> None:
    table = prices[1].tables[0]["parquet"]
    groups = duckdb.execute(f"""SELECT "Group", avg("List price") FROM '{table}' GROUP BY 1""").fetchall()
    assert len([price for group, price in groups if group and price]) == len(CATALOGUE)
    assert len(PRICES.questions) == 2
