"""The pen: order, one row for neighbours, retries, and that nobody's end comes before their words."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from components.conversations.pen import Ending, Pen
from components.store import Store, conversations
from components.store import pen as rows
from components.store.conversations import Conversation, Reply
from components.store.schema import pieces
from tests.waiting import until

ME = "this-process"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def pen(store: Store, told: list[str]) -> Iterator[Pen]:
    pen = Pen(store, ME, told=told.append)
    yield pen
    pen.close(1)


def _begin(store: Store, talk: Conversation, pen: Pen) -> Reply:
    _, reply = conversations.add_turn(store, "ann", talk.id, "?", provider="p", model="m", worker_id=ME)
    pen.open(reply.id)
    return reply


def _ended(store: Store, reply_ids: Collection[str]) -> None:
    until(lambda: all(conversations.reply(store, "ann", one).state == "complete" for one in reply_ids))


def test_neighbours_become_one_row_and_steps_stay_apart(store: Store, talk: Conversation, pen: Pen) -> None:
    reply = _begin(store, talk, pen)
    for kind, body in [("thought", "a"), ("thought", "b"), ("step", "c"), ("step", "d"), ("text", "e"), ("text", "f")]:
        pen.add(reply.id, kind, body)
    pen.end(reply.id, Ending("complete"))
    _ended(store, [reply.id])
    found = [(row.kind, row.body) for row in conversations.pieces(store, "ann", reply.id)]
    assert "".join(body for _, body in found) == "abcdef"
    assert [row for row in found if row[0] == "step"] == [("step", "c"), ("step", "d")]


def test_a_store_that_takes_nothing_for_a_while_loses_nothing(
    store: Store, talk: Conversation, pen: Pen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reply, write, refused = _begin(store, talk, pen), rows.write_pieces, list[object]()

    def stubborn(*args: object) -> set[str]:
        if len(refused) < 2:
            refused.append(args)
            raise OperationalError("insert", {}, Exception("disk full"))
        return write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(rows, "write_pieces", stubborn)
    pen.add(reply.id, "text", "one ")
    until(lambda: refused)
    pen.add(reply.id, "text", "two")
    pen.end(reply.id, Ending("complete"))
    _ended(store, [reply.id])
    assert "".join(row.body for row in conversations.pieces(store, "ann", reply.id)) == "one two"
    assert "the store took no pieces" in caplog.text


def test_pieces_that_were_written_but_not_confirmed_are_not_written_twice(
    store: Store, talk: Conversation, pen: Pen, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply, write, tries = _begin(store, talk, pen), rows.write_pieces, iter(range(100))

    def unheard(*args: object) -> set[str]:
        stop = write(*args)  # type: ignore[arg-type]
        if next(tries) == 0:
            raise OperationalError("commit", {}, Exception("connection lost after the commit"))
        return stop

    monkeypatch.setattr(rows, "write_pieces", unheard)
    pen.add(reply.id, "text", "once")
    pen.end(reply.id, Ending("complete"))
    _ended(store, [reply.id])
    assert [row.body for row in conversations.pieces(store, "ann", reply.id)] == ["once"]


def test_who_lost_a_reply_is_told_and_writes_nothing(
    store: Store, talk: Conversation, pen: Pen, told: list[str]
) -> None:
    reply = _begin(store, talk, pen)
    with store.database.writing() as connection:
        connection.execute(sa.text("update replies set worker_id = 'another', state = 'interrupted'"))
    pen.add(reply.id, "text", "too late")
    until(lambda: told)
    assert told == [reply.id]
    pen.end(reply.id, Ending("complete"))
    until(lambda: pen.running() == 0)
    assert conversations.reply(store, "ann", reply.id).state == "interrupted"
    with store.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(pieces)) == 0


def test_a_second_end_changes_nothing(store: Store, talk: Conversation, pen: Pen) -> None:
    reply = _begin(store, talk, pen)
    pen.end(reply.id, Ending("complete"))
    pen.end(reply.id, Ending("failed"))
    _ended(store, [reply.id])
    pen.end(reply.id, Ending("failed"))
    assert conversations.reply(store, "ann", reply.id).state == "complete"


def test_close_writes_what_waits(store: Store, talk: Conversation) -> None:
    pen = Pen(store, ME, told=lambda _: None, pause=0.2)
    reply = _begin(store, talk, pen)
    pen.add(reply.id, "text", "last words")
    pen.end(reply.id, Ending("complete"))
    pen.close()
    assert conversations.reply(store, "ann", reply.id).state == "complete"
    assert [row.body for row in conversations.pieces(store, "ann", reply.id)] == ["last words"]
