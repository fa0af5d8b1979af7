"""What PDFium knows of a PDF: its text page by page, pictures of its pages, and where on a page words stand.

A page's text is what a position in it refers to: the same file gives the same text each time. Its order is that of
the file's own content, because sorting by position mixes columns. PDFium is not safe to use from two threads, not
even on two documents: every call here waits for one lock. It is loaded in child processes alone, to read a file or to
draw a page: what users bring can make it hang, crash or eat memory.
"""

from __future__ import annotations

import ctypes
import io
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from components.documents.rectangles import Rect, around, beside, has_area
from components.documents.words import whole_words
from components.errors import FileError

DPI = 108
"""Dots per inch of a page's picture: 918 x 1188 pixels for Letter, sharp enough to read and about 100 kB."""

LONGEST_SIDE = 4000  # pixels; a poster is drawn smaller instead of filling the memory
JPEG_QUALITY = 85
_PAD = 1.0  # points around the ink of a line, so that a mark does not cut it
_GRID = 1_000_000  # PDFium gives places in whole pixels: on so fine a picture they are exact
_LOCK = threading.RLock()

_WARMING = (  # a page with a word in a font that it does not bring
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 21>>stream\nBT /F 9 Tf (a) Tj ET\n\nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/TrueType/BaseFont/Verdana>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

_RULES = re.compile("\r\n|\ufffe|[\x00-\x08\x0b-\x1f\x7f\ufffd\uffff]")


@dataclass(frozen=True)
class PageText:
    """A page's text; ``number`` counts from 1. Lines end with a line feed, a hyphen at a line's end is kept."""

    number: int
    text: str


@dataclass(frozen=True)
class Facts:
    """What a file says of itself; empty where it says nothing."""

    page_count: int
    title: str = ""
    author: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle on a page as it is drawn, in fractions of its width and height from the left top corner."""

    x: float
    y: float
    width: float
    height: float


def read_facts(path: str | Path) -> Facts:
    """How many pages a file has, and its own title and author.

    Raises:
        FileError: It is no PDF, locked with a password, or damaged; the text says which.
    """
    with _opened(path) as document:
        said = document.get_metadata_dict(skip_empty=True)
        return Facts(len(document), _plain(said.get("Title", "")), _plain(said.get("Author", "")))


def read_pages(
    path: str | Path, on_page: Callable[[int, int], object] = lambda number, total: None
) -> Iterator[PageText]:
    """The text of each page, in order; about 400 pages a second of one core.

    A page that PDFium cannot open has no text. ``on_page(number, total)`` is called after each page.

    Raises:
        FileError: As ``read_facts``.
    """
    with _opened(path) as document:
        total = len(document)
        for number in range(1, total + 1):
            yield PageText(number, _text_of(document, number))
            on_page(number, total)


def render(path: str | Path, number: int, dpi: float = DPI) -> bytes:
    """A picture of a page as JPEG, its longer side at most 4,000 pixels; 20 ms at 108 dpi.

    A page of a million lines takes minutes, and a picture on it can be larger than the memory: it is for a process
    under limits.

    Raises:
        FileError: As ``read_facts``, or there is no such page.
    """
    with _page(path, number) as page:
        scale = min(dpi / 72, LONGEST_SIDE / max(*page.get_size(), 1.0))
        return _jpeg(page.render(scale=scale, rev_byteorder=True))


def _jpeg(bitmap: pdfium.PdfBitmap) -> bytes:
    out = io.BytesIO()
    bitmap.to_pil().convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY)
    bitmap.close()
    return out.getvalue()


def warm() -> None:
    """Load all that the first picture would: fonts for documents that bring none of their own, and what makes JPEG."""
    document = pdfium.PdfDocument(_WARMING)
    page = document[0]
    _jpeg(page.render())
    page.close()
    document.close()


def boxes(path: str | Path, number: int, spans: Sequence[tuple[int, int]]) -> list[list[Box]]:
    """Where spans of a page's text stand on the page as it is drawn: for each span its boxes, one for each line.

    A box covers whole words: a span that begins or ends within a word takes all of it. A span without ink has none.

    Args:
        path: The file.
        number: The page, from 1.
        spans: Characters of the page's text from start to end, which is excluded. What lies outside is ignored.

    Raises:
        FileError: As ``read_facts``, or there is no such page.
    """
    with _page(path, number) as page, _text_page(page) as text_page:
        text, places = _mapped(_raw_text(text_page))
        ink = _Ink(page, text_page, places)
        return [ink.boxes(text, *whole_words(text, start, end)) for start, end in spans]


class _Ink:
    """Finds the rectangles of a page's characters, and turns them into boxes of the drawn page."""

    def __init__(self, page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, places: Sequence[int]) -> None:
        self._page, self._text_page, self._places = page, text_page, places

    def boxes(self, text: str, start: int, end: int) -> list[Box]:
        found: list[Box | None] = []
        for line in re.finditer(r"[^\n]+", text[start:end]):
            found += [self._drawn(run) for run in self._runs(text, start + line.start(), start + line.end())]
        return [box for box in found if box]

    def _runs(self, text: str, start: int, end: int) -> list[Rect]:
        """Neighbouring characters as one rectangle of ink each; a jump across the page begins another."""
        runs: list[tuple[Rect, Rect]] = []
        for room, ink in filter(None, (self._rects(text, place) for place in range(start, end))):
            if runs and beside(runs[-1][0], room):
                runs[-1] = around(runs[-1][0], room), around(runs[-1][1], ink)
            else:
                runs.append((room, ink))
        return [ink for _, ink in runs]

    def _rects(self, text: str, place: int) -> tuple[Rect, Rect] | None:
        """A character's room within its line, which tells whether two stand in one, and the ink in it."""
        index = raw.FPDFText_GetCharIndexFromTextIndex(self._text_page, self._places[place])
        if text[place].isspace() or index < 0 or raw.FPDFText_IsGenerated(self._text_page, index) == 1:
            return None
        room, ink = self._text_page.get_charbox(index, loose=True), self._text_page.get_charbox(index)
        if not has_area(ink):
            ink = room
        return (room if has_area(room) else ink, ink) if has_area(ink) else None

    def _drawn(self, rect: Rect) -> Box | None:
        left, bottom, right, top = rect
        corners = (self._place(left - _PAD, bottom - _PAD), self._place(right + _PAD, top + _PAD))
        (x0, x1), (y0, y1) = (
            sorted(min(max(place, 0.0), 1.0) for place in axis) for axis in zip(*corners, strict=True)
        )
        return Box(x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None

    def _place(self, x: float, y: float) -> tuple[float, float]:
        right, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(self._page, 0, 0, _GRID, _GRID, 0, x, y, right, down)
        return right.value / _GRID, down.value / _GRID


def _text_of(document: pdfium.PdfDocument, number: int) -> str:
    with _LOCK:
        try:
            page = document[number - 1]
        except pdfium.PdfiumError:
            return ""
        try:
            with _text_page(page) as text_page:
                return _clean(_raw_text(text_page))
        finally:
            page.close()


def _raw_text(text_page: pdfium.PdfTextPage) -> str:
    return str(text_page.get_text_range())


def _clean(text: str) -> str:
    """PDFium's text as it is kept: a line ends with one character, a hyphen that broke a word ends its line."""
    return _RULES.sub(_mended, text)


def _mended(found: re.Match[str]) -> str:
    return {"\r\n": "\n", "\ufffe": "-\n"}.get(found[0], " ")


def _mapped(text: str) -> tuple[str, list[int]]:
    """The clean text, and for each of its characters the place in PDFium's text."""
    places: list[int] = []
    last = 0
    for found in _RULES.finditer(text):
        places += [*range(last, found.start()), *[found.start()] * len(_mended(found))]
        last = found.end()
    return _clean(text), [*places, *range(last, len(text))]


def _plain(text: str) -> str:
    return " ".join(_clean(text).split())


@contextmanager
def _text_page(page: pdfium.PdfPage) -> Iterator[pdfium.PdfTextPage]:
    text_page = page.get_textpage()
    try:
        yield text_page
    finally:
        text_page.close()


@contextmanager
def _page(path: str | Path, number: int) -> Iterator[pdfium.PdfPage]:
    """A page, with the lock held for all of its time."""
    with _LOCK, _opened(path) as document:
        if not 1 <= number <= len(document):
            raise FileError(
                f"There is no page {number:,}: the document has {len(document):,}.", todo="Choose one of these."
            )
        try:
            page = document[number - 1]
        except pdfium.PdfiumError as error:
            raise FileError(
                f"Page {number:,} is damaged and cannot be shown.",
                todo="Look at the other pages, or get the file again.",
            ) from error
        try:
            yield page
        finally:
            page.close()


@contextmanager
def _opened(path: str | Path) -> Iterator[pdfium.PdfDocument]:
    with _LOCK:
        document = _open(Path(path))
    try:
        yield document
    finally:
        with _LOCK:
            document.close()


def _open(path: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise _refused(path, error.err_code) from error


def _refused(path: Path, code: int | None) -> FileError:
    """Why PDFium did not open a file, in words."""
    with path.open("rb") as file:
        start = file.read(1024)
    if not start:
        return FileError("The file is empty.", todo="Look whether it arrived whole, then add it again.")
    if b"%PDF-" not in start:
        return FileError("This is not a PDF, whatever its name says.", todo="Save it as a PDF, then add that.")
    if code == raw.FPDF_ERR_PASSWORD:
        return FileError("The file is locked with a password.", todo="Remove the password, then add it again.")
    if code == raw.FPDF_ERR_SECURITY:
        return FileError("The file is encrypted in an unknown way.", todo="Save it without, then add it again.")
    return FileError(
        "The file is damaged or was cut off.", todo="Get it again, or print it to a new PDF, then add that."
    )
