"""Who is let in: decided from the facts of one request, the settings and the store; no framework is asked.

Where people sign in, a request is let in by the token in its cookie, which the store looks up each time: signing out,
barring a person and ending a login take effect at the next request of any tab.

Where nobody has to, one local owner works on one machine. That person is admitted only when everything about
the request says that it was made on this machine: else a proxy in front of the app, or a web page whose name was
pointed at 127.0.0.1 (DNS rebinding), would make every visitor the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.auth.cookies import token_in
from components.auth.facts import RequestFacts, facts_from, is_loopback, is_loopback_name, same_origin
from components.errors import SignInRequiredError
from components.settings import Settings
from components.store import Store, User

if TYPE_CHECKING:
    from components.store.logins import Login

__all__ = [
    "Admission",
    "RequestFacts",
    "admission",
    "admit",
    "facts_from",
    "is_loopback",
    "is_loopback_name",
    "key_of",
    "over_same_scheme",
    "same_origin",
    "why_not_local",
]

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
NOBODY = ""  # the key of whoever is not let in


@dataclass(frozen=True)
class Admission:
    """Who is let in, and by what.

    Attributes:
        user: The admitted person.
        login: The login behind the cookie; None for the local owner, and where a trusted proxy says who it is.
    """

    user: User
    login: Login | None = None

    @property
    def key(self) -> str:
        """What a tab's state belongs to: another login of the same person has another one."""
        return self.login.id if self.login else f"user:{self.user.id}"


def admit(facts: RequestFacts, settings: Settings, store: Store) -> User:
    """Return who makes this request.

    Raises:
        SignInRequiredError: Nobody is admitted; the text says why and is shown at the door.
    """
    return admission(facts, settings, store).user


def admission(facts: RequestFacts, settings: Settings, store: Store) -> Admission:
    """Return who makes this request, and by which login.

    Raises:
        SignInRequiredError: Nobody is admitted; the text says why and is shown at the door.
    """
    if not settings.asks_sign_in:
        return _local_owner(facts, store)
    if not same_origin(facts, over_tls=settings.over_tls):
        raise SignInRequiredError("This request was made by a page of another site.", todo="Reload the page.")
    found = _by_proxy(facts, settings, store) or _by_cookie(facts, settings, store)
    if found is None:
        ended = "You were signed out, or were away for too long." if token_in(facts, settings) else ""
        raise SignInRequiredError("Nobody is signed in.", kept=ended, todo="Sign in to go on.")
    return found


def key_of(facts: RequestFacts, settings: Settings, store: Store) -> str:
    """The key of who makes this request; ``NOBODY`` where nobody is admitted."""
    try:
        return admission(facts, settings, store).key
    except SignInRequiredError:
        return NOBODY


def over_same_scheme(facts: RequestFacts, settings: Settings) -> bool:
    """Whether no page that came over a plain connection made this request, where the workbench itself is over TLS."""
    return not settings.over_tls or all(origin.startswith("https://") for origin in facts.all("origin"))


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


def _local_owner(facts: RequestFacts, store: Store) -> Admission:
    from components.store.users import ensure_local_owner

    reason = why_not_local(facts)
    if reason:
        raise SignInRequiredError(
            f"Without a sign-in provider this workbench answers only on its own machine. {reason}",
            todo="Open it there, at the address that it printed when it started.",
        )
    return Admission(ensure_local_owner(store))


def _by_cookie(facts: RequestFacts, settings: Settings, store: Store) -> Admission | None:
    from components.store.logins import login_of

    token = token_in(facts, settings)
    found = login_of(store, token, settings.login_idle_minutes * 60) if token else None
    return Admission(*found) if found else None


def _by_proxy(facts: RequestFacts, settings: Settings, store: Store) -> Admission | None:
    if not settings.proxy_user_header:
        return None
    from components.auth.proxy import user_from_proxy

    found = user_from_proxy(facts, settings, store)
    return Admission(found) if found else None


def _forwards(header: str) -> bool:
    name = header.lower().replace("_", "-")  # some proxies write them so, and what stands behind them reads both
    return name in FORWARDING or name.startswith(FORWARDING_BEGINNINGS)
