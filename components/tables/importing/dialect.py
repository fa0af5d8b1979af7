"""How a text table is cut: separator, quotes, lines above the table, header, width. Decided on the first lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.errors import FileError
from components.tables.importing.header import is_header
from components.tables.importing.records import Mark, Record, records

HEAD = 1 << 18
SEPARATORS = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "\x01": 0.99, "\x1f": 0.99, "^": 0.85, "~": 0.85, ":": 0.8}
A_HABIT = 5  # rows of another width from which that is the file's habit, not a fault of single rows
SPACES = "spaces"  # columns told apart by runs of spaces


@dataclass(frozen=True)
class Dialect:
    """How a file is cut.

    Attributes:
        mark: Separator and quotes; separator ``spaces`` means runs of spaces.
        width: Columns.
        skipped: Records above the first row of values, the header among them.
        above: The lines above the table that are left out.
        header: Cells of the header, or None where the file has none.
        simple: True where the engine's own reader can take the file as it lies.
        numbered: True where rows begin with a number of their own that the header does not name.
        ragged: Share of the first rows that are not as wide as the table; 0 where they are but a few.
    """

    mark: Mark
    width: int
    skipped: int
    above: tuple[str, ...]
    header: tuple[str, ...] | None
    simple: bool
    numbered: bool = False
    ragged: float = 0.0


def sniff(file: Path, filename: str) -> Dialect:
    """Look at the first lines of a UTF-8 file with line feeds.

    Raises:
        FileError: It holds nothing but blank lines.
    """
    lines, whole = _first_lines(file)
    if not any(line.strip() for line in lines):
        raise FileError(f"{filename} is empty.", todo="Choose a file that holds at least one line.")
    said = re.fullmatch(r"sep=(.{1,2})", lines[0].strip("\r\ufeff "), re.I)
    body = lines[1:] if said else lines
    mark = _mark(body, said[1] if said else None)
    rows = _rows(body, mark, whole)
    if mark.separator != SPACES and (wider := _wider(mark, rows)) != mark:
        mark, rows = wider, _rows(body, wider, whole)
    return _dialect(mark, rows, 1 if said else 0)


def _first_lines(file: Path) -> tuple[list[str], bool]:
    with file.open("rb") as stream:
        text = stream.read(HEAD)
        whole = not stream.read(1)
    lines = text.decode("utf-8", "ignore").removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return (lines[:-1] if (lines[-1] == "" or (not whole and len(lines) > 1)) else lines), whole


def _rows(lines: Sequence[str], mark: Mark, whole: bool) -> list[Record]:
    if mark.separator == SPACES:
        return [Record(n, line.split(), line) for n, line in enumerate(lines, 1)]
    rows = list(records(lines, mark))
    return rows if whole or len(rows) < 2 else rows[:-1]


def _mark(lines: Sequence[str], said: str | None) -> Mark:
    if said:
        return Mark(said, *_quotes(lines, said))
    best, best_score = Mark(","), 0.0
    for separator, trust in SEPARATORS.items():
        if any(separator in line for line in lines[:200]):
            mark = Mark(separator, *_quotes(lines, separator))
            score = _agreement(lines, mark) * trust
            if score > best_score:
                best, best_score = mark, score
    if best_score < 0.5 and _spaced(lines):
        return Mark(SPACES, "")
    return best if best_score else Mark(",")


def _quotes(lines: Sequence[str], separator: str) -> tuple[str, str]:
    """The quote and the escape that this file uses with this separator."""
    text = "\n".join(lines[:500])
    near = re.escape(separator)
    apostrophes = len(re.findall(rf"(?:^|{near})'[^'\n]*'(?={near}|$)", text, re.M))
    doubles = len(re.findall(rf'(?:^|{near})"', text, re.M))
    if apostrophes > max(3, 2 * doubles) and apostrophes > len(lines[:500]) / 2:
        return "'", "'"
    slashes = len(re.findall(r'[^\\"]\\"(?![,;\t|\n])', text))
    return ('"', "\\") if slashes > len(re.findall(r'(?<!^)(?<![,;\t|])""', text)) else ('"', '"')


def _agreement(lines: Sequence[str], mark: Mark) -> float:
    """How well a separator explains the lines: the share of records of one width, a little more for wide ones."""
    widths = [len(record.fields) for record in records(lines[:1000], mark) if record.fields]
    if not widths:
        return 0.0
    width, agreeing = Counter(widths).most_common(1)[0]
    if width < 2:
        tables = [n for n in widths if n > 1]
        width, agreeing = Counter(tables).most_common(1)[0] if tables else (1, 0)
    clock = 0.5 if mark.separator == ":" and re.search(r"\d:\d\d", "\n".join(lines[:50])) else 1.0
    return agreeing / len(widths) * (1 + min(width, 50) / 200) * clock if width > 1 else 0.0


def _spaced(lines: Sequence[str]) -> bool:
    full = [line.split() for line in lines[:300] if line.strip()]
    widths = {len(cells) for cells in full}
    return len(full) > 3 and len(widths) == 1 and widths.pop() > 1


def _wider(mark: Mark, rows: Sequence[Record]) -> Mark:
    """The whole separator, where it has more characters than the one that was found: ``||``, ``|~|``, ``::``."""
    separator = mark.separator
    split = [row.fields for row in rows[:200] if len(row.fields) > 1]
    if separator.isspace() or not split or any(mark.quote and mark.quote in row.raw for row in rows[:50]):
        return mark
    between = {cell for fields in split for cell in fields[1::2]}
    if all(len(fields) % 2 for fields in split) and len(between) == 1 and not re.search(r"\w", middle := between.pop()):
        return Mark(separator + middle + separator, mark.quote, mark.escape)
    before = {fields[i][-1:] for fields in split for i in range(len(fields) - 1)}
    after = {cell[:1] for fields in split for cell in fields[1:]}
    left = before.pop() if len(before) == 1 else ""
    right = after.pop() if len(after) == 1 else ""
    odd = [c if c and not c.isalnum() and c not in " \"'-+$€£().%#_/" else "" for c in (left, right)]
    return Mark(odd[0] + separator + odd[1], mark.quote, mark.escape)


def _dialect(mark: Mark, rows: list[Record], skip: int) -> Dialect:
    filled = [row for row in rows if row.fields]
    start, width = _start(rows, _width(filled))
    body = [row.fields for row in rows[start + 1 :] if row.fields]
    head, numbered = _head(rows[start].fields, width, body)
    named = is_header(head, [fields for fields in body[:300] if len(fields) == width])
    plain = not any("\n" in row.raw for row in rows[: start + 1])
    off = sum(len(fields) != width for fields in body)
    return Dialect(
        mark=mark,
        width=width,
        skipped=skip + start + named,
        above=tuple(row.raw for row in rows[:start] if row.fields),
        header=tuple(head) if named else None,
        simple=plain and mark.separator != SPACES and len(mark.separator.encode()) == 1,
        numbered=numbered,
        ragged=off / len(body) if off >= A_HABIT else 0.0,
    )


def _width(rows: Sequence[Record]) -> int:
    """The width that most records have; lines of one cell count only where nearly all are so."""
    several = Counter(len(row.fields) for row in rows if len(row.fields) > 1)
    if sum(several.values()) < 0.3 * len(rows):
        return 1
    return max(several, key=lambda width: (several[width], width))


def _start(rows: Sequence[Record], width: int) -> tuple[int, int]:
    """Index of the table's first row, its header or its first values, and how wide the table is with it."""
    for index, row in enumerate(rows):
        found = len(row.fields)
        if found == width and not (width > 1 and row.raw.lstrip().startswith("# ")):
            return index, width
        if width > 1 and found > width and len(rows) > index + 1:
            wide = max(number for number, cell in enumerate(row.fields, 1) if cell.strip() or number == 1)
            return index, max(width, wide)
        following = next((later for later in rows[index + 1 :] if later.fields), None)
        if found == width - 1 and found > 1 and following and len(following.fields) == width:
            return index, width
    return next(index for index, row in enumerate(rows) if row.fields), width


def _head(fields: list[str], width: int, body: Sequence[Sequence[str]]) -> tuple[list[str], bool]:
    """The first row brought to the table's width; True where rows begin with a number that has no name."""
    full = [cells for cells in body[:200] if len(cells) == width]
    if len(fields) == width - 1 and full:
        numbered = all(re.fullmatch(r"\d+", cells[0].strip()) for cells in full) and any(c[-1].strip() for c in full)
        return (["", *fields] if numbered else [*fields, ""]), numbered
    return fields[:width], False
