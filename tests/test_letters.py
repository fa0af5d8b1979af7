"""Letters in one form, in a time that grows with the text alone."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import pytest

from components.answers.documents.terms import terms
from components.documents.folding import fold
from components.documents.terms import text_words
from components.letters import AT_ONCE, in_form
from components.llm.builtin.wordpiece import words
from components.store._names import free_among
from components.tables.importing.naming import table_name

MARKS = "a" + "\u0315\u0300" * 100_000  # each pair out of order: Python alone takes two minutes for them
TAKES: dict[str, Callable[[str], object]] = {
    "search": text_words,
    "quotes": fold,
    "terms": terms,
    "embedding": lambda text: sum(1 for _ in words(text)),
    "names in queries": lambda text: free_among((), text),
    "names of files": table_name,
}


@pytest.mark.parametrize("take", TAKES.values(), ids=TAKES)
def test_a_pile_of_marks_holds_nobody_up(take: Callable[[str], object]) -> None:
    before = time.monotonic()
    take(MARKS)
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("text", ["", "plain " * 500, "Zu\u0308rich \uff21\ufb01 \u00bd " * 400, "\u6f22" * 2500])
@pytest.mark.parametrize("form", ["NFC", "NFKC", "NFD"])
def test_a_long_text_is_as_python_makes_it(form: str, text: str) -> None:
    assert in_form(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]  # str of three


def test_a_word_longer_than_a_piece_loses_nothing() -> None:
    assert in_form("NFKC", "\u00e9" * (3 * AT_ONCE + 1)) == "\u00e9" * (3 * AT_ONCE + 1)
