"""Stories of the page, on the real app: real PDFs, the real index, a model server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from components.store import conversations, documents, users
from components.store.conversations import Reply as StoredReply
from components.store.schema import replies
from components.workbench import Workbench
from tests.answers.documents.conftest import MINUTES, REPORT
from tests.answers.pages import body, ended, server_that_says, words
from tests.documents.shelf import add_pdf
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

PAGE = "pages/ask_documents.py"
QUESTION = "Why did the margin on lamps fall?"
SAYS = {
    "good": Reply(
        (
            'The margin fell to 31.4 % [1: "The margin on lamps ',
            'fell to 31.4 % in 2025"], as freight cost more [1: "due primarily to higher freight costs"].',
        )
    ),
    "wrong": Reply(('It fell to 30.9 % [1: "The margin on lamps fell to 30.9 % in 2025"].',)),
    "silent": Reply(("The documents don't say.",)),
}


@pytest.fixture
def owner(bench: Workbench) -> str:
    return users.ensure_local_owner(bench.store).id


@pytest.fixture
def report(bench: Workbench, owner: str, tmp_path: Path) -> documents.Document:
    add_pdf(bench.store, owner, tmp_path, "Garden Centre minutes 2024", MINUTES)
    return add_pdf(bench.store, owner, tmp_path, "Lamp Shop 2025", REPORT)


@pytest.fixture
def server(bench: Workbench, owner: str) -> Iterator[FaultServer]:
    with server_that_says(SAYS, bench, owner) as server:
        yield server


def at(app_test: AppTest, bench: Workbench, owner: str, model: str = "") -> AppTest:
    if model:
        users.set_preferences(bench.store, owner, model_documents={"provider": "mine", "model": model})
    return app_test.switch_page(PAGE).run()


def asked(page: AppTest, bench: Workbench, owner: str, question: str = QUESTION) -> tuple[AppTest, StoredReply]:
    page.chat_input[0].set_value(question).run()
    reply = ended(bench, owner)
    return page.run(), reply


def components(page: AppTest) -> str:
    """What the page gives to its own components, as text."""
    return "\n".join(str(element.proto) for element in page.get("bidi_component")).replace('\\"', '"')


def test_without_a_document_the_page_teaches_and_offers_the_sample(
    app_test: AppTest, bench: Workbench, owner: str
) -> None:
    page = at(app_test, bench, owner)
    assert not page.exception
    assert "Add a document first" in words(page)
    assert page.chat_input[0].disabled
    labels = [button.label for button in page.button]
    assert {"Add documents", "Open the sample"} <= set(labels)


@pytest.mark.usefixtures("report")
def test_without_any_model_the_best_lines_are_the_answer(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, reply = asked(at(app_test, bench, owner), bench, owner)
    assert not page.exception
    assert (reply.provider, reply.model, reply.state) == ("no model", "Quotes only", "complete")
    assert "No model was asked" in words(page)
    assert "Stays on this machine: no model is asked" in words(page)
    shown = components(page)
    assert "The margin on lamps fell to 31.4 %" in shown
    assert "/pages/{page}.jpg" in shown


@pytest.mark.usefixtures("server")
def test_an_answer_is_checked_and_its_first_citation_is_open(
    app_test: AppTest, bench: Workbench, owner: str, report: documents.Document
) -> None:
    page, reply = asked(at(app_test, bench, owner, "good"), bench, owner)
    assert not page.exception
    assert body(bench, owner, reply)["answer"]["quotes"] == {"found": 2, "of": 2}
    assert "2 of 2 quotes found word for word" in words(page)
    assert "1 of 1 number found in the passages" in words(page)
    assert f"/api/documents/{report.id}/pages/" in components(page)
    assert "The margin on lamps fell to 31.4 % in 2025" in components(page)


@pytest.mark.usefixtures("report", "server")
def test_a_link_leads_to_a_citation_again(app_test: AppTest, bench: Workbench, owner: str) -> None:
    asked(at(app_test, bench, owner, "good"), bench, owner)
    again = AppTest.from_file(str(Path(__file__).resolve().parents[3] / "Home.py"), default_timeout=60)
    again.query_params["c"] = conversations.list_conversations(bench.store, owner)[0].id
    again.query_params["at"] = "1.2"
    again.switch_page(PAGE).run()
    assert not again.exception
    assert '"quote": "due primarily to higher freight costs"' in components(again)
    assert "2 of 2 quotes found word for word" in words(again)


@pytest.mark.usefixtures("report", "server")
def test_a_wrong_quote_is_louder_than_a_right_one(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, _ = asked(at(app_test, bench, owner, "wrong"), bench, owner)
    assert "1 of 1 quote not found word for word" in words(page)
    assert "1 claim unverified" in words(page)
    shown = components(page)
    assert '"kind": "doubt"' in shown
    assert "Not word for word." in shown


@pytest.mark.usefixtures("report", "server")
def test_silence_is_an_answer_with_the_nearest_lines(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, _ = asked(at(app_test, bench, owner, "silent"), bench, owner)
    assert "The documents don't say" in words(page)
    assert "Nothing was made up from them" in words(page)


@pytest.mark.usefixtures("report")
def test_weak_evidence_says_its_rule(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, _ = asked(at(app_test, bench, owner), bench, owner, "Which side effects has aspirin in Leipzig?")
    assert "Half of the question or more is not in the nearest passages in 4 pages" in words(page)
    assert "**aspirin**" in words(page)


@pytest.mark.usefixtures("server")
def test_the_chosen_document_alone_is_sent_and_everything_can_be_searched(
    app_test: AppTest, bench: Workbench, owner: str, server: FaultServer, report: documents.Document
) -> None:
    page = at(app_test, bench, owner, "good")
    page.multiselect[0].set_value([report.id]).run()
    page, _ = asked(page, bench, owner, "How many people does the centre employ?")
    assert "Garden Centre" not in str(server.visits[-1].body["messages"])
    assert conversations.list_conversations(bench.store, owner)[0].choices["documents"] == [report.id]


@pytest.mark.usefixtures("report")
def test_the_privacy_line_says_what_leaves(
    app_test: AppTest, bench: Workbench, owner: str, server: FaultServer
) -> None:
    page, reply = asked(at(app_test, bench, owner, "good"), bench, owner)
    assert "the question and at most 8 passages (960 words). Whole documents never leave." in words(page)
    assert "They stayed on this machine" in words(page)
    assert body(bench, owner, reply)["sent_to"] == ""
    sent = str(server.visits[-1].body)
    assert "Passages:" in sent


@pytest.mark.usefixtures("server")
def test_a_deleted_documents_quotes_stay_and_its_page_says_it_is_gone(
    app_test: AppTest, bench: Workbench, owner: str, report: documents.Document
) -> None:
    page, _ = asked(at(app_test, bench, owner, "good"), bench, owner)
    documents.delete_document(bench.store, owner, report.id)
    page.run()
    assert not page.exception
    assert "was removed since" in words(page)
    assert "2 of 2 quotes found word for word" in words(page)


@pytest.mark.usefixtures("report")
def test_a_model_that_fails_leaves_what_was_found(
    app_test: AppTest, bench: Workbench, owner: str, server: FaultServer
) -> None:
    page, reply = asked(at(app_test, bench, owner, "forbidden"), bench, owner)
    assert not page.exception
    assert reply.state == "failed"
    assert "The margin on lamps fell to 31.4 %" in components(page)


@pytest.mark.usefixtures("report", "server")
def test_an_answer_that_the_server_broke_off_keeps_what_was_found(
    app_test: AppTest, bench: Workbench, owner: str
) -> None:
    page, reply = asked(at(app_test, bench, owner, "forbidden"), bench, owner)
    with bench.store.database.writing() as connection:  # as a start after a crash leaves it
        broken = {"state": "interrupted", "result": sa.null(), "error": sa.null()}
        connection.execute(sa.update(replies).where(replies.c.id == reply.id).values(**broken))
    page.run()
    assert not page.exception
    assert "This reply was interrupted" in words(page)
    assert "What was found in the documents" in words(page)
    assert "The margin on lamps fell to 31.4 %" in components(page)


@pytest.mark.usefixtures("report", "server")
def test_a_strangers_answer_is_not_shown(app_test: AppTest, bench: Workbench, owner: str) -> None:
    from tests.people import add_person

    add_person(bench.store, "ann")
    hers = conversations.create_conversation(bench.store, "ann", "documents", "Her secret")
    app_test.query_params["c"] = hers.id
    page = at(app_test, bench, owner)
    assert "Her secret" not in words(page)


@pytest.mark.usefixtures("server")
def test_a_link_from_a_document_asks_it_alone(
    app_test: AppTest, bench: Workbench, owner: str, report: documents.Document
) -> None:
    app_test.query_params["d"] = report.id
    page = at(app_test, bench, owner, "good")
    assert "Asked now: 1 document, 3 pages" in words(page)
    _, reply = asked(page, bench, owner)
    assert body(bench, owner, reply)["only"] == [report.id]
    assert conversations.list_conversations(bench.store, owner)[0].choices["documents"] == [report.id]


@pytest.mark.usefixtures("report")
def test_a_question_at_home_is_asked_of_the_documents_without_a_model(
    app_test: AppTest, bench: Workbench, owner: str
) -> None:
    page = app_test.run()
    page.chat_input(key="home-ask").set_value(QUESTION).run()
    reply = ended(bench, owner)
    talk = conversations.list_conversations(bench.store, owner)[0]
    assert (talk.kind, reply.model) == ("documents", "Quotes only")
