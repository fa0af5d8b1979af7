"""What an answer is made of: the model's own pieces, finished steps, and what an ask found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.llm.vocabulary import Message, Piece


@dataclass(frozen=True)
class Step:
    """A finished step, in the past tense: "Wrote a query, checked it, ran it: 6 rows in 38 ms"."""

    text: str


@dataclass(frozen=True)
class Found:
    """What an ask found, as JSON: stored with the reply. The last one of a reply wins."""

    result: Mapping[str, Any]


ReplyPiece = Piece | Step | Found


@dataclass(frozen=True)
class Exchange:
    """One question and all that belongs to it.

    Attributes:
        user_id: Who asks.
        reply_id: The reply that is being made; evidence hangs on it.
        question: What was typed.
        attachments: What was attached, as stored with the turn.
        history: The turns before this one, as a model reads them; no two of the same role follow each other.
    """

    user_id: str
    reply_id: str
    question: str
    attachments: Sequence[Mapping[str, Any]] = ()
    history: tuple[Message, ...] = ()


Answer = Callable[[Exchange], AsyncIterator[ReplyPiece]]
"""What answers: chat with a model, an ask over tables. Closing the iterator, or cancelling the task that reads it,
ends everything it does."""
