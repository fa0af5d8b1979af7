"""The words of a question that say what it asks for, and whether they stand in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from pathlib import Path

from components.answers.words import stem

_WORD = re.compile(r"[^\W_]+(?:[.,'\u2019&/-][^\W_]+)*")
_NUMBER = re.compile(r"\d")


@cache
def _asking() -> frozenset[str]:
    """Words of asking: they stand in every text and tell none from another."""
    return frozenset((Path(__file__).parent / "asking_words.txt").read_text(encoding="utf-8").split())


def terms(text: str) -> tuple[str, ...]:
    """What a question asks for, each once, in its order: the stems of its words, its numbers as they are.

    Where nothing but words of asking is in it, these are what it asks for.
    """
    words = saying(text) or _WORD.findall(text)
    return tuple(dict.fromkeys(_term(_plain(word)) for word in words))


def saying(text: str) -> list[str]:
    """The words of a question as they stand there, without those of asking."""
    return [word for word in _WORD.findall(text) if _plain(word) not in _asking()]


def held(text: str) -> frozenset[str]:
    """All terms of a text, to look up those of a question in."""
    found: set[str] = set()
    for match in _WORD.findall(text):
        word = _plain(match)
        found.add(_term(word))
        found.update(_term(part) for part in re.split(r"[-/&']", word) if part)
    return frozenset(found)


def share(asked: Collection[str], among: Collection[str]) -> float:
    """Which part of a question's terms is among others, 0 to 1."""
    return sum(term in among for term in asked) / len(asked) if asked else 0.0


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).replace("\u2019", "'").lower()
    return folded.removesuffix("'s")


def _term(word: str) -> str:
    return word if _NUMBER.search(word) else stem(word)
