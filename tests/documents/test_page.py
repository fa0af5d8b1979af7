"""The documents page without a browser: each state of a document says where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.documents import embedding, ingest
from components.documents.ui.rows import facts
from components.jobs.worker import Jobs
from components.llm.builtin.cache import Cache
from components.llm.builtin.weights import find
from components.store import documents, jobs, passages, users
from components.store.documents import Document, Page, Span
from components.store.jobs import Job
from components.workbench import Workbench, close_workbench, workbench
from tests.documents import files
from tests.documents.conftest import Lengths, arrived
from tests.people import add_person
from tests.waiting import until

OWNER = users.LOCAL_OWNER_ID


@pytest.fixture(autouse=True)
def owner(bench: Workbench) -> None:
    users.ensure_local_owner(bench.store)


def add(bench: Workbench, name: str, user_id: str = OWNER) -> Document:
    return documents.add_document(
        bench.store, user_id, title=name, filename=f"{name}.pdf", sha256=name, blob="raw/00/x", bytes=1
    )


def ready(bench: Workbench, name: str, pages: int = 2, user_id: str = OWNER, **facts: Any) -> Document:
    texts = [Page(number, f"Page {number} of {name}.") for number in range(1, pages + 1)]
    spans = [Span(page.number, 0, len(page.text)) for page in texts]
    return documents.set_pages(bench.store, user_id, add(bench, name, user_id).id, texts, spans, facts=facts)


def show(app_test: AppTest, **query: str) -> AppTest:
    at = app_test.run().switch_page("pages/documents.py")
    for name, value in query.items():
        at.query_params[name] = value
    at = at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.main.get("page_link")]
    return "\n".join(str(getattr(e, "value", "")) + str(getattr(getattr(e, "proto", e), "label", "")) for e in shown)


def test_an_empty_page_teaches_and_offers_the_sample(app_test: AppTest) -> None:
    at = show(app_test)
    assert "Nothing to read yet" in words(at)
    assert "Open the sample" in [button.label for button in at.button]


def test_one_press_opens_both_parts_of_the_sample(bench: Workbench, app_test: AppTest) -> None:
    at = show(app_test)
    at.button(key="open-sample").click().run()
    at.run()
    begun = [job.kind for job in jobs.jobs(bench.store, OWNER)]
    assert sorted(begun) == ["open_sample", "open_sample_report"]


def test_each_state_says_where_it_stands(bench: Workbench, app_test: AppTest) -> None:
    ready(bench, "minutes", 3)
    ready(bench, "scan", pages_without_text=1)
    documents.fail_document(
        bench.store,
        OWNER,
        add(bench, "payroll").id,
        {"what": "The file is locked with a password.", "todo": "Remove it."},
    )
    add(bench, "broken off")
    said = words(show(app_test))
    assert "4 documents · 5 pages · 2 not read" in said
    assert "minutes.pdf · 3 pages · 3 passages" in said
    assert "scan.pdf · 2 pages · 2 passages · 1 page without text" in said
    assert "payroll.pdf · The file is locked with a password. Remove it." in said
    assert (
        "broken off.pdf · Reading it was stopped before the end; the file is kept. Read it again, or delete it." in said
    )


def test_what_was_stopped_is_read_again_from_its_page(bench: Workbench, app_test: AppTest, tmp_path: Path) -> None:
    asleep = Jobs(bench.store, bench.settings, ingest.kinds(lambda _: Lengths(), lambda _: False))
    job = ingest.bring(bench.store, asleep, OWNER, arrived(bench.store, OWNER, files.plain(tmp_path / "a.pdf", 4)))
    asleep.cancel(OWNER, job.id)
    (found,) = documents.list_documents(bench.store, OWNER)
    at = show(app_test, d=found.id)
    assert "Reading it was stopped before the end" in words(at)
    at.button(key="again").click().run()
    until(lambda: documents.document(bench.store, OWNER, found.id).state == "ready")


def test_what_a_file_is_called_is_never_formatting(bench: Workbench, app_test: AppTest) -> None:
    ready(bench, "**loud** [link](http://outside.test) :red[x]")
    said = words(show(app_test))
    assert "**loud**" not in said
    assert "[link](" not in said


def test_embeddings_under_way_are_counted(bench: Workbench) -> None:
    found = ready(bench, "minutes", 3)
    first = passages.passages(bench.store, OWNER, found.id)[0]
    found = passages.add_embeddings(bench.store, OWNER, found.id, {first.id: b"x"})
    assert facts(found) == "minutes.pdf · 3 pages · 3 passages"
    assert facts(found, embedding=True) == "minutes.pdf · 3 pages · 3 passages · 1 ready for search by meaning"


@pytest.fixture
def damaged(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A workbench whose embeddings are of the right size, and nothing but zeros."""
    cache, weights = Cache(tmp_path / "cache"), find("embeddings")
    cache.make()
    with cache.file(weights).open("wb") as file:
        file.truncate(weights.size)
    monkeypatch.setenv("GROUNDWORK_MODEL", "light")
    monkeypatch.setenv("GROUNDWORK_MODEL_CACHE", str(cache.folder))
    close_workbench()
    yield workbench()
    close_workbench()


def embeds(bench: Workbench, state: str) -> list[Job]:
    found = [job for job in jobs.jobs(bench.store, OWNER) if job.kind == embedding.EMBED]
    assert all(job.state in (state, *jobs.GOING) for job in found)
    return [job for job in found if job.state == state]


def test_embedding_that_failed_begins_again_by_a_button_alone(damaged: Workbench, app_test: AppTest) -> None:
    ready(damaged, "minutes", 3)
    show(app_test)
    until(lambda: bool(embeds(damaged, "failed")))
    (before,) = embeds(damaged, "failed")
    said = words(show(app_test))
    assert "**Search by meaning** · The built-in embeddings" in said
    assert embeds(damaged, "failed") == [before], "to look at the page begins nothing"
    app_test.button(key="embed-again").click().run()
    until(lambda: bool(embeds(damaged, "failed")))
    (after,) = embeds(damaged, "failed")
    assert after.id != before.id


def test_a_long_list_is_shown_in_steps_and_narrowed(bench: Workbench, app_test: AppTest) -> None:
    for number in range(45):
        add(bench, f"Minutes {number:02}")
    at = show(app_test)
    assert words(at).count("Reading it was stopped before the end") == 40
    at.button(key="more-documents").click().run()
    assert words(at).count("Reading it was stopped before the end") == 45
    at.text_input(key="find").set_value("minutes 07").run()
    assert words(at).count("Reading it was stopped before the end") == 1
    at.text_input(key="find").set_value("nothing").run()
    assert "No title and no file holds nothing." in words(at)


def test_a_document_is_shown_with_its_text(bench: Workbench, app_test: AppTest) -> None:
    found = ready(bench, "minutes", 3)
    at = show(app_test, d=found.id, p="2")
    assert [title.value for title in at.title] == ["minutes"]
    assert [code.value for code in at.code] == ["Page 2 of minutes."]
    at.number_input[0].set_value(3).run()
    assert [code.value for code in at.code] == ["Page 3 of minutes."]


@pytest.mark.parametrize("page", ["0", "99", "x", "-1", "\u00b2"])
def test_a_page_that_is_not_there_is_not_asked_for(page: str, bench: Workbench, app_test: AppTest) -> None:
    found = ready(bench, "minutes", 3)
    at = show(app_test, d=found.id, p=page)
    assert at.code[0].value in ("Page 1 of minutes.", "Page 3 of minutes.")


def test_another_users_document_is_not_there(bench: Workbench, app_test: AppTest) -> None:
    add_person(bench.store, "bob")
    theirs = ready(bench, "secret", user_id="bob")
    at = show(app_test, d=theirs.id)
    assert "does not exist, or is not yours" in words(at)
    assert "secret" not in words(at)


def test_a_file_is_read_by_the_app(bench: Workbench, app_test: AppTest, tmp_path: Path) -> None:
    upload = arrived(bench.store, OWNER, files.plain(tmp_path / "Board minutes.pdf", 4))
    ingest.bring(bench.store, bench.jobs, OWNER, upload)
    until(lambda: [found.state for found in documents.list_documents(bench.store, OWNER)] == ["ready"])
    assert "Board minutes.pdf · 4 pages · 4 passages" in words(show(app_test))
