"""How a reader writes numbers: what stands between thousands, and what before the fraction.

The browser names its reader's language. Where a page's own words hold a number, it is written as the browser itself
would write it beside them, in grids and pressable numbers; a test compares every row below with a real browser's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WRITTEN = re.compile(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+(?= (?:s|kB|MB|GB|M)\b))(?![\w,]|\.\w)")
_QUOTED = re.compile(r"(“[^”]*”|`[^`]*`)")


@dataclass(frozen=True)
class Marks:
    """What a number is written with.

    Attributes:
        group: Between thousands.
        point: Before the fraction.
        least: Digits of the whole part from which it is grouped.
        step: Digits of each group after the first: 2 in India.
    """

    group: str = ","
    point: str = "."
    least: int = 4
    step: int = 3

    def write(self, number: str) -> str:
        """A number as Python writes it, such as ``1,234.50`` or ``-0.2``, in these marks; it is grouped if it was."""
        whole, point, fraction = number.partition(".")
        if "," in whole:
            whole = self._group(whole.replace(",", ""))
        return whole + (self.point + fraction if point else "")

    def rewrite(self, words: str) -> str:
        """Words of ours with their numbers in these marks: those that are grouped or have a unit.

        What stands in quotation marks or backticks is somebody else's, and left as it is.
        """
        if self == ENGLISH:
            return words
        parts = _QUOTED.split(words)
        parts[::2] = [_WRITTEN.sub(lambda found: self.write(found[0]), part) for part in parts[::2]]
        return "".join(parts)

    def for_charts(self) -> dict[str, Any]:
        """The same for Vega's configuration, under ``locale``."""
        grouping = [3] if self.step == 3 else [3, *[self.step] * 5]
        number = {"decimal": self.point, "thousands": self.group, "grouping": grouping, "currency": ["$", ""]}
        return {"number": number}

    def _group(self, whole: str) -> str:
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        if len(digits) < self.least:
            return sign + digits
        head, tail = digits[:-3], digits[-3:]
        while head:
            head, tail = head[: -self.step], f"{head[-self.step :]}{self.group}{tail}"
        return sign + tail


ENGLISH = Marks()
_DOTS, _LATE_DOTS = Marks(".", ","), Marks(".", ",", 5)
_SPACES, _LATE_SPACES = Marks("\N{NO-BREAK SPACE}", ","), Marks("\N{NO-BREAK SPACE}", ",", 5)
_THIN = Marks("\N{NARROW NO-BREAK SPACE}", ",")
_SWISS = Marks("'", ".")
_INDIAN = Marks(step=2)
_ROWS: tuple[tuple[Marks, str], ...] = (  # languages that are in no row write as English does
    (ENGLISH, "es-mx es-us es-pe"),
    (_DOTS, "de nl id tr da el hr ro sr vi ca pt es-ar es-co es-cl"),
    (_LATE_DOTS, "es it sl"),
    (_SPACES, "sv nb no fi cs sk uk ru lt en-za de-at fr-ca"),
    (_LATE_SPACES, "pl hu bg et lv pt-pt"),
    (_THIN, "fr"),
    (_SWISS, "de-ch de-li"),
    (_INDIAN, "en-in hi"),
)
_MARKS: Mapping[str, Marks] = {tag: marks for marks, tags in _ROWS for tag in tags.split()}


def languages() -> list[str]:
    """Every language with a row of its own."""
    return list(_MARKS)


def marks_of(language: str) -> Marks:
    """The marks of a language as a browser names it: ``de``, ``de-CH``; English where it is not known."""
    tag = language.lower()
    return _MARKS.get(tag) or _MARKS.get(tag.partition("-")[0], ENGLISH)
