"""Is the first row a header, and what are the columns called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.tables.importing.doubts import Doubt, counted, doubt

NUMBER = re.compile(r"\s*[-+(]?[$€£¥]?\s?[\d.,'\u00a0\u202f ]*\d\)?\s?[%€]?\s*")
YEAR = re.compile(r"\s*(19|20)\d\d\s*")
DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d\d.*)?\s*")
WORDS = re.compile(r"[^\W\d_][\w .€$£()%#/&:,'+\-\[\]]*", re.UNICODE)


def is_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Weigh column by column whether ``first`` names the cells below it or is one of them."""
    filled = [cell.strip() for cell in first if cell.strip()]
    if not filled:
        return bool(body)
    if not body:
        return len(filled) > 1 and all(WORDS.fullmatch(cell) for cell in filled)
    return sum(_evidence(cell.strip(), [row[i] for row in body if i < len(row)]) for i, cell in enumerate(first)) > 0


def _evidence(head: str, column: Sequence[str]) -> float:
    cells = [cell.strip() for cell in column if cell.strip()]
    if not head or not cells:
        return 0.05 if not head else 0.1 if not _value(head) else -0.2
    values = sum(_value(cell) for cell in cells) / len(cells)
    if values > 0.8:
        return _against_values(head, cells)
    return _against_text(head, cells)


def _value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell))


def _against_values(head: str, cells: Sequence[str]) -> float:
    if not _value(head):
        return 1.0 if head.lower() not in ("na", "n/a", "null", "nan", "-") else -0.5
    years = YEAR.fullmatch(head) and not all(YEAR.fullmatch(cell) for cell in cells)
    return 0.3 if years else -1.0


def _against_text(head: str, cells: Sequence[str]) -> float:
    if head in cells:
        return -1.0
    if _value(head):
        return 0.3 if YEAR.fullmatch(head) else -0.3
    digits = sum(any(letter.isdigit() for letter in cell) for cell in cells) / len(cells)
    if any(letter.isdigit() for letter in head):
        return -0.5 if digits > 0.9 and _shape(head) in {_shape(cell) for cell in cells[:50]} else 0.1
    if digits > 0.9:
        return 0.6
    lengths = [len(cell) for cell in cells]
    usual = min(lengths) == max(lengths) and len(head) != lengths[0]
    return 0.4 if usual else 0.2 if WORDS.fullmatch(head) else 0.0


def _shape(cell: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", cell))


def name_columns(header: Sequence[str] | None, width: int) -> tuple[list[str], list[Doubt]]:
    """Give every column a name of its own: trimmed, blanks filled, repeats numbered (case does not tell apart)."""
    if header is None:
        text = "The first line looks like values, not like names, so the columns are called column1, column2 …"
        return [f"column{number}" for number in range(1, width + 1)], [doubt("header", text)]
    names: list[str] = []
    taken: set[str] = set()
    wanted = {_clean(cell).lower() for cell in header}
    blank: list[str] = []
    repeated: list[str] = []
    for number in range(width):
        cell = _clean(header[number]) if number < len(header) else ""
        name = _free(cell or f"column{number + 1}", taken, wanted if not cell else set())
        (blank if not cell else repeated if name != cell else []).append(name)
        names.append(name)
        taken.add(name.lower())
    return names, _name_doubts(blank, repeated)


def _clean(cell: str) -> str:
    return " ".join(cell.replace("\ufeff", "").replace("\x00", "").split())


def _free(name: str, taken: set[str], wanted: set[str]) -> str:
    candidate, number = name, 1
    while candidate.lower() in taken or (number == 1 and candidate.lower() in wanted):
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _name_doubts(blank: list[str], repeated: list[str]) -> list[Doubt]:
    found = []
    if blank:
        text = f"{counted(len(blank), 'column')} had no name: {_listed(blank)}."
        found.append(doubt("names", text, count=len(blank)))
    if repeated:
        text = f"{counted(len(repeated), 'name')} stood twice; the later ones are called {_listed(repeated)}."
        found.append(doubt("names", text, count=len(repeated)))
    return found


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more"
