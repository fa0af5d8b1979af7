"""Files that no table can be read from, each in its own way."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from components.tables.importing.archives import MOST_MEMBERS
from components.tables.importing.result import MOST_COLUMNS
from tests.tables.importing.reading import csv_of, write_workbook

Content = bytes | Callable[[Path], bytes]
ROWS = csv_of("id,name", [f"{n},x{n}" for n in range(50)]).encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _bare_workbook(folder: Path) -> bytes:
    file = folder / "bare.xlsx"
    write_workbook(file, {"Sheet": []})
    return file.read_bytes()


def _locked(archive: bytes) -> bytes:
    """A zip whose only member says that it has a password: in its own header and in the list at the end."""
    content = bytearray(archive)
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _packed(content: bytes, times: int) -> bytes:
    for _ in range(times):
        content = gzip.compress(content)
    return content


BOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(4096)
MANY_DIGITS = "\n".join(str(n * 7919 % 1_000_003) for n in range(400_000)).encode()  # 2.7 MB that pack to a third

# By the message that the table of messages has for each.
FILES: dict[str, tuple[str, Content]] = {
    "{filename} is empty.": ("empty.csv", b"\n\n \n"),
    "{filename} is {what}.": ("report.csv", b"%PDF-1.7 and so on"),
    "{filename} is an Office document, not a table.": ("letter.docx", zipped({"word/document.xml": b"<x/>"})),
    "{filename} is a damaged or half-copied archive.": ("half.csv.gz", gzip.compress(ROWS * 9)[:60]),
    "{filename} has no sheet with rows.": ("bare.xlsx", _bare_workbook),
    "{filename} holds an archive within an archive.": ("inner.zip.gz", gzip.compress(zipped({"a.csv": ROWS}))),
    "Nothing in {filename} could be read. {what}": ("outer.zip", zipped({"inner.zip": zipped({"a.csv": ROWS})})),
    "{filename} holds no files.": ("none.zip", b"PK\x05\x06" + bytes(18)),
    "{filename} holds no list of records.": ("word.json", b'"a word"'),
    "{filename} holds the name {name}, which leads out of the archive.": ("slip.zip", zipped({"../a.csv": ROWS})),
    "{filename} holds {len} files; {MOST_MEMBERS} are the most.": (
        "many.zip",
        zipped({f"{n}.csv": b"a\n1\n" for n in range(MOST_MEMBERS + 1)}),
    ),
    "{filename} is a damaged or half-copied Parquet file.": ("half.parquet", b"PAR1 and then nothing"),
    "{filename} is a web page without a table.": ("page.xls", b"<html><body>Sign in first</body></html>"),
    "{filename} is damaged, or not a workbook.": ("torn.xlsx", zipped({"xl/workbook.xml": b"<nonsense"})),
    "{filename} is not JSON from record {number} on.": ("torn.jsonl", b'{"id": 1}\n{"id": 2}\n{"id": \n'),
    "{filename} is not JSON: line {line} breaks off or is malformed.": ("torn.json", b'{"a": 1,}'),
    "{filename} is packed more than {DEEPEST} times.": ("deep.csv.gz", _packed(ROWS, 4)),
    "{filename} is password-protected, so there is nothing to read yet.": (
        "shut.zip",
        _locked(zipped({"a.csv": ROWS})),
    ),
    "{filename} is password-protected. Excel has encrypted it, so there is nothing to read yet.": ("shut.xlsx", BOOK),
    "{filename} looks like a binary file, not a text table.": ("noise.csv", bytes(range(1, 9)) * 600),
    "{filename} unpacks to more than {RATIO} times its size, as only a harmful file does.": (
        "bomb.csv.gz",
        gzip.compress(b"0" * (8 << 20)),
    ),
    "{filename} unpacks to more than {most} GB.": ("large.csv.gz", gzip.compress(MANY_DIGITS)),
    "{filename} would have {len} columns; {MOST_COLUMNS} are the most.": (
        "wide.json",
        json.dumps([{f"c{n}": n for n in range(MOST_COLUMNS + 1)}]).encode(),
    ),
    "{filename} would have {width} columns; {MOST_COLUMNS} are the most.": (
        "wide.csv",
        b"a," * MOST_COLUMNS + b"a\n" + b"1," * MOST_COLUMNS + b"1\n",
    ),
    "No row of {filename} fits its {width} columns.": ("ragged.csv", b"a,b,c\n1,2\n"),
}
