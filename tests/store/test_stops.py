"""Where conversations stopped."""

from __future__ import annotations

from components.store import Store, conversations, pen
from components.store.stops import Stop, stops
from tests.people import add_person


def ask(store: Store, owner: str, talk: str, question: str) -> str:
    asked = conversations.add_turn(store, owner, talk, question, provider="p", model="m", worker_id="w")
    return asked[1].id


def test_each_says_its_last_question_and_how_the_newest_reply_stands(store: Store, owner: str) -> None:
    first, second, empty = (conversations.create_conversation(store, owner, "chat").id for _ in range(3))
    pen.end_reply(store, ask(store, owner, first, "One?"), "w", state="complete", finish="stop")
    ask(store, owner, first, "Two?")
    failed = ask(store, owner, second, "Three?")
    pen.end_reply(store, failed, "w", state="failed", finish=None)
    turn = conversations.turns(store, owner, second)[0].id
    again = conversations.add_reply(store, owner, turn, provider="p", model="m", worker_id="w")
    pen.end_reply(store, again.id, "w", state="interrupted", finish=None)
    assert stops(store, owner, [first, second, empty]) == {
        first: Stop("Two?", "streaming"),
        second: Stop("Three?", "interrupted"),
    }


def test_another_users_conversation_says_nothing(store: Store, owner: str) -> None:
    talk = conversations.create_conversation(store, owner, "chat").id
    ask(store, owner, talk, "Secret?")
    assert stops(store, add_person(store, "bob"), [talk]) == {}
