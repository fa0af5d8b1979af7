"""Running heads and feet: lines at the edge of page after page, which name the document and answer nothing."""

from __future__ import annotations

import re

from components.answers.documents.library import Library

_EDGE = 2  # lines at the top and at the bottom of a page that may be running
_APART = (-2, -1, 1, 2)  # pages that are compared: left and right ones may differ
_DIGITS = re.compile(r"\d+")


def is_running(library: Library, document_id: str, page: int, text: str) -> bool:
    """Whether a line stands at a page's edge and at a neighbour's, the same but for the number of the page."""
    line = _flat(text)
    if line not in _edges(library.page_text(document_id, page)):
        return False
    return any(
        _repeats(line, other, apart)
        for apart in _APART
        for other in _edges(library.page_text(document_id, page + apart))
    )


def _edges(text: str) -> list[str]:
    lines = [flat for line in text.splitlines() if (flat := _flat(line))]
    return lines if len(lines) <= 2 * _EDGE else lines[:_EDGE] + lines[-_EDGE:]


def _repeats(line: str, other: str, apart: int) -> bool:
    """Whether two lines say the same; a number may be greater by as many pages as lie between them."""
    if _DIGITS.sub("#", line) != _DIGITS.sub("#", other):
        return False
    pairs = zip(_DIGITS.findall(line), _DIGITS.findall(other), strict=True)
    return all(int(theirs) - int(ours) in (0, apart) for ours, theirs in pairs)


def _flat(text: str) -> str:
    return " ".join(text.split())
