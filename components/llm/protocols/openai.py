"""OpenAI's client, the one file that imports it: chat completions, completions and responses."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import ModuleType
from typing import Any

import openai

from components.errors import GarbledError, SilentError
from components.llm.catalogue import ModelFact, Provider
from components.llm.faults import Fault, ReplyFailedError, answered, unreachable
from components.llm.protocols import chat, completions, responses
from components.llm.protocols.connections import BROKEN, fault_of, open_connections
from components.llm.protocols.listing import models_in
from components.llm.vocabulary import Piece, Request

FAULTS = (openai.OpenAIError, BROKEN, ReplyFailedError, ValueError)
NO_KEY = "none"  # the client wants one even where the server does not
# The client would take these from the environment and send them to every provider.
NOT_OURS = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}


def open_client(provider: Provider, key: str) -> openai.AsyncOpenAI:
    """A client for one request; retries are ours (``ask.py``)."""
    return openai.AsyncOpenAI(
        base_url=provider.base_url,
        api_key=key or NO_KEY,
        max_retries=0,
        http_client=open_connections(provider),
        default_headers=NOT_OURS,  # type: ignore[arg-type]  # the client's own mark for "leave out"
    )


async def pieces(client: openai.AsyncOpenAI, provider: Provider, request: Request) -> AsyncGenerator[Piece, None]:
    """The reply, as it arrives."""
    way = _way(provider, request)
    create: Any = {
        chat: client.chat.completions.create,
        completions: client.completions.create,
        responses: client.responses.create,
    }[way]
    reader = way.Reader()
    async with await create(**way.body(provider, request)) as stream:
        if "html" in stream.response.headers.get("content-type", ""):
            raise ValueError("a web page")  # the client would read it as an empty reply
        async for event in stream:
            for piece in reader.read(event):
                yield piece


async def models(client: openai.AsyncOpenAI, provider: Provider) -> list[ModelFact]:
    """The models that the key may ask; the bare JSON is read, since servers say more than the client knows."""
    if provider.key_path:
        await client.get(provider.key_path, cast_to=object)
    raw = await client.models.with_raw_response.list()
    return models_in(raw.http_response.json())


def fault(error: Exception, *, started: bool) -> Fault:
    """What an error of the client means."""
    if isinstance(error, ReplyFailedError):
        return answered(None, error.code, str(error))
    if isinstance(error, openai.APITimeoutError):
        return Fault(SilentError)
    if isinstance(error, openai.APIConnectionError):
        return unreachable(error, started=started)
    if isinstance(error, openai.APIStatusError):
        return answered(error.status_code, error.body, _words(error), error.response.headers)
    if isinstance(error, openai.APIError):  # an error inside the stream
        return answered(None, error.body, _words(error))
    if isinstance(error, BROKEN):
        return fault_of(error, started=started)
    return Fault(GarbledError, str(error))


def _way(provider: Provider, request: Request) -> ModuleType:
    if provider.protocol == "llamacpp" and request.begin:
        return completions
    return responses if provider.protocol == "responses" else chat


def _words(error: openai.APIError) -> str:
    """The server's own sentence; the client's adds the whole body."""
    body = error.body
    return str(body["message"]) if isinstance(body, dict) and body.get("message") else error.message
