"""A store, a loop and a runner of this process, and a model server on loopback that fails on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from components.conversations.chat import chat
from components.conversations.pieces import Answer
from components.conversations.runner import Runner
from components.jobs.loop import Loop
from components.llm.ask import stream
from components.llm.catalogue import Provider
from components.llm.vocabulary import Model, Piece, Request
from components.settings import Settings
from components.store import Store, close_store, conversations, jobs
from components.store.conversations import Conversation, Reply
from tests.people import add_person
from tests.prepared import open_prepared
from tests.servers.fault_server import FaultServer
from tests.waiting import until

ME = "this-process"
MakeAnswer = Callable[[str], Answer]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = request.getfixturevalue("prepared_postgres_url") if request.param == "postgres" else ""
    store = open_prepared(Settings(home=tmp_path / "home", database_url=url))
    for user_id in ("ann", "bob"):
        add_person(store, user_id)
    jobs.beat(store, ME)
    yield store
    close_store(store)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def runner(store: Store) -> Iterator[Runner]:
    loop = Loop()
    runner = Runner(store, loop, ME)
    yield runner
    runner.close()
    loop.close()


@pytest.fixture
def talk(store: Store) -> Conversation:
    return conversations.create_conversation(store, "ann", "chat", "Talk")


@pytest.fixture
def asking(server: FaultServer) -> MakeAnswer:
    """Chat with a model of the fault server, over real HTTP; the model's name is the fault."""
    return lambda fault: partial(chat, model=model_at(server.url, fault))


def model_at(url: str, name: str) -> Model:
    provider = Provider("openai", "OpenAI", "chat", f"{url}/v1", key_name="OPENAI_API_KEY", price_name="openai")

    async def model(request: Request) -> AsyncIterator[Piece]:
        asked = Request(request.messages, model=name, temperature=request.temperature, limit=request.limit)
        async for piece in stream(provider, "sk-test", asked, tries=1):
            yield piece

    return model


def ended(store: Store, reply: Reply, seconds: float = 30) -> Reply:
    until(lambda: conversations.reply(store, "ann", reply.id).state != "streaming", seconds=seconds)
    return conversations.reply(store, "ann", reply.id)
