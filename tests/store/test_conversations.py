"""Conversations, turns, replies."""

from __future__ import annotations

import pytest

from components.errors import AccessError
from components.store import Store, conversations, evidence, pen, usage
from components.store.conversations import Conversation, Reply, Turn
from components.store.pen import PieceRow
from components.store.schema import metadata
from tests.store.counting import rows_in

WORKER = "worker-1"


def ask(store: Store, owner: str, conversation_id: str, question: str = "Why?") -> tuple[Turn, Reply]:
    return conversations.add_turn(
        store, owner, conversation_id, question, provider="builtin", model="light", worker_id=WORKER
    )


@pytest.fixture
def talk(store: Store, owner: str) -> Conversation:
    return conversations.create_conversation(store, owner, "chat", choices={"model": "light"})


def test_a_conversation_is_found_again(store: Store, owner: str, talk: Conversation) -> None:
    assert conversations.conversation(store, owner, talk.id) == talk
    assert (talk.kind, talk.title, talk.choices) == ("chat", "", {"model": "light"})


def test_a_kind_that_nobody_answers_is_refused(store: Store, owner: str) -> None:
    with pytest.raises(ValueError, match="poetry"):
        conversations.create_conversation(store, owner, "poetry")


def test_the_list_shows_the_last_spoken_in_first(store: Store, owner: str, talk: Conversation) -> None:
    later = conversations.create_conversation(store, owner, "tables")
    assert [c.id for c in conversations.list_conversations(store, owner)] == [later.id, talk.id]
    ask(store, owner, talk.id)
    assert [c.id for c in conversations.list_conversations(store, owner)] == [talk.id, later.id]
    assert [c.id for c in conversations.list_conversations(store, owner, limit=1)] == [talk.id]
    assert [c.id for c in conversations.list_conversations(store, owner, kind="tables")] == [later.id]


def test_choices_change_one_by_one(store: Store, owner: str, talk: Conversation) -> None:
    conversations.set_choices(store, owner, talk.id, temperature=0.2)
    changed = conversations.set_choices(store, owner, talk.id, model=None, datasets=["d1"])
    assert changed.choices == {"temperature": 0.2, "datasets": ["d1"]}
    assert conversations.conversation(store, owner, talk.id) == changed


def test_a_new_title_leaves_the_order(store: Store, owner: str, talk: Conversation) -> None:
    later = conversations.create_conversation(store, owner, "chat")
    assert conversations.rename_conversation(store, owner, talk.id, "Orders").title == "Orders"
    assert [c.id for c in conversations.list_conversations(store, owner)] == [later.id, talk.id]


def test_a_turn_comes_with_its_first_reply(store: Store, owner: str, talk: Conversation) -> None:
    turn, reply = ask(store, owner, talk.id)
    assert (turn.number, turn.question, turn.replies) == (1, "Why?", (reply,))
    assert (reply.number, reply.state, reply.provider, reply.ended_at) == (1, "streaming", "builtin", None)
    assert conversations.turns(store, owner, talk.id) == [turn]
    assert conversations.reply(store, owner, reply.id) == reply


def test_attachments_are_kept(store: Store, owner: str, talk: Conversation) -> None:
    attached = ({"dataset_id": "d1", "name": "orders"},)
    turn, _ = conversations.add_turn(store, owner, talk.id, "Q", attached, provider="p", model="m", worker_id=WORKER)
    assert turn.attachments == attached
    assert conversations.turns(store, owner, talk.id)[0].attachments == attached


def test_asking_again_keeps_the_earlier_reply(store: Store, owner: str, talk: Conversation) -> None:
    turn, first = ask(store, owner, talk.id)
    second = conversations.add_reply(store, owner, turn.id, provider="p", model="m", worker_id=WORKER)
    assert second.number == 2
    found = conversations.turn(store, owner, turn.id)
    assert [r.id for r in found.replies] == [first.id, second.id]
    assert conversations.turns(store, owner, talk.id) == [found]


def test_turns_count_from_one_and_the_last_ones_can_be_had(store: Store, owner: str, talk: Conversation) -> None:
    for number in range(5):
        ask(store, owner, talk.id, f"Question {number}")
    assert [turn.number for turn in conversations.turns(store, owner, talk.id)] == [1, 2, 3, 4, 5]
    newest = conversations.turns(store, owner, talk.id, last=2)
    assert [turn.question for turn in newest] == ["Question 3", "Question 4"]
    assert all(len(turn.replies) == 1 for turn in newest)
    assert conversations.turns(store, owner, talk.id, last=0) == []


def test_asking_to_stop_is_heard_by_the_pen(store: Store, owner: str, talk: Conversation) -> None:
    _, reply = ask(store, owner, talk.id)
    assert pen.write_pieces(store, [], WORKER) == set()
    conversations.ask_to_stop(store, owner, reply.id)
    assert pen.write_pieces(store, [], WORKER) == {reply.id}


def test_an_ended_reply_cannot_be_stopped_any_more(store: Store, owner: str, talk: Conversation) -> None:
    _, reply = ask(store, owner, talk.id)
    pen.end_reply(store, reply.id, WORKER, state="complete")
    conversations.ask_to_stop(store, owner, reply.id)
    assert conversations.reply(store, owner, reply.id).state == "complete"
    assert pen.write_pieces(store, [], WORKER) == set()


def test_pieces_are_read_from_where_the_reader_stands(store: Store, owner: str, talk: Conversation) -> None:
    _, reply = ask(store, owner, talk.id)
    pen.write_pieces(store, [PieceRow(reply.id, n, "text", f"word{n} ") for n in range(4)], WORKER)
    assert [piece.seq for piece in conversations.pieces(store, owner, reply.id)] == [0, 1, 2, 3]
    assert [piece.body for piece in conversations.pieces(store, owner, reply.id, after=1)] == ["word2 ", "word3 "]


def test_deleting_is_complete_but_for_what_it_cost(store: Store, owner: str, talk: Conversation) -> None:
    kept = conversations.create_conversation(store, owner, "chat")
    ask(store, owner, kept.id)
    before = rows_in(store)
    _, reply = ask(store, owner, talk.id)
    pen.write_pieces(store, [PieceRow(reply.id, 0, "text", "Because.")], WORKER)
    evidence.add_evidence(store, owner, reply.id, "query", {"sql": "select 1"})
    usage.add_usage(store, owner, reply.id, "openai", "m", Tokens(), 0.5)
    conversations.delete_conversation(store, owner, talk.id)
    after = rows_in(store)
    assert after == before | {"conversations": before["conversations"] - 1, "usage": 1}
    assert set(after) == set(metadata.tables)
    assert usage.spent(store, owner, 0)[0].cost == 0.5
    with pytest.raises(AccessError):
        conversations.conversation(store, owner, talk.id)


def test_a_reply_whose_conversation_was_deleted_is_to_stop(store: Store, owner: str, talk: Conversation) -> None:
    other = conversations.create_conversation(store, owner, "chat")
    _, gone = ask(store, owner, talk.id)
    _, lives = ask(store, owner, other.id)
    conversations.delete_conversation(store, owner, talk.id)
    rows = [PieceRow(gone.id, 0, "text", "lost"), PieceRow(lives.id, 0, "text", "kept")]
    assert pen.write_pieces(store, rows, WORKER) == {gone.id}
    assert [piece.body for piece in conversations.pieces(store, owner, lives.id)] == ["kept"]


@pytest.mark.parametrize("text", ["plain", "Größe 10 €", "a\0b", "half \ud83d pair", "😀", "\ufffd"])
def test_any_text_can_be_asked(store: Store, owner: str, talk: Conversation, text: str) -> None:
    turn, _ = ask(store, owner, talk.id, text)
    expected = text.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    assert turn.question == conversations.turns(store, owner, talk.id)[0].question == expected


def test_numbers_without_a_word_in_json_become_null(store: Store, owner: str, talk: Conversation) -> None:
    _, reply = ask(store, owner, talk.id)
    result = {"mean": float("nan"), "rows": [[1, float("inf")]], "name": "a\0b"}
    pen.end_reply(store, reply.id, WORKER, state="complete", result=result)
    found = conversations.reply(store, owner, reply.id).result
    assert found == {"mean": None, "rows": [[1, None]], "name": "a\0b"}


class Tokens:
    """One call's tokens."""

    input = 10
    output = 5
    cached = 0
    cache_written = 0
    reasoning = 0
