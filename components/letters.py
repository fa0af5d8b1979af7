"""Text in one form of its letters, in a time that grows with its length alone."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

AT_ONCE = 1000  # characters
_UNSEEN = re.compile(  # letters and marks by Unicode's word, and yet nothing that is seen
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_PIECES = re.compile(rf"(?s).{{1,{AT_ONCE}}}(?!\S)|.{{1,{AT_ONCE}}}")


def seen_name(text: str) -> str:
    """A person's name in one line of what can be seen: nothing without width, nothing that turns the line around.

    Else two names that look alike could be two people's.
    """
    shown = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return " ".join(_UNSEEN.sub("", shown).split())


def in_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """As ``unicodedata.normalize``, piece by piece where the text is long; pieces end at blanks where there are some.

    To bring the marks over a letter into their order, Python takes the square of their number: 200,000 of them over
    one letter would hold every thread of the process for minutes.
    """
    if len(text) <= AT_ONCE or text.isascii():
        return unicodedata.normalize(form, text)
    return "".join(unicodedata.normalize(form, piece) for piece in _PIECES.findall(text))
