"""What somebody reads on the pages that answer when there is nothing to ask, or the model breaks off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from components.answers.documents.asking import ask_documents
from components.answers.tables import ask_tables
from components.conversations.pieces import Answer
from components.llm.vocabulary import Piece, Request, Text
from components.store import conversations, documents
from components.workbench import Workbench
from tests.answers.conftest import add_table
from tests.answers.documents.conftest import REPORT
from tests.documents.shelf import add_pdf
from tests.messages.bringing import ME
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.waiting import until

MARGIN = "Why did the margin on lamps fall?"
READ = {
    "answers: No table is chosen.",
    "answers: One of the chosen tables is no longer there.",
    "answers: The reply ended without its last word.",
    "answers/documents: The reply ended without its last word.",
    "answers/documents: There is no document to ask.",
    "answers/ui/documents: {title} was removed since, or is not shared with you.",
}


async def breaks_off(_: Request) -> AsyncIterator[Piece]:
    """A model whose last word never comes."""
    yield Text("It is ")


def told(desk: Workbench, show: Show, kind: str, answer: Answer, question: str = "Why?") -> str:
    """What the page of a kind says when this was to answer."""
    talk = conversations.create_conversation(desk.store, ME, kind, "A question", {})
    reply = desk.runner.ask(ME, talk.id, question, answer, provider="Bench", model="ok")
    until(lambda: conversations.reply(desk.store, ME, reply.id).state != "streaming")
    return page_words(show(f"ask_{kind}", c=talk.id))


def over_tables(desk: Workbench, dataset_ids: list[str] | None) -> Answer:
    """An answer over some tables by a model that breaks off."""
    return partial(
        ask_tables,
        model=breaks_off,
        drafts=False,
        engines=desk.engines,
        store=desk.store,
        user_id=ME,
        dataset_ids=dataset_ids,
    )


def test_without_a_table_the_question_is_kept(desk: Workbench, show: Show) -> None:
    assert_read(told(desk, show, "tables", over_tables(desk, [])), "answers: No table is chosen.")


def test_a_table_that_went_meanwhile_is_said(desk: Workbench, show: Show) -> None:
    key = "answers: One of the chosen tables is no longer there."
    assert_read(told(desk, show, "tables", over_tables(desk, ["0" * 32])), key)


def test_a_reply_over_tables_that_breaks_off_says_so(desk: Workbench, show: Show, tmp_path: Path) -> None:
    add_table(desk.store, ME, tmp_path, "ones", "SELECT 1 AS a")
    said = told(desk, show, "tables", over_tables(desk, None))
    assert_read(said, "answers: The reply ended without its last word.")


@pytest.fixture
def report(desk: Workbench, tmp_path: Path) -> documents.Document:
    return add_pdf(desk.store, ME, tmp_path, "Lamp Shop 2025", REPORT)


def over_documents(desk: Workbench) -> Answer:
    """An answer over all documents by a model that breaks off."""
    return partial(
        ask_documents, model=breaks_off, drafts=False, store=desk.store, user_id=ME, document_ids=None, embedder=None
    )


def test_without_a_document_the_question_is_kept(desk: Workbench, show: Show) -> None:
    for found in documents.list_documents(desk.store, ME):
        documents.delete_document(desk.store, ME, found.id)
    key = "answers/documents: There is no document to ask."
    assert_read(told(desk, show, "documents", over_documents(desk)), key)


@pytest.mark.usefixtures("report")
def test_a_reply_over_documents_that_breaks_off_says_so(desk: Workbench, show: Show) -> None:
    key = "answers/documents: The reply ended without its last word."
    assert_read(told(desk, show, "documents", over_documents(desk), MARGIN), key)


@pytest.mark.usefixtures("report")
def test_the_page_of_a_document_that_is_gone_says_so(desk: Workbench, show: Show) -> None:
    talk = conversations.create_conversation(desk.store, ME, "documents", "Margin", {})
    quotes = partial(ask_documents, model=None, drafts=False, store=desk.store, user_id=ME, document_ids=None)
    reply = desk.runner.ask(ME, talk.id, MARGIN, quotes, provider="no model", model="Quotes only")
    until(lambda: conversations.reply(desk.store, ME, reply.id).state != "streaming")
    for found in documents.list_documents(desk.store, ME):
        documents.delete_document(desk.store, ME, found.id)
    key = "answers/ui/documents: {title} was removed since, or is not shared with you."
    assert_read(page_words(show("ask_documents", c=talk.id)), key)
