"""Odd files: each gets a clear word, none takes the app or another file with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.documents import ingest
from components.errors import FileError
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, documents
from tests.documents import files
from tests.documents.conftest import Bring, Lengths, arrived, ended

Make = Callable[[Path], Path]
CUT = "The file is damaged or was cut off."
NO_TEXT = (
    "There is no text on its 2 pages. Scans are pictures of text: reading them (OCR) is not part of Groundwork yet."
)
REFUSED: tuple[tuple[str, Make, str], ...] = (
    ("locked", files.locked, "The file is locked with a password."),
    ("empty", files.empty, "The file is empty."),
    ("not a PDF", files.named_only, "This is not a PDF, whatever its name says."),
    ("without pages", files.without_pages, CUT),
    ("scanned", files.scanned, NO_TEXT),
    *((f"cut off at {share:.0%}", lambda f, s=share: files.cut_off(f, s), CUT) for share in (0.01, 0.5, 0.98)),
)


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = ingest.read_file(lambda **_: None, path=str(file), most_pages=5000)
    return found


@pytest.mark.parametrize(("make", "what"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read_is_said(make: Make, what: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        read(make(tmp_path / "odd.pdf"))
    assert error.value.what == what
    assert error.value.todo.endswith(".")


def test_a_file_that_only_asks_not_to_be_changed_is_read(tmp_path: Path) -> None:
    assert read(files.owner_locked(tmp_path / "a.pdf"))["pages"] == ["\n".join(files.SENTENCES)]


def test_pages_that_are_pictures_are_counted(tmp_path: Path) -> None:
    found = read(files.scanned(tmp_path / "a.pdf", 2, with_text=1))
    assert found["facts"]["pages_without_text"] == 2
    assert [bool(text) for text in found["pages"]] == [False, False, True]
    assert {page for page, _, _ in found["spans"]} == {3}


@pytest.mark.parametrize("seed", range(60))
def test_a_fuzzed_file_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    """From a few wrong bytes to one of fifty: pages, or a word that a user understands; nothing else."""
    share = (0.0005, 0.002, 0.02)[seed % 3]
    try:
        found = read(files.fuzzed(tmp_path / "a.pdf", seed, share))
    except FileError as error:
        assert error.what
        assert error.todo
    else:
        assert found["pages"]
        assert found["spans"]
        assert all("\0" not in text for text in found["pages"])


def test_a_page_without_end_is_refused(tmp_path: Path) -> None:
    """Every quote of it would be looked for in all of it."""
    file = files.bomb(tmp_path / "a.pdf", 1)
    with pytest.raises(FileError, match=r"more than 200,000 characters on page 1; so many is the most") as caught:
        read(file)
    assert caught.value.todo == "Split it and add the parts."


def test_two_thousand_pages(store: Store, bring: Bring, tmp_path: Path) -> None:
    job = bring(files.plain(tmp_path / "long.pdf", 2000))
    assert (job.state, job.done, job.words) == ("done", 2000, "2,000 pages")
    (found,) = documents.list_documents(store, "ann")
    assert documents.page(store, "ann", found.id, 1999) == documents.Page(
        1999, "\n".join(["Page 1999 of a report.", *files.SENTENCES])
    )


def test_a_bomb_meets_the_limit_of_memory_and_the_rest_goes_on(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    small = dataclasses.replace(settings, document_memory_mb=200)
    jobs = Jobs(store, small, ingest.kinds(lambda _: Lengths(), lambda _: False))
    jobs.start()
    made = (files.bomb(tmp_path / "bomb.pdf", 700), files.plain(tmp_path / "plain.pdf"))
    bomb, plain = (ingest.bring(store, jobs, "ann", arrived(store, "ann", file)) for file in made)
    assert ended(store, plain).state == "done"
    error = ended(store, bomb, seconds=120).error
    jobs.close()
    assert error
    assert error["code"] == "JobError"
    assert "200 MB of memory" in error["what"]
    states = {found.filename: found.state for found in documents.list_documents(store, "ann")}
    assert states == {"bomb.pdf": "failed", "plain.pdf": "ready"}


def test_a_slow_file_meets_the_limit_of_time(store: Store, settings: Settings, tmp_path: Path) -> None:
    hasty = dataclasses.replace(settings, document_seconds=1, document_pages=100_000)
    jobs = Jobs(store, hasty, ingest.kinds(lambda _: Lengths(), lambda _: False))
    jobs.start()
    many = files.write(tmp_path / "long.pdf", [files.SENTENCES * 12] * 4000)
    job = ended(store, ingest.bring(store, jobs, "ann", arrived(store, "ann", many)))
    jobs.close()
    assert job.error
    assert job.error["what"] == "This took longer than 1 second and was stopped."
