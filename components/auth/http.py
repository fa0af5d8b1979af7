"""Questions to providers: a time limit over all, a size limit, no redirects, no cookies; JSON alone is an answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from components.auth.facts import is_loopback_name
from components.auth.identity import SignInFailedError

SECONDS = 10.0  # for one question from its first byte to the answer's last
MOST_BYTES = 1_048_576
MOST_DIGITS = 400  # of a number in an answer

logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes every address that it asks


@dataclass(frozen=True)
class Answer:
    """What a provider answered.

    Attributes:
        body: The parsed JSON.
        headers: Names in small letters.
        date: Its clock, as the ``date`` header says it; empty where it says none.
    """

    status: int
    body: Any
    headers: Mapping[str, str]


class SilentProviderError(SignInFailedError):
    """A provider did not answer, answered with something else than JSON, or with too much of it."""


def parts_of(address: object) -> SplitResult:
    """An address in its parts; all of them empty where it is none."""
    try:
        parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return urlsplit("")
    return parts


def ask(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    token: str = "",
    accept: tuple[int, ...] = (200,),
) -> Answer:
    """Ask one address and return its JSON. Blocks, at most 10 seconds.

    Args:
        form: Posted; without it the question is a GET.
        auth: Name and password, for Basic.
        token: For Bearer.
        accept: The statuses whose body is an answer.

    Raises:
        SilentProviderError: No answer in time, more than 1 MB, another status, or no JSON.
    """
    host = parts_of(url).hostname or url
    try:
        status, headers, body = asyncio.run(_fetch(url, form, auth, token))
    except (OSError, TimeoutError, ValueError) as error:
        raise SilentProviderError(f"{host} did not answer as it should.") from error
    if status not in accept:
        raise SilentProviderError(f"{host} did not answer as it should.") from ValueError(f"{url}: {status}")
    return Answer(status, _json(url, host, body), headers)


async def _fetch(
    url: str, form: Mapping[str, str] | None, auth: tuple[str, str] | None, token: str
) -> tuple[int, dict[str, str], bytes]:
    import httpx

    headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "Groundwork"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    ours = is_loopback_name(parts_of(url).netloc)
    try:
        async with asyncio.timeout(SECONDS), httpx.AsyncClient(timeout=SECONDS, trust_env=not ours) as client:
            method = "GET" if form is None else "POST"
            async with client.stream(
                method, url, data=form, auth=auth, headers=headers, follow_redirects=False
            ) as reply:
                return reply.status_code, dict(reply.headers), await _bounded(reply.aiter_raw())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OSError(f"{url}: {type(error).__name__} {error}") from error


async def _bounded(pieces: Any) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES:,} bytes")
    return bytes(body)


def _json(url: str, host: str, body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise SilentProviderError(f"{host} did not answer as it should.") from ValueError(f"{url}: no JSON, {error}")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number of too many digits")
    return int(digits)
