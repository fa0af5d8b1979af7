"""What chat sends, and when it calls a reply cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from components.conversations.chat import chat, request
from components.conversations.pieces import Exchange, ReplyPiece
from components.errors import CutOffError
from components.llm.vocabulary import Finish, Message, Piece, Request, Text

BEFORE = (Message("user", "one"), Message("assistant", "answer"))


def _roles(sent: Request) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in sent.messages]


def test_system_prompt_history_and_question_are_sent_in_order() -> None:
    sent = request(Exchange("ann", "r", "two", (), BEFORE), system="Be short.", temperature=0.3)
    assert _roles(sent) == [("system", "Be short."), ("user", "one"), ("assistant", "answer"), ("user", "two")]
    assert sent.temperature == 0.3


def test_an_empty_system_prompt_is_not_sent() -> None:
    assert _roles(request(Exchange("ann", "r", "two"), system="  ")) == [("user", "two")]


def test_an_unanswered_question_goes_with_the_next() -> None:
    sent = request(Exchange("ann", "r", "two", (), (*BEFORE, Message("user", "and?"))))
    assert _roles(sent)[-1] == ("user", "and?\n\ntwo")


def _pieces(*pieces: Piece) -> list[ReplyPiece]:
    async def model(asked: Request) -> AsyncIterator[Piece]:
        for piece in pieces:
            yield piece

    async def gather() -> list[ReplyPiece]:
        return [piece async for piece in chat(Exchange("ann", "r", "two"), model=model)]

    return asyncio.run(gather())


def test_pieces_are_passed_on() -> None:
    assert _pieces(Text("a"), Text("b"), Finish("stop")) == [Text("a"), Text("b"), Finish("stop")]


def test_a_model_that_ends_without_its_last_word_was_cut_off() -> None:
    with pytest.raises(CutOffError):
        _pieces(Text("a"))
