"""Reading replies back: their words, and the history that a model is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.llm.vocabulary import Message
from components.recent import Recent
from components.store import Store, conversations
from components.store.conversations import Piece, Reply, Turn

KEPT = 2000  # ended replies whose words stay in memory; about 10 kB each
TOOK = "took"  # a piece that says how many seconds the reasoning before it took
FOUND = "found"  # a piece that says what an ask found, as JSON; the last one counts
ENDED = frozenset({"complete", "stopped", "cut_off", "failed", "interrupted"})

_ended: Recent[tuple[str, str], Said] = Recent(KEPT)  # by the ids of the user and the reply


@dataclass(frozen=True)
class Said:
    """What a reply said: its text, its reasoning and how long that took, its finished steps, what an ask has found so
    far, its last piece's number.

    ``thought_seconds`` is None while it thinks, and where it never did.
    """

    text: str = ""
    thought: str = ""
    thought_seconds: float | None = None
    steps: tuple[str, ...] = ()
    last: int = -1
    found: Mapping[str, Any] | None = None

    def and_then(self, pieces: list[Piece]) -> Said:
        """This, with newer pieces after it."""
        if not pieces:
            return self
        return Said(
            self.text + "".join(piece.body for piece in pieces if piece.kind == "text"),
            self.thought + "".join(piece.body for piece in pieces if piece.kind == "thought"),
            self._longer([float(piece.body) for piece in pieces if piece.kind == TOOK]),
            self.steps + tuple(piece.body for piece in pieces if piece.kind == "step"),
            pieces[-1].seq,
            next((json.loads(piece.body) for piece in reversed(pieces) if piece.kind == FOUND), self.found),
        )

    def _longer(self, seconds: list[float]) -> float | None:
        return sum(seconds, self.thought_seconds or 0.0) if seconds else self.thought_seconds


def said(store: Store, user_id: str, reply: Reply) -> Said:
    """All that a reply has said so far. An ended reply never changes, so it is read once.

    The caller was given ``reply`` by the store in this run, for this user: what is remembered is not asked for again.

    Raises:
        AccessError: The user may not read the reply.
    """
    if reply.state not in ENDED:
        return Said().and_then(conversations.pieces(store, user_id, reply.id))
    found = _ended.get((user_id, reply.id))
    if found is None:
        found = Said().and_then(conversations.pieces(store, user_id, reply.id))
        _ended.put((user_id, reply.id), found)
    return found


def history(store: Store, user_id: str, conversation_id: str, *, before: int) -> tuple[Message, ...]:
    """The turns with a number under ``before`` as messages: each question with the newest reply that said something.

    A question without such a reply stays in, joined to the next question: many models refuse two messages of one role
    in a row.
    """
    messages: list[Message] = []
    for turn in conversations.turns(store, user_id, conversation_id):
        if turn.number < before:
            _append(messages, Message("user", turn.question))
            if words := _answer_to(store, user_id, turn):
                _append(messages, Message("assistant", words))
    return tuple(messages)


def _answer_to(store: Store, user_id: str, turn: Turn) -> str:
    for reply in reversed(turn.replies):
        if words := said(store, user_id, reply).text.strip():
            return words
    return ""


def _append(messages: list[Message], message: Message) -> None:
    if messages and messages[-1].role == message.role:
        message = Message(message.role, f"{messages.pop().text}\n\n{message.text}")
    messages.append(message)
