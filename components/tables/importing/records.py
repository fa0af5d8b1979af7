"""Cut text into records and fields, forgiving what strict readers refuse: stray quotes, any separator.

It is slower than the engine's reader and is used on the first lines of a file, and on whole files that the engine
refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST_CELL = 2000  # lines; a quote that stays open longer was never meant to open a cell
LEAST_PATIENCE = 20  # lines that are looked through for the end of a cell where quote after quote stayed open
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
        self.patience = LONGEST_CELL  # lines that the next cell may have

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
        self.patience = max(self.patience // 2, LEAST_PATIENCE)


def _quoted(source: _Lines, first: str, number: int, mark: Mark, width: int) -> Record:
    taken: list[str] = []
    cut = _Cut(mark)
    is_open = cut.goes_on(first)
    while is_open and len(taken) < source.patience:
        following = next(source, None)
        if following is None:
            break
        taken.append(following)
        is_open = cut.goes_on(following)
    if not is_open and not _buried(taken, mark, width, len(cut.fields)):
        if taken:
            source.patience = min(source.patience * 2, LONGEST_CELL)
        return Record(number, cut.fields, "\n".join([first, *taken]), cut.stray)
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


class _Cut:
    """The fields of one record, whose lines come one after another: each is looked at once.

    Attributes:
        fields: The cells that are closed.
        stray: Whether a quote was out of place.
    """

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._open: list[str] | None = None  # what stands in the cell whose quote is open
        self.fields: list[str] = []
        self.stray = False

    def goes_on(self, line: str) -> bool:
        """Cut one more line; whether a quote is still open at its end."""
        if self._open is None:
            position = self._cell(line, 0)
        else:
            self._open.append("\n")
            position = self._rest(line, 0, self._open)
        while 0 <= position < len(line):
            position = self._cell(line, position + len(self._mark.separator))
        return position < 0

    def _cell(self, line: str, position: int) -> int:
        """Where the cell that begins at ``position`` ends; -1 where it does not."""
        start = position
        while start < len(line) and line[start] == " " and self._mark.separator != " ":
            start += 1
        if line.startswith(self._mark.quote, start):
            self._open = []
            return self._rest(line, start + len(self._mark.quote), self._open)
        end = line.find(self._mark.separator, position)
        end = len(line) if end < 0 else end
        self.fields.append(line[position:end])
        return end

    def _rest(self, line: str, position: int, parts: list[str]) -> int:
        """The same for a cell in quotes, from ``position`` within it; ``parts`` is what it holds so far."""
        mark = self._mark
        while (end := line.find(mark.quote, position)) >= 0:
            if mark.escape != mark.quote and line[end - 1 : end] == mark.escape and end > position:
                parts += [line[position : end - 1], mark.quote]
                position = end + 1
            elif mark.escape == mark.quote and line.startswith(mark.quote, end + 1):
                parts += [line[position:end], mark.quote]
                position = end + 2
            elif after := _closes(line, end, mark):
                self.fields.append("".join([*parts, line[position:end]]))
                self._open = None
                return after - 1
            else:
                parts += [line[position:end], mark.quote]
                position, self.stray = end + 1, True
        parts.append(line[position:])
        return -1


def _closes(text: str, quote_at: int, mark: Mark) -> int:
    """1 + where the separator stands, if the quote at ``quote_at`` ends its cell; else 0."""
    after = quote_at + len(mark.quote)
    while after < len(text) and text[after] == " " and mark.separator != " ":
        after += 1
    ends = after >= len(text) or text.startswith(mark.separator, after)
    return after + 1 if ends else 0
