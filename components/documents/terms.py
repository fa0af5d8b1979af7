"""The words of questions and documents, as search compares them."""

from __future__ import annotations

import re

from components.documents.words import DENSE
from components.letters import in_form

_ASKING = """
a about an and any are as at be been by can could describe did do does explain for from give had has have how i in
into is it its me my of on or our please show tell that the their them there these they this those to us was we
were what when where which who whose why will with would you your
"""
ASKING = frozenset(_ASKING.split())
"""Small words of asking, which say nothing of what is asked."""

INNER = ".,'\u2019&/-"
"""What may stand within a word: 82,959, 10-Q, R&D, Apple's."""

_WORDS = re.compile(rf"[{DENSE}]|[^\W{DENSE}](?:[\w{INNER}]*[^\W{DENSE}])?")
_GENITIVE = re.compile(r"['\u2019]s?$")


def plain(text: str) -> str:
    """Text as it is indexed: compatibility forms (ligatures, full-width letters) written plainly."""
    return in_form("NFKC", text)


def text_words(text: str) -> list[str]:
    """The words of a text with what stands between them left out, identifiers and figures whole."""
    return _WORDS.findall(plain(text))


def genitive_off(word: str) -> str:
    """A word without the ending of a genitive: ``Apple's``, ``quarters'``."""
    return _GENITIVE.sub("", word)
