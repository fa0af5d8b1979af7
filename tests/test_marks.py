"""Numbers in a reader's own marks; the browser's tests hold every row of the table to what a browser writes."""

from __future__ import annotations

import pytest

from components.marks import ENGLISH, marks_of


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("de-DE", "-1.234.567,50"),
        ("de-CH", "-1'234'567.50"),
        ("fr-FR", "-1\u202f234\u202f567,50"),
        ("en-IN", "-12,34,567.50"),
        ("en-US", "-1,234,567.50"),
        ("tlh", "-1,234,567.50"),
        ("", "-1,234,567.50"),
    ],
)
def test_a_number_is_written_as_in_its_readers_language(language: str, written: str) -> None:
    assert marks_of(language).write("-1,234,567.50") == written


def test_four_digits_are_grouped_where_that_is_done_and_only_what_was_grouped() -> None:
    assert [marks_of(tag).write("1,234") for tag in ("de", "es", "pl")] == ["1.234", "1234", "1234"]
    assert marks_of("de").write("1234.5") == "1234,5"
    assert marks_of("de").write("2025") == "2025"


@pytest.mark.parametrize(
    ("said", "retold"),
    [
        ("12,345 of 1,234,567 rows did not fit.", "12.345 of 1.234.567 rows did not fit."),
        ("Checked it and ran it: 1,200 rows in 1.4 s", "Checked it and ran it: 1.200 rows in 1,4 s"),
        ("larger than 4,096 MB, the most", "larger than 4.096 MB, the most"),
        ("“1,234.56” in `a 1,234` was read", "“1,234.56” in `a 1,234` was read"),
        ("report 1,234.csv, Python 3.11, 127.0.0.1", "report 1,234.csv, Python 3.11, 127.0.0.1"),
        ("one, two and 1,2,3", "one, two and 1,2,3"),
    ],
)
def test_our_own_words_are_retold_and_others_are_not(said: str, retold: str) -> None:
    assert marks_of("de").rewrite(said) == retold
    assert ENGLISH.rewrite(said) == said
