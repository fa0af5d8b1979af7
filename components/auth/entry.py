"""Whether somebody for whom a provider vouches comes in here, as whom, and in which role.

In comes: whoever was invited by an e-mail that the provider has verified; whoever a rule of the settings lets in
(administrators, domains, groups, a provider that admits everyone). A rule is asked again at every sign-in. A verified
e-mail of somebody who is in already links nothing by itself: that person signs in as before, and agrees.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from components.auth.identity import Identity, NotInvitedError
from components.auth.providers import find_provider
from components.recent import Recent
from components.settings import Settings
from components.store import Store, User

PROXY = "proxy"  # stands for the trusted proxy where a provider's name stands
AGAIN = 600.0  # seconds: so long one refusal of somebody whom the proxy sends is one line of the audit
MOST_NOTED = 10_000
_NOTED: Recent[tuple[int, str, str], float] = Recent(MOST_NOTED)
_making = threading.Lock()  # two tabs of one person make one user


@dataclass(frozen=True)
class Entered:
    """Somebody is in."""

    user: User


@dataclass(frozen=True)
class LinkWanted:
    """The verified e-mail is of somebody who is in already. Nothing is linked until that person has signed in as
    before and agreed: then ``link`` does it."""

    user_id: str
    email: str


def enter(store: Store, settings: Settings, identity: Identity, *, address: str = "") -> Entered | LinkWanted:
    """Let somebody in, or say what is missing.

    Args:
        address: The browser's, for the audit.

    Raises:
        NotInvitedError: Nothing lets this person in, or they are barred.
    """
    from components.store.identities import identity as user_of_identity
    from components.store.identities import user_of_email

    with _making:
        user = user_of_identity(store, identity.provider, identity.subject)
        if user is not None:
            return _returning(store, settings, identity, user, address)
        user = user_of_email(store, identity.email) if identity.email else None
        if user is not None:
            return _known_by_email(store, settings, identity, user, address)
        return _new(store, settings, identity, address)


def link(store: Store, settings: Settings, user_id: str, identity: Identity, *, address: str = "") -> User:
    """Add a way in to somebody who is signed in and agreed.

    Raises:
        AccessError: It is another user's already, or the user is barred.
    """
    from components.store.audit import note

    user = _kept(store, settings, user_id, identity, invited=True)
    note(store, user_id, "linked a sign-in", thing=identity.provider, detail=identity.email or "", address=address)
    return user


def admits(settings: Settings, identity: Identity) -> bool:
    """Whether a rule of the settings lets somebody in, whoever is in already."""
    provider = find_provider(settings, identity.provider)
    if provider is not None and provider.admit_everyone:
        return True
    if identity.provider == PROXY and not (settings.admit_domains or settings.admit_groups):
        return True  # it lets through whom it wants
    email = identity.email or ""
    if email and (email in settings.administrators or email.partition("@")[2] in settings.admit_domains):
        return True
    named = (settings.admit_groups, settings.administrator_groups, settings.analyst_groups, settings.viewer_groups)
    return any(group in names for names in named for group in identity.groups)


def mapped_role(settings: Settings, email: str | None, groups: tuple[str, ...]) -> str | None:
    """The role that the settings give, the highest where there are several; None where they give none."""
    if email and email in settings.administrators:
        return "administrator"
    mapped = {
        "administrator": settings.administrator_groups,
        "analyst": settings.analyst_groups,
        "viewer": settings.viewer_groups,
    }
    return next((role for role, names in mapped.items() if set(names) & set(groups)), None)


def _returning(store: Store, settings: Settings, identity: Identity, user: User, address: str) -> Entered:
    from components.store.identities import names_themselves, way_in

    known = way_in(store, identity.provider, identity.subject)
    if user.state == "barred":
        raise _refused(store, identity, address, "barred", user.id)
    if not (known and known.invited) and not admits(settings, identity):
        raise _refused(store, identity, address, "no longer let in", user.id)
    called = "" if names_themselves(store, user.id) else identity.name
    return Entered(_kept(store, settings, user.id, identity, name=called))


def _known_by_email(
    store: Store, settings: Settings, identity: Identity, user: User, address: str
) -> Entered | LinkWanted:
    if user.state == "barred":
        raise _refused(store, identity, address, "barred", user.id)
    if user.state == "invited":
        unnamed = user.name.casefold() == (user.email or "").casefold()  # whoever invited them gave the e-mail alone
        return Entered(_kept(store, settings, user.id, identity, invited=True, name=identity.name if unnamed else ""))
    return LinkWanted(user.id, user.email or "")


def _new(store: Store, settings: Settings, identity: Identity, address: str) -> Entered:
    from components.store.identities import add_user_at

    if not admits(settings, identity):
        raise _refused(store, identity, address, "not invited", None)
    name = identity.name or identity.email or identity.subject
    way = (identity.provider, identity.subject)
    user = add_user_at(store, *way, name=name, email=identity.email, role=settings.default_role)
    return Entered(_kept(store, settings, user.id, identity))


def _kept(
    store: Store, settings: Settings, user_id: str, identity: Identity, *, invited: bool = False, name: str = ""
) -> User:
    """Keep the way in, its groups, the role that they give, and a name where it is the provider's to say."""
    from components.store.identities import activate, add_identity, groups_of, set_groups

    before = mapped_role(settings, None, groups_of(store, user_id))
    add_identity(store, user_id, identity.provider, identity.subject, identity.email, invited=invited)
    set_groups(store, user_id, identity.provider, identity.groups)
    role = mapped_role(settings, identity.email, groups_of(store, user_id))
    if role is None and before is not None:
        role = settings.default_role  # the groups that gave another one are gone
    return activate(store, user_id, name=name, role=role)


def _refused(store: Store, identity: Identity, address: str, why: str, user_id: str | None) -> NotInvitedError:
    from components.store.audit import note

    who = identity.email or identity.name or identity.subject
    if not _is_noted(store, identity, why):
        note(store, user_id, "was refused", thing=identity.provider, detail=why, address=address, who=who)
    if why == "barred":
        return NotInvitedError("You may not sign in here.", todo="Ask an administrator of this workbench.")
    known = identity.email or "This account, of which no verified e-mail is told,"
    return NotInvitedError(f"{known} is not invited to this workbench.")


def _is_noted(store: Store, identity: Identity, why: str) -> bool:
    """Whether this refusal is in the audit already: a proxy sends the same person with every request of a page."""
    if identity.provider != PROXY:
        return False
    now, key = time.monotonic(), (id(store), identity.subject, why)
    before = _NOTED.get(key)
    if before is not None and now - before < AGAIN:
        return True
    _NOTED.put(key, now)
    return False
