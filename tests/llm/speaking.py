"""What the tests of models share: rows of the catalogue at a test server's address, and replies gathered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from components.llm.ask import stream
from components.llm.catalogue import BUILT_IN, PROVIDERS, Provider
from components.llm.own import providers_for
from components.llm.vocabulary import Message, Piece, Request, Text
from components.settings import Settings
from components.store import Store
from tests.servers.fault_server import FaultServer

KEY = "sk-test-0123456789"
OWN = Provider("lab", "Lab", "chat", "http://lab/v1", own=True)
ROWS = (*PROVIDERS, OWN)

every_provider = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def provider_named(settings: Settings, store: Store, user_id: str, name: str) -> Provider:
    """The user's provider of this name, as a page has it."""
    return next(row for row in providers_for(settings, store, user_id) if row.name == name)


def at(row: Provider, server: FaultServer) -> Provider:
    """The row, spoken to at the test server: only the host changes, the path stays the row's own."""
    path = "/v1" if row.name == BUILT_IN else urlsplit(row.base_url).path
    return replace(row, base_url=server.url + path)


def request(model: str, **more: Any) -> Request:
    """A small request with a system prompt."""
    messages = (Message("system", "Be brief."), Message("user", "What is the capital of France?"))
    return Request(**{"messages": messages, "model": model, "temperature": 0.5, "limit": 321, **more})


def gather(
    provider: Provider, asked: Request, *, key: str | None = KEY, patience: float = 10.0, tries: int = 1
) -> list[Piece]:
    """All pieces of one reply."""
    return asyncio.run(_gather(provider, asked, key, patience, tries, lambda piece: None))


def gather_until_error(
    provider: Provider, asked: Request, error: type[Exception], *, patience: float = 10.0, tries: int = 1
) -> tuple[list[Piece], Any]:
    """The pieces that came before the error, and the error."""
    before: list[Piece] = []
    with pytest.raises(error) as caught:
        asyncio.run(_gather(provider, asked, KEY, patience, tries, before.append))
    return before, caught.value


def text_of(pieces: list[Piece]) -> str:
    """The words of a reply."""
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


async def _gather(
    provider: Provider, asked: Request, key: str | None, patience: float, tries: int, see: Callable[[Piece], None]
) -> list[Piece]:
    found = []
    async for piece in stream(provider, key, asked, patience=patience, tries=tries):
        see(piece)
        found.append(piece)
    return found
