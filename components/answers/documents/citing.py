"""Reading a model's answer while it comes: words, and citations with the quotes that they bring.

A citation is written ``[2: "words of passage 2"]``; the reader sees its number alone. Numbers are given in the order in
which quotes first appear, so they are the same while the answer comes and afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPENS = re.compile(r"\[\s*\d")
_MAY_OPEN = re.compile(r"\[\s*\Z")
_ONE = re.compile(
    r'(?P<n>\d+)\s*:\s*(?:["\u201c\u201e\u00ab](?P<quote>.*?)["\u201d\u201c\u00bb]|(?P<bare>[^"\]]+?))\s*(?=[;,]\s*\d+\s*[:;,\]]|\])',
    re.DOTALL,
)
_PLAIN = re.compile(r"\s*\d+(?:\s*[,;]\s*\d+)*\s*")
LONGEST = 1500  # characters of a citation; what goes on longer is none


@dataclass(frozen=True)
class Citation:
    """A quote that the answer brings, from the passage of this number; ``quote`` is empty where it brings none."""

    number: int
    passage: int
    quote: str


@dataclass(frozen=True)
class Words:
    """Words between citations."""

    text: str


Part = Words | Citation


@dataclass
class Reading:
    """An answer on its way."""

    parts: list[Part] = field(default_factory=list)
    _waiting: str = ""
    _numbers: dict[tuple[int, str], int] = field(default_factory=dict)

    def take(self, text: str) -> str:
        """Add what came; return what can be shown now. A citation is held back until it is whole."""
        self._waiting += text
        return "".join(self._shown(last=False))

    def end(self) -> str:
        """What was still held back; a citation that never ended is shown as the words it is."""
        return "".join(self._shown(last=True))

    def _shown(self, *, last: bool) -> Iterator[str]:
        while self._waiting:
            opening = _OPENS.search(self._waiting) or (None if last else _MAY_OPEN.search(self._waiting))
            if opening is None:
                yield self._words(len(self._waiting))
                return
            if opening.start():
                yield self._words(opening.start())
            size = _whole(self._waiting[:LONGEST])
            if size:
                yield from self._cite(size)
            elif last or len(self._waiting) > LONGEST:
                yield self._words(1)
            else:
                return

    def _words(self, size: int) -> str:
        text, self._waiting = self._waiting[:size], self._waiting[size:]
        if self.parts and isinstance(self.parts[-1], Words):
            self.parts[-1] = Words(self.parts[-1].text + text)
        else:
            self.parts.append(Words(text))
        return text

    def _cite(self, size: int) -> Iterator[str]:
        inside, self._waiting = self._waiting[1 : size - 1], self._waiting[size:]
        for passage, quote in _citations(inside):
            key = (passage, quote.casefold())
            number = self._numbers.setdefault(key, len(self._numbers) + 1)
            self.parts.append(Citation(number, passage, quote))
            yield f"[{number}]"


def _whole(text: str) -> int:
    """The length of the citation at the text's beginning; 0 where it has not ended yet."""
    if plain := re.match(rf"\[{_PLAIN.pattern}\]", text):
        return plain.end()
    at = 1
    while found := _ONE.match(text, at + len(text[at:]) - len(text[at:].lstrip())):
        rest = re.compile(r"\s*([;,\]])").match(text, found.end())
        if rest is None:
            return 0
        if rest[1] == "]":
            return rest.end()
        at = rest.end()
    return 0


def _citations(inside: str) -> list[tuple[int, str]]:
    if _PLAIN.fullmatch(inside):
        return [(int(number), "") for number in re.findall(r"\d+", inside)]
    found = _ONE.finditer(inside + "]")
    return [(int(one["n"]), " ".join((one["quote"] or one["bare"] or "").split())) for one in found]
