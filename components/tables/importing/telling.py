"""The words for what was decided about each column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from components.tables.importing.columns import Column, Query
from components.tables.importing.dates import BY_NAME
from components.tables.importing.dialect import Dialect
from components.tables.importing.doubts import Doubt, counted, doubt, quoted
from components.tables.importing.duck import text
from components.tables.importing.forms import Form, says_nothing
from components.tables.importing.records import records
from components.tables.importing.set_aside import Rejected

MOST_PLACES = 12  # columns for which the line of the first odd value is looked up; each costs a pass over one column
EPOCH_WORDS = re.compile(r"epoch|time|stamp|date|created|updated|_at$|^ts|_ts", re.I)
NOT_THAT = {"number": ("a number", "numbers"), "date": ("a date", "dates"), "time": ("a time", "times")}
TEXT_REASONS = {
    "zeros": "has leading zeros, e.g. {example}, and stays text: as numbers, 00017 and 17 would become one.",
    "plus": "begins with a plus, e.g. {example}, and stays text: it looks like phone numbers.",
    "letters": "looks like {example} and stays text: as a number it would read 1 with zeros.",
    "words": "holds only words for “no value”, e.g. {example}; they are kept as they stand.",
}


def wrong_order(refused: Sequence[Rejected], dialect: Dialect) -> bool:
    """True where what the strict reader refused should be read again forgivingly: quotes, or only empty cells over."""
    for item in refused[:1000]:
        if "quote" in item.why or "\n" in item.raw.strip("\n"):
            return True
        cut = next(iter(records([item.raw.rstrip("\r\n")], dialect.mark)), None)
        if cut and len(cut.fields) > dialect.width and not any(cell.strip() for cell in cut.fields[dialect.width :]):
            return True
    return False


def column_doubts(columns: Sequence[Column], query: Query, place_of: Callable[[str], str]) -> list[Doubt]:
    """Everything that a user should know about the columns' types."""
    found: list[Doubt] = []
    budget = [MOST_PLACES]

    def place(value: str) -> str:
        budget[0] -= 1
        return place_of(value) if budget[0] >= 0 else ""

    for column in columns:
        if column.form is None:
            found += _text_doubts(column, place)
        else:
            found += _form_doubts(column, column.form, query, place)
    return found


def _text_doubts(column: Column, place: Callable[[str], str]) -> list[Doubt]:
    if column.reason == "mixed" and column.guess:
        if column.misfits > 0.1 * column.filled or not column.misfits:
            return []
        where = place(_real_misfit(column))
        one, many = NOT_THAT.get(column.guess.family, ("true or false", "true or false"))
        are = f"is not {one}" if column.misfits == 1 else f"are not {many}"
        text_ = (
            f"`{column.name}` is text because {column.misfits:,} of {column.filled:,} values {are}, "
            f"e.g. {quoted(column.odd)}{_in(where)}."
        )
        return [doubt("mixed", text_, column=column.name, count=column.misfits, line=_line(where))]
    words = TEXT_REASONS.get(column.reason)
    if not words:
        return []
    example = next((cell for cell in column.sample if _shows(cell, column.reason)), column.sample[0])
    return [doubt("stays_text", f"`{column.name}` {words.format(example=quoted(example))}", column=column.name)]


def _shows(cell: str, reason: str) -> bool:
    pattern = {"zeros": r"0\d+", "plus": r"\+[\d ]+", "letters": r"\d+[eE]\d+"}.get(reason, ".*")
    return re.fullmatch(pattern, cell) is not None


def _real_misfit(column: Column) -> str:
    bad = column.misfit
    return f"CASE WHEN {says_nothing(bad)} THEN NULL ELSE {bad} END"


def _in(where: str) -> str:
    return f" ({where})" if where else ""


def _line(where: str) -> int | None:
    return int(where.removeprefix("line ").replace(",", "")) if where.startswith("line ") else None


def _form_doubts(column: Column, form: Form, query: Query, place: Callable[[str], str]) -> list[Doubt]:
    found: list[Doubt] = []
    if column.words:
        where = place(column.misfit)
        values = f"{column.words:,} of {column.filled:,} values"
        said = f"`{column.name}`: {values} such as {quoted(column.word)}{_in(where)} were read as empty."
        found.append(doubt("empty_words", said, column=column.name, count=column.words, line=_line(where)))
    if form.rival and not column.rival_misfits:
        found.append(_order_doubt(column, form, query))
    elif form.note:
        example = _example(column, form)
        value = _shown(_value(form, example, query))
        said = form.note.replace("{example}", quoted(example)).replace("{value}", value)
        found.append(doubt(form.name.split(":")[0], f"`{column.name}`: {said}", column=column.name))
    elif form.name == "integer":
        found += _epoch_doubt(column)
    return found


def _example(column: Column, form: Form) -> str:
    fitting = [cell for cell in column.sample if form.matches(cell)]
    return max(fitting[:50], key=len) if fitting else ""


def _value(form: Form, example: str, query: Query) -> Any:
    rows = query(f"any_value({form.value(text(example))})")
    return rows[0][0] if rows else None


def _order_doubt(column: Column, form: Form, query: Query) -> Doubt:
    rival = BY_NAME[form.rival]
    telling = [cell for cell in column.sample if form.matches(cell) and len(set(re.split(r"\D+", cell)[:2])) == 2]
    example = next(iter(telling), _example(column, form))
    value = _shown(_value(form, example, query))
    ours, other = ("day/month", "month/day") if form.name[5] == "d" else ("month/day", "day/month")
    said = (
        f"`{column.name}`: {quoted(example)} was read as **{value}**. All {column.filled:,} values fit both ways; "
        f"as {other}, {counted(column.rival_differs, 'value')} would change."
    )
    return doubt(
        "date_order", said, column=column.name, count=column.rival_differs, choices=[ours, other], rival=rival.name
    )


def _epoch_doubt(column: Column) -> list[Doubt]:
    if not EPOCH_WORDS.search(column.name) or not column.sample:
        return []
    numbers = [int(cell) for cell in column.sample if re.fullmatch(r"\d{10}|\d{13}", cell)]
    if len(numbers) < len(column.sample):
        return []
    unit, factor = ("seconds", 1) if numbers[0] < 10**11 else ("milliseconds", 1000)
    moment = datetime.fromtimestamp(numbers[0] / factor, UTC)
    said = f"`{column.name}` looks like {unit} since 1970: {numbers[0]} would be {_shown(moment)}. Kept as a number."
    return [doubt("epoch", said, column=column.name)]


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        clock = f", {value:%H:%M}" if (value.hour or value.minute) else ""
        return f"{value.day} {value:%B %Y}{clock}"
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else f"{value}"
