"""A quote is verified only where it stands word for word, whatever the typesetting; never with another digit."""

from __future__ import annotations

import random
import re

import pytest

from components.documents.quotes import find_quote

PAGE = (
    "Gross margin percentage:\nProducts 35.4 % 34.5 %\nServices 70.5 % 71.5 %\n"
    "Services gross margin rose to $14,965 million. The “infor-\nmation” was "
    "well-\nknown \u2013 and ﬁnal in 2022-2023.\n"
    "Net income fell -5 % on May 1, 500 shares were repurchased at 1½ times 10² dollars. これは日本語の文です。"
)

STANDS = [
    "Services 70.5 % 71.5 %",
    "services 70.5% 71.5%",
    "“Services gross margin rose to $ 14,965 million.”",
    "percentage: Products 35.4 %",
    'the "information" was',
    "the 'infor-\nmation' was".replace("'", '"'),
    "well-known - and final",
    "wellknown — and final",
    "in 2022\u20132023",
    "-5 % on May 1, 500 shares",
    "1 1/2 times",
    "10² dollars",
    "日本語",
    "Net income fell -5 % on May 1, 500 shares were repurchased.",
]
NOT = [
    "Services 70.5 % 72.5 %",  # another digit
    "0.5 % 71.5 %",  # a number cut in two
    "14,96",
    "4,965 million",
    "5 % on May 1",  # the sign left out
    "1,500 shares were repurchased",
    "102 dollars",
    "Services gross margin fell to $14,965 million",  # another word
    "ervices gross margin rose",
    "Services gross margin … $14,965 million",  # something left out
    "not on this page at all",
    "...",
    "",
    "“”",
]


@pytest.mark.parametrize("quote", STANDS)
def test_typesetting_makes_no_difference(quote: str) -> None:
    verdict = find_quote(quote, PAGE)
    assert verdict.verified
    assert not verdict.difference
    first, last = quote.strip("“”")[0], PAGE[verdict.start : verdict.end]
    assert last[0].lower() == first.lower()


@pytest.mark.parametrize("quote", NOT)
def test_what_does_not_stand_there_is_not_verified(quote: str) -> None:
    assert not find_quote(quote, PAGE).verified


def test_the_span_is_the_quote_in_the_pages_own_text() -> None:
    verdict = find_quote("Services 70.5% 71.5%", PAGE)
    assert PAGE[verdict.start : verdict.end] == "Services 70.5 % 71.5 %"
    broken = find_quote("information", PAGE)
    assert PAGE[broken.start : broken.end] == "infor-\nmation"


def test_a_near_quote_says_its_difference_and_its_place() -> None:
    verdict = find_quote("Services gross margin rose to $14,956 million", PAGE)
    assert (verdict.kind, verdict.difference) == (
        "near",
        "It says “$14,956” where the page says “$14,965”.",
    )
    assert PAGE[verdict.start : verdict.end].startswith("Services gross margin rose to $14,965")


def test_an_ellipsis_is_near_and_says_what_it_leaves_out() -> None:
    verdict = find_quote("Services gross margin … million", PAGE)
    assert verdict.kind == "near"
    assert verdict.difference == "It leaves out “rose to $14,965”."


@pytest.mark.parametrize(
    "quote", ["def f(a, ...):\n    ...\nbut", "f(a, …): … but", "it then … waits...", "“... waits”"]
)
def test_an_ellipsis_of_the_page_is_no_gap(quote: str) -> None:
    page = "Do not write\ndef f(a, ...):\n    ...\nbut\nwait: it then … waits..."
    verdict = find_quote(quote, page)
    assert verdict.verified
    assert not find_quote("Do not write ... but", page).verified


def test_a_line_that_ends_within_a_word_is_quoted_with_its_hyphen() -> None:
    page = "would have been anti-\ndilutive 14,\nfor infor-\nmation"
    verdict = find_quote("would have been anti-", page)
    assert verdict.verified
    assert page[verdict.start : verdict.end].startswith("would have been anti-")
    assert not find_quote("would have been anti", page).verified
    assert not find_quote("mation", page).verified


def test_a_changed_digit_is_never_verified() -> None:
    dice = random.Random(7)
    numbers = [found.span() for found in re.finditer(r"\d", PAGE)]
    for start, _ in numbers:
        changed = PAGE[:start] + dice.choice([d for d in "0123456789" if d != PAGE[start]]) + PAGE[start + 1 :]
        low = changed.rfind(" ", 0, max(0, start - 12)) + 1
        high = changed.find(" ", start + 12)
        assert not find_quote(changed[low:high], PAGE).verified, changed[low:high]


def test_every_line_of_the_page_is_found_in_it() -> None:
    for line in PAGE.split("\n")[:3]:
        assert find_quote(line.upper(), PAGE).verified


def test_what_is_near_is_where_most_words_stand_not_where_a_phrase_is_first() -> None:
    page = "Revenue was 7.19 billion, down 13% from a year ago. Gaming revenue was down 38% from a year ago."
    found = find_quote("Gaming revenue was down 39% from a year ago", page)
    assert (found.kind, found.difference) == ("near", "It says “39%” where the page says “38%”.")
    assert page[found.start : found.end].startswith("Gaming revenue was down 38%")


def test_what_repeats_itself_without_end_is_soon_given_up() -> None:
    assert find_quote("a " * 900 + "b", "a c " * 50_000).kind == "absent"
    assert find_quote("a " * 150 + "b", "a c " * 50_000).kind in ("near", "absent")
