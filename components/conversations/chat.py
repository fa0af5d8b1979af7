"""Chat: the conversation so far and the question go to a model, and its words come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from components.conversations.pieces import Exchange, ReplyPiece
from components.errors import CutOffError
from components.llm.vocabulary import Finish, Message, Model, Request

LIMIT = 4096  # tokens of one reply


async def chat(
    exchange: Exchange, *, model: Model, system: str = "", temperature: float | None = None
) -> AsyncIterator[ReplyPiece]:
    """Ask the model and pass on what it says.

    Args:
        system: The system prompt; empty sends none.
        temperature: 0 to 2, or None for the provider's default.

    Raises:
        CutOffError: The reply ended without its last word.
        AppError: Whatever the model raises.
    """
    ended = False
    async with aclosing(model(request(exchange, system=system, temperature=temperature))) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            ended = ended or isinstance(piece, Finish)
            yield piece
    if not ended:
        raise CutOffError("The reply ended without its last word.")


def request(exchange: Exchange, *, system: str = "", temperature: float | None = None) -> Request:
    """Exactly what is sent for an exchange: system prompt, the turns before, the question."""
    first = (Message("system", system),) if system.strip() else ()
    messages = (*first, *exchange.history)
    if messages and messages[-1].role == "user":  # an earlier question without an answer: no two of one role in a row
        question = f"{messages[-1].text}\n\n{exchange.question}"
        messages = messages[:-1]
    else:
        question = exchange.question
    return Request((*messages, Message("user", question)), temperature=temperature, limit=LIMIT)
