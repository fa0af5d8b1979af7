"""What a process of its own does with one page. Until it is called, PDFium is not loaded: the app itself never does."""

from __future__ import annotations

Mark = tuple[float, float, float, float]
"""A rectangle on a page as it is drawn: left, top, width, height, in fractions of the page."""

SHARP_DPI = 200  # for a reader who has zoomed in


def prepare() -> None:
    """Load PDFium and what makes a JPEG, so that the first page need not wait for them."""
    from components.documents.reading import warm

    warm()


def draw(path: str, number: int, sharp: bool) -> bytes:
    """The picture of a page as JPEG. Raises as ``reading.render``."""
    from components.documents.reading import DPI, render

    return render(path, number, SHARP_DPI if sharp else DPI)


def mark(path: str, number: int, start: int, end: int) -> tuple[Mark, ...]:
    """Where a span of a page's text stands, a rectangle for each line. Raises as ``reading.boxes``."""
    from components.documents.reading import boxes

    return tuple((box.x, box.y, box.width, box.height) for box in boxes(path, number, [(start, end)])[0])
