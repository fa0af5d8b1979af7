"""What providers answer when something goes wrong, turned into the error tree, in words that name who and where.

Providers agree on few codes, so their words are looked at too, the most telling first.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.errors import (
    BadRequestError,
    ContextTooLongError,
    CutOffError,
    FilteredError,
    GarbledError,
    KeyMissingError,
    KeyRejectedError,
    ModelNotFoundError,
    NotAllowedError,
    OverloadedError,
    ProviderError,
    QuotaSpentError,
    RateLimitedError,
    SilentError,
    UnreachableError,
)
from components.llm.catalogue import Provider, host_of

LONGEST_QUOTE = 240  # characters of a provider's own words that are repeated

BY_STATUS: Mapping[int, type[ProviderError]] = {
    401: KeyRejectedError,
    402: QuotaSpentError,
    403: NotAllowedError,
    404: ModelNotFoundError,
    408: SilentError,
    413: ContextTooLongError,
    429: RateLimitedError,
}
BY_WORD: tuple[tuple[type[ProviderError], tuple[str, ...]], ...] = (
    (KeyRejectedError, ("api key not valid", "api_key_invalid", "incorrect api key")),  # Gemini and xAI say it with 400
    (RateLimitedError, ("retrydelay", "per minute")),  # Gemini says "billing" of these too
    (QuotaSpentError, ("insufficient_quota", "credit balance", "exceeded your current quota", "billing")),
    (
        ContextTooLongError,
        ("context_length", "context length", "context size", "prompt is too long", "too many tokens", "context window"),
    ),
    (FilteredError, ("content_filter", "content filter", "content management policy", "content_policy")),
    (OverloadedError, ("overloaded_error", "server busy")),
    (RateLimitedError, ("rate_limit_error", "rate_limit_exceeded")),
)
SURE_STATUS = (401, 403, 404)  # these mean what they say, whatever the words
SENTENCES: Mapping[type[ProviderError], str] = {
    KeyMissingError: "{who} needs a key, and none is known.",
    KeyRejectedError: "{who} refused the key{status}.",
    NotAllowedError: "{who} does not allow this key to do that{status}.{quote}",
    QuotaSpentError: "{who} says that the account has no money left{status}.",
    RateLimitedError: "{who} asks to slow down{status}.{wait}",
    ModelNotFoundError: "{who} has no model {model}{status}.",
    OverloadedError: "{who} has a fault or too much to do{status}.{quote}",
    ContextTooLongError: "{who} says that question and conversation are too long for {model}{status}.{quote}",
    FilteredError: "{who} refused the content{status}.{quote}",
    BadRequestError: "{who} did not understand the request{status}.{quote}",
    UnreachableError: "{who} cannot be reached: {words}.",
    SilentError: "{who} has said nothing for {words}{status}.",
    CutOffError: "{who} broke off before the reply's last word.",
    GarbledError: "{who} sent something that is not a model's reply.",
}
OF_LISTS: Mapping[type[ProviderError], str] = {
    **SENTENCES,
    ModelNotFoundError: "{who} has no list of models at this address{status}.",
}


@dataclass(frozen=True)
class Fault:
    """What went wrong, before it is put into words.

    Attributes:
        words: The provider's own words, or why no connection was made.
        status: The HTTP status, if one was given.
        retry_after: Seconds that the provider asks to wait.
    """

    kind: type[ProviderError]
    words: str = ""
    status: int | None = None
    retry_after: float | None = None


class ReplyFailedError(Exception):
    """A stream that began well says that it failed; raised by readers, never seen outside the protocols."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code


def answered(status: int | None, body: object, words: str, headers: Mapping[str, str] | None = None) -> Fault:
    """The fault that a provider's answer tells; ``status`` is None where the error came inside a stream."""
    return Fault(_kind(status, json.dumps([body, words], default=str).lower()), words, status, _seconds(headers or {}))


def unreachable(error: BaseException, *, started: bool) -> Fault:
    """The fault behind a broken connection: the reply was cut off if it had begun."""
    return Fault(CutOffError if started else UnreachableError, _why(error))


def error_of(fault: Fault, provider: Provider, model: str = "") -> ProviderError:
    """The error that the user meets: who, where, and what happened, in plain words; without ``model``, of a list."""
    sentence = (SENTENCES if model else OF_LISTS)[fault.kind]
    words = "" if fault.kind is SilentError and fault.status else fault.words  # a provider's words are no time
    alone = {} if model else {"kept": "", "todo": fault.kind.todo.partition(", or choose")[0].rstrip(".") + "."}
    error = fault.kind(
        sentence.format(
            who=who(provider),
            model=model or "the model",
            status=f" ({fault.status})" if fault.status else "",
            words=words or "too long",
            quote=f" It says: {_short(fault.words)}" if fault.words else "",
            wait=f" It says to wait {fault.retry_after:g} s." if fault.retry_after else "",
        ),
        **alone,
    )
    error.retry_after = fault.retry_after
    return error


def who(provider: Provider) -> str:
    """Provider and host: ``api.openai.com`` says both, ``Ollama (localhost:11434)`` needs both words."""
    host = host_of(provider)
    return host if provider.title.lower() in host else f"{provider.title} ({host})"


def _kind(status: int | None, words: str) -> type[ProviderError]:
    if status not in SURE_STATUS:
        for kind, signs in BY_WORD:
            if any(sign in words for sign in signs):
                return kind
    other = BadRequestError if status and status < 500 else OverloadedError
    return BY_STATUS.get(status or 500, other)


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        return float(headers["retry-after"])
    except (KeyError, ValueError):  # absent, or a date: the caller waits as long as it thinks right
        return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__


def _why(error: BaseException) -> str:
    causes = list(_causes(error))
    for kind, words in (
        (socket.gaierror, "its name is not known to the network"),
        (ssl.SSLError, "its certificate was not accepted, or it does not speak TLS"),
        (ConnectionRefusedError, "it refused the connection"),
        (TimeoutError, "it did not take the connection in time"),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return "the connection failed"


def _short(words: str) -> str:
    line = " ".join(words.split())
    if len(line) > LONGEST_QUOTE:
        return line[:LONGEST_QUOTE].rstrip() + " …"
    return line if line.endswith((".", "!", "?")) else f"{line}."
