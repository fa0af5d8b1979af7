"""Writing what replies say."""

from __future__ import annotations

import pytest

from components.store import Store, conversations, jobs, pen
from components.store.conversations import Reply
from components.store.pen import PieceRow

ME, OTHER = "worker-1", "worker-2"


@pytest.fixture
def reply(store: Store, owner: str) -> Reply:
    talk = conversations.create_conversation(store, owner, "chat")
    return conversations.add_turn(store, owner, talk.id, "Why?", provider="p", model="m", worker_id=ME)[1]


def test_the_first_piece_is_timed(store: Store, owner: str, reply: Reply) -> None:
    assert conversations.reply(store, owner, reply.id).first_piece_at is None
    pen.write_pieces(store, [PieceRow(reply.id, 0, "thought", "Hm.")], ME)
    first = conversations.reply(store, owner, reply.id).first_piece_at
    pen.write_pieces(store, [PieceRow(reply.id, 1, "text", "So.")], ME)
    assert first is not None and first >= reply.created_at
    assert conversations.reply(store, owner, reply.id).first_piece_at == first


def test_an_end_says_how(store: Store, owner: str, reply: Reply) -> None:
    error = {"code": "OverloadedError", "what": "Too busy."}
    assert pen.end_reply(store, reply.id, ME, state="failed", finish="other", error=error, result={"evidence": ["e"]})
    ended = conversations.reply(store, owner, reply.id)
    assert (ended.state, ended.finish, ended.error, ended.result) == ("failed", "other", error, {"evidence": ["e"]})
    assert ended.ended_at is not None


def test_a_reply_ends_once(store: Store, owner: str, reply: Reply) -> None:
    assert pen.end_reply(store, reply.id, ME, state="complete")
    assert not pen.end_reply(store, reply.id, ME, state="failed")
    assert conversations.reply(store, owner, reply.id).state == "complete"


def test_another_process_neither_writes_nor_ends_it(store: Store, owner: str, reply: Reply) -> None:
    assert pen.write_pieces(store, [PieceRow(reply.id, 0, "text", "Mine now")], OTHER) == {reply.id}
    assert not pen.end_reply(store, reply.id, OTHER, state="complete")
    assert conversations.pieces(store, owner, reply.id) == []
    assert conversations.reply(store, owner, reply.id).state == "streaming"


def test_a_process_that_was_thought_dead_writes_nothing_more(store: Store, owner: str, reply: Reply) -> None:
    jobs.sweep(store, OTHER, 10, (), alone=True)
    assert conversations.reply(store, owner, reply.id).state == "interrupted"
    assert pen.write_pieces(store, [PieceRow(reply.id, 0, "text", "late")], ME) == {reply.id}
    assert not pen.end_reply(store, reply.id, ME, state="complete")
    assert conversations.pieces(store, owner, reply.id) == []


def test_one_commit_serves_many_replies(store: Store, owner: str) -> None:
    talk = conversations.create_conversation(store, owner, "chat")
    said = [
        conversations.add_turn(store, owner, talk.id, f"{n}?", provider="p", model="m", worker_id=ME)[1]
        for n in range(20)
    ]
    assert pen.write_pieces(store, [PieceRow(r.id, 0, "text", r.id) for r in said], ME) == set()
    assert all(conversations.pieces(store, owner, r.id)[0].body == r.id for r in said)
