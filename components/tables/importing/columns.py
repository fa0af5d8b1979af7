"""Decide the type of every text column by looking at every cell.

A form is guessed from the first rows, then checked over the whole file in one pass for all columns; cells that do not
fit are examples for a wider guess. What no form explains stays text. So no cell is ever rounded, cut or lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from components.tables.importing.dates import BY_NAME, COMPACT, DATES
from components.tables.importing.forms import EMPTY_WORDS, SIMPLE, Form, exact_decimal, integer_text, says_nothing
from components.tables.importing.numbers import written_forms

ROUNDS = 6
MOST = 0.8  # of the cells seen, from which a column is told of that one form would fit but for the rest
AMOUNT = re.compile(r"[-+]?\d[\d.,]*[.,]\d+")
DAYS = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}")
AT_ONCE = 100  # columns of one pass; thousands in one statement take the engine minutes to plan
DATE_WORDS = re.compile(r"date|datum|day|tag|fecha|jour|_dt|^dt", re.I)
EMPTY = frozenset(EMPTY_WORDS)


@dataclass
class Column:
    """One text column on its way to a type.

    Attributes:
        cell: SQL of the cell as it lies in the relation.
        name: The column's name in the table.
        sample: Cells that were seen, without the empty ones.
        form: The form that is believed now; None: text.
        reason: Why it stays text although it looks otherwise: zeros, plus, letters, mixed, words.
        filled, misfits, words: Over the whole column: cells that are not empty; those that the first guess does not
            fit; among these, words for "no value".
    """

    cell: str
    name: str
    sample: list[str]
    form: Form | None = None
    reason: str = ""
    padded: bool = False
    settled: bool = False
    tried: set[str] = field(default_factory=set)
    filled: int = 0
    misfits: int = 0
    words: int = 0
    odd: str = ""
    word: str = ""
    guess: Form | None = None
    rival_misfits: int = 0
    rival_differs: int = 0

    @property
    def sql(self) -> str:
        """SQL of the cell as the forms see it: without spaces around it, NULL where nothing is left."""
        return f"nullif(trim({self.cell}), '')" if self.padded else self.cell

    @property
    def misfit(self) -> str:
        """SQL: the cell where the first guess does not fit it and it is no word for "no value"; else NULL."""
        form = self.form or self.guess
        return f"CASE WHEN {form.fits(self.sql)} THEN NULL ELSE {self.sql} END" if form else "NULL"

    @property
    def value(self) -> str:
        """SQL of the value as it goes into the table."""
        if self.form is None:
            return self.cell
        value = self.form.value(self.sql)
        return f"CASE WHEN {says_nothing(self.sql)} THEN NULL ELSE {value} END" if self.words else value


class Query(Protocol):
    """Runs SQL aggregates over all rows of a relation and gives the one row.

    ``cells`` may prepare columns of the relation, and ``then`` add more that are made of these.
    """

    def __call__(self, what: str, cells: str = "*", then: str = "") -> list[tuple[Any, ...]]:
        """Run them."""
        ...


def decide(columns: Sequence[Column], query: Query, *, separator: str = ",", numbers: bool = True) -> None:
    """Give each column its form.

    Args:
        columns: With a sample of the first rows each.
        query: Runs a list of SQL aggregates over the whole relation and gives its one row.
        separator: The file's separator: a semicolon speaks for a decimal comma.
        numbers: False where the source has numbers of its own, so text that looks like one is meant as text.
    """
    _sample_late(columns, query)
    context = _Context(numbers, separator, [column.sample for column in columns])
    for column in columns:
        _guess(column, context)
    for _ in range(ROUNDS):
        open_ = [column for column in columns if column.form and not column.settled]
        if not open_:
            break
        _check(open_, query)
        for column in open_:
            _judge(column, context, query)
    for column in columns:
        if not column.settled and column.form:
            column.form, column.reason = None, "mixed"
    _agree_on_order(columns)


class _Context:
    def __init__(self, numbers: bool, separator: str, samples: Sequence[Sequence[str]]) -> None:
        self.numbers = numbers
        comma = re.compile(r"-?(\d+,\d{1,2}|\d+,\d{4,}|0,\d+|\d{1,3}(\.\d{3})+,\d+)")
        self.sure_comma = any(
            len(cells) > 1
            and all(comma.fullmatch(cell.strip()) or cell.strip().isdigit() for cell in cells)
            and any(comma.fullmatch(cell.strip()) for cell in cells)
            for cells in samples
        )
        self.comma_first = separator == ";" or self.sure_comma


def _sample_late(columns: Sequence[Column], query: Query) -> None:
    """Columns that are empty in the first rows are sampled from the whole."""
    late = [column for column in columns if not column.sample]
    if not late:
        return
    parts = [f"{kind}(nullif(trim({column.cell}), ''))" for column in late for kind in ("any_value", "min", "max")]
    row = query(", ".join(parts))[0]
    for number, column in enumerate(late):
        column.sample = [str(cell) for cell in row[3 * number : 3 * number + 3] if cell is not None]


def _guess(column: Column, context: _Context) -> None:
    column.padded = any(cell != cell.strip() for cell in column.sample)
    column.sample = list(dict.fromkeys(cell.strip() for cell in column.sample if cell.strip()))
    cells = [cell for cell in column.sample if cell.lower() not in EMPTY]
    if not cells:
        column.reason = "words" if column.sample else ""
        return
    column.reason = _stays_text(cells) if context.numbers else ""
    if column.reason:
        return
    column.form = next(iter(_candidates(column, cells, context)), None) or _nearest(cells, context)
    column.guess = column.form


def _stays_text(cells: Sequence[str]) -> str:
    """Digits that are names, not amounts: 00017, +4930123, 1E5."""
    digits = [cell for cell in cells if re.fullmatch(r"[+-]?\d[\d ]*([eE]\d+)?", cell)]
    return integer_text(digits) if len(digits) >= 0.9 * len(cells) else ""


def _candidates(column: Column, cells: Sequence[str], context: _Context) -> list[Form]:
    """Forms that explain every cell seen, the likeliest first."""
    found: list[Form] = []
    if context.numbers:
        grouped = context.sure_comma and _are_thousands(cells)
        if DATE_WORDS.search(column.name) and all(COMPACT.matches(cell) for cell in cells):
            found.append(COMPACT)
        if grouped:
            found += written_forms(cells, comma_first=True)
        found += [form for form in SIMPLE if all(form.matches(cell) for cell in cells)]
        if not found:
            found += written_forms(cells, comma_first=context.comma_first)
    if not found:
        found += [form for form in DATES if all(form.matches(cell) for cell in cells)]
    return found


def _are_thousands(cells: Sequence[str]) -> bool:
    """``1.000`` among ``10`` and ``250``, where the file's other columns have decimal commas: a thousand, not one."""
    return any("." in cell for cell in cells) and all(re.fullmatch(r"-?\d{1,3}(\.\d{3})*", cell) for cell in cells)


def _nearest(cells: Sequence[str], context: _Context) -> Form | None:
    """A form that explains most cells: it cannot be taken, but what stands in its way can be counted and said."""
    if not context.numbers or len(cells) < 10:
        return None
    best = max(SIMPLE[1:4] + DATES[:2], key=lambda form: sum(form.matches(cell) for cell in cells))
    if sum(best.matches(cell) for cell in cells) >= MOST * len(cells):
        return best
    return _nearest_written(cells, context)


def _nearest_written(cells: Sequence[str], context: _Context) -> Form | None:
    """Amounts or days as people write them, with something else among them."""
    for look in (AMOUNT, DAYS):
        alike = [cell for cell in cells if look.fullmatch(cell)]
        if len(alike) < MOST * len(cells):
            continue
        forms = written_forms(alike, comma_first=context.comma_first) if look is AMOUNT else DATES
        if found := next((form for form in forms if all(form.matches(cell) for cell in alike)), None):
            return found
    return None


def _check(columns: Sequence[Column], query: Query) -> None:
    """Count for each column what its form does not fit, with examples: one pass over the file for each hundred."""
    for start in range(0, len(columns), AT_ONCE):
        some = columns[start : start + AT_ONCE]
        cells, reals, parts = [], [], []
        for number, column in enumerate(some):
            x, bad, real = f"x{number}", f"b{number}", f"r{number}"
            cells += [f"{column.sql} AS {x}", f"{column.misfit} AS {bad}"]
            reals.append(
                f"CASE WHEN {bad} IS NULL THEN NULL WHEN {says_nothing(bad)} THEN NULL ELSE {bad} END AS {real}"
            )
            parts += [f"count({x})", f"count({bad})", f"any_value({bad})", f"count({real})"]
            parts += [f"any_value({real})", f"min({real})", f"max({real})", *_rival_parts(column, x)]
        row = query(", ".join(parts), ", ".join(cells), ", ".join(reals))[0]
        for number, column in enumerate(some):
            _note(column, row[9 * number : 9 * number + 9])


def _rival_parts(column: Column, cell: str) -> list[str]:
    rival = BY_NAME.get(column.form.rival) if column.form else None
    if column.form is None or rival is None:
        return ["0", "0"]
    mine, other = column.form.value(cell), rival.value(cell)
    differs = f"count(*) FILTER ({mine} IS DISTINCT FROM {other})"
    return [f"count(*) FILTER ({mine} IS NOT NULL AND {other} IS NULL)", differs]


def _note(column: Column, found: Sequence[Any]) -> None:
    filled, bad, word, real, odd, low, high, rival_misfits, rival_differs = found
    first = not column.tried
    column.rival_misfits, column.rival_differs = rival_misfits, rival_differs
    column.filled, column.words = filled, bad - real
    column.word = str(word) if bad > real else ""
    if first:
        column.misfits, column.odd = real, "" if odd is None else str(odd)
    column.settled = real == 0
    column.sample += [str(cell) for cell in (odd, low, high) if cell is not None]


def _judge(column: Column, context: _Context, query: Query) -> None:
    """Where the form did not fit, take the next wider one; where there is none, stay text."""
    if column.settled or column.form is None:
        return
    column.tried.add(f"{column.form.name} {column.padded}")
    column.padded = column.padded or any(cell != cell.strip() for cell in column.sample)
    cells = [cell.strip() for cell in column.sample if cell.strip() and cell.strip().lower() not in EMPTY]
    reason = _stays_text(cells) if context.numbers else ""
    choices = [] if reason else [*_candidates(column, cells, context), *_long_decimals(column, cells, query)]
    column.form = next((form for form in choices if f"{form.name} {column.padded}" not in column.tried), None)
    if column.form is None:
        column.reason, column.words = reason or "mixed", column.words if not reason else 0


def _long_decimals(column: Column, cells: Sequence[str], query: Query) -> list[Form]:
    """Where doubles do not keep every digit: decimals as wide as the column needs."""
    decimal = SIMPLE[3]
    if f"{decimal.name} {column.padded}" not in column.tried or any("e" in cell.lower() for cell in cells):
        return []
    if not all(decimal.matches(cell) for cell in cells):
        return []
    bare = f"ltrim({column.sql}, '+-')"
    widest = f"max(length(split_part({bare}, '.', 1))), max(length(split_part({bare}, '.', 2)))"
    whole, scale = query(widest)[0]
    form = exact_decimal(int(whole or 1), int(scale or 0))
    return [form] if form else []


def _agree_on_order(columns: Sequence[Column]) -> None:
    """A column whose days and months could be either follows the columns of its file that leave no choice."""
    dated = [column for column in columns if column.form and column.form.rival]
    sure = {column.form.name[5:8] for column in dated if column.form and column.rival_misfits}
    for column in dated:
        assert column.form
        if not column.rival_misfits and sure == {column.form.rival[5:8]}:
            column.form = BY_NAME[column.form.rival]
            column.rival_misfits = 1
