"""A small shelf of real PDFs on the real store and index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest

from components.answers.documents.asking import ask_documents
from components.conversations.pieces import Exchange, Found, ReplyPiece
from components.llm.vocabulary import Message, Model, Text
from components.settings import Settings
from components.store import Store, close_store, conversations, evidence, users
from tests.documents.shelf import add_pdf
from tests.prepared import open_prepared

REPORT = (
    "Annual report of the Lamp Shop\nfor the year 2025.",
    "Revenue by quarter, in thousands\nFirst quarter 120.5 131.0\nSecond quarter 98.2 104.9\n"
    "The margin on lamps fell to 31.4 % in 2025, due primarily to higher freight costs.\n"
    "Kettles were not affected.",
    "The shop employs 42 people in Leipzig.\nA new warehouse opened in May 2025 and cost 1,250 thousand.",
)
MINUTES = (
    "Minutes of the board of the Garden Centre, 3 March 2024.\nThe board approved the purchase of a tractor.\n"
    "Mrs Brandt left the board. The centre employs 17 people.",
)


@dataclass
class Shelf:
    """A user with two documents."""

    store: Store
    user_id: str
    ids: dict[str, str]

    def exchange(self, question: str, *history: Message) -> Exchange:
        talk = conversations.create_conversation(self.store, self.user_id, "documents")
        _, reply = conversations.add_turn(
            self.store, self.user_id, talk.id, question, provider="test", model="test", worker_id="test"
        )
        return Exchange(self.user_id, reply.id, question, history=history)

    def ask(self, question: str, model: Model | None = None, *history: Message, **more: Any) -> list[ReplyPiece]:
        """Every piece of the answer."""
        more = {"drafts": False, "document_ids": None, **more}
        exchange = self.exchange(question, *history)
        return hear(ask_documents(exchange, model=model, store=self.store, user_id=self.user_id, **more))

    def bodies(self, pieces: list[ReplyPiece]) -> list[Any]:
        """What was found, each time it was."""
        found = [piece for piece in pieces if isinstance(piece, Found)]
        return [evidence.evidence(self.store, self.user_id, one.result["evidence"]).body for one in found]


def hear(answer: AsyncIterator[ReplyPiece]) -> list[ReplyPiece]:
    async def read() -> list[ReplyPiece]:
        async with aclosing(answer) as pieces:  # type: ignore[type-var]
            return [piece async for piece in pieces]

    return asyncio.run(read())


def text(pieces: list[ReplyPiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("shelf")
    store = open_prepared(Settings(home=folder / "home"))
    owner = users.ensure_local_owner(store).id
    ids = {
        title: add_pdf(store, owner, folder, title, pages).id
        for title, pages in {"Lamp Shop 2025": REPORT, "Garden Centre minutes 2024": MINUTES}.items()
    }
    yield Shelf(store, owner, ids)
    close_store(store)
