"""The runner over real HTTP: how replies begin, end, stop, and what is kept of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import TypedDict

import pytest

from components.conversations.pieces import Exchange, Found, ReplyPiece, Step
from components.conversations.reading import said
from components.conversations.runner import Runner
from components.errors import AccessError
from components.llm.vocabulary import Finish, Text, Usage
from components.store import Store, conversations, usage
from components.store.conversations import Conversation, Reply
from tests.conversations.conftest import MakeAnswer, ended
from tests.servers.fault_server import FaultServer
from tests.waiting import until


class Named(TypedDict):
    provider: str
    model: str


OPENAI = Named(provider="openai", model="gpt-4o")


def _ask(runner: Runner, talk: Conversation, asking: MakeAnswer, fault: str) -> Reply:
    return runner.ask("ann", talk.id, "What is the capital of France?", asking(fault), **OPENAI)


def _text(store: Store, reply: Reply) -> str:
    return said(store, "ann", conversations.reply(store, "ann", reply.id)).text


def test_a_reply_is_kept_word_by_word(store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer) -> None:
    reply = ended(store, _ask(runner, talk, asking, "ok"))
    assert (reply.state, reply.finish, reply.error) == ("complete", "stop", None)
    assert _text(store, reply) == "Paris is the capital of France."
    assert reply.first_piece_at and reply.ended_at
    assert reply.created_at <= reply.first_piece_at <= reply.ended_at


def test_the_turn_is_stored_before_the_model_is_asked(store: Store, runner: Runner, talk: Conversation) -> None:
    seen: list[str] = []

    async def answer(exchange: Exchange) -> AsyncIterator[ReplyPiece]:
        (turn,) = conversations.turns(store, "ann", talk.id)
        seen.append(turn.question)
        seen.append(turn.replies[0].state)
        yield Finish("stop")

    ended(store, runner.ask("ann", talk.id, "Before?", answer, **OPENAI))
    assert seen == ["Before?", "streaming"]


def test_usage_and_price_are_kept(store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer) -> None:
    reply = ended(store, _ask(runner, talk, asking, "ok"))
    row = usage.usage_of_conversation(store, "ann", talk.id)[reply.id]
    assert (row.input, row.output, row.cached, row.reasoning) == (100, 20, 40, 5)
    assert row.cost is not None and 0 < row.cost < 0.01


def test_an_unknown_models_price_is_unknown_not_nothing(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer
) -> None:
    reply = ended(store, runner.ask("ann", talk.id, "?", asking("ok"), provider="openai", model="never-heard-of-it"))
    assert usage.usage_of_conversation(store, "ann", talk.id)[reply.id].cost is None


def test_reasoning_is_kept_apart(store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer) -> None:
    reply = ended(store, _ask(runner, talk, asking, "thinking"))
    words = said(store, "ann", reply)
    assert words.thought == "Which city? Paris."
    assert words.text == "Paris is the capital of France."


@pytest.mark.parametrize("fault", ["slow", "hang_mid", "hang"])
def test_stop_closes_the_providers_connection(
    fault: str, store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer, server: FaultServer
) -> None:
    """While it writes, while it is silent in the middle, and before its first word."""
    reply = _ask(runner, talk, asking, fault)
    assert server.wait_for(lambda: bool(server.visits) and (fault == "hang" or server.visits[0].pieces > 2))
    if fault != "hang":
        until(lambda: _text(store, reply))
    runner.stop("ann", reply.id)
    assert server.wait_for(lambda: server.visits[0].left)
    assert ended(store, reply).state == "stopped"
    assert bool(_text(store, reply)) == (fault != "hang"), "what had arrived is kept"


def test_a_stop_of_another_process_is_heard_while_the_provider_is_silent(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer, server: FaultServer
) -> None:
    reply = _ask(runner, talk, asking, "hang")
    assert server.wait_for(lambda: bool(server.visits))
    conversations.ask_to_stop(store, "ann", reply.id)  # as another process does: only the row says it
    assert server.wait_for(lambda: server.visits[0].left)
    assert ended(store, reply).state == "stopped"


def test_nobody_stops_another_users_reply(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer, server: FaultServer
) -> None:
    reply = _ask(runner, talk, asking, "slow")
    with pytest.raises(AccessError):
        runner.stop("bob", reply.id)
    assert conversations.reply(store, "ann", reply.id).state == "streaming"
    runner.stop("ann", reply.id)


def test_nobody_asks_in_another_users_conversation(runner: Runner, talk: Conversation, asking: MakeAnswer) -> None:
    with pytest.raises(AccessError):
        runner.ask("bob", talk.id, "?", asking("ok"), **OPENAI)


def test_stopping_twice_or_too_late_changes_nothing(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer
) -> None:
    reply = ended(store, _ask(runner, talk, asking, "ok"))
    runner.stop("ann", reply.id)
    runner.stop("ann", reply.id)
    assert conversations.reply(store, "ann", reply.id).state == "complete"


def test_a_reply_without_its_last_word_is_cut_off(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer
) -> None:
    reply = ended(store, _ask(runner, talk, asking, "cut_clean"))
    assert reply.state == "cut_off"
    assert _text(store, reply)
    assert reply.error and reply.error["code"] == "CutOffError"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("bad_key", "KeyRejectedError"),
        ("rate_limited", "RateLimitedError"),
        ("quota", "QuotaSpentError"),
        ("overloaded", "OverloadedError"),
        ("context", "ContextTooLongError"),
        ("not_found", "ModelNotFoundError"),
    ],
)
def test_a_providers_fault_is_kept_with_the_reply(
    fault: str, code: str, store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer
) -> None:
    reply = ended(store, _ask(runner, talk, asking, fault))
    assert reply.state == "failed"
    assert reply.error and reply.error["code"] == code
    assert reply.error["what"] and reply.error["kept"] and reply.error["todo"]
    assert reply.error.get("retry_after") == (7.0 if fault == "rate_limited" else None)


def test_a_bug_is_logged_and_named_as_one(
    store: Store, runner: Runner, talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(exchange: Exchange) -> AsyncIterator[ReplyPiece]:
        yield Text("Half ")
        raise ZeroDivisionError("secret detail")

    reply = ended(store, runner.ask("ann", talk.id, "?", answer, **OPENAI))
    assert reply.state == "failed"
    assert reply.error and "fault of the app" in reply.error["what"]
    assert "secret detail" not in str(reply.error) and "secret detail" in caplog.text
    assert _text(store, reply) == "Half "


def test_steps_and_results_of_an_ask_are_kept(store: Store, runner: Runner, talk: Conversation) -> None:
    async def answer(exchange: Exchange) -> AsyncIterator[ReplyPiece]:
        yield Step("Wrote a query")
        yield Step("Ran it: 6 rows")
        yield Found({"evidence": ["a"]})
        yield Usage(input=3, output=4)
        yield Usage(input=5, output=6)
        yield Found({"evidence": ["a", "b"]})

    reply = ended(store, runner.ask("ann", talk.id, "?", answer, **OPENAI))
    assert (reply.state, reply.result) == ("complete", {"evidence": ["a", "b"]})
    assert said(store, "ann", reply).steps == ("Wrote a query", "Ran it: 6 rows")
    row = usage.usage_of_conversation(store, "ann", talk.id)[reply.id]
    assert (row.input, row.output) == (8, 10)


def test_ask_again_makes_another_reply_with_the_history_before(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer
) -> None:
    histories: list[tuple[tuple[str, str], ...]] = []

    async def answer(exchange: Exchange) -> AsyncIterator[ReplyPiece]:
        histories.append(tuple((message.role, message.text) for message in exchange.history))
        yield Text(f"answer to {exchange.question}")
        yield Finish("stop")

    first = ended(store, runner.ask("ann", talk.id, "one", answer, **OPENAI))
    ended(store, runner.ask("ann", talk.id, "two", answer, **OPENAI))
    again = ended(store, runner.again("ann", first.turn_id, answer, **OPENAI))
    assert again.number == 2 and again.turn_id == first.turn_id
    assert histories == [(), (("user", "one"), ("assistant", "answer to one")), ()]
    with pytest.raises(AccessError):
        runner.again("bob", first.turn_id, answer, **OPENAI)


def test_a_deleted_conversation_ends_its_reply(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer, server: FaultServer
) -> None:
    reply = _ask(runner, talk, asking, "slow")
    until(lambda: _text(store, reply))
    conversations.delete_conversation(store, "ann", talk.id)
    assert server.wait_for(lambda: server.visits[0].left)
    until(lambda: runner.running() == 0)
    other = conversations.create_conversation(store, "ann", "chat")
    assert ended(store, _ask(runner, other, asking, "ok")).state == "complete", "the pen writes on"


def test_fifty_streams_at_once_lose_nothing(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer, server: FaultServer
) -> None:
    talks = [conversations.create_conversation(store, "ann", "chat", str(n)) for n in range(50)]
    replies = [_ask(runner, one, asking, "slow") for one in talks]
    assert runner.running() == 50
    for reply in replies:
        assert ended(store, reply, 120).state == "complete"
        rows = conversations.pieces(store, "ann", reply.id)
        assert [row.seq for row in rows] == list(range(len(rows))), "no gaps"
        assert "".join(row.body for row in rows) == "word " * 400
        assert len(rows) < 400, "many pieces share a row"


def test_a_reader_is_woken_by_what_is_written(store: Store, runner: Runner, talk: Conversation) -> None:
    go = threading.Event()

    async def answer(exchange: Exchange) -> AsyncIterator[ReplyPiece]:
        await asyncio.to_thread(go.wait, 20)
        yield Text("now")
        await asyncio.to_thread(time.sleep, 0.2)
        yield Finish("stop")

    reply = runner.ask("ann", talk.id, "?", answer, **OPENAI)
    assert not runner.wait(reply.id, -1, 0.2), "nothing is written yet"
    go.set()
    assert runner.wait(reply.id, -1, 20)
    assert _text(store, reply) == "now"
    assert runner.wait(reply.id, 0, 20), "its end is news too"
    assert ended(store, reply).state == "complete"
    assert runner.wait(reply.id, 0, 20)


def test_a_reply_of_another_process_is_to_be_looked_at(runner: Runner) -> None:
    assert runner.wait("f" * 32, -1, 0.05)


def test_close_keeps_what_arrived_as_interrupted(
    store: Store, runner: Runner, talk: Conversation, asking: MakeAnswer, server: FaultServer
) -> None:
    reply = _ask(runner, talk, asking, "slow")
    until(lambda: _text(store, reply))
    runner.close()
    assert server.wait_for(lambda: server.visits[0].left)
    assert conversations.reply(store, "ann", reply.id).state == "interrupted"
    assert _text(store, reply).startswith("word ")
