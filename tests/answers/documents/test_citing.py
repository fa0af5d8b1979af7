"""An answer is read the same in whatever pieces it comes, and a citation is shown only once it is whole."""

from __future__ import annotations

import time

import pytest

from components.answers.documents.citing import LONGEST, Citation, Reading, Words

ANSWER = (
    'Fell to 70.5 % [2: "Services 70.5 % [sic] 71.5 %"], since costs [3: “due to, 5: costs”; 4: "x y"] rose [1][2, 3].'
    ' See [note] and [2: "SERVICES 70.5 % [sic] 71.5 %"] [5: unquoted words] end [9: "never'
)
SHOWN = 'Fell to 70.5 % [1], since costs [2][3] rose [4][5][6]. See [note] and [1] [7] end [9: "never'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 1000])
def test_it_is_read_the_same_in_any_pieces(size: int) -> None:
    reading = Reading()
    shown = "".join(reading.take(ANSWER[at : at + size]) for at in range(0, len(ANSWER), size)) + reading.end()
    assert shown == SHOWN
    cited = [part for part in reading.parts if isinstance(part, Citation)]
    assert cited[0] == Citation(1, 2, "Services 70.5 % [sic] 71.5 %")
    assert cited[1:3] == [Citation(2, 3, "due to, 5: costs"), Citation(3, 4, "x y")]
    assert [(one.passage, one.quote) for one in cited[3:6]] == [(1, ""), (2, ""), (3, "")]
    assert cited[6].number == 1


def test_nothing_of_a_citation_is_shown_before_it_is_whole() -> None:
    reading = Reading()
    assert reading.take('It fell [1: "so ') == "It fell "
    assert reading.take('it says"') == ""
    assert reading.take("].") == "[1]."


def test_a_bracket_that_never_closes_is_words() -> None:
    reading = Reading()
    shown = reading.take('[1: "' + "x" * (LONGEST + 10))
    assert shown.startswith('[1: "xxx')
    assert all(isinstance(part, Words) for part in reading.parts)


@pytest.mark.parametrize("text", ['[ 1: "' * 16_000, '[1: "a" ' * 16_000], ids=["quotes", "citations"])
def test_citations_that_never_end_take_no_time(text: str) -> None:
    reading, began = Reading(), time.monotonic()
    assert reading.take(text) + reading.end() == text
    assert time.monotonic() - began < 4
