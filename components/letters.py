"""Text in one form of its letters, in a time that grows with its length alone."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

AT_ONCE = 1000  # characters
_PIECES = re.compile(rf"(?s).{{1,{AT_ONCE}}}(?!\S)|.{{1,{AT_ONCE}}}")


def in_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """As ``unicodedata.normalize``, piece by piece where the text is long; pieces end at blanks where there are some.

    To bring the marks over a letter into their order, Python takes the square of their number: 200,000 of them over
    one letter would hold every thread of the process for minutes.
    """
    if len(text) <= AT_ONCE or text.isascii():
        return unicodedata.normalize(form, text)
    return "".join(unicodedata.normalize(form, piece) for piece in _PIECES.findall(text))
