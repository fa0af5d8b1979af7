"""The groups of a person, asked of the provider's own API on the server, page by page."""

from __future__ import annotations

import re
import time
from typing import Any

from components.auth.http import Answer, ask, parts_of
from components.auth.identity import MOST_GROUPS, SignInFailedError
from components.auth.providers import Provider

MOST_PAGES = 40
MOST_SECONDS = 20.0  # for all pages together
NEXT = re.compile(r'<([^>]+)>\s*;[^,]*rel="?next"?')


def groups_at(provider: Provider, token: str) -> list[str]:
    """The names (ids at Entra) of all groups that the provider's addresses list; at most 2,000.

    Raises:
        SignInFailedError: One of them does not answer, or leads to another host.
    """
    found: list[str] = []
    until = time.monotonic() + MOST_SECONDS
    for address in provider.groups_urls:
        url: str | None = address
        for _ in range(MOST_PAGES):
            if url is None or len(found) >= MOST_GROUPS:
                break
            if time.monotonic() > until:
                raise SignInFailedError(f"{provider.title} takes too long to list your groups.")
            answer = ask(url, token=token)
            found += [name for name in map(_name, _rows(answer.body)) if name]
            url = _next(address, answer)
    return found


def qualified(provider: Provider, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Groups as they are kept: where anybody can found one, the provider's name stands before each, so that nobody
    can found the group of another provider."""
    return tuple(f"{provider.name}:{group}" for group in groups) if provider.public else groups


def _rows(body: Any) -> list[Any]:
    rows = body.get("value") if isinstance(body, dict) else body
    return rows if isinstance(rows, list) else []


def _name(row: Any) -> str:
    """GitHub's organizations by login, its teams as organization/team; Graph's groups by id; else name or id."""
    if not isinstance(row, dict):
        return row if isinstance(row, str) else ""
    parent = row.get("organization")
    if isinstance(parent, dict) and "slug" in row:
        return f"{parent.get('login', '')}/{row['slug']}"
    name = next((row[key] for key in ("login", "id", "name") if isinstance(row.get(key), str)), "")
    return str(name)


def _next(first: str, answer: Answer) -> str | None:
    link = answer.body.get("@odata.nextLink") if isinstance(answer.body, dict) else None
    found = NEXT.search(answer.headers.get("link", ""))
    url = link if isinstance(link, str) else found[1] if found else None
    if url is not None and parts_of(url)[:2] != parts_of(first)[:2]:  # the token goes to no other host
        raise SignInFailedError("The list of groups leads to another host.") from ValueError(url[:200])
    return url
