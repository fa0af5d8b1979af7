"""Pictures and marks of pages: kept, drawn once for all who wait, and a bad page costs itself alone."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from components.documents.drawing import mark, prepare
from components.documents.pictures import Pictures
from components.documents.reading import boxes, read_pages
from components.documents.refusals import NotDrawnError, Refusals
from components.documents.turns import FOR_ALL, FOR_ONE_USER, MOST_WAITING, Turns
from components.errors import FileError, JobError
from components.settings import Settings
from components.store import Store, documents
from components.store.documents import Document
from tests.documents import files
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def kept(store: Store, user_id: str, file: Path) -> Document:
    """A document of this file."""
    blob = store.blobs.new_key("documents", ".pdf")
    store.blobs.put(blob, file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return documents.add_document(
        store,
        user_id,
        title=file.stem,
        filename=file.name,
        sha256=sha256,
        blob=blob,
        bytes=file.stat().st_size,
    )


@pytest.fixture
def pictures(settings: Settings) -> Iterator[Pictures]:
    pictures = Pictures(replace(settings, page_seconds=3, page_memory_mb=200))
    yield pictures
    pictures.close()


@pytest.fixture
def plain(store: Store, tmp_path: Path) -> Document:
    return kept(store, "bob", files.plain(tmp_path / "plain.pdf"))


def children(pictures: Pictures) -> list[int]:
    pid = pictures._forks.pid
    return [child.pid for child in psutil.Process(pid).children()] if pid else []


def kill_children(pictures: Pictures, asked: Future[bytes]) -> bool:
    """Kill what draws now; whether nobody waits for it any more: one killed before it began is begun again."""
    for pid in children(pictures):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return asked.done()


def test_a_page_and_its_marks(store: Store, pictures: Pictures, plain: Document, tmp_path: Path) -> None:
    assert Image.open(io.BytesIO(pictures.picture(store, "bob", plain, 2))).size == (918, 1188)
    assert Image.open(io.BytesIO(pictures.picture(store, "bob", plain, 2, sharp=True))).size == (1700, 2200)
    text = next(iter(read_pages(tmp_path / "plain.pdf"))).text
    span = text.index("kettles"), text.index("lamps") + 5
    (found,) = boxes(tmp_path / "plain.pdf", 1, [span])
    assert pictures.marks(store, "bob", plain, 1, span) == [(b.x, b.y, b.width, b.height) for b in found]


def test_the_oldest_pictures_go_when_the_room_is_full(store: Store, settings: Settings, plain: Document) -> None:
    whole = Pictures(settings)
    size = len(whole.picture(store, "bob", plain, 1))
    whole.close()
    pictures = Pictures(settings, most_bytes=int(size * 1.5))
    pictures.picture(store, "bob", plain, 1)
    second = pictures.picture(store, "bob", plain, 2)
    store.blobs.delete(plain.blob)
    assert pictures.picture(store, "bob", plain, 2) == second  # kept
    with pytest.raises((FileError, RuntimeError)):
        pictures.picture(store, "bob", plain, 1)  # dropped, and its file is gone
    pictures.close()


def test_a_page_of_a_million_lines_keeps_nobody_waiting(
    store: Store, pictures: Pictures, plain: Document, tmp_path: Path
) -> None:
    bad = kept(store, "ann", files.tangle(tmp_path / "tangle.pdf"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(pictures.picture, store, "ann", bad, 1)
        until(lambda: children(pictures), seconds=30)
        for number in (1, 2, 3):
            assert pictures.picture(store, "bob", plain, number)
        assert not slow.done(), "the others were drawn while it was"
        with pytest.raises(NotDrawnError, match=r"Page 1 cannot be drawn\. This took longer than 3 seconds"):
            slow.result(30)
    until(lambda: not children(pictures), seconds=10)


def test_a_page_that_was_given_up_is_not_tried_again_at_once(
    store: Store, pictures: Pictures, plain: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = kept(store, "ann", files.tangle(tmp_path / "tangle.pdf"))
    for _ in range(2):
        with pytest.raises(NotDrawnError, match="3 seconds"):
            pictures.picture(store, "ann", bad, 1)
        pictures._forks.close()  # a second drawing would raise of that
    monkeypatch.setattr("components.documents.refusals.REMEMBERED", -1.0)
    refusals = Refusals()
    refusals.remember("page", 1, JobError("Too long."))
    refusals.check("page")


def test_a_page_that_eats_memory_is_given_up(store: Store, pictures: Pictures, plain: Document, tmp_path: Path) -> None:
    bad = kept(store, "ann", files.bomb(tmp_path / "bomb.pdf"))
    with pytest.raises(NotDrawnError, match=r"Page 1 cannot be drawn.* 200 MB of memory"):
        pictures.picture(store, "ann", bad, 1)
    assert pictures.picture(store, "bob", plain, 1)


def test_a_drawing_killed_in_the_middle_is_said(
    store: Store, pictures: Pictures, plain: Document, tmp_path: Path
) -> None:
    bad = kept(store, "ann", files.tangle(tmp_path / "tangle.pdf"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(pictures.picture, store, "ann", bad, 1)
        until(lambda: kill_children(pictures, slow), seconds=30)
        with pytest.raises(NotDrawnError, match="died"):
            slow.result(30)
    assert pictures.picture(store, "bob", plain, 1)


def test_two_who_ask_for_one_page_wait_for_one_drawing(store: Store, pictures: Pictures, tmp_path: Path) -> None:
    bad = kept(store, "ann", files.tangle(tmp_path / "tangle.pdf"))
    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(pictures.picture, store, "ann", bad, 1) for _ in range(5)]
        until(lambda: children(pictures), seconds=30)
        assert len(children(pictures)) == 1
        for one in asked:
            with pytest.raises(NotDrawnError):
                one.result(30)


def test_one_users_drawings_leave_room_for_the_others() -> None:
    turns, going = Turns(), threading.Event()
    at_work: list[str] = []

    def draw(user_id: str) -> None:
        with turns.turn(user_id):
            at_work.append(user_id)
            going.wait(30)

    with ThreadPoolExecutor(FOR_ALL * 2) as pool:
        anns = [pool.submit(draw, "ann") for _ in range(FOR_ALL)]
        until(lambda: at_work.count("ann") == FOR_ONE_USER, seconds=10)
        bobs = pool.submit(draw, "bob")
        until(lambda: "bob" in at_work, seconds=10)
        assert at_work.count("ann") == FOR_ONE_USER
        going.set()
        for one in (*anns, bobs):
            one.result(30)


def test_too_many_of_one_user_are_refused_and_nothing_is_left_over() -> None:
    turns, going = Turns(), threading.Event()

    def draw() -> None:
        with turns.turn("ann"):
            going.wait(30)

    with ThreadPoolExecutor(FOR_ONE_USER + MOST_WAITING) as pool:
        held = [pool.submit(draw) for _ in range(FOR_ONE_USER + MOST_WAITING)]
        until(lambda: turns._waiting["ann"] == MOST_WAITING, seconds=10)
        with pytest.raises(NotDrawnError, match="at once"), turns.turn("ann"):
            pass
        going.set()
        for one in held:
            one.result(30)
    assert (turns._waiting.total(), turns._drawing.total()) == (0, 0)


def test_the_app_itself_never_loads_pdfium(tmp_path: Path) -> None:
    """Nor may what is prepared start a thread: a fork would copy its locks."""
    file = files.plain(tmp_path / "plain.pdf")
    code = (
        "import sys, pathlib;"
        "from components.documents import drawing, pictures, routes;"
        "from components.jobs.forks import Forks;"
        "import psutil;"
        "forks = Forks(drawing.prepare);"
        f"page = dict(path={str(file)!r}, number=1, sharp=False);"
        "picture = forks.run(drawing.draw, page, memory_mb=256, seconds=60);"
        "print(len(picture) > 1000, 'pypdfium2' in sys.modules, psutil.Process(forks.pid).num_threads());"
        "forks.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "1"]


def test_marks_of_a_page_that_is_not_there(tmp_path: Path) -> None:
    prepare()
    with pytest.raises(FileError, match="no page 9"):
        mark(str(files.plain(tmp_path / "a.pdf")), 9, 0, 5)
