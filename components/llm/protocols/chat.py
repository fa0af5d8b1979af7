"""Chat completions, in words and without a client: what is sent, and how the stream is read.

OpenAI made them; Gemini, Mistral, Groq, OpenRouter, vLLM, llama.cpp, LM Studio and many more speak them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.llm.catalogue import Provider
from components.llm.vocabulary import Call, Finish, FinishReason, Message, Piece, Request, Text, Thought, Tool, Usage

Json = dict[str, Any]
ENDS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool",
    "function_call": "tool",
    "content_filter": "filter",
}


def body(provider: Provider, request: Request) -> Json:
    """The request's words for ``POST /chat/completions``."""
    given: Json = {"model": request.model, "messages": [_message(m) for m in request.messages]}
    if request.tools:
        given["tools"] = [tool(one) for one in request.tools]
    if request.schema:
        schema = {"name": "answer", "strict": True, "schema": request.schema}
        given["response_format"] = {"type": "json_schema", "json_schema": schema}
    if provider.asks_usage:
        given["stream_options"] = {"include_usage": True}
    return given | common(provider, request) | extra(provider, request)


def common(provider: Provider, request: Request) -> Json:
    """What chat completions and completions have in common."""
    given: Json = {"stream": True, provider.limit_word: request.limit}
    if request.temperature is not None:
        given["temperature"] = request.temperature
    if request.stop:
        given["stop"] = list(request.stop)
    if request.seed is not None:
        given[provider.seed_word] = request.seed
    return given


def extra(provider: Provider, request: Request) -> Json:
    """What the client does not know by name but sends along."""
    more = {**provider.extra, **request.extra}
    return {"extra_body": more} if more else {}


class Reader:
    """Reads the chunks of one reply. Calls come in parts and are handed over whole, before the last word."""

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, str]] = {}

    def read(self, chunk: Any) -> Iterator[Piece]:
        """The pieces in one chunk."""
        for choice in chunk.choices or ():
            yield from self._words(choice.delta)
            if choice.finish_reason:
                yield from (Call(**call) for call in self._calls.values())
                yield Finish(ENDS.get(choice.finish_reason, "other"))
        if chunk.usage:
            yield usage(chunk.usage)

    def _words(self, delta: Any) -> Iterator[Piece]:
        # servers disagree on the name of thoughts, and the client knows neither
        if thought := getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None):
            yield Thought(thought)
        if delta.content:
            yield Text(delta.content)
        for part in delta.tool_calls or ():
            self._collect(part)

    def _collect(self, part: Any) -> None:
        call = self._calls.setdefault(part.index, {"id": "", "name": "", "arguments": ""})
        call["id"] = part.id or call["id"]
        if part.function:
            call["name"] += part.function.name or ""
            call["arguments"] += part.function.arguments or ""


def usage(told: Any) -> Usage:
    """Tokens as chat completions count them."""
    sent, said = told.prompt_tokens_details, told.completion_tokens_details
    cached = (sent and sent.cached_tokens) or 0
    return Usage(told.prompt_tokens, told.completion_tokens, cached, 0, (said and said.reasoning_tokens) or 0)


def _message(message: Message) -> Json:
    if message.role == "tool" and message.answers:
        return {"role": "tool", "tool_call_id": message.answers.id, "content": message.text}
    given: Json = {"role": message.role, "content": _content(message)}
    if message.calls:
        given["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    return given


def _content(message: Message) -> str | list[Json]:
    if not message.images:
        return message.text
    pictures = [f"data:{image.media_type};base64,{image.base64}" for image in message.images]
    return [
        {"type": "text", "text": message.text},
        *({"type": "image_url", "image_url": {"url": picture}} for picture in pictures),
    ]


def tool(offered: Tool) -> Json:
    """What may be called, in the words of chat completions; Ollama's are the same."""
    function = {"name": offered.name, "description": offered.description, "parameters": offered.schema}
    return {"type": "function", "function": function}
