"""Cutting text into records, however many quotes stay open in it."""

from __future__ import annotations

import pytest

from components.tables.importing import records
from components.tables.importing.records import LONGEST_CELL, Mark


class Counted(records._Cut):
    """Counts the lines that are looked at, again and again as they may be."""

    looked = 0

    def goes_on(self, line: str) -> bool:
        Counted.looked += 1
        return super().goes_on(line)


def test_quote_after_quote_that_stays_open_is_not_looked_for_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """9 kB of such lines held a processor for as long as an import may take."""
    monkeypatch.setattr(records, "_Cut", Counted)
    lines = ['"a,b', "1,2"] * (2 * LONGEST_CELL)
    found = list(records.records(lines, Mark(",")))
    assert [one.raw for one in found] == lines
    assert [one.line for one in found] == list(range(1, len(lines) + 1))
    assert {one.stray for one in found if one.raw.startswith('"')} == {True}
    assert len(lines) < Counted.looked < 15 * len(lines)


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        (['1,"a', "", 'b ""c"" d",2'], ["1", 'a\n\nb "c" d', "2"]),
        (['"a" , "b', 'c"'], ["a", "b\nc"]),
    ],
)
def test_a_cell_goes_on_over_lines(lines: list[str], cells: list[str]) -> None:
    assert [one.fields for one in records.records([*lines, "1,2"], Mark(","))] == [cells, ["1", "2"]]
