"""Who is let in: decided from the facts of one request, the settings and the store; no framework is asked.

Without a sign-in provider one local owner works on one machine. That person is admitted only when everything about
the request says that it was made on this machine: else a proxy in front of the app, or a web page whose name was
pointed at 127.0.0.1 (DNS rebinding), would make every visitor the owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from components.errors import SignInRequiredError
from components.settings import Settings
from components.store import Store, User

# A header of a proxy or of a content network: somebody may stand behind the peer that we see.
FORWARDING = frozenset(
    ("via", "true-client-ip", "x-real-ip", "client-ip", "remote-addr", "remote-user", "surrogate-capability")
) | frozenset(("x-scheme", "x-varnish", "x-originating-ip", "front-end-https", "max-forwards"))
FORWARDING_BEGINNINGS = (
    *("forwarded", "x-client-ip", "x-cluster-client-ip", "x-forward-", "x-remote-", "x-auth-request-", "proxy-"),
    *("wl-proxy-", "akamai-", "cloudfront-", "incap-", "x-sucuri-", "x-cloud-trace-", "x-nginx-", "x-traefik-"),
    *("x-forwarded", "x-original-", "x-envoy-", "x-amzn-", "x-amz-", "x-azure-", "x-appengine-", "x-goog-", "x-proxy"),
    *("cf-", "cdn-", "fastly-", "fly-", "tailscale-", "x-vercel-", "x-arr-", "x-ms-", "x-request-start", "ngrok-"),
)


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


def admit(facts: RequestFacts, settings: Settings, store: Store) -> User:
    """Return who makes this request.

    Raises:
        SignInRequiredError: Nobody is admitted; the text says why and is shown at the door.
    """
    from components.store.users import ensure_local_owner

    if settings.sign_in == "required":
        raise SignInRequiredError(
            "This workbench asks everybody to sign in, and no sign-in provider is set up yet.",
            todo="Whoever runs it can set GROUNDWORK_SIGN_IN=auto and open it on its own machine.",
        )
    reason = why_not_local(facts)
    if reason:
        raise SignInRequiredError(
            f"Without a sign-in provider this workbench answers only on its own machine. {reason}",
            todo="Open it there, at the address that it printed when it started.",
        )
    return ensure_local_owner(store)


def why_not_local(facts: RequestFacts) -> str:
    """One sentence on why a request does not count as made on this machine; empty when it does."""
    host = facts.one("host")
    if not facts.peer or not is_loopback(facts.peer):
        return "This request came from another machine."
    if not is_loopback_name(host):
        return "This request asked for it under another name than localhost."
    if any(_forwards(name) for name, _ in facts.headers):
        return "This request came through a proxy."
    if not same_origin(facts):
        return "This request was made by a page of another site."
    return ""


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
    name = _hostname(f"//{host}")
    return name == "localhost" or is_loopback(name)


def same_origin(facts: RequestFacts) -> bool:
    """Whether a request was made by one of our own pages, or by no page at all.

    A browser says ``Origin`` (scheme, host and port, nothing more) on every websocket and on every request that
    changes something.
    """
    origins, host = facts.all("origin"), facts.one("host").lower()
    if facts.all("sec-fetch-site") and facts.one("sec-fetch-site") not in ("same-origin", "none"):
        return False
    return not origins or (len(origins) == 1 and host != "" and origins[0].partition("://")[2].lower() == host)


def _hostname(url: str) -> str:
    """The host of an address in lower case; empty where it holds anything else than a host and a port."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return ""
    extra = parts.username or parts.password or parts.path or parts.query or parts.fragment
    return "" if extra else (parts.hostname or "")


def _forwards(header: str) -> bool:
    name = header.lower().replace("_", "-")  # some proxies write them so, and what stands behind them reads both
    return name in FORWARDING or name.startswith(FORWARDING_BEGINNINGS)


def facts_from(peer: str | None, headers: Iterable[tuple[str, str]]) -> RequestFacts:
    """Freeze what a connection said."""
    return RequestFacts(peer, tuple((name.lower(), value) for name, value in headers))
