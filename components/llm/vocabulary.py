"""The words in which the rest of the program speaks of models: messages, requests, the pieces of a reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool", "filter", "other"]


@dataclass(frozen=True)
class Tool:
    """Something that a model may ask to be called: its arguments are described by a JSON schema."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """A model's wish to call a tool; ``arguments`` is JSON as the model wrote it: check it before use."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Image:
    """A picture in a message: its media type (``image/png``) and its bytes in base64."""

    media_type: str
    base64: str


@dataclass(frozen=True)
class Message:
    """One turn of a conversation as a model sees it."""

    role: Role
    text: str = ""
    images: tuple[Image, ...] = ()
    calls: tuple[Call, ...] = ()
    answers: Call | None = None  # the call whose result a tool's message brings


@dataclass(frozen=True)
class Request:
    """What is asked of a model.

    Attributes:
        messages: In the order spoken; system messages first.
        model: The provider's own name of the model.
        temperature: 0 to 2, or None for the provider's default.
        limit: The most tokens of a reply.
        schema: JSON schema that the reply must follow, where the protocol enforces one.
        begin: How the answer begins; a protocol that cannot continue an answer ignores it.
        stop: Texts at which the reply ends; they are not part of it.
    """

    messages: tuple[Message, ...]
    model: str = ""
    temperature: float | None = None
    limit: int = 2048
    tools: tuple[Tool, ...] = ()
    schema: Mapping[str, Any] | None = None
    begin: str = ""
    stop: tuple[str, ...] = ()
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """Words of the reply, to be appended to what came before."""

    text: str


@dataclass(frozen=True)
class Thought:
    """Words of the model's reasoning, shown apart from the reply."""

    text: str


@dataclass(frozen=True)
class Usage:
    """Tokens. ``input`` counts everything sent; ``cached`` and ``cache_written`` are parts of it; ``reasoning`` is part
    of ``output``."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Finish:
    """The reply's last word. A reply that ends without one was cut off."""

    reason: FinishReason


Piece = Text | Thought | Call | Usage | Finish

Model = Callable[[Request], AsyncIterator[Piece]]
"""A model is a function from a request to the pieces of a reply; closing the iterator closes the connection."""
