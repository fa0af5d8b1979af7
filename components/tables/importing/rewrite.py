"""Write an irregular text table again as one that every reader takes: UTF-8, commas, one width."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from components.tables.importing.dialect import SPACES, Dialect
from components.tables.importing.doubts import Doubt, counted, doubt, quoted
from components.tables.importing.records import Record, records
from components.tables.importing.set_aside import Rejected

PAD_FROM = 0.05  # share of short rows in the head from which they are the file's habit, not a fault
TELL_EVERY = 50_000  # rows


@dataclass
class Rewritten:
    """What came of it.

    Attributes:
        lines: The line in the file of each row that was kept.
        refused: Rows that have too many or too few cells.
        padded: Rows whose missing last cells are read as empty.
        stray: Rows in which a quote was taken as a plain character, with the first one.
    """

    lines: array[int] = field(default_factory=lambda: array("L"))
    refused: list[Rejected] = field(default_factory=list)
    padded: int = 0
    stray: int = 0
    first_stray: tuple[int, str] = (0, "")

    def doubts(self) -> list[Doubt]:
        """What the user should know of it."""
        found = []
        if self.stray:
            line, raw = self.first_stray
            rows = counted(self.stray, "row has", "rows have")
            text = f"{rows} a quote that is out of place, first line {line:,}: {quoted(raw)}. It was kept as it is."
            found.append(doubt("quotes", text, line=line, count=self.stray))
        if self.padded:
            rows = counted(self.padded, "row has", "rows have")
            found.append(
                doubt("padded", f"{rows} fewer values than columns; what is missing is empty.", count=self.padded)
            )
        return found


def rewrite(file: Path, dialect: Dialect, target: Path, tell: Callable[[int], None]) -> Rewritten:
    """Write the rows of ``file`` (UTF-8, line feeds) to ``target`` as commas with standard quotes, without a header."""
    result = Rewritten()
    pad = dialect.ragged > PAD_FROM
    with (
        file.open(encoding="utf-8-sig", errors="replace", newline="\n") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        for number, record in enumerate(islice(_records(source, dialect), dialect.skipped, None)):
            _row(record, dialect.width, pad, result, writer.writerow)
            if number % TELL_EVERY == 0:
                tell(out.tell())
    return result


def _records(source: Iterator[str], dialect: Dialect) -> Iterator[Record]:
    lines = (line.rstrip("\n").rstrip("\r") for line in source)
    if dialect.mark.separator == SPACES:
        return (Record(number, line.split(), line) for number, line in enumerate(lines, 1))
    return records(lines, dialect.mark, dialect.width)


def _row(record: Record, width: int, pad: bool, result: Rewritten, write: Callable[[list[str]], object]) -> None:
    fields = record.fields
    if not fields:
        if width > 1:
            return
        fields = [""]
    while len(fields) > width and not fields[-1].strip():
        fields = fields[:-1]
    if len(fields) < width and pad and (len(fields) > 1 or width <= 2):
        result.padded += 1
        fields = fields + [""] * (width - len(fields))
    if len(fields) != width:
        why = f"{counted(len(fields), 'value')} instead of {width:,}"
        result.refused.append(Rejected(record.line, why, record.raw))
        return
    if record.stray:
        result.stray += 1
        result.first_stray = result.first_stray if result.first_stray[0] else (record.line, record.raw)
    result.lines.append(record.line)
    write(fields)
