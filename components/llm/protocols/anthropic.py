"""Anthropic's client, the one file that imports it: messages, which llama.cpp and others speak too."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

import anthropic

from components.errors import GarbledError, SilentError
from components.llm.catalogue import ModelFact, Provider
from components.llm.faults import Fault, answered, unreachable
from components.llm.protocols.connections import BROKEN, fault_of, open_connections
from components.llm.vocabulary import Call, Finish, FinishReason, Message, Piece, Request, Text, Thought, Usage

Json = dict[str, Any]
FAULTS = (anthropic.AnthropicError, BROKEN, ValueError)
NO_KEY = "none"
ENDS: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool",
    "refusal": "filter",
}


def open_client(provider: Provider, key: str) -> anthropic.AsyncAnthropic:
    """A client for one request; retries are ours (``ask.py``), and so are spans."""
    return anthropic.AsyncAnthropic(
        base_url=provider.base_url,
        api_key=key or NO_KEY,
        max_retries=0,
        http_client=open_connections(provider),
        open_telemetry=False,
    )


async def pieces(client: anthropic.AsyncAnthropic, provider: Provider, request: Request) -> AsyncGenerator[Piece, None]:
    """The reply, as it arrives."""
    reader = Reader()
    create: Any = client.messages.create
    async with await create(**body(provider, request)) as stream:
        if "html" in stream.response.headers.get("content-type", ""):
            raise ValueError("a web page")  # the client would read it as an empty reply
        async for event in stream:
            for piece in reader.read(event):
                yield piece


async def models(client: anthropic.AsyncAnthropic, provider: Provider) -> list[ModelFact]:
    """The models that the key may ask."""
    raw = await client.models.with_raw_response.list(limit=1000)
    rows = raw.http_response.json().get("data")
    if not isinstance(rows, list):
        raise ValueError("not a list of models")
    return [ModelFact(row["id"], row.get("display_name") or row["id"], row.get("max_input_tokens")) for row in rows]


def fault(error: Exception, *, started: bool) -> Fault:
    """What an error of the client means."""
    if isinstance(error, anthropic.APITimeoutError):
        return Fault(SilentError)
    if isinstance(error, anthropic.APIConnectionError):
        return unreachable(error, started=started)
    if isinstance(error, anthropic.APIStatusError):
        status = error.status_code if error.status_code >= 400 else None  # 200: the error came inside the stream
        return answered(status, error.body, _words(error), error.response.headers)
    if isinstance(error, anthropic.APIError):
        return answered(None, error.body, _words(error))
    if isinstance(error, BROKEN):  # in mid-stream the client lets these through
        return fault_of(error, started=started)
    return Fault(GarbledError, str(error))


def body(provider: Provider, request: Request) -> Json:
    """The request's words for ``POST /v1/messages``. It knows no seed."""
    spoken = [_message(m) for m in request.messages if m.role != "system"]
    given: Json = {"model": request.model, "max_tokens": request.limit, "stream": True, "messages": spoken}
    if system := "\n\n".join(m.text for m in request.messages if m.role == "system"):
        given["system"] = system
    if request.stop:
        given["stop_sequences"] = list(request.stop)
    if request.tools:
        given["tools"] = [
            {"name": t.name, "description": t.description, "input_schema": t.schema} for t in request.tools
        ]
    if request.schema:
        given["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    more = {**provider.extra, **request.extra}
    if request.temperature is not None:
        more["temperature"] = min(request.temperature, 1.0)  # the client has no such word, and 1 is the most
    return given | ({"extra_body": more} if more else {})


class Reader:
    """Reads the events of one reply. Tokens that were cached or written to the cache are counted apart there, and
    belong to what was sent."""

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, str]] = {}
        self._sent = Usage()

    def read(self, event: Any) -> Iterator[Piece]:
        """The pieces in one event."""
        if event.type == "message_start":
            self._count(event.message.usage)
        elif event.type == "content_block_start" and event.content_block.type == "tool_use":
            begun = {"id": event.content_block.id, "name": event.content_block.name, "arguments": ""}
            self._calls[event.index] = begun
        elif event.type == "content_block_delta":
            yield from self._words(event)
        elif event.type == "content_block_stop" and event.index in self._calls:
            yield Call(**self._calls[event.index])
        elif event.type == "message_delta":
            yield from self._ending(event)

    def _count(self, told: Any) -> None:
        cached, written = told.cache_read_input_tokens or 0, told.cache_creation_input_tokens or 0
        self._sent = Usage(told.input_tokens + cached + written, 0, cached, written)

    def _words(self, event: Any) -> Iterator[Piece]:
        delta = event.delta
        if delta.type == "text_delta":
            yield Text(delta.text)
        elif delta.type == "thinking_delta":
            yield Thought(delta.thinking)
        elif delta.type == "input_json_delta" and event.index in self._calls:
            self._calls[event.index]["arguments"] += delta.partial_json

    def _ending(self, event: Any) -> Iterator[Piece]:
        sent = self._sent
        yield Usage(sent.input, event.usage.output_tokens, sent.cached, sent.cache_written)
        if event.delta.stop_reason:
            yield Finish(ENDS.get(event.delta.stop_reason, "other"))


def _message(message: Message) -> Json:
    if message.role == "tool" and message.answers:
        result = {"type": "tool_result", "tool_use_id": message.answers.id, "content": message.text}
        return {"role": "user", "content": [result]}
    return {"role": message.role, "content": list(_blocks(message))}


def _blocks(message: Message) -> Iterator[Json]:
    for image in message.images:
        source = {"type": "base64", "media_type": image.media_type, "data": image.base64}
        yield {"type": "image", "source": source}
    if message.text:
        yield {"type": "text", "text": message.text}
    for call in message.calls:
        yield {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments or "{}")}


def _words(error: anthropic.APIError) -> str:
    """The server's own sentence; the client's adds the whole body."""
    inner = error.body.get("error") if isinstance(error.body, dict) else None
    return str(inner["message"]) if isinstance(inner, dict) and inner.get("message") else error.message
