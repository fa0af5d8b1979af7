"""Passages: every word is in one, none is too long, none crosses a page."""

from __future__ import annotations

import itertools
import random

import pytest

from components.documents.passages import Span, split
from components.documents.reading import PageText
from components.documents.words import WORD, whole_words

PROSE = "The shop sold more kettles than lamps.\nRent rose in May, and wages in June; nobody\nreturned a rake. "


def words_in(text: str) -> int:
    return len(WORD.findall(text))


def made(seed: int) -> str:
    chance = random.Random(seed)
    parts = ["word", "12,345.60", "end.", "\n", "\n\n", " ", "\t", "\u6771\u4eac\u90fd", "x" * 90, "\u2014", "Why?"]
    return "".join(chance.choice(parts) + chance.choice(["", " ", "\n"]) for _ in range(chance.randrange(900)))


@pytest.mark.parametrize("seed", range(40))
def test_every_word_is_in_a_passage_and_none_is_too_long(seed: int) -> None:
    text = made(seed)
    size = 5 + seed
    spans = list(split([PageText(3, text)], size=size, overlap=size // 4))
    assert all(span.page == 3 for span in spans)
    held = {place for span in spans for place in range(span.start, span.end)}
    assert all(set(range(*found.span())) <= held for found in WORD.finditer(text))
    for span in spans:
        passage = text[span.start : span.end]
        assert 0 < words_in(passage) <= size
        assert passage == passage.strip()
    assert [span.start for span in spans] == sorted({span.start for span in spans}), "each begins behind the last"
    for one, next_ in itertools.pairwise(spans):
        assert next_.end > one.end
        assert words_in(text[next_.start : one.end]) <= size // 4


def test_a_passage_ends_with_a_sentence_where_it_can() -> None:
    spans = list(split([PageText(1, PROSE * 20)], size=60, overlap=10))
    passages = [(PROSE * 20)[span.start : span.end] for span in spans]
    assert all(passage.endswith(".") for passage in passages)


def test_rows_of_a_table_are_not_cut_where_lines_will_do() -> None:
    text = "\n".join(f"Item {number} 1,204 1,377 9.5 %" for number in range(80))
    for span in split([PageText(1, text)]):
        passage = text[span.start : span.end]
        assert passage.startswith("Item ")
        assert passage.endswith("%")


def test_a_short_page_is_one_passage_and_a_blank_one_none() -> None:
    pages = [PageText(1, PROSE), PageText(2, " \n "), PageText(3, "Go.")]
    assert list(split(pages)) == [Span(1, 0, len(PROSE.rstrip())), Span(3, 0, 3)]


@pytest.mark.parametrize("overlap", [-1, 61])
def test_the_overlap_has_bounds(overlap: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 60"):
        list(split([], size=120, overlap=overlap))


@pytest.mark.parametrize(
    ("text", "inside", "whole"),
    [
        ("gross margin rose", "argin r", "margin rose"),
        ("of 12,345.60 euros", "345", "12,345.60"),
        ("one\ntwo\nthree", "wo", "two"),
        ("one  two", "  ", ""),
        ("a (re)start, b", "start", "(re)start,"),
        ("\u6771\u4eac\u90fd\u306e\u5e97", "\u4eac", "\u4eac"),
        ("whole words", "whole words", "whole words"),
    ],
)
def test_a_span_is_widened_to_whole_words(text: str, inside: str, whole: str) -> None:
    start = text.index(inside)
    found = whole_words(text, start, start + len(inside))
    assert text[slice(*found)] == whole
