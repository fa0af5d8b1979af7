"""Completions on a llama.cpp server: the one way in which a reply can be begun for the model.

The conversation is written as ChatML, which the built-in models were trained on, and the server's prompt cache makes a
beginning that was read before nearly free.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from components.llm.catalogue import Provider
from components.llm.protocols.chat import ENDS, Json, common, usage
from components.llm.vocabulary import Finish, Piece, Request, Text

END_OF_TURN = "<|im_end|>"


def body(provider: Provider, request: Request) -> Json:
    """The request's words for ``POST /completions``."""
    given = common(provider, request)
    given["stop"] = [*request.stop, END_OF_TURN]
    more = {"cache_prompt": True, **provider.extra, **request.extra}
    usage_too = {"stream_options": {"include_usage": True}}
    return given | usage_too | {"model": request.model, "prompt": prompt(request), "extra_body": more}


def prompt(request: Request) -> str:
    """The conversation in ChatML, ending with how the answer begins."""
    turns = (f"<|im_start|>{m.role}\n{_plain(m.text)}{END_OF_TURN}\n" for m in request.messages)
    return "".join(turns) + f"<|im_start|>assistant\n{request.begin}"


class Reader:
    """Reads the chunks of one reply."""

    def read(self, chunk: Any) -> Iterator[Piece]:
        """The pieces in one chunk."""
        for choice in chunk.choices or ():
            if choice.text:
                yield Text(choice.text)
            if choice.finish_reason:
                yield Finish(ENDS.get(choice.finish_reason, "other"))
        if chunk.usage:
            yield usage(chunk.usage)


def _plain(text: str) -> str:
    """Take ChatML's own marks out of what people and tables say: nobody speaks in another's name."""
    return text.replace("<|im_start|>", "").replace(END_OF_TURN, "")
