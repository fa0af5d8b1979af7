"""Words of a question that nothing in the tables explains: a note for the reader, never a refusal.

Small models answer what the data cannot say, without a word of doubt. A word that stands in no name, in no value and is
no word of analysis marks eleven of twelve such questions, and half of the good ones too: so it is only said aloud.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from components.answers.schema import Schema
from components.answers.values import TableValues

_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ches", "ch"),
    ("xes", "x"),
    ("ings", ""),
    ("ing", ""),
    ("ied", "y"),
    ("ed", ""),
    ("es", "e"),
    ("s", ""),
    ("ly", ""),
)
_QUOTED = re.compile(r"(`[^`]*`|\"[^\"]*\"|(?<!\w)'[^']*')")
_WORD = re.compile(r"[^\W\d_][^\W\d_]*(?:'[^\W\d_]+)?|(?<![\d.,])\d{4}(?![\d.,]*\d)")
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_YEARS = range(1900, 2101)  # four digits in this range are read as a year


@cache
def plain_words() -> frozenset[str]:
    """Words that any question about any table may use."""
    return frozenset((Path(__file__).parent / "plain_words.txt").read_text(encoding="utf-8").split())


def stem(word: str) -> str:
    """An English word without its ending: ``orders`` and ``ordering`` become ``order``; at least three letters stay."""
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(put) >= 3:
            return word[: -len(ending)] + put
    return word


def stems(text: str) -> frozenset[str]:
    """The stems of the words in a name or a sentence; ``netAmount`` and ``net_amount`` are two words."""
    return frozenset(stem(word.lower()) for word in _NAME.findall(text))


def unexplained(question: str, schema: Schema, values: Mapping[str, TableValues]) -> tuple[str, ...]:
    """The words and years of a question that stand in no name and no common value, in the question's order.

    What stands in quotes is left out: it is a value that the asker chose.
    """
    names, held = _names(schema), _held(values)
    years = [span for table in values.values() for span in table.years.values()]
    text = _QUOTED.sub(" ", question).lower()
    strange = []
    for word in dict.fromkeys(_WORD.findall(text)):
        known = _year_known(word, years, held) if word.isdigit() else _word_known(word, names, held)
        if not known:
            strange.append(word)
    return tuple(strange)


def _names(schema: Schema) -> frozenset[str]:
    texts = [name for table in schema.tables for name in (table.name, *(column.name for column in table.columns))]
    return frozenset().union(*(stems(text) | {text.lower()} for text in texts))


def _held(values: Mapping[str, TableValues]) -> frozenset[str]:
    """The stems of the words among the values, and their years; long texts explain nothing."""
    found: set[str] = set()
    for table in values.values():
        for column in table.common.values():
            for value in column:
                if len(value) < 60:
                    found.update(word if word.isdigit() else stem(word) for word in _WORD.findall(value.lower()))
    return frozenset(found)


def _year_known(word: str, years: list[tuple[int, int]], held: frozenset[str]) -> bool:
    year = int(word)
    return year not in _YEARS or word in held or any(low <= year <= high for low, high in years)


def _word_known(word: str, names: frozenset[str], held: frozenset[str]) -> bool:
    word = re.sub(r"'s?$", "", word)
    root = stem(word)
    if len(word) < 3 or plain_words() & {word, root} or {word, root} & (names | held):
        return True
    return len(root) >= 4 and any(root in name or (len(name) >= 4 and name in root) for name in names)
