"""OpenAI's responses, in words and without a client: what is sent, and how the stream is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.llm.catalogue import Provider
from components.llm.faults import ReplyFailedError
from components.llm.protocols.chat import Json, extra
from components.llm.vocabulary import Call, Finish, FinishReason, Message, Piece, Request, Text, Thought, Tool, Usage

INCOMPLETE: Mapping[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "filter"}
THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")


def body(provider: Provider, request: Request) -> Json:
    """The request's words for ``POST /responses``; nothing is kept there. It knows no stop texts and no seed."""
    given: Json = {"model": request.model, "stream": True, "store": False, "max_output_tokens": request.limit}
    given["input"] = [item for message in request.messages for item in _items(message)]
    if request.temperature is not None:
        given["temperature"] = request.temperature
    if request.tools:
        given["tools"] = [_tool(tool) for tool in request.tools]
    if request.schema:
        schema = {"type": "json_schema", "name": "answer", "strict": True, "schema": request.schema}
        given["text"] = {"format": schema}
    return given | extra(provider, request)


class Reader:
    """Reads the events of one reply."""

    def read(self, event: Any) -> Iterator[Piece]:
        """The pieces in one event.

        Raises:
            ReplyFailedError: The event says that the reply failed.
        """
        if event.type == "response.output_text.delta":
            yield Text(event.delta)
        elif event.type in THOUGHTS:
            yield Thought(event.delta)
        elif event.type == "response.output_item.done" and event.item.type == "function_call":
            yield Call(event.item.call_id, event.item.name, event.item.arguments)
        elif event.type in ("response.completed", "response.incomplete"):
            yield from _ending(event.response)
        else:
            _refuse_failure(event)


def _refuse_failure(event: Any) -> None:
    if event.type == "error":
        raise ReplyFailedError(event.message, event.code or "")
    if event.type == "response.failed":
        error = event.response.error
        raise ReplyFailedError(error.message if error else "", (error.code if error else "") or "")


def _ending(response: Any) -> Iterator[Piece]:
    if told := response.usage:
        sent, said = told.input_tokens_details, told.output_tokens_details  # llama.cpp leaves them out
        cached = (sent and sent.cached_tokens) or 0
        yield Usage(told.input_tokens, told.output_tokens, cached, 0, (said and said.reasoning_tokens) or 0)
    yield Finish(_reason(response))


def _reason(response: Any) -> FinishReason:
    if response.incomplete_details:
        return INCOMPLETE.get(response.incomplete_details.reason, "other")
    return "tool" if any(item.type == "function_call" for item in response.output) else "stop"


def _items(message: Message) -> list[Json]:
    if message.role == "tool" and message.answers:
        return [{"type": "function_call_output", "call_id": message.answers.id, "output": message.text}]
    said = [{"role": message.role, "content": _content(message)}] if message.text or message.images else []
    calls = [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for call in message.calls
    ]
    return said + calls


def _content(message: Message) -> str | list[Json]:
    if not message.images:
        return message.text
    pictures = [f"data:{image.media_type};base64,{image.base64}" for image in message.images]
    return [
        {"type": "input_text", "text": message.text},
        *({"type": "input_image", "image_url": picture} for picture in pictures),
    ]


def _tool(tool: Tool) -> Json:
    words = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "strict": False} | words
