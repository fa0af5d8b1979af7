"""Texts into the numbers that uncased English BERT reads: words, then the longest pieces that the vocabulary knows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from components.letters import in_form

VOCABULARY = Path(__file__).with_name("vocab.txt")
UNKNOWN, BEGIN, END = 100, 101, 102  # [UNK], [CLS], [SEP]
LONGEST_WORD = 100  # characters; a longer one is unknown
IDEOGRAPHS = (  # each is a word of its own
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Cuts texts by a vocabulary of one piece a line; a piece that continues a word begins with ``##``."""

    def __init__(self, vocabulary: Path = VOCABULARY) -> None:
        self._file = vocabulary

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Each piece's number: its line, from 0."""
        lines = self._file.read_text(encoding="utf-8").split("\n")
        return {piece: number for number, piece in enumerate(lines) if piece}

    def ids(self, text: str, most: int = 256) -> list[int]:
        """At most ``most`` numbers, begin and end among them; what goes beyond is left out.

        Time is linear in the text for words of bounded length.
        """
        found = [BEGIN]
        for word in words(text):
            found += self._pieces(word)
            if len(found) >= most:
                break
        return [*found[: most - 1], END]

    def _pieces(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            end = self._end_of_longest(word, start)
            if end == start:
                return [UNKNOWN]
            found.append(self.numbers["##" * (start > 0) + word[start:end]])
            start = end
        return found or [UNKNOWN]

    def _end_of_longest(self, word: str, start: int) -> int:
        """Where the longest known piece from ``start`` ends; ``start`` itself where none is known."""
        prefix = "##" * (start > 0)
        return next((end for end in range(len(word), start, -1) if prefix + word[start:end] in self.numbers), start)


def words(text: str) -> Iterator[str]:
    """Lower-case words without accents; each punctuation mark and each ideograph is a word."""
    word = ""
    for sign in in_form("NFD", _clean(text)).lower():
        if unicodedata.category(sign) == "Mn":
            continue
        if sign.isspace() or _stands_alone(sign):
            if word:
                yield word
            word = ""
            if not sign.isspace():
                yield sign
        else:
            word += sign
    if word:
        yield word


def _clean(text: str) -> str:
    """Without control characters and broken ones; every kind of space is a plain one."""
    return "".join(" " if sign.isspace() else sign for sign in text if not _is_noise(sign))


def _is_noise(sign: str) -> bool:
    return sign == "\ufffd" or (unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") and sign not in "\t\n\r")


def _stands_alone(sign: str) -> bool:
    code = ord(sign)
    if code < 128:
        return code >= 33 and not sign.isalnum()
    return unicodedata.category(sign)[0] == "P" or any(low <= code <= high for low, high in IDEOGRAPHS)
