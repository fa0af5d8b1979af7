"""What a request says about who makes it, frozen: its peer and its headers; and what follows from them alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

BACK = "/api/sign-in/back"  # where every provider sends the browser back to
LONGEST_PATH = 2000  # characters


@dataclass(frozen=True)
class RequestFacts:
    """What admission looks at in a request or in the handshake of a session.

    Attributes:
        peer: Address of the other end of the connection; None where there is no connection.
        headers: All headers as (name, value); names in any case, repeats kept.
    """

    peer: str | None
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name]

    def one(self, name: str) -> str:
        """The only value of a header; empty where it is missing or stands there more than once."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""


def facts_from(peer: str | None, headers: Iterable[tuple[str, str]]) -> RequestFacts:
    """Freeze what a connection said."""
    return RequestFacts(peer, tuple((name.lower(), value) for name, value in headers))


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own (127.0.0.0/8, ::1, and their IPv4-in-IPv6 form)."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return found.ipv4_mapped.is_loopback
    return found.is_loopback


def is_loopback_name(host: str) -> bool:
    """Whether a Host header (name or address, with or without a port) means this machine."""
    name = host_in(f"//{host}")
    return name == "localhost" or is_loopback(name)


def same_origin(facts: RequestFacts, *, over_tls: bool = False) -> bool:
    """Whether a request was made by one of our own pages, or by no page at all.

    A browser says ``Origin`` (scheme, host and port, nothing more) on every websocket and on every request that
    changes something.
    """
    origins, host = facts.all("origin"), facts.one("host").lower()
    if facts.all("sec-fetch-site") and facts.one("sec-fetch-site") not in ("same-origin", "none"):
        return False
    if not origins:
        return True
    scheme, _, where = origins[0].lower().partition("://")
    return len(origins) == 1 and host != "" and where == host and (scheme == "https" or not over_tls)


def host_in(url: str) -> str:
    """The host of an address in lower case; empty where it holds anything else than a host and a port."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return ""
    extra = parts.username or parts.password or parts.path or parts.query or parts.fragment
    return "" if extra else (parts.hostname or "")


def own_path(text: str) -> str:
    """A path of ours as it is, with its query; ``/`` for whatever would lead elsewhere or is none."""
    if not text.startswith("/") or text.startswith("//") or len(text) > LONGEST_PATH:
        return "/"
    plain = all(" " < sign < "\x7f" and sign != "\\" for sign in text)
    return text if plain and not text.startswith("/api/") else "/"
