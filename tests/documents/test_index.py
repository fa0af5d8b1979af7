"""The index in its folder: what it finds, what it survives, and that two writers take turns."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from components.documents.index import BrokenIndexError, Entry, Index
from components.store.database import new_id


@pytest.fixture
def index(tmp_path: Path) -> Index:
    opened = Index(tmp_path / "index")
    opened.begin_anew()
    return opened


def add(index: Index, document_id: str, *texts: str) -> list[str]:
    """Index a document; the ids of its passages."""
    entries = [Entry(new_id(), text) for text in texts]
    index.change([(document_id, entries, {})])
    return [entry.passage_id for entry in entries]


def found(index: Index, question: str, limit: int = 9) -> list[str]:
    return [match.passage_id for match in index.search(question, limit)]


def test_words_are_found_by_their_stem(index: Index) -> None:
    one, two = add(index, "a", "The ship was repaired in the harbour.", "Sails are sewn by hand.")
    assert found(index, "Who repairs ships?") == [one]
    assert found(index, "sewing a sail") == [two]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Net sales were 82,959 million.", "82,959"),
        ("Form 10-Q was filed.", "10-Q"),
        ("Call os.path.join twice.", "What does os.path.join do?"),
        ("Die Größe des Hauses.", "größe"),
        ("Un café à Paris.", "cafe"),
        ("東京は日本の首都です。", "日本"),
        ("The oﬃce is closed.", "office"),
        ("An exam-\nple of a broken word.", "example"),
    ],
)
def test_codes_figures_and_other_languages_are_found_as_written(index: Index, text: str, question: str) -> None:
    (wanted,) = add(index, "a", text)
    add(index, "b", "Something else entirely, about weather.")
    assert found(index, question) == [wanted]


@pytest.mark.parametrize(
    "question",
    ['"', "a AND (", "title:x^9 ~2", "[1 TO *]", "\\", "-", "", "   ", "\x00", "🙂", "'s", "x" * 5000, "a " * 900],
)
def test_no_question_is_a_syntax_error(index: Index, question: str) -> None:
    add(index, "a", "A plain text.")
    index.search(question, 5)


def test_a_question_of_small_words_alone_still_finds(index: Index) -> None:
    (wanted,) = add(index, "a", "To be or not to be.")
    assert found(index, "to be") == [wanted]


def test_a_document_is_forgotten_whole(index: Index) -> None:
    add(index, "a", "Red apples.", "Green apples.")
    (kept,) = add(index, "b", "Yellow apples.")
    index.change([], ["a"])
    assert found(index, "apples") == [kept]
    assert list(index.held) == ["b"]


def test_search_looks_into_the_documents_that_were_chosen(index: Index) -> None:
    add(index, "a", "Red apples.")
    (wanted,) = add(index, "b", "Green apples, and a long tail of other words that lowers the score.")
    matches = index.search("apples", 9, documents=["b", "unknown"])
    assert [match.passage_id for match in matches] == [wanted]
    assert index.search("apples", 9, documents=[]) == []


def test_it_is_counted_how_many_passages_hold_a_word(index: Index) -> None:
    add(index, "a", "An oak and a beech.", "An oak.")
    add(index, "b", "The OAK of 10-Q.")
    assert [index.spread(word) for word in ("oak", "10-q", "elm", "")] == [3, 1, 0, 0]
    assert [index.spread("Oak", documents) for documents in (["a"], ["b"], ["a", "b"], [], ["c"])] == [2, 1, 3, 0, 0]


def test_a_lift_changes_the_order_and_drops_nothing(index: Index) -> None:
    (one,) = add(index, "a", "Apples.")
    (two,) = add(index, "b", "Apples, and a long tail of other words that lowers the score.")
    assert found(index, "apples") == [one, two]
    assert [match.passage_id for match in index.search("apples", 9, boosts={"b": 5.0})] == [two, one]


def test_what_was_indexed_is_there_after_reopening(index: Index, tmp_path: Path) -> None:
    index.change([("a", [Entry(new_id(), "Red apples.")], {"signs": [1, 2]})])
    again = Index(tmp_path / "index")
    again.open()
    assert found(again, "apples") == found(index, "apples")
    assert again.held["a"].note == {"signs": [1, 2]}


def _delete(file: Path) -> None:
    file.unlink()


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 0xFF
    file.write_bytes(body)


@pytest.mark.parametrize("harm", [_delete, _empty, _flip])
def test_a_damaged_file_is_noticed(index: Index, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    add(index, "a", "Red apples.", "Green apples.")
    whole = tmp_path / "index"
    files = [file.name for file in whole.iterdir() if not file.name.endswith(".lock") and file.name != ".managed.json"]
    assert len(files) > 6
    for name in files:
        copy = tmp_path / f"with a bad {name}"
        shutil.copytree(whole, copy)
        harm(copy / name)
        with pytest.raises(BrokenIndexError):
            Index(copy).open()


def test_an_empty_folder_and_an_older_layout_are_no_index(index: Index, tmp_path: Path) -> None:
    with pytest.raises(BrokenIndexError):
        Index(tmp_path / "nothing").open()
    said = tmp_path / "index" / "held.json"
    said.write_text(said.read_text().replace('"layout": 1', '"layout": 0'))
    with pytest.raises(BrokenIndexError):
        Index(tmp_path / "index").open()


def test_an_error_in_the_middle_takes_everything_back(index: Index) -> None:
    (kept,) = add(index, "a", "Red apples.")

    def half() -> object:
        yield "b", [Entry(new_id(), "Green apples.")], {}
        raise RuntimeError("the store is away")

    with pytest.raises(RuntimeError):
        index.change(half(), ["a"])  # type: ignore[arg-type]
    assert found(index, "apples") == [kept]
    (more,) = add(index, "c", "Yellow apples.")
    assert sorted(found(index, "apples")) == sorted([kept, more])


def test_writers_in_two_hands_take_turns_and_none_is_lost(index: Index, tmp_path: Path) -> None:
    """As two processes would: each has an Index of its own on one folder."""
    other = Index(tmp_path / "index")
    other.open()

    def write(hand: Index, name: str) -> None:
        for number in range(5):
            add(hand, f"{name}{number}", f"Apples of {name}.")

    threads = [threading.Thread(target=write, args=pair) for pair in ((index, "one"), (other, "two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = Index(tmp_path / "index")
    last.open()
    assert len(last.held) == 10
    assert len(found(last, "apples", 50)) == 10
