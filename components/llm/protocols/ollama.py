"""Ollama's client, the one file that imports it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

import httpx  # what this client is built on; the other two are on httpx2
import ollama

from components.errors import GarbledError, SilentError
from components.llm.catalogue import ModelFact, Provider
from components.llm.faults import Fault, answered, unreachable
from components.llm.protocols.chat import Json, tool
from components.llm.protocols.connections import CONNECT_SECONDS, certificates
from components.llm.vocabulary import Call, Finish, FinishReason, Message, Piece, Request, Text, Thought, Usage

FAULTS = (ollama.ResponseError, httpx.HTTPError, ConnectionError, ValueError)
NO_KEY = "none"  # without one, the client would send the environment's OLLAMA_API_KEY to any server
ENDS: Mapping[str, FinishReason] = {"stop": "stop", "length": "length"}


def open_client(provider: Provider, key: str) -> ollama.AsyncClient:
    """A client for one request; see ``connections.open_connections`` for the reasons of the options."""
    return ollama.AsyncClient(
        host=provider.base_url,
        headers={"Authorization": f"Bearer {key or NO_KEY}"},
        verify=certificates(),
        follow_redirects=False,
        trust_env=not provider.loopback,
        timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
    )


async def pieces(client: ollama.AsyncClient, provider: Provider, request: Request) -> AsyncGenerator[Piece, None]:
    """The reply, as it arrives."""
    reader = Reader()
    chat: Any = client.chat
    stream = await chat(**body(provider, request))
    try:
        async for chunk in stream:
            for piece in reader.read(chunk):
                yield piece
    finally:
        await stream.aclose()


async def models(client: ollama.AsyncClient, provider: Provider) -> list[ModelFact]:
    """The models on the server's disk."""
    return [ModelFact(row.model, row.model) for row in (await client.list()).models if row.model]


def fault(error: Exception, *, started: bool) -> Fault:
    """What an error of the client means."""
    if isinstance(error, ollama.ResponseError):
        status = error.status_code if error.status_code > 0 else None  # -1: the error came inside the stream
        return answered(status, error.error, str(error.error))
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return Fault(SilentError)
    if isinstance(error, ConnectionError) and not error.__context__:  # the client hides why it could not connect
        return Fault(unreachable(error, started=started).kind, "it refused the connection, or is not there")
    if isinstance(error, (ConnectionError, httpx.HTTPError)):
        return unreachable(error, started=started)
    return Fault(GarbledError, str(error))


def body(provider: Provider, request: Request) -> Json:
    """The request's words for ``POST /api/chat``."""
    options: Json = {"num_predict": request.limit, "temperature": request.temperature, "seed": request.seed}
    options = {word: value for word, value in options.items() if value is not None} | dict(request.extra)
    if request.stop:
        options["stop"] = list(request.stop)
    return {
        "model": request.model,
        "messages": [_message(m) for m in request.messages],
        "stream": True,
        "tools": [tool(one) for one in request.tools] or None,
        "format": request.schema,
        "options": options,
        **provider.extra,
    }


class Reader:
    """Reads the lines of one reply. Ollama gives calls no id, so they are numbered."""

    def __init__(self) -> None:
        self._called = 0

    def read(self, chunk: Any) -> Iterator[Piece]:
        """The pieces in one line."""
        if chunk.message.thinking:
            yield Thought(chunk.message.thinking)
        if chunk.message.content:
            yield Text(chunk.message.content)
        for call in chunk.message.tool_calls or ():
            self._called += 1
            yield Call(f"call_{self._called}", call.function.name, json.dumps(dict(call.function.arguments)))
        if chunk.done:
            yield Usage(chunk.prompt_eval_count or 0, chunk.eval_count or 0)
            yield Finish("tool" if self._called else ENDS.get(chunk.done_reason or "", "other"))


def _message(message: Message) -> Json:
    given: Json = {"role": message.role, "content": message.text}
    if message.images:
        given["images"] = [image.base64 for image in message.images]
    if message.calls:
        calls = [{"name": call.name, "arguments": json.loads(call.arguments or "{}")} for call in message.calls]
        given["tool_calls"] = [{"function": call} for call in calls]
    if message.answers:
        given["tool_name"] = message.answers.name
    return given
