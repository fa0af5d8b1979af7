"""The ways in which a cell can be written, as rows: what it looks like, what it means, which type it has.

A form is taken for a column only when every cell of the whole column that is not empty is written in it and gives
exactly one value; so no form may fit a cell whose value it would change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

EMPTY_WORDS = (
    *("na", "n/a", "n.a.", "#n/a", "#na", "<na>", "null", "(null)", "none", "nil", "nan", "\\n"),
    *("-", "--", "---", "–", "—", "?", ".", "missing", "unknown", "n.d.", "k.a.", "nd", "not available", "no data"),
    *("#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "keine angabe", "s/o", "tbd", "na()", "nat"),
)


def says_nothing(cell: str) -> str:
    """SQL: the cell is a word for "no value".

    Not IN: the engine turns a long IN into a join, and hundreds of joins need minutes and gigabytes.
    """
    words = ", ".join("'" + word.replace("'", "''") + "'" for word in EMPTY_WORDS)
    return f"list_contains([{words}], lower({cell}))"


@dataclass(frozen=True)
class Form:
    """One way of writing values.

    Attributes:
        name: Its name, also the kind of the doubt that tells of it.
        type: The type in the table.
        pattern: A regular expression, for Python and for the engine, that the whole cell has to match.
        value: From the SQL of the cell to the SQL of its value, NULL where there is none.
        exact: From the SQL of the cell to a SQL condition that its value is exact, or None where it always is.
        family: number, date, truth or time.
        quick: From the SQL of the cell to a cheap SQL condition that is enough where it holds; most cells of a tidy
            file are let through by it.
        plain: True where the cell is written as the value is; nobody needs to be told.
        rival: The form that would read the same cells otherwise, if any.
        note: What the user reads where the form was taken; ``{example}`` and ``{value}`` are filled in.
    """

    name: str
    type: str
    pattern: str
    value: Callable[[str], str]
    family: str
    exact: Callable[[str], str] | None = None
    quick: Callable[[str], str] | None = None
    plain: bool = False
    rival: str = ""
    note: str = ""

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def matches(self, cell: str) -> bool:
        """True where a cell looks like this form (whether it has a value only the engine can say)."""
        return self._compiled.fullmatch(cell) is not None

    def fits(self, cell: str) -> str:
        """SQL: true where a cell is written in this form and has an exact value."""
        pattern = self.pattern.replace("'", "''")
        looks = f"regexp_full_match({cell}, '{pattern}')"
        exact = self.exact(cell) if self.exact else "true"
        quick = f"WHEN {self.quick(cell)} THEN true " if self.quick else ""
        sure = f"coalesce(({self.value(cell)}) IS NOT NULL AND {exact}, false)"
        return f"CASE {quick}WHEN {looks} THEN {sure} ELSE false END"


def _cast(type_: str) -> Callable[[str], str]:
    return lambda cell: f"TRY_CAST({cell} AS {type_})"


def same_again(type_: str) -> Callable[[str], str]:
    """SQL: the value, written down again, is the very cell."""
    return lambda cell: f"TRY_CAST({cell} AS {type_})::VARCHAR = {cell}"


def _short_decimal(cell: str) -> str:
    return f"length({cell}) <= 16 AND regexp_full_match({cell}, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?')"


def _exact_double(cell: str) -> str:
    """Fifteen digits always survive; more only where the shortest writing of the number is the cell itself.

    A CASE, because the engine computes every side of an OR, and the long way costs ten times the short one.
    """
    value = f"TRY_CAST({cell} AS DOUBLE)"
    digits = f"length(ltrim(regexp_replace(regexp_replace({cell}, '[eE].*$', ''), '[^0-9]', '', 'g'), '0'))"
    long = f"({digits} <= 15 OR {value}::VARCHAR = {cell}) AND isfinite({value})"
    return f"CASE WHEN length({cell}) <= 16 AND NOT contains(lower({cell}), 'e') THEN true ELSE {long} END"


WHOLE = r"(0|[1-9]\d*)"
SIMPLE = (
    Form("truth", "BOOLEAN", "(?i:true|false)", _cast("BOOLEAN"), "truth", plain=True),
    Form(
        "integer",
        "BIGINT",
        r"0|-?[1-9]\d{0,18}",
        _cast("BIGINT"),
        "number",
        quick=same_again("BIGINT"),
        plain=True,
    ),
    Form(
        "long_integer",
        "DECIMAL(38,0)",
        r"0|-?[1-9]\d{0,37}",
        _cast("DECIMAL(38,0)"),
        "number",
        note="holds whole numbers of more than 18 digits; they are kept to the last digit, e.g. {example}.",
    ),
    Form(
        "decimal",
        "DOUBLE",
        rf"[-+]?({WHOLE}(\.\d*)?|\.\d+)|[-+]?{WHOLE}(\.\d*)?[eE][-+]\d{{1,3}}|[-+]?{WHOLE}\.\d*[eE]\d{{1,3}}",
        _cast("DOUBLE"),
        "number",
        exact=_exact_double,
        quick=_short_decimal,
        plain=True,
    ),
    Form("time", "TIME", r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?", _cast("TIME"), "time", plain=True),
)


def exact_decimal(whole: int, scale: int) -> Form | None:
    """The form for decimals of more digits than a double holds, if 38 digits are enough for them."""
    if whole + scale > 38:
        return None
    type_ = f"DECIMAL({max(1, whole + scale)},{scale})"
    note = "holds decimals of more than 15 digits; they are kept to the last digit, e.g. {example}."
    return Form("exact_decimal", type_, rf"[-+]?({WHOLE}(\.\d*)?|\.\d+)", _cast(type_), "number", note=note)


def integer_text(cells: Sequence[str]) -> str:
    """Why digits must stay text: ``zeros``, ``plus``, ``letters`` (1E5), or nothing."""
    if any(re.fullmatch(r"0\d+", cell) for cell in cells):
        return "zeros"
    if any(re.fullmatch(r"\+\d[\d ]{5,}", cell) for cell in cells):
        return "plus"
    return "letters" if any(re.fullmatch(r"\d+[eE]\d+", cell) for cell in cells) else ""
