"""The three cookies: the login, whose token opens everything; the short one that ties a sign-in to its browser; and
the long one by which a browser is known again that signed in before, which opens nothing."""

from __future__ import annotations

from components.auth.facts import RequestFacts
from components.settings import Settings

LOGIN, FLOW, BROWSER = "groundwork", "groundwork-flow", "groundwork-browser"
FLOW_SECONDS = 600  # how long a sign-in at a provider may take
REMEMBERED_SECONDS = 180 * 86_400  # for which a browser is known again after a sign-in in it
LONGEST = 200  # characters of a token; ours have fewer


def name_of(settings: Settings, what: str = LOGIN) -> str:
    """A cookie's name. Over TLS it begins with ``__Host-``: no other host, path or plain connection can set it."""
    return f"__Host-{what}" if settings.over_tls else what


def token_in(facts: RequestFacts, settings: Settings, what: str = LOGIN) -> str:
    """The token that a request's cookie holds; empty where there is none, or more than one of its name.

    Two of one name mean that somebody else has set one beside ours.
    """
    name = name_of(settings, what)
    found = [value for line in facts.all("cookie") for key, value in _pairs(line) if key == name]
    return found[0] if len(found) == 1 and len(found[0]) <= LONGEST else ""


def set_cookie(settings: Settings, token: str, what: str = LOGIN) -> str:
    """The header line that gives a browser its token. No script can read it, and no other site's page sends it."""
    seconds = {LOGIN: settings.login_hours * 3600, FLOW: FLOW_SECONDS, BROWSER: REMEMBERED_SECONDS}
    return _line(settings, what, token, seconds[what])


def no_cookie(settings: Settings, what: str = LOGIN) -> str:
    """The header line that takes the token away."""
    return _line(settings, what, "", 0)


def _pairs(line: str) -> list[tuple[str, str]]:
    cut = (pair.partition("=") for pair in line.split(";"))
    return [(name.strip(), value.strip()) for name, _, value in cut]


def _line(settings: Settings, what: str, token: str, seconds: int) -> str:
    # Lax, not Strict: a link in a mail must open the page that it names for whoever is signed in
    kept = f"{name_of(settings, what)}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if settings.over_tls else kept
