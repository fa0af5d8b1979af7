"""Writing small awkward files and reading them as an import does."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb

from components.tables.importing import read_file


class Read:
    """What came of one file: its tables with their rows."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.tables = found["tables"]
        self.left_out = found["left_out"]

    @property
    def types(self) -> dict[str, str]:
        """Columns of the first table with their types."""
        return dict(self.tables[0]["columns"])

    @property
    def kinds(self) -> list[str]:
        """Kinds of the first table's doubts."""
        return [doubt["kind"] for doubt in self.tables[0]["doubts"]]

    def rows(self, number: int = 0) -> list[tuple[Any, ...]]:
        """Rows of a table, in order."""
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(f"FROM '{self.tables[number]['parquet']}'").fetchall()

    def column(self, name: str) -> list[Any]:
        """One column of the first table."""
        at = [column for column, _ in self.tables[0]["columns"]].index(name)
        return [row[at] for row in self.rows()]

    def doubt_of(self, column: str) -> str:
        """The words of the one doubt about a column."""
        (found,) = [doubt["text"] for doubt in self.tables[0]["doubts"] if doubt.get("column") == column]
        return str(found)

    def doubt(self, kind: str) -> Mapping[str, Any]:
        """The one doubt of this kind."""
        (found,) = [doubt for doubt in self.tables[0]["doubts"] if doubt["kind"] == kind]
        return dict(found)


def silent(**_told: Any) -> None:
    """A report that nobody hears."""


def read(folder: Path, content: str | bytes, filename: str = "some.csv", **limits: Any) -> Read:
    """Write ``content`` as a file and read it."""
    file = folder / "source"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_path(file, folder / "out", filename, **limits)


def read_path(file: Path, out: Path, filename: str, **limits: Any) -> Read:
    """Read a file that is there."""
    return Read(read_file(silent, source=str(file), filename=filename, out_folder=str(out), **limits))


def csv_of(header: str, rows: Sequence[str], end: str = "\n") -> str:
    """A CSV of a header and lines."""
    return end.join([header, *rows]) + end


NAMESPACE = "http://schemas.openxmlformats.org"
MAIN = f"{NAMESPACE}/spreadsheetml/2006/main"


def write_workbook(file: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> None:
    """Write a minimal xlsx. A cell is None, a bool, a number, a text, a day as ``(serial,)``, or an error ``#N/A``."""
    names = list(sheets)
    relation = f"{NAMESPACE}/officeDocument/2006/relationships"
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{_state(name in hidden)}/>' for n, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    package = f'<Relationships xmlns="{NAMESPACE}/package/2006/relationships">'
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", _types())
        root = f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f"{package}{root}</Relationships>")
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{relation}"><sheets>{listed}</sheets></workbook>'
        )
        styles = f'<Relationship Id="rs" Type="{relation}/styles" Target="styles.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", f"{package}{links}{styles}</Relationships>")
        archive.writestr("xl/styles.xml", _styles())
        for number, name in enumerate(names, 1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(sheets[name]))


def _state(hidden: bool) -> str:
    return ' state="hidden"' if hidden else ""


def _types() -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{NAMESPACE}/package/2006/content-types"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>'
    )


def _styles() -> str:
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )


def _sheet(rows: Sequence[Sequence[Any]]) -> str:
    body = "".join(
        f'<row r="{r}">' + "".join(_cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cell(at: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{at}"><v>{value!r}</v></c>'
    if isinstance(value, tuple):
        return f'<c r="{at}" s="1"><v>{value[0]}</v></c>'
    if value.startswith("#"):
        return f'<c r="{at}" t="e"><v>{value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
