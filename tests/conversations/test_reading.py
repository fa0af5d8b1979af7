"""Reading replies back, the history that a model is given, and the export."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from components.conversations.export import as_markdown
from components.conversations.reading import Said, history, said
from components.errors import AccessError
from components.llm.vocabulary import Message
from components.store import Store, conversations, pen
from components.store.conversations import Conversation, Piece, Reply

ME = "this-process"


def _tell(store: Store, reply: Reply, pieces: Sequence[tuple[str, str]], state: str = "complete") -> Reply:
    rows = [pen.PieceRow(reply.id, number, kind, body) for number, (kind, body) in enumerate(pieces)]
    pen.write_pieces(store, rows, ME)
    if state != "streaming":
        pen.end_reply(store, reply.id, ME, state=state)
    return conversations.reply(store, "ann", reply.id)


def _turn(store: Store, talk: Conversation, question: str, answer: str, state: str = "complete") -> Reply:
    _, reply = conversations.add_turn(store, "ann", talk.id, question, provider="p", model="m", worker_id=ME)
    return _tell(store, reply, [("text", answer)] if answer else [], state)


def test_pieces_are_put_together_by_kind() -> None:
    pieces = [
        Piece(0, "thought", "Hm"),
        Piece(1, "thought", "m."),
        Piece(2, "took", "1.5"),
        Piece(3, "step", "Looked"),
        Piece(4, "text", "Par"),
        Piece(5, "took", "0.5"),
        Piece(6, "text", "is"),
    ]
    assert Said().and_then(pieces) == Said("Paris", "Hmm.", 2.0, ("Looked",), 6)
    assert Said().and_then(pieces[:3]).and_then(pieces[3:]) == Said().and_then(pieces)


def test_nobody_reads_another_users_reply(store: Store, talk: Conversation) -> None:
    reply = _turn(store, talk, "one", "secret")
    assert said(store, "ann", reply).text == "secret"
    with pytest.raises(AccessError):
        said(store, "bob", reply)
    with pytest.raises(AccessError):
        history(store, "bob", talk.id, before=9)
    with pytest.raises(AccessError):
        as_markdown(store, "bob", talk.id)


def test_a_running_reply_is_read_anew(store: Store, talk: Conversation) -> None:
    reply = _turn(store, talk, "one", "first", state="streaming")
    assert said(store, "ann", reply).text == "first"
    pen.write_pieces(store, [pen.PieceRow(reply.id, 1, "text", " second")], ME)
    assert said(store, "ann", reply).text == "first second"


def test_history_pairs_questions_with_answers(store: Store, talk: Conversation) -> None:
    _turn(store, talk, "one", "answer one")
    _turn(store, talk, "two", "", state="failed")
    _turn(store, talk, "three", "half of", state="interrupted")
    assert history(store, "ann", talk.id, before=4) == (
        Message("user", "one"),
        Message("assistant", "answer one"),
        Message("user", "two\n\nthree"),
        Message("assistant", "half of"),
    )
    assert history(store, "ann", talk.id, before=2) == (Message("user", "one"), Message("assistant", "answer one"))


def test_history_takes_the_newest_reply_that_said_something(store: Store, talk: Conversation) -> None:
    first = _turn(store, talk, "one", "old")
    again = conversations.add_reply(store, "ann", first.turn_id, provider="p", model="m", worker_id=ME)
    _tell(store, again, [("text", "new")])
    empty = conversations.add_reply(store, "ann", first.turn_id, provider="p", model="m", worker_id=ME)
    _tell(store, empty, [], state="failed")
    assert history(store, "ann", talk.id, before=2)[1] == Message("assistant", "new")


def test_export_holds_questions_answers_and_models(store: Store, talk: Conversation) -> None:
    _turn(store, talk, "one", "answer one")
    _turn(store, talk, "two", "half", state="cut_off")
    _turn(store, talk, "three", "", state="failed")
    assert as_markdown(store, "ann", talk.id) == (
        "# Talk\n\n## Question 1\n\none\n\n### Answer of m\n\nanswer one\n\n"
        "## Question 2\n\ntwo\n\n### Answer of m, cut off\n\nhalf\n\n## Question 3\n\nthree\n"
    )
