"""Ask any provider: bound every wait, name every fault, try again only while nothing was said."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import urlsplit

from components.errors import (
    CutOffError,
    KeyMissingError,
    OverloadedError,
    RateLimitedError,
    SilentError,
    UnreachableError,
)
from components.llm.addresses import require_public
from components.llm.catalogue import ModelFact, Provider
from components.llm.faults import Fault, error_of, unreachable
from components.llm.protocols import Wire, wire
from components.llm.vocabulary import Finish, Message, Piece, Request, Text, Thought

WORTH_ANOTHER_TRY = (OverloadedError, RateLimitedError, UnreachableError)
FIRST_WAIT = 0.5  # seconds before the second try; each later wait is twice as long
LONGEST_WAIT = 3.0  # seconds; whoever asks for more is not waited for in silence
LIST_SECONDS = 10.0
KNOCK_SECONDS = 2.0  # on this machine a port is open at once or not at all
LONGEST = 500_000  # characters of one reply, thoughts among them; no model says so much, but a server can
AFTER_FINISH = 5.0  # seconds to wait for what follows the last word: the usage


async def stream(
    provider: Provider, key: str | None, request: Request, *, patience: float | None = None, tries: int = 3
) -> AsyncGenerator[Piece, None]:
    """The pieces of a reply, as they arrive, ``Finish`` last; closing the iterator closes the connection.

    Args:
        key: The key, or None where none is known.
        patience: Most seconds to wait for each next piece, the first one included; None: as long as the row says.
        tries: Requests made at most; another one only while nothing was said, and only after a short wait.

    Raises:
        ProviderError: What the provider did, by name. ``CutOffError``: it ended without its last word.
    """
    patience = provider.patience if patience is None else patience
    for attempt in range(1, tries + 1):
        said = False
        try:
            async with aclosing(_once(provider, key, request, patience)) as pieces:
                async for piece in pieces:
                    said = True
                    yield piece
            return
        except WORTH_ANOTHER_TRY as error:
            wait = error.retry_after if error.retry_after is not None else FIRST_WAIT * 2 ** (attempt - 1)
            if said or attempt == tries or wait > LONGEST_WAIT:
                raise
        await asyncio.sleep(wait)


async def list_models(provider: Provider, key: str | None, *, seconds: float = LIST_SECONDS) -> tuple[ModelFact, ...]:
    """The models that the provider serves to this key, as it says at this moment, in the order of their names.

    Raises:
        ProviderError: What the provider did, by name; ``SilentError`` after ``seconds``.
    """
    if provider.local:
        await asyncio.to_thread(_knock, provider)
    speaks = await _ready(provider, key)
    try:
        async with asyncio.timeout(seconds), speaks.open_client(provider, key or "") as client:
            found = await speaks.models(client, provider)
    except TimeoutError:
        raise error_of(Fault(SilentError, f"{seconds:g} s"), provider) from None
    except speaks.FAULTS as error:
        raise error_of(speaks.fault(error, started=False), provider) from error
    return tuple(sorted(found, key=lambda fact: fact.name))


async def _once(provider: Provider, key: str | None, request: Request, patience: float) -> AsyncGenerator[Piece, None]:
    speaks = await _ready(provider, key, request.model)
    request = replace(request, messages=tuple(filter(_says_something, request.messages)))
    last: Finish | None = None  # once it is there, nothing that breaks afterwards is a loss
    started, room = False, LONGEST
    try:
        async with (
            speaks.open_client(provider, key or "") as client,
            aclosing(speaks.pieces(client, provider, request)) as source,
        ):
            while (piece := await _next(source, AFTER_FINISH if last else patience)) is not None:
                started = True
                room -= len(piece.text) if isinstance(piece, Text | Thought) else 0
                if room < 0:
                    last = Finish("length")
                    break
                if isinstance(piece, Finish):
                    last = piece
                else:
                    yield piece
    except TimeoutError:
        if last is None:
            raise error_of(Fault(SilentError, f"{patience:g} s"), provider, request.model) from None
    except speaks.FAULTS as error:
        if last is None:
            raise error_of(speaks.fault(error, started=started), provider, request.model) from error
    if last is None:
        raise error_of(Fault(CutOffError), provider, request.model)
    yield last


def _says_something(message: Message) -> bool:
    """A reply that was stopped before its first word stands empty in the conversation; providers refuse such."""
    return bool(message.text or message.images or message.calls or message.answers)


async def _next(source: AsyncIterator[Piece], patience: float) -> Piece | None:
    async with asyncio.timeout(patience):
        return await anext(source, None)


def _knock(provider: Provider) -> None:
    """Hear that nothing listens there before a client is imported for it, which the first page would pay."""
    parts = urlsplit(provider.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), KNOCK_SECONDS).close()
    except OSError as error:
        raise error_of(unreachable(error, started=False), provider) from error


async def _ready(provider: Provider, key: str | None, model: str = "") -> Wire:
    if provider.needs_key and not key:
        raise error_of(Fault(KeyMissingError), provider, model)
    if provider.guarded:  # looked up again each time: a name may lead elsewhere than when it was saved
        await asyncio.to_thread(require_public, provider.base_url)
    return await wire(provider.protocol)
