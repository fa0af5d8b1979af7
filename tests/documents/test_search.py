"""Search from end to end, on both databases: whose passages are found, how the arms meet, and that caches mend."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.documents.__main__ import main
from components.documents.index import Match
from components.documents.search import alikeness, fuse, search
from components.documents.shelf import folder_of, open_shelf, rebuild
from components.settings import Settings
from components.store import Store, close_store, documents, open_store
from components.store.documents import Document, Page, Span
from components.store.passages import passages
from components.store.users import ensure_local_owner
from tests.documents.texts import Words, add_text, embed
from tests.people import add_person


@pytest.fixture
def store(store_settings: Settings) -> Iterator[Store]:
    """One store on each database."""
    opened = open_store(store_settings)
    for name in ("ann", "bob"):
        add_person(opened, name)
    yield opened
    close_store(opened)


def titles(store: Store, user_id: str, question: str, **how: object) -> list[str]:
    names = {found.id: found.title for found in documents.list_documents(store, user_id)}
    return [names[hit.document_id] for hit in search(store, user_id, question, **how)]  # type: ignore[arg-type]


def test_a_hit_is_a_place_on_a_page(store: Store) -> None:
    new = add_text(store, "ann", "Boats", "A page about sails.", "The hull is made of oak.")
    (hit,) = search(store, "ann", "What is the hull made of?")
    assert (hit.document_id, hit.page, hit.start, hit.end) == (new.id, 2, 0, 24)
    assert hit.text == "The hull is made of oak."
    assert hit.passage_id in {row.id for row in passages(store, "ann", new.id)}
    assert hit.arms == ("words",)


def test_nobody_finds_what_is_anothers(store: Store) -> None:
    secret = add_text(store, "ann", "Secret plan", "The treasure lies under the oak.")
    mine = add_text(store, "bob", "Garden", "An oak and a beech.")
    assert titles(store, "bob", "treasure under the oak") == ["Garden"]
    assert search(store, "bob", "treasure") == ()
    assert search(store, "bob", "oak", document_ids=[secret.id]) == ()
    assert {hit.document_id for hit in search(store, "bob", "oak", document_ids=[secret.id, mine.id])} == {mine.id}
    assert folder_of(store, "ann") != folder_of(store, "bob")


def test_another_users_index_in_the_folder_gives_nothing_away(store: Store) -> None:
    """Passages are read from the store as the user's own, whatever an index says."""
    add_text(store, "ann", "Secret plan", "The treasure lies under the oak.")
    add_text(store, "bob", "Garden", "An oak and a beech.")
    search(store, "ann", "oak")
    folder = folder_of(store, "bob")
    shutil.copytree(folder_of(store, "ann"), folder)
    assert titles(store, "bob", "treasure oak") == ["Garden"]


def test_the_users_id_is_no_path(store: Store) -> None:
    folder = folder_of(store, "../../etc")
    assert folder.parent == store.home / "index"


def test_what_comes_and_goes_is_found_and_gone(store: Store) -> None:
    one = add_text(store, "ann", "Boats", "The hull is made of oak.")
    assert titles(store, "ann", "oak") == ["Boats"]
    add_text(store, "ann", "Garden", "An oak and a beech.")
    assert sorted(titles(store, "ann", "oak")) == ["Boats", "Garden"]
    documents.delete_document(store, "ann", one.id)
    assert titles(store, "ann", "oak") == ["Garden"]
    assert list(open_shelf(store, "ann").index.held) != [one.id]


def test_a_document_that_is_still_read_is_not_found(store: Store) -> None:
    new = documents.add_document(
        store, "ann", title="Boats", filename="b.pdf", sha256="0" * 64, blob=store.blobs.new_key("documents"), bytes=1
    )
    assert search(store, "ann", "oak") == ()
    documents.set_pages(store, "ann", new.id, [Page(1, "An oak.")], [Span(1, 0, 7)])
    assert titles(store, "ann", "oak") == ["Boats"]


def _lose(folder: Path) -> None:
    shutil.rmtree(folder)


def _spoil(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(b"spoiled")


@pytest.mark.parametrize("harm", [_lose, _spoil])
def test_a_lost_or_spoiled_index_is_made_again(harm: object, store_settings: Settings) -> None:
    store = open_store(store_settings)
    ensure_local_owner(store)
    add_text(store, "local", "Boats", "The hull is made of oak.")
    assert titles(store, "local", "oak") == ["Boats"]
    harm(folder_of(store, "local"))  # type: ignore[operator]
    add_text(store, "local", "Garden", "An oak and a beech.")
    assert sorted(titles(store, "local", "oak")) == ["Boats", "Garden"]
    close_store(store)


def test_the_command_makes_every_index_again(
    store_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDWORK_HOME", str(store_settings.home))
    monkeypatch.setenv("GROUNDWORK_DATABASE_URL", store_settings.database_url)
    store = open_store(store_settings)
    for name in ("ann", "bob"):
        add_text(store, add_person(store, name), f"Boats of {name}", "The hull is made of oak.")
    close_store(store)
    assert main(["rebuild"]) == 0
    assert capsys.readouterr().out.count("1 passages") == 2
    assert len(list((store_settings.home / "index").iterdir())) == 2
    assert main(["mend"]) == 2


def test_the_command_says_when_the_app_holds_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "home"))
    store = open_store(Settings(home=tmp_path / "home", model="none"))
    assert main(["rebuild"]) == 1
    assert "already runs" in capsys.readouterr().err
    close_store(store)


def test_a_rebuilt_index_finds_the_same(store: Store) -> None:
    for number in range(5):
        add_text(store, "ann", f"Boat {number}", f"Boat {number} has a hull of oak.", "Its sails are red.")
    before = search(store, "ann", "hull of boat 3")
    assert rebuild(store, "ann") == 10
    assert search(store, "ann", "hull of boat 3") == before


MEANING = Words(["car", "automobile", "vehicle"], ["pay", "salary", "wage"], ["oak", "tree"])


def embedded(store: Store, title: str, *pages: str) -> Document:
    new = add_text(store, "ann", title, *pages)
    embed(store, "ann", new, MEANING)
    return new


def test_meaning_finds_what_words_cannot(store: Store) -> None:
    embedded(store, "Fleet", "Every automobile is inspected.")
    embedded(store, "Staff", "The wage is due monthly.")
    (best, *_) = search(store, "ann", "vehicle", embedder=MEANING)
    assert (best.text, best.arms) == ("Every automobile is inspected.", ("meaning",))
    assert search(store, "ann", "vehicle") == ()


def test_what_both_arms_find_comes_first(store: Store) -> None:
    embedded(store, "Fleet", "Every automobile is inspected.")
    embedded(store, "Garage", "A car needs a place.")
    (best, *_) = search(store, "ann", "Where is the car?", embedder=MEANING)
    assert (best.text, best.arms) == ("A car needs a place.", ("words", "meaning"))


def test_a_document_without_embeddings_is_found_by_its_words(store: Store) -> None:
    embedded(store, "Fleet", "Every automobile is inspected.")
    add_text(store, "ann", "Garage", "A car needs a place.")
    assert "Garage" in titles(store, "ann", "car", embedder=MEANING)


def test_a_new_document_does_not_wait_behind_those_with_embeddings(store: Store) -> None:
    for number in range(5):
        embedded(store, f"Fleet {number}", f"Every vehicle of fleet {number} is inspected.")
    add_text(store, "ann", "Garage", "A car of the mayor needs a place.")
    assert titles(store, "ann", "Where is the mayor's car?", embedder=MEANING)[0] == "Garage"


def test_a_code_is_matched_as_it_is_written(store: Store) -> None:
    """By meaning alone a code is like any other: words count more where the question names one."""
    for number in range(30):
        embedded(store, f"Part {number}", f"The car part AX-{number}00 of the automobile vehicle.", "A tree.")
    hits = search(store, "ann", "Which vehicle car automobile has AX-1700?", embedder=MEANING)
    assert [hit.text for hit in hits if "AX-1700" in hit.text]


def quarterly(store: Store, company: str, year: int) -> None:
    body = f"{company} Incorporated\nReport for the year ended December 31, {year}\n"
    pages = [body + "Net sales and costs.", f"{company} had net sales of {year * 7:,} million in its business."]
    embedded(store, f"{year} {company[:3].upper()}", *pages, f"{company} pays a wage for each car.")


def test_in_a_pile_of_documents_alike_the_named_one_is_found(store: Store) -> None:
    for company in ("Harbor", "Willow", "Granite", "Meadow"):
        for year in (2020, 2021, 2022):
            quarterly(store, company, year)
    for embedder in (None, MEANING):
        assert titles(store, "ann", "What were Willow's net sales in 2021?", embedder=embedder)[0] == "2021 WIL"
        assert titles(store, "ann", "net sales of Meadow in 2022", embedder=embedder)[0] == "2022 MEA"
        assert titles(store, "ann", "Which car does Granite pay for in 2020?", embedder=embedder)[0] == "2020 GRA"


@pytest.mark.parametrize("others", [0, 3])
def test_two_reports_are_told_apart(others: int, store: Store) -> None:
    """They are a pile as well, alone or among documents of other kinds."""
    for year in (2021, 2022):
        quarterly(store, "Willow", year)
    for number in range(others):
        embedded(store, f"Letter {number}", "Every oak is a tree.", "We thank you for the boat.")
    for embedder in (None, MEANING):
        for year in (2021, 2022):
            question = f"What were Willow's net sales in {year}?"
            assert titles(store, "ann", question, embedder=embedder)[0] == f"{year} WIL"
            assert (
                titles(store, "ann", f"Which car did Willow pay for in {year}?", embedder=embedder)[0] == f"{year} WIL"
            )


def test_a_name_tells_two_chosen_documents_apart_that_many_others_bear(store: Store) -> None:
    """How rare a name is counts among what is searched, not among everything that the user has."""
    for year in range(2012, 2022):
        quarterly(store, "Willow", year)
    quarterly(store, "Granite", 2021)
    ids = [one.id for one in documents.list_documents(store, "ann") if one.title in ("2020 WIL", "2021 WIL")]
    other = add_text(store, "ann", "2022 GRA", "Granite Incorporated", "A car of Granite: its wage and its net sales.")
    for one in ids:
        found = titles(store, "ann", "Willow's wage and net sales for a car", document_ids=[one, other.id])
        assert found[0] != "2022 GRA"
        assert len(set(found)) == 2


def matches(*scores: float) -> list[Match]:
    return [Match(f"p{number}", f"d{number}", score) for number, score in enumerate(scores)]


def test_documents_are_alike_where_the_second_is_nearly_as_good() -> None:
    assert alikeness(matches(10, 9.9, 5)) == alikeness(matches(10, 9.9)) == 1
    assert alikeness(matches(10, 5, 4)) == alikeness(matches(10)) == alikeness([]) == 0
    assert 0 < alikeness(matches(10, 7.5, 7)) < 1


def test_fusion_goes_by_rank() -> None:
    found = fuse(["a", "b", "c"], ["c", "d"], 1.0)
    assert [one.passage_id for one in found] == ["c", "a", "b", "d"]
    assert found[0].arms == ("words", "meaning")
    assert fuse([], [], 2.0) == []


def test_a_passage_without_its_embedding_counts_by_its_words_in_both() -> None:
    assert [one.passage_id for one in fuse(["new", "b"], ["c", "b"], 2.0, {"new"})] == ["new", "b", "c"]
