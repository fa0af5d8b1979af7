"""Workbooks, JSON, Parquet, web pages, archives."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from components.errors import FileError
from tests.tables.importing.reading import csv_of, read, read_path, write_workbook

PLAIN = csv_of("id,name", [f"{n},x{n}" for n in range(20)])


def zipped(members: dict[str, str | bytes], compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compress) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_workbook_keeps_what_its_cells_are(tmp_path: Path) -> None:
    file = tmp_path / "kunden.xlsx"
    rows: list[list[Any]] = [
        ["id", "zip", "day", "ok", "mix", "price"],
        [1, "00017", (45292,), True, 5, 1.5],
        [2, "00018", (45293,), False, "abc", 2],
        [3, "00019", (45294,), True, None, 2.25],
    ]
    write_workbook(file, {"Kunden": rows})
    found = read_path(file, tmp_path / "out", "kunden.xlsx")
    assert list(found.types.values()) == ["BIGINT", "VARCHAR", "DATE", "BOOLEAN", "VARCHAR", "DOUBLE"]
    assert found.rows()[0] == (1, "00017", date(2024, 1, 1), True, "5", 1.5)
    assert (found.tables[0]["name"], found.tables[0]["title"]) == ("kunden", "kunden")
    assert "“5” in row 2, “abc” in row 3" in found.doubt("mixed")["text"]


def test_each_sheet_is_a_table_and_hidden_ones_are_named(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    write_workbook(
        file, {"Nord": [["a"], [1]], "Süd": [["a"], [2], [3]], "Leer": [], "Geheim": [["a"], [9]]}, hidden=["Geheim"]
    )
    found = read_path(file, tmp_path / "out", "umsatz.xlsx")
    assert [(t["name"], t["title"], t["rows"]) for t in found.tables] == [
        ("umsatz_nord", "umsatz Nord", 1),
        ("umsatz_sud", "umsatz Süd", 2),
    ]
    said = " ".join(doubt["text"] for doubt in found.left_out)
    assert "Geheim" in said
    assert "“Leer” is empty" in said


def test_titles_above_a_sheet_and_error_cells_are_said(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    write_workbook(file, {"S": [["Report 2024", None], [], ["id", "v"], [1, "#N/A"], [2, 5]]})
    found = read_path(file, tmp_path / "out", "book.xlsx")
    assert found.rows() == [(1, None), (2, 5)]
    assert found.doubt("errors")["count"] == 1
    assert "Report 2024" in found.doubt("above")["text"]


def test_a_protected_workbook_says_so(tmp_path: Path) -> None:
    encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(4096)
    with pytest.raises(FileError, match="password-protected") as caught:
        read(tmp_path, encrypted, "kunden_final(2).xlsx")
    assert "Remove the password" in caught.value.todo


def test_a_damaged_workbook_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="damaged"):
        read(tmp_path, zipped({"xl/workbook.xml": "<nonsense"}), "a.xlsx")


def test_a_workbook_with_entities_of_its_own_is_not_read(tmp_path: Path) -> None:
    """They could name files of this machine, or each other a million times."""
    whole, changed = tmp_path / "whole.xlsx", tmp_path / "changed.xlsx"
    write_workbook(whole, {"S": [["id"], ["ENTITY"], [1]]})
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode().replace("ENTITY", "&secret;")
            entity = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>' if "sheet1" in name else ""
            target.writestr(name, entity + text)
    with pytest.raises(FileError, match="damaged"):
        read_path(changed, tmp_path / "out", "a.xlsx")


def test_json_keeps_large_integers_and_the_kinds_of_cells(tmp_path: Path) -> None:
    records = [
        {"id": 9007199254740993, "big": 10**30, "f": 0.1, "s": "00007", "t": "123", "b": True, "d": "2024-01-31"},
        {"id": 9007199254740995, "big": 1, "f": 2, "s": "00008", "t": "456", "b": False, "d": "2024-02-01"},
    ]
    found = read(tmp_path, json.dumps(records), "a.json")
    assert found.types == {
        "id": "BIGINT", "big": "DECIMAL(38,0)", "f": "DOUBLE", "s": "VARCHAR", "t": "VARCHAR",
        "b": "BOOLEAN", "d": "DATE",
    }  # fmt: skip
    assert found.rows()[0] == (9007199254740993, Decimal(10**30), 0.1, "00007", "123", True, date(2024, 1, 31))


@pytest.mark.parametrize(
    "content",
    [
        '[{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]',
        '{"id": 1, "v": "a"}\n{"id": 2, "v": "b"}\n',
        '{"data": [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], "page": 1}',
        '{"response": {"items": [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]}}',
        '{"id": [1, 2], "v": ["a", "b"]}',
        '\ufeff[{"id": 1, "v": "a"},\r\n {"id": 2, "v": "b"}]',
    ],
    ids=["list", "lines", "wrapped", "wrapped twice", "columns", "with a mark"],
)
def test_shapes_of_json(tmp_path: Path, content: str) -> None:
    found = read(tmp_path, content, "a.json")
    assert found.types == {"id": "BIGINT", "v": "VARCHAR"}
    assert found.rows() == [(1, "a"), (2, "b")]


def test_mixed_json_is_text_and_said(tmp_path: Path) -> None:
    records = [{"id": n, "v": n if n % 2 else f"s{n}"} | ({"x": 1} if n == 7 else {}) for n in range(9)]
    lines = "\n".join(json.dumps(record) for record in records)
    found = read(tmp_path, lines, "a.jsonl")
    assert found.column("v")[:2] == ["s0", "1"]
    assert found.column("x")[7:] == [1, None]
    assert found.doubt("mixed")["column"] == "v"


def test_nested_json_is_spread_and_said(tmp_path: Path) -> None:
    records = [{"id": n, "user": {"name": f"u{n}", "tags": ["a", "b"]}} for n in range(3)]
    found = read(tmp_path, json.dumps(records), "a.json")
    assert found.rows()[1] == (1, "u1", '["a", "b"]')
    assert list(found.types) == ["id", "user_name", "user_tags"]
    assert "nested" in found.kinds


def test_a_large_json_is_read_piece_by_piece(tmp_path: Path) -> None:
    records = [{"id": n, "text": "x" * 90} for n in range(30_000)]
    assert len(read(tmp_path, json.dumps(records), "a.json").rows()) == 30_000


@pytest.mark.parametrize("content", ['[{"id": 1}, {"id": ', '{"id": 1}\n{"id": 2\n', '{"a": 1,}', "[" * 100_000])
def test_broken_json_says_where(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileError, match="is not JSON"):
        read(tmp_path, content, "a.json")


def test_parquet_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    duckdb.execute(
        f"COPY (SELECT 1 AS id, 'x' AS s, TIMESTAMP '2024-01-01 10:00:00' AS t, [1, 2] AS l,"
        " 18446744073709551615::UBIGINT AS u)"
        f" TO '{file}'"
    )
    found = read_path(file, tmp_path / "out", "a.parquet")
    assert found.rows() == [(1, "x", datetime(2024, 1, 1, 10), "[1,2]", Decimal(18446744073709551615))]
    assert "nested" in found.kinds


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_cut_parquet_is_refused(tmp_path: Path, keep: float) -> None:
    file = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT range AS id FROM range(10000)) TO '{file}'")
    content = file.read_bytes()
    with pytest.raises(FileError, match="damaged or half-copied"):
        read(tmp_path, content[: int(len(content) * keep)], "a.parquet")


def test_a_web_page_named_xls(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{n}</td><td>1.{n:03d},50 &euro;</td></tr>" for n in range(10))
    page = f"<html><head><style>td {{}}</style></head><table><tr><th>id</th><th>Größe</th></tr>{rows}</table></html>"
    found = read(tmp_path, page, "export.xls")
    assert found.types == {"id": "BIGINT", "Größe": "DOUBLE"}
    assert found.column("Größe")[2] == 1002.5
    assert {"markup", "currency"} <= set(found.kinds)


def test_excel_xml_named_xls(tmp_path: Path) -> None:
    cells = "<Row><Cell><Data>id</Data></Cell><Cell><Data>v</Data></Cell></Row>" + "".join(
        f'<Row><Cell><Data>{n}</Data></Cell><Cell ss:Index="2"><Data>x</Data></Cell></Row>' for n in range(3)
    )
    page = f'<?xml version="1.0"?><Workbook><Worksheet><Table>{cells}</Table></Worksheet></Workbook>'
    assert read(tmp_path, page, "a.xls").rows() == [(0, "x"), (1, "x"), (2, "x")]


@pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")])
def test_packed_files(tmp_path: Path, pack: Any, ending: str) -> None:
    found = read(tmp_path, pack(PLAIN.encode()), f"orders.csv.{ending}")
    assert (found.tables[0]["name"], len(found.rows())) == ("orders", 20)


def test_each_member_of_a_zip_is_a_table(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {"in/a.csv": PLAIN, "b.csv": PLAIN, "__MACOSX/._a.csv": b"\0", "c.pdf": b"%PDF-1"}
    found = read(tmp_path, zipped(members), "all.zip")
    assert [(table["title"], table["rows"]) for table in found.tables] == [("a", 20), ("b", 20)]
    (said,) = [doubt["text"] for doubt in found.left_out]
    assert said == "c.pdf in all.zip was left out. c.pdf is a PDF. Tables in a PDF cannot be read here."


@pytest.mark.parametrize("name", ["../../etc/evil.csv", "/etc/evil.csv", "a/../../b.csv", "..\\evil.csv", "C:\\x.csv"])
def test_a_zip_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="leads out of the archive"):
        read(tmp_path, zipped({"good.csv": PLAIN, name: "a\n1\n"}), "slip.zip")
    assert not (tmp_path.parent / "evil.csv").exists()


def test_bombs_are_refused(tmp_path: Path) -> None:
    bomb = b"0" * (8 << 20)
    for content, name in ((zipped({"a.csv": bomb}), "a.zip"), (gzip.compress(bomb), "a.csv.gz")):
        with pytest.raises(FileError, match="200 times"):
            read(tmp_path, content, name)


def test_more_than_the_quota_is_refused(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {f"{n}.csv": PLAIN * 100 for n in range(9)}
    with pytest.raises(FileError, match="unpacks to more than"):
        read(tmp_path, zipped(members), "a.zip", unpacked_bytes=10_000)
    with pytest.raises(FileError, match="unpacks to more than"):
        read(tmp_path, gzip.compress((PLAIN * 100).encode()), "a.gz", unpacked_bytes=10_000)


def test_a_protected_zip_says_so(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": PLAIN}))
    content[6] |= 1  # the flag in the member's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileError, match="password-protected"):
        read(tmp_path, bytes(content), "a.zip")


def test_a_damaged_archive_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(PLAIN.encode() * 50)
    with pytest.raises(FileError, match="damaged"):
        read(tmp_path, packed[: len(packed) // 2], "a.csv.gz")
