"""Separators, headers, quotes, ragged rows, lines above: how a text file is cut."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from components.errors import FileError, StorageFullError
from components.tables.importing import json_rows
from tests.tables.importing.reading import csv_of, read, read_path

ROWS = [f"{n},x{n},{n * 1.5}" for n in range(50)]
FIRST, LAST = (0, "x0", 0.0), (49, "x49", 73.5)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "||", "~", "^", "::", "|~|", "\x01", "\x1f", "  "])
def test_separators(tmp_path: Path, separator: str) -> None:
    found = read(tmp_path, csv_of("id,name,v", ROWS).replace(",", separator))
    assert list(found.types.items()) == [("id", "BIGINT"), ("name", "VARCHAR"), ("v", "DOUBLE")]
    assert (found.rows()[0], found.rows()[-1]) == (FIRST, LAST)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    assert read(tmp_path, csv_of("id,name,v", ROWS, end)).rows()[-1] == LAST


def test_mixed_line_ends_and_no_last_one(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,x\r\n2,y\n3,z\r4,w").rows() == [(1, "x"), (2, "y"), (3, "z"), (4, "w")]


def test_a_sep_line_says_the_separator(tmp_path: Path) -> None:
    found = read(tmp_path, "sep=;\nid;v\n1;2\n3;4\n")
    assert found.types == {"id": "BIGINT", "v": "BIGINT"}
    assert found.rows() == [(1, 2), (3, 4)]


def test_lines_above_the_table_are_left_out_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, "Report of sales\n\nMade on Monday\n" + csv_of("id,name,v", ROWS))
    assert found.types == {"id": "BIGINT", "name": "VARCHAR", "v": "DOUBLE"}
    assert found.doubt("above")["count"] == 2
    assert "Report of sales" in found.doubt("above")["text"]


def test_comment_lines_above(tmp_path: Path) -> None:
    found = read(tmp_path, "# made by a tool\n# units: mm, kg, s\n" + csv_of("id,name,v", ROWS))
    assert found.types == {"id": "BIGINT", "name": "VARCHAR", "v": "DOUBLE"}


def test_a_foot_is_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,name,v", [*ROWS, "Total: 50 rows"]))
    assert found.types["id"] == "BIGINT"
    assert "line 52" in found.doubt("rows")["text"]


@pytest.mark.parametrize(
    ("header", "rows", "names"),
    [
        ("id,name,v", ROWS, ["id", "name", "v"]),
        ("name,city,street", ["n0,c0,s0", "n1,c1,s1", "n2,c2,s2"], ["name", "city", "street"]),
        ("region,2019,2020", ["north,1,2", "south,3,4", "west,5,6"], ["region", "2019", "2020"]),
        ("id,,amount,", ["0,x,0,y", "1,x,1,y"] * 5, ["id", "column2", "amount", "column4"]),
        ("a,a,A", ["1,2,3", "4,5,6"], ["a", "a_2", "A_3"]),
        ("a,a,a_2", ["1,2,3", "4,5,6"], ["a", "a_2", "a_2_2"]),
        (" id , first  name,v", ROWS, ["id", "first name", "v"]),
        ('id,"first\nname",v', ROWS, ["id", "first name", "v"]),
        ("a,b,", ["1,2,", "3,4,"] * 5, ["a", "b"]),
        ("a,b", ["1,2,", "3,4,"] * 5, ["a", "b"]),
        ("a,b,c,", ["1,2,3", "4,5,6"] * 5, ["a", "b", "c"]),
        ("x,y", ["1,10,20", "2,11,21", "3,12,22"], ["column1", "x", "y"]),
        ("Größe,Preis €,Anteil %", ["1,2,3", "4,5,6"], ["Größe", "Preis €", "Anteil %"]),
    ],
)
def test_names(tmp_path: Path, header: str, rows: list[str], names: list[str]) -> None:
    found = read(tmp_path, csv_of(header, rows))
    assert list(found.types) == names
    assert len(found.rows()) == len(rows)


@pytest.mark.parametrize(
    "rows", [ROWS, ["2024-01-01,5", "2024-01-02,6"], ["a1,b1", "a2,b2", "a3,b3"], ["x,1", "x,2", "y,3"]]
)
def test_without_a_header_no_row_is_lost(tmp_path: Path, rows: list[str]) -> None:
    found = read(tmp_path, "\n".join(rows) + "\n")
    assert next(iter(found.types)) == "column1"
    assert len(found.rows()) == len(rows)
    assert "header" in found.kinds


def test_one_cell_is_one_row(tmp_path: Path) -> None:
    assert read(tmp_path, "hello").rows() == [("hello",)]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    found = read(tmp_path, "id,name,amount\n")
    assert (list(found.types), found.rows()) == (["id", "name", "amount"], [])


@pytest.mark.parametrize("content", ["", "\n\n \n", "\ufeff", "\x00\x00"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileError, match=r"some\.csv is empty"):
        read(tmp_path, content)


def test_one_column(tmp_path: Path) -> None:
    found = read(tmp_path, "amount\n1.5\n2.5\n\n4\n")
    assert found.column("amount") == [1.5, 2.5, None, 4.0]


def test_ragged_rows_are_set_aside_with_their_lines(tmp_path: Path) -> None:
    rows = [f"{n},x,{n}" for n in range(1000)]
    rows[499], rows[700] = "499,x", "700,x,700,too,much"
    found = read(tmp_path, csv_of("a,b,c", rows))
    assert len(found.rows()) == 998
    doubt = found.doubt("rows")
    assert doubt["text"].startswith("2 of 1,000 rows did not fit: line 501 has")
    assert doubt["lines"] == [501, 702]
    aside = Path(found.tables[0]["set_aside"]).read_text()
    assert aside.splitlines()[1:] == ['501,too few values,"499,x"', '702,too many values,"700,x,700,too,much"']


def test_lines_are_true_behind_cells_of_several_lines(tmp_path: Path) -> None:
    rows = ['1,"two\nlines"', "2,x", "3", "4,y"]
    assert read(tmp_path, csv_of("a,b", rows * 1 + [f"{n},z" for n in range(40)])).doubt("rows")["line"] == 5


def test_rows_that_end_early_as_a_habit_are_filled_up(tmp_path: Path) -> None:
    rows = [f"{n},x,{n},y" if n % 2 else f"{n},x" for n in range(60)]
    found = read(tmp_path, csv_of("a,b,c,d", rows))
    assert len(found.rows()) == 60
    assert found.column("d")[:2] == [None, "y"]
    assert found.doubt("padded")["count"] == 30


def test_empty_cells_too_many_are_no_fault(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("a,b", ["1,2", "3,4,,", "5,6"] + ["7,8"] * 40))
    assert len(found.rows()) == 43
    assert "rows" not in found.kinds


def test_cells_of_several_lines(tmp_path: Path) -> None:
    rows = [f'{n},"line1\nline2, with comma\nline3 {n}"' for n in range(60)]
    found = read(tmp_path, csv_of("id,txt", rows))
    assert found.rows()[59] == (59, "line1\nline2, with comma\nline3 59")


def test_doubled_quotes(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,txt", ['1,"say ""hi"""', '2,""""', '3,"a,b"', '4,plain "q" inside']))
    assert found.column("txt") == ['say "hi"', '"', "a,b", 'plain "q" inside']


def test_quotes_escaped_by_a_slash(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,txt", [f'{n},"say \\"hi\\", {n}"' for n in range(30)]))
    assert found.column("txt")[3] == 'say "hi", 3'


def test_apostrophes_as_quotes(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("'id','txt'", [f"'{n}','a, {n}'" for n in range(30)]))
    assert found.rows()[3] == (3, "a, 3")


def test_apostrophes_in_words_are_letters(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,txt", ["1,don't", "2,'tis", "3,O'Neil"]))
    assert found.column("txt") == ["don't", "'tis", "O'Neil"]


@pytest.mark.parametrize("at", [2, 30, 97])
def test_a_quote_left_open_swallows_nothing(tmp_path: Path, at: int) -> None:
    rows = [f"{n},x{n},{n}" for n in range(100)]
    rows[at] = f'{at},"left open,{at}'
    found = read(tmp_path, csv_of("a,b,c", rows))
    assert len(found.rows()) == 100
    assert found.rows()[at] == (at, '"left open', at)
    assert found.doubt("quotes")["line"] == at + 2


def test_two_quotes_left_open_do_not_close_each_other(tmp_path: Path) -> None:
    rows = [f"{n},x{n},{n}" for n in range(300)]
    rows[20], rows[250] = '20,"open,20', '250,again","250'
    assert len(read(tmp_path, csv_of("a,b,c", rows)).rows()) == 300


def test_nuls_are_dropped_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n1,x\x00y\n2,z\n")
    assert found.column("b") == ["xy", "z"]
    assert found.doubt("nuls")["count"] == 1


def test_two_thousand_columns(tmp_path: Path) -> None:
    width = 2000
    rows = [",".join(str(n * r) for n in range(width)) for r in range(1, 6)]
    found = read(tmp_path, csv_of(",".join(f"c{n}" for n in range(width)), rows))
    assert len(found.types) == width
    assert set(found.types.values()) == {"BIGINT"}
    assert found.rows()[4][1999] == 1999 * 5


def test_a_long_cell(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id,txt", [f"1,{'x' * 3_000_000}", "2,y"]))
    assert [len(text) for text in found.column("txt")] == [3_000_000, 1]


def test_every_row_is_either_kept_or_set_aside(tmp_path: Path) -> None:
    rows = [f"{n},{'a,b' if n % 97 == 0 else 'a'},{n}" for n in range(5000)]
    found = read(tmp_path, csv_of("a,b,c", rows))
    assert len(found.rows()) + found.doubt("rows")["count"] == 5000


def test_order_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    with file.open("w") as out:
        out.write("id,txt\n")
        out.writelines(f"{n},some words that make the line longer {n}\n" for n in range(400_000))
    found = read_path(file, tmp_path / "out", "long.csv")
    assert found.column("id") == list(range(400_000))


@pytest.mark.parametrize(
    ("filename", "content", "words"),
    [
        ("a.pdf", b"%PDF-1.7 ...", "a PDF"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("a.csv", bytes(range(256)) * 40, "binary"),
        ("a.db", b"SQLite format 3\x00", "SQLite"),
        ("a.zip", b"PK\x03\x04 cut off", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, filename: str, content: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words) as caught:
        read(tmp_path, content, filename)
    assert filename in caught.value.what
    assert caught.value.todo


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    out = tmp_path / "out"
    out.mkdir()
    (out / "0001.utf8").symlink_to("/dev/full")  # where the file is written again as UTF-8
    file = tmp_path / "a.csv"
    file.write_bytes(csv_of("id,name", ["1,José"] * 100_000).encode("cp1252"))
    with pytest.raises(StorageFullError):
        read_path(file, out, "a.csv")


def test_want_of_memory_is_said_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object, **_named: object) -> None:
        raise duckdb.OutOfMemoryException("no more")

    monkeypatch.setattr(json_rows, "table_of_cells", greedy)
    with pytest.raises(FileError, match=r"many\.json needs more memory than one import may take"):
        read(tmp_path, b'[{"a": 1}]', "many.json")
