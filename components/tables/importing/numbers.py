"""Numbers as people write them: thousands, decimal comma, per cent, currency, accounting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from components.tables.importing.forms import Form

CODES = (
    "EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|BRL|MXN|CAD|AUD|NZD|ZAR|KRW|SGD|HKD"
    "|THB|NAD"
)
SYMBOL = rf"(?:[A-Z]{{0,2}}[$€£¥₹₽₺₩₪₫฿₴]|{CODES}|kr\.?|zł|Kč|Ft|lei|R\$)"
CURRENCY = re.compile(
    rf"^(?P<sign>[-+−(]?)\s?(?P<first>{SYMBOL})?\s?[-+−(]?\s?[\d.,' \u00a0\u202f’]+[-)]?\s?(?P<last>{SYMBOL})?\)?$"
)
SPACE = " \u00a0\u202f"

# name, thousands mark, decimal mark, digits with their thousands, what it is called
SHAPES = (
    ("point", "", ".", r"\d+", "1234.56"),
    ("comma_thousands", ",", ".", r"\d{1,3}(?:,\d{3})+", "1,234.56"),
    ("comma", "", ",", r"\d+", "1234,56"),
    ("point_thousands", ".", ",", r"\d{1,3}(?:\.\d{3})+", "1.234,56"),
    ("space_thousands_comma", SPACE, ",", rf"\d{{1,3}}(?:[{SPACE}]\d{{3}})+", "1 234,56"),
    ("space_thousands_point", SPACE, ".", rf"\d{{1,3}}(?:[{SPACE}]\d{{3}})+", "1 234.56"),
    ("apostrophe_thousands", "'’", ".", r"\d{1,3}(?:['’]\d{3})+", "1'234.56"),
    ("indian_thousands", ",", ".", r"\d{1,2}(?:,\d{2})*,\d{3}", "12,34,567.8"),
)


def written_forms(cells: Sequence[str], *, comma_first: bool) -> list[Form]:
    """The forms of written numbers that explain every cell, the likeliest first.

    Args:
        cells: Cells as they stand, none empty.
        comma_first: True where the file's other columns, or its separator, speak for a decimal comma.
    """
    percent = all(cell.endswith("%") for cell in cells)
    symbols = _symbols(cells)
    if symbols is None or (percent and symbols):
        return []
    bare = [_bare(cell, symbols, percent) for cell in cells]
    signed = any(cell != cell.lstrip("-+−(").rstrip(")-") for cell in bare)
    shapes = [shape for shape in _ordered(comma_first) if _explains(shape, bare)]
    if symbols == "" and not percent and not signed:
        shapes = [shape for shape in shapes if _used(shape, bare)]
    return [form for shape in shapes for form in _forms(shape, symbols, percent)]


def _symbols(cells: Iterable[str]) -> str | None:
    """The one currency sign of the cells, "" without one, None where they differ or are no numbers."""
    found = set()
    for cell in cells:
        match = CURRENCY.match(cell.removesuffix("%").rstrip())
        if match is None or (match["first"] and match["last"]):
            return None
        found.add(match["first"] or match["last"] or "")
    return found.pop() if len(found) == 1 else None


def _bare(cell: str, symbol: str, percent: bool) -> str:
    text = cell.replace(symbol, "") if symbol else cell
    return (text.removesuffix("%") if percent else text).strip().replace("- ", "-")


def _ordered(comma_first: bool) -> Sequence[tuple[str, str, str, str, str]]:
    if not comma_first:
        return SHAPES
    return sorted(SHAPES, key=lambda shape: shape[2] != ",")


def _digits(shape: tuple[str, str, str, str, str], *, whole: bool) -> str:
    mark = re.escape(shape[2])
    grouped = shape[3] if shape[1] else ""
    digits = rf"(?:{grouped}|(?:0|[1-9]\d*))" if grouped else r"(?:0|[1-9]\d*)"
    return digits if whole else rf"{digits}(?:{mark}\d+)?"


def _explains(shape: tuple[str, str, str, str, str], bare: Sequence[str]) -> bool:
    pattern = re.compile(rf"(?:[-+−]?\s?{_digits(shape, whole=False)}-?|\({_digits(shape, whole=False)}\))", re.ASCII)
    return all(pattern.fullmatch(cell) for cell in bare)


def _used(shape: tuple[str, str, str, str, str], bare: Sequence[str]) -> bool:
    """True where some cell shows what tells this shape from a plain number."""
    marks = shape[1] or ("," if shape[2] == "," else "")
    return bool(marks) and any(mark in cell for cell in bare for mark in marks)


def _forms(shape: tuple[str, str, str, str, str], symbol: str, percent: bool) -> list[Form]:
    kinds = [False] if percent else [True, False]
    return [_form(shape, symbol, percent, whole) for whole in kinds]


def _form(shape: tuple[str, str, str, str, str], symbol: str, percent: bool, whole: bool) -> Form:
    digits = _digits(shape, whole=whole)
    sign, coin = r"[-+−]?\s?", rf"(?:{re.escape(symbol)}\s?)?" if symbol else ""
    tail = rf"\s?(?:{re.escape(symbol)})?" if symbol else r"\s?%" if percent else ""
    pattern = rf"{sign}{coin}{sign}{digits}-?{tail}|\({coin}{digits}{tail}\)"
    kind = "currency" if symbol else "percent" if percent else "written_number"
    type_ = "BIGINT" if whole and not percent else "DOUBLE"
    return Form(
        f"{kind}:{shape[0]}{':whole' if whole else ''}:{symbol}",
        type_,
        pattern,
        lambda cell: _value(cell, shape[2], type_, percent),
        "number",
        exact=lambda cell: f"length(regexp_replace({cell}, '[^0-9]', '', 'g')) <= {18 if type_ == 'BIGINT' else 15}",
        note=NOTES[kind].replace("{symbol}", symbol),
    )


NOTES = {
    "currency": "{example} was read as {value}; the sign {symbol} is left out.",
    "percent": "{example} was read as {value}, a fraction of 1.",
    "written_number": "{example} was read as the number {value}.",
}


def _value(cell: str, mark: str, type_: str, percent: bool) -> str:
    kept = f"regexp_replace({cell}, '[^0-9{mark}]', '', 'g')"
    digits = f"replace({kept}, ',', '.')" if mark == "," else kept
    negative = f"(contains({cell}, '-') OR contains({cell}, '−') OR contains({cell}, '('))"
    signed = f"CASE WHEN {negative} THEN '-' ELSE '' END || {digits}"
    if percent:
        return f"CAST(TRY_CAST({signed} AS DECIMAL(28, 10)) * 0.01::DECIMAL(3, 2) AS DOUBLE)"
    return f"TRY_CAST({signed} AS {type_})"
