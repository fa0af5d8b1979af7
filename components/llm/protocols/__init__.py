"""The wire formats: each turns a request into a call of an official client, and what comes back into pieces.

An official client takes seconds to import, so a protocol is loaded when it is first used, and off the event loop.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

from components.llm.catalogue import ModelFact, Provider
from components.llm.faults import Fault
from components.llm.vocabulary import Piece, Request

MODULES: Mapping[str, str] = {
    "chat": "components.llm.protocols.openai",
    "responses": "components.llm.protocols.openai",
    "llamacpp": "components.llm.protocols.openai",
    "messages": "components.llm.protocols.anthropic",
    "ollama": "components.llm.protocols.ollama",
}


class Wire(Protocol):
    """What a module that speaks a protocol offers."""

    FAULTS: tuple[type[Exception], ...]
    """What its client raises when a provider fails; anything else is a bug of ours."""

    def open_client(self, provider: Provider, key: str) -> AbstractAsyncContextManager[Any]:
        """A client for one request: no connection, no cookie and no key is shared between users."""

    def pieces(self, client: Any, provider: Provider, request: Request) -> AsyncGenerator[Piece, None]:
        """The reply, as it arrives."""

    async def models(self, client: Any, provider: Provider) -> list[ModelFact]:
        """The models that the key may ask."""

    def fault(self, error: Exception, *, started: bool) -> Fault:
        """What one of ``FAULTS`` means; ``started``: the reply had begun."""


async def wire(protocol: str) -> Wire:
    """The module that speaks ``protocol``, imported in a thread if it is the first time."""
    return cast(Wire, await asyncio.to_thread(importlib.import_module, MODULES[protocol]))
