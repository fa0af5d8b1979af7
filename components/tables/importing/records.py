"""Cut text into records and fields, forgiving what strict readers refuse: stray quotes, any separator.

It is slower than the engine's reader and is used on the first lines of a file, and on whole files that the engine
refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST_CELL = 2000  # lines; a quote that stays open longer was never meant to open a cell
BURIED = 3  # whole records inside one quoted cell: more than chance


@dataclass(frozen=True)
class Mark:
    """How fields are told apart.

    Attributes:
        separator: One or more characters.
        quote: The character around cells, or empty where none is.
        escape: The character before a quote that belongs to the cell; the quote itself where it is doubled.
    """

    separator: str
    quote: str = '"'
    escape: str = '"'


@dataclass(frozen=True)
class Record:
    """One row as it stands in the file.

    Attributes:
        line: Number of its first line, from 1.
        fields: Its cells, quotes removed.
        raw: Its text, without the last line end.
        stray: True where a quote had to be taken as a plain character.
    """

    line: int
    fields: list[str]
    raw: str
    stray: bool = False


def records(lines: Iterable[str], mark: Mark, width: int = 0) -> Iterator[Record]:
    """Cut lines (without line ends) into records; blank lines are records with no fields.

    Args:
        lines: In the order of the file.
        mark: How fields are told apart.
        width: Cells that a record should have, or 0 where that is not known yet.
    """
    source = _Lines(lines)
    for line in source:
        number = source.number
        if not mark.quote or mark.quote not in line:
            yield Record(number, line.split(mark.separator) if line.strip() else [], line)
            continue
        yield _quoted(source, line, number, mark, width)


class _Lines:
    """An iterator over lines that can take lines back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self.number += 1
        return line

    def take_back(self, lines: list[str]) -> None:
        """These lines come again, in this order."""
        self._back.extend(reversed(lines))
        self.number -= len(lines)


def _quoted(source: _Lines, first: str, number: int, mark: Mark, width: int) -> Record:
    taken: list[str] = []
    text = first
    fields, stray = _cut(text, mark)
    while fields is None and len(taken) < LONGEST_CELL:
        following = next(source, None)
        if following is None:
            break
        taken.append(following)
        if mark.quote in following:
            text = "\n".join([first, *taken])
            fields, stray = _cut(text, mark)
    if fields is not None and not _buried(taken, mark, width, len(fields)):
        return Record(number, fields, text, stray)
    source.take_back(taken)
    return Record(number, first.split(mark.separator), first, stray=True)


def _buried(inner: list[str], mark: Mark, width: int, found: int) -> bool:
    """True where the lines inside a cell are whole records that an open quote has swallowed."""
    if not inner:
        return False
    if width and found != width:
        return True
    whole = sum(len(line.split(mark.separator)) == width for line in inner[:-1])
    enough = BURIED if width > 2 else 20
    return bool(width > 1 and whole >= enough and whole >= 0.9 * len(inner[:-1]))


def _cut(text: str, mark: Mark) -> tuple[list[str] | None, bool]:
    """Fields of one record, or None where a quote is still open; and whether a quote was out of place."""
    fields: list[str] = []
    position, stray = 0, False
    while True:
        start = position
        while start < len(text) and text[start] == " " and mark.separator != " ":
            start += 1
        if text.startswith(mark.quote, start):
            cell, position, odd = _quoted_cell(text, start + len(mark.quote), mark)
            if cell is None:
                return None, stray
            stray = stray or odd
        else:
            end = text.find(mark.separator, position)
            end = len(text) if end < 0 else end
            cell, position = text[position:end], end
        fields.append(cell)
        if position >= len(text):
            return fields, stray
        position += len(mark.separator)


def _quoted_cell(text: str, position: int, mark: Mark) -> tuple[str | None, int, bool]:
    """The cell that begins at ``position``, just after its quote, and where its separator stands."""
    parts: list[str] = []
    stray = False
    while True:
        end = text.find(mark.quote, position)
        if end < 0:
            return None, position, stray
        if mark.escape != mark.quote and text[end - 1 : end] == mark.escape and end > position:
            parts += [text[position : end - 1], mark.quote]
            position = end + 1
        elif mark.escape == mark.quote and text.startswith(mark.quote, end + 1):
            parts += [text[position:end], mark.quote]
            position = end + 2
        elif after := _closes(text, end, mark):
            parts.append(text[position:end])
            return "".join(parts), after - 1, stray
        else:
            parts += [text[position:end], mark.quote]
            position, stray = end + 1, True


def _closes(text: str, quote_at: int, mark: Mark) -> int:
    """1 + where the separator stands, if the quote at ``quote_at`` ends its cell; else 0."""
    after = quote_at + len(mark.quote)
    while after < len(text) and text[after] == " " and mark.separator != " ":
        after += 1
    ends = after >= len(text) or text.startswith(mark.separator, after)
    return after + 1 if ends else 0
