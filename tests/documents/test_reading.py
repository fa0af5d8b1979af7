"""What PDFium reads is what stands on the page, and a box lies where the ink is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from components.documents.reading import Box, boxes, read_facts, read_pages, render
from components.errors import FileError
from tests.documents import files
from tests.documents.files import Draw, Marked, marked

POINTS = 3.0  # so far may a box reach beyond the ink, in points
TURNS = (0, 90, 180, 270)
DRAWS = (files.draw_lines, files.draw_columns, files.draw_upright, files.draw_large)


def pixels(file: Path, number: int = 1, dpi: float = 144) -> NDArray[np.int16]:
    image = Image.open(io.BytesIO(render(file, number, dpi)))
    return np.asarray(image.convert("RGB")).astype(np.int16)


def red(picture: NDArray[np.int16]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (picture[..., 0] - picture[..., 1] > 110) & (picture[..., 0] > 150)
    return found


def black(picture: NDArray[np.int16]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = picture.max(axis=2) < 90
    return found


def covered(shape: Sequence[int], found: Sequence[Box], points: float = 0.0) -> NDArray[np.bool_]:
    """The pixels under boxes, each made larger by so many points."""
    height, width = shape[:2]
    mask = np.zeros((height, width), np.bool_)
    more = points * 2  # pixels at 144 dpi
    for box in found:
        top, bottom = box.y * height - more, (box.y + box.height) * height + more
        left, right = box.x * width - more, (box.x + box.width) * width + more
        mask[max(int(top), 0) : int(np.ceil(bottom)), max(int(left), 0) : int(np.ceil(right))] = True
    return mask


def text_of(file: Path) -> str:
    return next(iter(read_pages(file))).text


def place_of(page: Marked, *, less: int = 0) -> tuple[int, int]:
    """Where the red words stand in the page's text; ``less`` characters short at both ends."""
    text = text_of(page.file)
    assert text.count(page.words) == 1, text
    start = text.index(page.words)
    return start + less, start + len(page.words) - less


@pytest.mark.parametrize("cropped", [False, True], ids=["whole", "cropped"])
@pytest.mark.parametrize("turned", TURNS)
@pytest.mark.parametrize("draw", DRAWS, ids=[draw.__name__ for draw in DRAWS])
def test_boxes_cover_the_ink_of_the_words_and_no_other(draw: Draw, turned: int, cropped: bool, tmp_path: Path) -> None:
    page = marked(tmp_path / "a.pdf", draw, turned=turned, cropped=cropped)
    picture = pixels(page.file)
    (found,) = boxes(page.file, 1, [place_of(page)])
    assert len(found) == page.words.count("\n") + 1, "one box for each line"
    ink, mask = red(picture), covered(picture.shape, found)
    assert ink.sum() > 200
    assert not (ink & ~mask).any(), "all of the words' ink is covered"
    rows, columns = np.nonzero(mask)
    near = [_near(ink, row, column) for row, column in zip(rows[::37], columns[::37], strict=True)]
    assert np.mean(near) > 0.97, "and little else"
    inner = covered(picture.shape, found, -1.2)
    assert not (black(picture) & inner).any(), "no other word's ink is"


def _near(ink: NDArray[np.bool_], row: int, column: int) -> bool:
    """Whether ink lies within three line heights to the sides, or within three points above or below, or turned."""
    wide, flat = 60, int(POINTS * 2) + 22
    level = ink[max(row - flat, 0) : row + flat, max(column - wide, 0) : column + wide]
    upright = ink[max(row - wide, 0) : row + wide, max(column - flat, 0) : column + flat]
    return bool(level.any() or upright.any())


@pytest.mark.parametrize("draw", DRAWS, ids=[draw.__name__ for draw in DRAWS])
def test_a_span_within_words_takes_the_whole_words(draw: Draw, tmp_path: Path) -> None:
    page = marked(tmp_path / "a.pdf", draw)
    whole, within = boxes(page.file, 1, [place_of(page), place_of(page, less=1)])
    assert within == whole


def test_a_span_without_ink_has_no_box(tmp_path: Path) -> None:
    page = marked(tmp_path / "a.pdf", files.draw_lines)
    end = len(text_of(page.file))
    assert boxes(page.file, 1, [(5, 5), (end + 4, end + 9), (4, 5), (9, 2), (-9, 0)]) == [[], [], [], [], []]
    (first, clipped) = boxes(page.file, 1, [(0, 4), (-50, 2)])
    assert first == clipped != []


def test_words_outside_the_crop_have_no_box(tmp_path: Path) -> None:
    page = marked(tmp_path / "a.pdf", files.draw_margin, cropped=True)
    assert boxes(page.file, 1, [place_of(page)]) == [[]]


@pytest.mark.parametrize("turned", TURNS)
def test_a_page_is_drawn_turned_and_cropped_as_its_file_asks(turned: int, tmp_path: Path) -> None:
    page = marked(tmp_path / "a.pdf", files.draw_lines, turned=turned, cropped=True)
    height, width = pixels(page.file, dpi=72).shape[:2]
    assert (width, height) == (452, 512)


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    """In the order of the file's own content: by position the lines of both would be mixed."""
    file = tmp_path / "a.pdf"
    canvas = Canvas(str(file), pagesize=files.SIZE, invariant=1)
    for side, x in (("left", 72), ("right", 330)):
        for number in range(20):
            canvas.drawString(x, 700 - 14 * number, f"{side} {number}")
    canvas.save()
    lines = text_of(file).split("\n")
    assert lines == [f"{side} {number}" for side in ("left", "right") for number in range(20)]


def test_right_to_left_is_read_in_the_order_of_reading(tmp_path: Path) -> None:
    words = ["\u05d3\u05d5\u05d7", "\u05e9\u05e0\u05ea\u05d9", "\u05e9\u05dc", "\u05d4\u05d7\u05e0\u05d5\u05ea"]
    file = files.right_to_left(tmp_path / "a.pdf", words)
    text = text_of(file)
    assert text.split() == words
    places = [(text.index(word), text.index(word) + len(word)) for word in words]
    found = [box for (box,) in boxes(file, 1, places)]
    assert [box.x for box in found] == sorted((box.x for box in found), reverse=True), "the first word stands rightmost"
    assert found[0].x + found[0].width == pytest.approx(540 / 612, abs=0.005)


def test_a_hyphen_that_breaks_a_word_ends_its_line(tmp_path: Path) -> None:
    file = files.write(tmp_path / "a.pdf", [["The shop gives long-", "term credit to whole-", "sale customers."]])
    text = text_of(file)
    assert text == "The shop gives long-\nterm credit to whole-\nsale customers."
    start = text.index("long-")
    (found,) = boxes(file, 1, [(start, start + len("long-\nterm"))])
    assert [round(box.y * 792) for box in found] == [pytest.approx(792 - 731, abs=2), pytest.approx(792 - 717, abs=4)]


def test_the_text_is_the_same_each_time_and_from_every_thread(tmp_path: Path) -> None:
    page = marked(tmp_path / "a.pdf", files.draw_columns)
    plain = files.plain(tmp_path / "b.pdf", 30)
    text, pages = text_of(page.file), list(read_pages(plain))

    def look(number: int) -> bool:
        if number % 3 == 0:
            return list(read_pages(plain)) == pages
        if number % 3 == 1:
            return len(render(page.file, 1)) > 1000
        return text_of(page.file) == text and len(boxes(page.file, 1, [place_of(page)])[0]) == 2

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(48)))


def test_progress_and_facts(tmp_path: Path) -> None:
    file = files.plain(tmp_path / "a.pdf", 5, title="A report\nof the shop")
    told: list[tuple[int, int]] = []
    pages = list(read_pages(file, lambda number, total: told.append((number, total))))
    assert told == [(number, 5) for number in range(1, 6)]
    assert [page.number for page in pages] == [1, 2, 3, 4, 5]
    facts = read_facts(file)
    assert (facts.page_count, facts.title) == (5, "A report of the shop")


def test_no_picture_is_larger_than_the_memory_allows(tmp_path: Path) -> None:
    file = tmp_path / "poster.pdf"
    canvas = Canvas(str(file), pagesize=(14_000, 7_000), invariant=1)
    canvas.drawString(100, 100, "A poster")
    canvas.save()
    assert pixels(file).shape[:2] == (2000, 4000)


def test_there_is_no_such_page(tmp_path: Path) -> None:
    file = files.plain(tmp_path / "a.pdf", 2)
    for number in (0, 3, -1):
        with pytest.raises(FileError, match=rf"no page {number}: the document has 2"):
            render(file, number)
