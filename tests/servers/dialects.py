"""How model servers put a reply on the wire: one class for each protocol, used by the fault server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

Json = dict[str, Any]

TEXT = ("Paris ", "is the ", "capital ", "of ", "France", ".")
CALL = {"id": "call_1", "name": "add", "arguments": '{"a": 2, "b": 3}'}
HALVES = (CALL["arguments"][:6], CALL["arguments"][6:])
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Reply:
    """What the model says: thoughts first, then words, then why it ends (stop, length, filter or tool)."""

    pieces: tuple[str, ...] = TEXT
    finish: str = "stop"
    thoughts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All words in one string."""
        return "".join(self.pieces)


@dataclass(frozen=True)
class Frames:
    """A streamed reply, cut where faults strike: before the first word, the words, the last word and what follows."""

    head: list[bytes] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)
    tail: list[bytes] = field(default_factory=list)

    @property
    def all(self) -> list[bytes]:
        """Every frame in order."""
        return self.head + self.body + self.tail

    @property
    def half(self) -> list[bytes]:
        """The frames up to the middle of the words."""
        return self.head + self.body[: len(self.body) // 2]


def event(content: Json, name: str = "") -> bytes:
    """One server-sent event."""
    return ((f"event: {name}\n" if name else "") + f"data: {json.dumps(content)}\n\n").encode()


class Chat:
    """OpenAI's chat completions."""

    path: ClassVar[str] = "/v1/chat/completions"
    kind: ClassVar[str] = EVENT_STREAM
    malformed: ClassVar[bytes] = b'data: {"id": "x", "choices": [{"delta": {"con\n\n'
    ends: ClassVar[dict[str, str]] = {
        "stop": "stop",
        "length": "length",
        "filter": "content_filter",
        "tool": "tool_calls",
    }
    usage: ClassVar[Json] = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    codes: ClassVar[dict[str, str]] = {
        "bad_key": "invalid_api_key",
        "not_found": "model_not_found",
        "rate_limited": "rate_limit_exceeded",
        "quota": "insufficient_quota",
        "context": "context_length_exceeded",
        "blocked": "content_filter",
    }

    def __init__(self, body: Json) -> None:
        self.body = body
        self.first = {"id": "x-1", "created": 1, "model": body.get("model"), "object": "chat.completion.chunk"}

    def knows_result(self) -> bool:
        """Whether the request already brings the tool's result."""
        return any(message.get("role") == "tool" for message in self.body["messages"])

    def _chunk(self, delta: Json, finish: str | None = None) -> bytes:
        return event(self.first | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _calls(self) -> list[bytes]:
        begun = {"index": 0, "id": CALL["id"], "type": "function", "function": {"name": CALL["name"], "arguments": ""}}
        parts = [{"index": 0, "function": {"arguments": half}} for half in HALVES]
        return [self._chunk({"tool_calls": [part]}) for part in (begun, *parts)]

    def frames(self, reply: Reply) -> Frames:
        """The reply as a stream."""
        body = [self._chunk({"reasoning_content": thought}) for thought in reply.thoughts]
        body += [self._chunk({"content": piece}) for piece in reply.pieces]
        body += self._calls() if reply.finish == "tool" else []
        tail = [self._chunk({}, self.ends[reply.finish])]
        if (self.body.get("stream_options") or {}).get("include_usage"):
            tail.append(event(self.first | {"choices": [], "usage": self.usage}))
        return Frames([self._chunk({"role": "assistant", "content": ""})], body, [*tail, b"data: [DONE]\n\n"])

    def refusal(self, fault: str, status: int, message: str) -> Json:
        """The body that goes with an error status."""
        kinds = {"quota": "insufficient_quota", "server_error": "server_error", "flaky": "server_error"}
        kind = kinds.get(fault, "invalid_request_error")
        return {"error": {"message": message, "type": kind, "param": None, "code": self.codes.get(fault)}}

    def error_frame(self) -> bytes:
        """An error inside a stream that began well."""
        return event(self.refusal("server_error", 500, "The server had an error while processing your request"))


class Completions(Chat):
    """The older completions, in which llama.cpp continues a prompt."""

    path: ClassVar[str] = "/v1/completions"

    def knows_result(self) -> bool:
        """A prompt has no tools."""
        return False

    def frames(self, reply: Reply) -> Frames:
        last = [{"text": "", "index": 0, "finish_reason": self.ends[reply.finish]}]
        body = [event(self.first | {"choices": [{"text": piece, "index": 0}]}) for piece in reply.pieces]
        tail = [event(self.first | {"choices": last, "usage": self.usage}), b"data: [DONE]\n\n"]
        return Frames([], body, tail)


class Responses(Chat):
    """OpenAI's responses."""

    path: ClassVar[str] = "/v1/responses"
    malformed: ClassVar[bytes] = b'event: response.output_text.delta\ndata: {"type": "response.output_te\n\n'
    usage: ClassVar[Json] = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 40},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
    }

    def __init__(self, body: Json) -> None:
        super().__init__(body)
        self.numbers = count()

    def knows_result(self) -> bool:
        items = self.body["input"]
        return isinstance(items, list) and any(item.get("type") == "function_call_output" for item in items)

    def _event(self, kind: str, **content: Any) -> bytes:
        return event({"type": kind, "sequence_number": next(self.numbers)} | content, kind)

    def _item(self, reply: Reply, status: str) -> Json:
        done = status == "completed"
        if reply.finish == "tool":
            call = {"call_id": CALL["id"], "name": CALL["name"], "arguments": CALL["arguments"] if done else ""}
            return {"id": "fc_1", "type": "function_call", "status": status} | call
        content = [{"type": "output_text", "text": reply.text, "annotations": []}] if done else []
        return {"id": "msg_1", "type": "message", "status": status, "role": "assistant", "content": content}

    def _response(self, reply: Reply, *, done: bool) -> Json:
        reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(reply.finish) if done else None
        said = done and (reply.pieces or reply.finish == "tool")
        status = "in_progress" if not done else "incomplete" if reason else "completed"
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "status": status,
            "model": self.body.get("model"),
            "output": [self._item(reply, "completed")] if said else [],
            "error": None,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "incomplete_details": {"reason": reason} if reason else None,
            "usage": self.usage if done else None,
        }

    def _words(self, reply: Reply) -> Iterator[bytes]:
        at = {"item_id": self._item(reply, "completed")["id"], "output_index": 0}
        for thought in reply.thoughts:
            yield self._event("response.reasoning_summary_text.delta", **at, summary_index=0, delta=thought)
        if reply.finish == "tool":
            for half in HALVES:
                yield self._event("response.function_call_arguments.delta", **at, delta=half)
        for piece in reply.pieces:
            yield self._event("response.output_text.delta", **at, content_index=0, delta=piece, logprobs=[])

    def frames(self, reply: Reply) -> Frames:
        head = [self._event("response.created", response=self._response(reply, done=False))]
        head.append(self._event("response.output_item.added", output_index=0, item=self._item(reply, "in_progress")))
        body, last = list(self._words(reply)), self._response(reply, done=True)
        done = self._event("response.output_item.done", output_index=0, item=self._item(reply, "completed"))
        return Frames(head, body, [done, self._event(f"response.{last['status']}", response=last)])

    def error_frame(self) -> bytes:
        return self._event("error", code="server_error", message="The server had an error", param=None)


class Messages(Chat):
    """Anthropic's messages."""

    path: ClassVar[str] = "/v1/messages"
    malformed: ClassVar[bytes] = b'event: content_block_delta\ndata: {"type": "content_block_de\n\n'
    ends: ClassVar[dict[str, str]] = {
        "stop": "end_turn",
        "length": "max_tokens",
        "filter": "refusal",
        "tool": "tool_use",
    }
    usage: ClassVar[Json] = {
        "input_tokens": 50,
        "cache_read_input_tokens": 40,
        "cache_creation_input_tokens": 10,
        "output_tokens": 20,
    }

    def knows_result(self) -> bool:
        blocks = (b for m in self.body["messages"] if isinstance(m["content"], list) for b in m["content"])
        return any(block.get("type") == "tool_result" for block in blocks)

    def _event(self, kind: str, **content: Any) -> bytes:
        return event({"type": kind} | content, kind)

    def _block(self, index: int, begun: Json, deltas: list[Json]) -> list[bytes]:
        start = self._event("content_block_start", index=index, content_block=begun)
        parts = [self._event("content_block_delta", index=index, delta=delta) for delta in deltas]
        return [start, *parts, self._event("content_block_stop", index=index)]

    def _blocks(self, reply: Reply) -> Iterator[tuple[Json, list[Json]]]:
        if reply.thoughts:
            thoughts = [{"type": "thinking_delta", "thinking": thought} for thought in reply.thoughts]
            yield {"type": "thinking", "thinking": "", "signature": ""}, thoughts
        if reply.pieces:
            yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in reply.pieces]
        if reply.finish == "tool":
            begun = {"type": "tool_use", "id": CALL["id"], "name": CALL["name"], "input": {}}
            yield begun, [{"type": "input_json_delta", "partial_json": half} for half in HALVES]

    def frames(self, reply: Reply) -> Frames:
        first: Json = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.body.get("model"),
            "content": [],
        }
        first |= {"stop_reason": None, "stop_sequence": None, "usage": self.usage | {"output_tokens": 1}}
        body = [f for i, (begun, deltas) in enumerate(self._blocks(reply)) for f in self._block(i, begun, deltas)]
        ended = {"stop_reason": self.ends[reply.finish], "stop_sequence": None}
        tail = [self._event("message_delta", delta=ended, usage={"output_tokens": 20}), self._event("message_stop")]
        return Frames([self._event("message_start", message=first), self._event("ping")], body, tail)

    def refusal(self, fault: str, status: int, message: str) -> Json:
        kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
        kinds |= {500: "api_error", 529: "overloaded_error"}
        kind = kinds.get(status, "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}

    def error_frame(self) -> bytes:
        return event(self.refusal("overloaded", 529, "Overloaded"), "error")


class Ollama(Chat):
    """Ollama's own chat: one JSON object a line."""

    path: ClassVar[str] = "/api/chat"
    kind: ClassVar[str] = "application/x-ndjson"
    malformed: ClassVar[bytes] = b'{"model": "x", "message": {"role": "assis\n'
    ends: ClassVar[dict[str, str]] = {"stop": "stop", "length": "length", "filter": "stop", "tool": "stop"}
    usage: ClassVar[Json] = {"total_duration": 1000, "prompt_eval_count": 100, "eval_count": 20}

    def _line(self, message: Json, **more: Any) -> bytes:
        first = {"model": self.body.get("model"), "created_at": "2026-11-01T00:00:00.123456789Z", "done": False}
        return json.dumps(first | {"message": {"role": "assistant", "content": ""} | message} | more).encode() + b"\n"

    def frames(self, reply: Reply) -> Frames:
        body = [self._line({"thinking": thought}) for thought in reply.thoughts]
        body += [self._line({"content": piece}) for piece in reply.pieces]
        if reply.finish == "tool":
            call = {"name": CALL["name"], "arguments": json.loads(CALL["arguments"])}
            body.append(self._line({"tool_calls": [{"function": call}]}))
        return Frames([], body, [self._line({}, done=True, done_reason=self.ends[reply.finish], **self.usage)])

    def refusal(self, fault: str, status: int, message: str) -> Json:
        return {"error": message}

    def error_frame(self) -> bytes:
        return json.dumps({"error": "an error was encountered while running the model"}).encode() + b"\n"


DIALECTS: dict[str, type[Chat]] = {d.path: d for d in (Chat, Completions, Responses, Messages, Ollama)}
