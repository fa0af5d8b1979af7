"""No value changes in silence: how cells are written, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.tables.importing.reading import csv_of, read

EMPTY = None
CASES: list[tuple[str, str, list[str], str, list[Any]]] = [
    # what, separator, cells, type, values
    ("whole numbers", ",", ["1", "-2", "0"], "BIGINT", [1, -2, 0]),
    ("decimals", ",", ["1.50", "-0.25", "3"], "DOUBLE", [1.5, -0.25, 3.0]),
    ("signed decimals", ",", ["+1.5", "-1.5"], "DOUBLE", [1.5, -1.5]),
    ("scientific", ",", ["1.5e3", "2e-05", "1e+3"], "DOUBLE", [1500.0, 2e-05, 1000.0]),
    ("shortest doubles", ",", ["0.30000000000000004", "0.1"], "DOUBLE", [0.30000000000000004, 0.1]),
    ("19 digits", ",", ["1000000000000000001", "2"], "BIGINT", [1000000000000000001, 2]),
    ("over 63 bits", ",", ["9223372036854775808", "1"], "DECIMAL(38,0)", [Decimal(9223372036854775808), Decimal(1)]),
    ("30 digits", ",", ["1" * 30, "7"], "DECIMAL(38,0)", [Decimal("1" * 30), Decimal(7)]),
    ("40 digits", ",", ["1" * 40, "7"], "VARCHAR", ["1" * 40, "7"]),
    ("long decimals", ",", ["123456789012345678.12", "1.5"], "DECIMAL(20,2)",
     [Decimal("123456789012345678.12"), Decimal("1.50")]),
    ("leading zeros", ",", ["00017", "00018"], "VARCHAR", ["00017", "00018"]),
    ("one leading zero", ",", ["0", "012", "12"], "VARCHAR", ["0", "012", "12"]),
    ("phones", ",", ["+4930123456", "+4930123457"], "VARCHAR", ["+4930123456", "+4930123457"]),
    ("gene names", ",", ["SEPT2", "MARCH1", "1E5", "TRUE"], "VARCHAR", ["SEPT2", "MARCH1", "1E5", "TRUE"]),
    ("only 1E5", ",", ["1E5", "2E10"], "VARCHAR", ["1E5", "2E10"]),
    ("underscores", ",", ["1_000", "2_000"], "VARCHAR", ["1_000", "2_000"]),
    ("hexadecimal", ",", ["0x10", "0x11"], "VARCHAR", ["0x10", "0x11"]),
    ("infinity", ",", ["inf", "1.5"], "VARCHAR", ["inf", "1.5"]),
    ("truth", ",", ["TRUE", "false", "True"], "BOOLEAN", [True, False, True]),
    ("yes and no", ",", ["yes", "no"], "VARCHAR", ["yes", "no"]),
    ("words for nothing", ",", ["1", "N/A", "-", "", "3"], "BIGINT", [1, EMPTY, EMPTY, EMPTY, 3]),
    ("NaN", ",", ["1.5", "nan", "2.5"], "DOUBLE", [1.5, EMPTY, 2.5]),
    ("Namibia", ",", ["NA", "DE", "FR"], "VARCHAR", ["NA", "DE", "FR"]),
    ("only words for nothing", ",", ["NA", "n/a", "null"], "VARCHAR", ["NA", "n/a", "null"]),
    ("spaces around", ",", [" 1", "2 ", "  3 "], "BIGINT", [1, 2, 3]),
    ("spaces around text", ",", [" a", "b "], "VARCHAR", [" a", "b "]),
    ("thousands", ",", ['"1,234"', '"2,345,678"', '"5"'], "BIGINT", [1234, 2345678, 5]),
    ("thousands and decimals", ",", ['"1,234.50"', '"5.25"'], "DOUBLE", [1234.5, 5.25]),
    ("Indian thousands", ",", ['"12,34,567"', '"1,00,000"'], "BIGINT", [1234567, 100000]),
    ("decimal comma", ";", ["1,5", "2,25", "-0,5"], "DOUBLE", [1.5, 2.25, -0.5]),
    ("decimal comma, thousands", ";", ["1.234,56", "12,5"], "DOUBLE", [1234.56, 12.5]),
    ("spaces as thousands", ";", ["1 234,56", "12,50"], "DOUBLE", [1234.56, 12.5]),
    ("narrow spaces", ";", ["1\u202f234", "12\u202f345"], "BIGINT", [1234, 12345]),
    ("Swiss", ";", ["1'234.50", "5.25"], "DOUBLE", [1234.5, 5.25]),
    ("per cent", ",", ["5%", "12.5 %", "-7%"], "DOUBLE", [0.05, 0.125, -0.07]),
    ("per cent, comma", ";", ["5,5%", "12,25%"], "DOUBLE", [0.055, 0.1225]),
    ("dollars", ",", ['"$1,234.50"', "-$5.00", "$0.99"], "DOUBLE", [1234.5, -5.0, 0.99]),
    ("euros behind", ";", ["1.234,50 €", "5,00 €"], "DOUBLE", [1234.5, 5.0]),
    ("codes", ",", ["EUR 5.00", "EUR 6.50"], "DOUBLE", [5.0, 6.5]),
    ("mixed currencies", ",", ["$5.00", "€6.00"], "VARCHAR", ["$5.00", "€6.00"]),
    ("accounting", ",", ['"(1,234.50)"', "5.00"], "DOUBLE", [-1234.5, 5.0]),
    ("minus behind", ",", ["5.00-", "6.50"], "DOUBLE", [-5.0, 6.5]),
    ("days", ",", ["2024-01-31", "2024-02-29"], "DATE", [date(2024, 1, 31), date(2024, 2, 29)]),
    ("no such day", ",", ["2024-02-30", "2024-01-01"], "VARCHAR", ["2024-02-30", "2024-01-01"]),
    ("moments", ",", ["2024-01-31 10:20:30", "2024-02-01T00:00:00.5"], "TIMESTAMP",
     [datetime(2024, 1, 31, 10, 20, 30), datetime(2024, 2, 1, 0, 0, 0, 500000)]),
    ("days and moments", ",", ["2024-01-31", "2024-02-01 08:52:32"], "TIMESTAMP",
     [datetime(2024, 1, 31), datetime(2024, 2, 1, 8, 52, 32)]),
    ("zones", ",", ["2024-03-10T00:30:00+02:00", "2024-03-10T00:30:00Z"], "TIMESTAMP WITH TIME ZONE",
     [datetime(2024, 3, 9, 22, 30, tzinfo=UTC), datetime(2024, 3, 10, 0, 30, tzinfo=UTC)]),
    ("short zones", ",", ["2024-03-10 00:30+0530", "2024-03-10 00:30-08"], "TIMESTAMP WITH TIME ZONE",
     [datetime(2024, 3, 9, 19, 0, tzinfo=UTC), datetime(2024, 3, 10, 8, 30, tzinfo=UTC)]),
    ("day first", ",", ["31/01/2024", "01/02/2024"], "DATE", [date(2024, 1, 31), date(2024, 2, 1)]),
    ("month first", ",", ["01/31/2024", "02/01/2024"], "DATE", [date(2024, 1, 31), date(2024, 2, 1)]),
    ("neither", ",", ["31/01/2024", "01/31/2024"], "VARCHAR", ["31/01/2024", "01/31/2024"]),
    ("German days", ";", ["31.01.2024", "1.2.2024"], "DATE", [date(2024, 1, 31), date(2024, 2, 1)]),
    ("names of months", ",", ["31 Jan 2024", "1 Feb 2024"], "DATE", [date(2024, 1, 31), date(2024, 2, 1)]),
    ("American names", ",", ['"Jan 31, 2024"', '"Feb 1, 2024"'], "DATE", [date(2024, 1, 31), date(2024, 2, 1)]),
    ("Oracle", ",", ["31-JAN-24", "01-FEB-24"], "DATE", [date(2024, 1, 31), date(2024, 2, 1)]),
    ("clock", ",", ["31/01/2024 10:20", "01/02/2024 23:59"], "TIMESTAMP",
     [datetime(2024, 1, 31, 10, 20), datetime(2024, 2, 1, 23, 59)]),
    ("am and pm", ",", ["01/31/2024 10:20 PM", "02/01/2024 12:05 AM"], "TIMESTAMP",
     [datetime(2024, 1, 31, 22, 20), datetime(2024, 2, 1, 0, 5)]),
    ("times", ",", ["08:30:00", "23:59:59"], "TIME", [time(8, 30), time(23, 59, 59)]),
    ("durations", ",", ["08:30:00", "25:10:00"], "VARCHAR", ["08:30:00", "25:10:00"]),
    ("epoch", ",", ["1700000000", "1700000001"], "BIGINT", [1700000000, 1700000001]),
]  # fmt: skip


@pytest.mark.parametrize(("separator", "cells", "type_", "values"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_every_cell_is_what_it_says(
    tmp_path: Path, separator: str, cells: list[str], type_: str, values: list[Any]
) -> None:
    lines = [f"n{number}{separator}{cell}" for number, cell in enumerate(cells * 4)]
    found = read(tmp_path, csv_of(f"name{separator}what", lines))
    assert found.types["what"] == type_
    assert found.column("what") == values * 4


TOLD = [
    ("leading zeros", ["00017", "00018"], "stays_text"),
    ("phones", ["+4930123456", "+4930123457"], "stays_text"),
    ("1E5", ["1E5", "2E10"], "stays_text"),
    ("per cent", ["5%", "6%"], "percent"),
    ("dollars", ["$5.00", "$6.00"], "currency"),
    ("thousands", ['"1,234"', '"5,678"'], "written_number"),
    ("empty words", ["1", "n/a"], "empty_words"),
    ("zones", ["2024-03-10T00:30:00+02:00", "2024-03-10T00:31:00+02:00"], "zoned"),
    ("either order", ["01/02/2024", "03/04/2024"], "date_order"),
    ("long numbers", ["1" * 30, "2" * 30], "long_integer"),
    ("days and moments", ["2024-01-31", "2024-02-01 08:52:32"], "iso_date_or_timestamp"),
]


@pytest.mark.parametrize(("cells", "kind"), [case[1:] for case in TOLD], ids=[case[0] for case in TOLD])
def test_what_is_changed_or_guessed_is_said(tmp_path: Path, cells: list[str], kind: str) -> None:
    found = read(tmp_path, csv_of("name,what", [f"n{n},{cell}" for n, cell in enumerate(cells * 3)]))
    assert kind in found.kinds
    assert "`what`" in found.doubt(kind)["text"]


def test_a_point_is_a_thousand_where_the_other_columns_have_decimal_commas(tmp_path: Path) -> None:
    packs, prices = ["10", "1.000", "250", "12"], ["1,50", "2,75", "10,5", "3,25"]
    found = read(tmp_path, csv_of("pack;price", [";".join(row) for row in zip(packs, prices, strict=True)] * 4))
    assert found.column("pack")[:4] == [10, 1000, 250, 12]
    assert "was read as the number 1000" in found.doubt_of("pack")
    alone = read(tmp_path, csv_of("pack,price", [f"{pack},1.50" for pack in packs]))
    assert alone.column("pack")[:2] == [10, 1], "nothing here speaks for a decimal comma"


ODD_ONES = [
    ("amounts", [f"1.{n:03d},50" for n in range(30)], "ask", "not numbers"),
    ("days", [f"{n:02d}.03.2025" for n in range(1, 31)], "2025-03-31", "not dates"),
    ("days with slashes", [f"{n:02d}/03/2025" for n in range(1, 31)], "soon", "not dates"),
]


@pytest.mark.parametrize(("cells", "odd", "why"), [case[1:] for case in ODD_ONES], ids=[case[0] for case in ODD_ONES])
def test_odd_values_among_the_first_rows_are_said(tmp_path: Path, cells: list[str], odd: str, why: str) -> None:
    rows = [f"{n};{cell}" for n, cell in enumerate([*cells[:5], odd, *cells[5:], odd])]
    found = read(tmp_path, csv_of("id;what", rows))
    assert found.types["what"] == "VARCHAR"
    assert found.column("what")[5] == odd
    said = found.doubt_of("what")
    assert why in said
    assert odd in said


def test_plain_values_raise_no_doubt(tmp_path: Path) -> None:
    rows = [f"{n},Name {n},{n / 2:.2f},2024-01-{n % 28 + 1:02d}" for n in range(200)]
    assert read(tmp_path, csv_of("id,name,amount,day", rows)).kinds == []


def test_a_decimal_that_comes_late_is_not_rounded(tmp_path: Path) -> None:
    rows = [f"{n},{n}" for n in range(60_000)] + ["60000,60009.5"]
    found = read(tmp_path, csv_of("id,v", rows))
    assert found.types["v"] == "DOUBLE"
    assert found.column("v")[-1] == 60009.5


def test_a_word_that_comes_late_keeps_the_column_as_text_and_says_where(tmp_path: Path) -> None:
    rows = [f"{n},{n}" for n in range(30_000)] + ["30000,N/A", "30001,abc"]
    found = read(tmp_path, csv_of("id,val", rows))
    assert found.types["val"] == "VARCHAR"
    doubt = found.doubt("mixed")
    assert doubt["text"] == "`val` is text because 1 of 30,002 values is not a number, e.g. “abc” (line 30,003)."
    assert (doubt["line"], doubt["count"]) == (30_003, 1)
    assert found.column("val")[-3:] == ["29999", "N/A", "abc"]


def test_a_time_that_comes_late_keeps_its_clock(tmp_path: Path) -> None:
    rows = [f"{n},2021-01-01" for n in range(5_000)] + ["5000,2021-01-01 08:52:32"]
    assert read(tmp_path, csv_of("id,at", rows)).column("at")[-1] == datetime(2021, 1, 1, 8, 52, 32)


def test_zeros_that_come_late_keep_the_column_as_text(tmp_path: Path) -> None:
    rows = [f"{n},{n + 10}" for n in range(5_000)] + ["5000,007"]
    found = read(tmp_path, csv_of("id,code", rows))
    assert found.types["code"] == "VARCHAR"
    assert found.column("code")[-1] == "007"
    assert "stays_text" in found.kinds


@pytest.mark.parametrize(("last", "day"), [("25/01/2024", date(2024, 1, 2)), ("01/25/2024", date(2024, 2, 1))])
def test_the_order_of_day_and_month_is_decided_by_the_whole_column(tmp_path: Path, last: str, day: date) -> None:
    found = read(tmp_path, csv_of("id,d", [f"{n},02/01/2024" for n in range(5_000)] + [f"5000,{last}"]))
    assert found.types["d"] == "DATE"
    assert found.column("d")[0] == day
    assert "date_order" not in found.kinds


def test_a_doubtful_order_follows_the_column_that_leaves_no_choice(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("made,sent", ["01/31/2024,02/03/2024", "02/01/2024,02/04/2024"] * 3))
    assert found.column("sent")[0] == date(2024, 2, 3)


def test_a_doubtful_order_says_how_many_values_would_change(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,d", ["1,01/02/2024", "2,03/03/2024", "3,05/06/2024"]))
    doubt = found.doubt("date_order")
    assert "“01/02/2024” was read as **1 February 2024**" in doubt["text"]
    assert (doubt["count"], doubt["choices"]) == (2, ["day/month", "month/day"])


def test_a_column_whose_first_thousands_of_rows_are_empty_still_gets_its_type(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,v", [f"{n}," for n in range(8_000)] + ["8000,1.5"]))
    assert found.types["v"] == "DOUBLE"
    assert found.column("v")[-1] == 1.5


def test_grouped_numbers_without_a_comma_follow_the_decimal_comma_of_their_file(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("a;b", ["1.234;1,5", "5.678;2,25"] * 3))
    assert found.column("a")[:2] == [1234, 5678]
    assert "written_number" in found.kinds


def test_eight_digits_are_a_date_only_where_the_name_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("order_date,code", ["20240131,20240131", "20240201,20240201"] * 3))
    assert found.types == {"order_date": "DATE", "code": "BIGINT"}
