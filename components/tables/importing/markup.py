"""HTML tables and Excel 2003 XML, which often come under the name .xls."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from components.errors import FileError
from components.tables.importing.cells import table_of_cells
from components.tables.importing.doubts import doubt
from components.tables.importing.encoding import scan, write_utf8
from components.tables.importing.header import is_header, name_columns
from components.tables.importing.result import Imported, ImportedTable, Workplace

ROWS, CELLS, TABLES = ("tr", "row", "ss:row"), ("td", "th", "cell", "ss:cell"), ("table", "ss:table")


def read_markup(file: Path, filename: str, title: str, place: Workplace) -> Imported:
    """Read every table that has more than one row.

    Raises:
        FileError: There is none.
    """
    found = scan(file, filename)
    if not found.tidy:
        target = place.new(".utf8")
        write_utf8(file, found.encoding, target)
        file = target
    reader = _Reader()
    with file.open(encoding="utf-8", errors="replace") as stream:
        while block := stream.read(1 << 20):
            reader.feed(block)
    reader.close()
    tables = [rows for rows in reader.tables if len(rows) > 1 or (rows and len(reader.tables) == 1)]
    if not tables:
        raise FileError(f"{filename} is a web page without a table.", todo="Upload CSV, Excel, JSON or Parquet.")
    many = len(tables) > 1
    return Imported([_table(rows, f"{title} {i}" if many else title, place) for i, rows in enumerate(tables, 1)])


def _table(rows: list[list[str]], title: str, place: Workplace) -> ImportedTable:
    width = max(len(row) for row in rows)
    full = [row + [""] * (width - len(row)) for row in rows]
    start = next((i for i, row in enumerate(full) if sum(map(bool, row)) >= max(1, 0.6 * width)), 0)
    named = is_header(full[start], full[start + 1 : start + 300])
    names, doubts = name_columns(full[start] if named else None, width)
    doubts.append(doubt("markup", "The file is a web page in spite of its name; its table was read."))
    short = sum(len(row) < width for row in rows[start:])
    if short:
        doubts.append(doubt("padded", f"{short:,} rows have fewer cells than columns; what is missing is empty."))
    if start:
        doubts.append(doubt("above", f"{start:,} rows above the table were left out.", count=start))
    body = full[start + named :]
    return table_of_cells(
        names, body, title=title, place=place, doubts=doubts, numbers=True, first_row=start + named + 1
    )


class _Reader(HTMLParser):
    """Collects the text of cells; a cell that spans columns is repeated in them, so that columns stay in line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in TABLES:
            self.tables.append([])
        elif tag in ROWS:
            self._end_row()
            self._row = []
        elif tag in CELLS and self._row is not None:
            self._end_cell()
            self._begin_cell(dict(attrs))
        elif tag in ("script", "style"):
            self._hidden += 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in CELLS:
            self._end_cell()
        elif tag in ROWS or tag in TABLES:
            self._end_row()
        elif tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        assert self._row is not None
        index = attributes.get("ss:index")
        if index and index.isdigit():  # Excel's XML leaves empty cells away and numbers the next one
            self._row += [""] * (min(int(index), 20_000) - 1 - len(self._row))
        span = attributes.get("colspan") or ""
        self._span = min(int(span), 1000) if span.isdigit() and int(span) else 1
        self._cell = []

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        text = " ".join("".join(self._cell).replace("\u00a0", " ").split())
        self._row += [text] * self._span
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append(self._row)
        self._row = None
