"""What a file is, by its first bytes: names lie."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from components.errors import FileError

MAGIC = (
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
REFUSED = (
    (b"%PDF", "a PDF. Tables in a PDF cannot be read here"),
    (b"SQLite format 3", "a SQLite database. Export its tables as CSV"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"7z\xbc\xaf", "a 7-Zip archive. Pack the tables as a zip"),
    (b"Rar!", "a RAR archive. Pack the tables as a zip"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd. Pack it as gz or zip"),
    (b"ARROW1", "an Arrow file. Save it as Parquet"),
    (b"ORC", "an ORC file. Save it as Parquet"),
    (b"Obj\x01", "an Avro file. Save it as Parquet or JSON"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
MARKUP = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!doctype[^>]*>\s*|<\?mso[^>]*>\s*)*<([a-z:]+)", re.I | re.S
)


def kind_of(file: Path, filename: str) -> str:
    """Name the kind of a file: parquet, gzip, bzip2, xz, zip, workbook, markup, json or text.

    Raises:
        FileError: It is empty, or of a kind that holds no table we can read; the message says which.
    """
    with file.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise FileError(f"{filename} is empty.", todo="Choose a file that holds at least one line.")
    for magic, what in REFUSED:
        if head.startswith(magic):
            raise FileError(f"{filename} is {what}.", todo="Upload CSV, Excel, JSON or Parquet.")
    named = next((kind for magic, kind in MAGIC if head.startswith(magic)), "")
    if named in ("zip", "ole"):
        return _container(file, filename, named)
    return named or _text_kind(head, Path(filename).suffix.lower())


def _container(file: Path, filename: str, named: str) -> str:
    if named == "ole":
        return "workbook"
    try:
        with zipfile.ZipFile(file) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        todo = "Pack it again and upload it again."
        raise FileError(f"{filename} is a damaged or half-copied archive.", todo=todo) from error
    if "word/document.xml" in members or "ppt/presentation.xml" in members:
        raise FileError(f"{filename} is an Office document, not a table.", todo="Upload CSV, Excel, JSON or Parquet.")
    return "workbook" if members.intersection(WORKBOOK_PARTS) else "zip"


def _text_kind(head: bytes, suffix: str) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    markup = MARKUP.match(start)
    if markup and markup[1].lower() in (
        b"html",
        b"table",
        b"head",
        b"body",
        b"meta",
        b"style",
        b"workbook",
        b"ss:workbook",
        b"div",
    ):
        return "markup"
    if suffix in (".json", ".jsonl", ".ndjson", ".geojson") or re.match(rb'\{\s*"|\[\s*[\[{]', start):
        return "json"
    return "text"
