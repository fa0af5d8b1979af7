"""A trusted proxy says who is signed in, and from where a request came. Nobody else is believed in either."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from components.auth.entry import PROXY, Entered, enter
from components.auth.facts import RequestFacts
from components.auth.identity import LONGEST, Identity, NotInvitedError, plain_email, plain_groups, plain_name
from components.recent import Recent
from components.settings import Settings
from components.store import Store, User

MOST = 10_000  # people whose last headers are remembered

_SEEN: Recent[tuple[int, str], Identity] = Recent(MOST)


def user_from_proxy(facts: RequestFacts, settings: Settings, store: Store) -> User | None:
    """Whom a trusted proxy names in a request; None where there is no such proxy, or it names nobody.

    Costs one query for whoever came before with the same headers.

    Raises:
        NotInvitedError: It names somebody who is not let in.
    """
    from components.store.identities import identity as user_of_identity

    named = identity_in(facts, settings)
    if named is None:
        return None
    user = user_of_identity(store, PROXY, named.subject)
    if user is None or user.state != "active" or _SEEN.get(_key(store, named)) != named:
        user = _entered(store, settings, named, client_address(facts, settings))
        _SEEN.put(_key(store, named), named)
    return user


def identity_in(facts: RequestFacts, settings: Settings) -> Identity | None:
    """Whom the headers of a request name, if a trusted proxy sent it. A header that stands there twice names nobody."""
    if not settings.proxy_user_header or not is_trusted(facts.peer, settings):
        return None
    subject = _text(facts, settings.proxy_user_header)
    merged = "," in subject  # two headers, made one on the way here
    if not subject or merged or len(subject) > LONGEST or not subject.isprintable():
        return None
    email = plain_email(subject)
    groups = [part.strip() for part in _text(facts, settings.proxy_groups_header).split(",")]
    name = plain_name(_text(facts, settings.proxy_name_header)) or subject
    return Identity(PROXY, email or subject, email, name, plain_groups(groups))


def client_address(facts: RequestFacts, settings: Settings) -> str:
    """The address from which a request came: the peer's, or, as far back as trusted proxies say it, of whom they
    forwarded for. Empty where there is no connection."""
    address = _address(facts.peer or "")
    hops = [hop.strip() for line in facts.all("x-forwarded-for") for hop in line.split(",")]
    while address is not None and hops and is_trusted(str(address), settings):
        before = _address(hops.pop())
        if before is None:
            break
        address = before
    return str(address) if address is not None else ""


def is_trusted(peer: str | None, settings: Settings) -> bool:
    """Whether an address is one of the proxies of the settings."""
    address = _address(peer or "")
    return address is not None and any(address in ip_network(entry) for entry in settings.trusted_proxies)


def _entered(store: Store, settings: Settings, named: Identity, address: str) -> User:
    found = enter(store, settings, named, address=address)
    if isinstance(found, Entered):
        return found.user
    raise NotInvitedError(
        f"Somebody here has the e-mail {found.email} already, by another way to sign in.",
        todo="Ask an administrator of this workbench.",
    )


def _key(store: Store, named: Identity) -> tuple[int, str]:
    return id(store), named.subject


def _text(facts: RequestFacts, header: str) -> str:
    """A header's only value; UTF-8 where it is that, for the wire knows Latin-1 alone."""
    value = facts.one(header).strip() if header else ""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port; IPv4 within IPv6 is IPv4."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
