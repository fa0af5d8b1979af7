"""Workbooks: xlsx, xls, xlsb, ods. One table for each sheet that has rows; hidden sheets are named, not read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from components.errors import FileError
from components.tables.importing.cells import kind_and_text, table_of_cells
from components.tables.importing.doubts import Doubt, counted, doubt, quoted
from components.tables.importing.duck import Report
from components.tables.importing.header import is_header, name_columns
from components.tables.importing.result import Imported, ImportedTable, Workplace

LOOKED_AT = 200  # first rows in which the header is looked for


def read_workbook(report: Report, file: Path, filename: str, title: str, place: Workplace) -> Imported:
    """Read every visible sheet.

    Raises:
        FileError: It is protected by a password, damaged, or has no rows at all.
    """
    book = _open(file, filename)
    sheets, result = _sheets(book)
    for number, sheet in enumerate(sheets):
        report(number, len(sheets), f"Reading the sheet {sheet}")
        called = title if len(sheets) == 1 else f"{title} {sheet}"
        table = _read_sheet(_sheet(book, sheet, filename), called, place)
        if table:
            result.tables.append(table)
        elif len(sheets) > 1:
            result.left_out.append(doubt("left_out", f"The sheet {quoted(sheet)} is empty."))
    if result.tables and (faults := _error_cells(file)):
        said = f"{counted(faults, 'cell holds an Excel error', 'cells hold Excel errors')} such as #N/A, read as empty."
        result.tables[0] = replace(
            result.tables[0], doubts=(doubt("errors", said, count=faults), *result.tables[0].doubts)
        )
    if not result.tables:
        raise FileError(f"{filename} has no sheet with rows.", todo="Choose a workbook that holds a table.")
    return result


def _open(file: Path, filename: str) -> Any:
    import python_calamine as calamine

    try:
        return calamine.CalamineWorkbook.from_path(str(file))
    except calamine.PasswordError as error:
        raise _protected(filename) from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError, ValueError) as error:
        if _encrypted(file):
            raise _protected(filename) from error
        raise _damaged(filename) from error


def _sheet(book: Any, name: str, filename: str) -> Any:
    import python_calamine as calamine

    try:
        return book.get_sheet_by_name(name)
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError, ValueError) as error:
        raise _damaged(filename) from error


def _damaged(filename: str) -> FileError:
    todo = "Open it in Excel, save it again as .xlsx and upload that."
    return FileError(f"{filename} is damaged, or not a workbook.", todo=todo)


def _sheets(book: Any) -> tuple[list[str], Imported]:
    """Names of the visible sheets, and what is said of the others."""
    import python_calamine as calamine

    facts = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    hidden = [sheet.name for sheet in facts if sheet.visible != calamine.SheetVisibleEnum.Visible]
    shown = [sheet.name for sheet in facts if sheet.name not in hidden]
    result = Imported()
    if hidden:
        said = f"{counted(len(hidden), 'hidden sheet was', 'hidden sheets were')} not read: {', '.join(hidden[:5])}."
        result.left_out.append(doubt("left_out", said, count=len(hidden)))
    return shown, result


def _encrypted(file: Path) -> bool:
    with file.open("rb") as stream:
        return "EncryptedPackage".encode("utf-16-le") in stream.read(1 << 16)


def _error_cells(file: Path) -> int:
    """How many cells of an xlsx hold an error: the reader gives them as empty."""
    if not zipfile.is_zipfile(file):
        return 0
    with zipfile.ZipFile(file) as archive:
        sheets = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        return sum(_count(archive, name, b't="e"') for name in sheets)


def _count(archive: zipfile.ZipFile, member: str, wanted: bytes) -> int:
    found, tail = 0, b""
    with archive.open(member) as stream:
        while block := stream.read(1 << 20):
            found += (tail + block).count(wanted)
            tail = block[-len(wanted) + 1 :]
    return found


def _protected(filename: str) -> FileError:
    return FileError(
        f"{filename} is password-protected. Excel has encrypted it, so there is nothing to read yet.",
        todo="Remove the password in Excel (File, Info) and upload it again.",
    )


def _read_sheet(sheet: Any, title: str, place: Workplace) -> ImportedTable | None:
    used = sorted({i for row in sheet.iter_rows() for i, cell in enumerate(row) if _filled(cell)})
    if not used:
        return None
    head = [[row[i] for i in used] for row in islice(sheet.iter_rows(), LOOKED_AT)]
    start, header = _table_start(head)
    names, doubts = name_columns(header, len(used))
    doubts += _above(head[:start])
    skipped = start + (header is not None)
    offset = sheet.start[0] if sheet.start else 0
    body = ([row[i] for i in used] for row in islice(sheet.iter_rows(), skipped, None) if any(map(_filled, row)))
    return table_of_cells(names, body, title=title, place=place, doubts=doubts, first_row=offset + skipped + 1)


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _table_start(rows: Sequence[Sequence[Any]]) -> tuple[int, list[str] | None]:
    """Where the table begins under titles and blank rows, and its header, if it has one."""
    head = [["" if cell is None else str(cell) for cell in row] for row in rows[:LOOKED_AT]]
    counts = [sum(bool(cell.strip()) for cell in row) for row in head]
    usual = sorted(counts)[int(0.75 * (len(counts) - 1))]
    start = next((i for i, count in enumerate(counts) if count >= max(1, 0.6 * usual)), 0)
    words = all(kind_and_text(cell)[0] in ("", "text", "integer") for cell in rows[start])
    named = words and is_header(head[start], head[start + 1 :])
    return start, head[start] if named else None


def _above(rows: Sequence[Sequence[Any]]) -> list[Doubt]:
    lines = [" ".join(str(cell) for cell in row if _filled(cell)) for row in rows]
    lines = [line for line in lines if line]
    if not lines:
        return []
    were = counted(len(lines), "row above the table was", "rows above the table were")
    return [doubt("above", f"{were} left out: {quoted(lines[0], 80)}", count=len(lines))]
