"""Speaking with the model's server in plain HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from components.llm.builtin.running import Address


@contextmanager
def send(
    address: Address, path: str, body: dict[str, Any] | None = None, key: str | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Send a request and give the open reply; its connection is closed at the end. Without ``body`` it is a GET."""
    host, port = address.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=120)
    headers = {"Authorization": f"Bearer {address.key if key is None else key}", "Content-Type": "application/json"}
    connection.request("POST" if body is not None else "GET", path, json.dumps(body) if body else None, headers)
    with closing(connection), closing(connection.getresponse()) as reply:
        yield reply


def complete(address: Address, prompt: str, tokens: int = 4, **more: Any) -> dict[str, Any]:
    """The server's whole answer to a prompt."""
    with send(address, "/v1/completions", {"prompt": prompt, "max_tokens": tokens, "temperature": 0} | more) as reply:
        assert reply.status == http.HTTPStatus.OK, reply.read()
        answer: dict[str, Any] = json.load(reply)
        return answer


def busy_slots(address: Address) -> int:
    """How many replies the server is making now."""
    with send(address, "/slots") as reply:
        return sum(slot["is_processing"] for slot in json.load(reply))
