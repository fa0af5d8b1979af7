"""Replies of a process that is killed or frozen: what was said is kept, marked interrupted, and can be asked again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from components.conversations.chat import chat
from components.conversations.reading import said
from components.conversations.runner import Runner
from components.jobs.loop import Loop
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, close_store, conversations, open_store
from tests.conversations.conftest import model_at
from tests.crash.processes import kill, reading, started
from tests.crash.talking import LEASE
from tests.people import add_person
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer
from tests.waiting import until

TALKING = "tests.crash.talking"
COUNTED = tuple(f"{number} " for number in range(1000))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.replies["slow"] = Reply(COUNTED)
        yield server


def _talks(store: Store, count: int) -> list[str]:
    add_person(store, "ann")
    return [conversations.create_conversation(store, "ann", "chat", str(number)).id for number in range(count)]


def _words(store: Store, reply_id: str) -> list[str]:
    return "".join(piece.body for piece in conversations.pieces(store, "ann", reply_id)).split()


def test_half_replies_are_kept_and_can_be_asked_again(tmp_path: Path, server: FaultServer) -> None:
    settings = Settings(home=tmp_path / "home")
    store = open_store(settings)
    talks = _talks(store, 10)
    close_store(store)
    with started(TALKING, str(settings.home), "", server.url, "slow") as process, reading(settings) as other:
        ids = _replies_of(other, talks)
        until(lambda: all(len(_words(other, one)) > 10 for one in ids))
        kill(process)
        acknowledged = {one: _words(other, one) for one in ids}
    store = open_store(settings)
    jobs, loop = Jobs(store, settings, ()), Loop()
    jobs.start()
    for one in ids:
        reply = conversations.reply(store, "ann", one)
        assert reply.state == "interrupted"
        kept = said(store, "ann", reply).text.split()
        assert kept[: len(acknowledged[one])] == acknowledged[one], "nothing that was seen is lost"
        assert kept == [word.strip() for word in COUNTED[: len(kept)]], "no gaps, none twice"
    runner = Runner(store, loop, jobs.worker_id)
    reply = runner.again("ann", reply.turn_id, partial(chat, model=model_at(server.url, "ok")), provider="p", model="m")
    until(lambda: conversations.reply(store, "ann", reply.id).state == "complete")
    assert _words(store, reply.id) == ["Paris", "is", "the", "capital", "of", "France."]
    runner.close()
    jobs.close()
    loop.close()
    close_store(store)


def _replies_of(store: Store, talks: list[str]) -> list[str]:
    until(lambda: all(conversations.turns(store, "ann", talk) for talk in talks))
    return [conversations.turns(store, "ann", talk)[0].replies[0].id for talk in talks]


@pytest.mark.postgres
def test_a_frozen_process_writes_nothing_into_a_reply_that_was_taken_for_dead(
    tmp_path: Path, postgres_url: str, server: FaultServer
) -> None:
    store = open_store(Settings(home=tmp_path / "home", database_url=postgres_url))
    talks = _talks(store, 1)
    arguments = (str(tmp_path / "home"), postgres_url, server.url)
    with started(TALKING, *arguments, "slow") as sleeper:
        (reply_id,) = _replies_of(store, talks)
        until(lambda: _words(store, reply_id))
        sleeper.send_signal(signal.SIGSTOP)
        kept = _words(store, reply_id)
        with started(TALKING, *arguments, ""):
            until(lambda: conversations.reply(store, "ann", reply_id).state == "interrupted", seconds=10 * LEASE)
            sleeper.send_signal(signal.SIGCONT)
            assert server.wait_for(lambda: server.visits[0].left), "it hears that the reply is lost, and stops"
        assert _words(store, reply_id) == kept
        assert conversations.reply(store, "ann", reply_id).state == "interrupted"
    close_store(store)
