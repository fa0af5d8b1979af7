"""Somebody back from a provider: who that is, and whether they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from components.auth.entry import Entered, enter
from components.auth.flow import finish
from components.auth.identity import SignInFailedError
from components.auth.linking import WAITING, Waiting, agree
from components.auth.lockout import count_failure, keys_of, require_no_wait
from components.auth.providers import find_provider
from components.settings import Settings
from components.store import Store, User

if TYPE_CHECKING:
    from components.store.flows import Flow

FROM_BROWSER = ("code", "state", "iss", "error")  # all that is taken from what a browser brings back


def answer_in(brought: Mapping[str, object]) -> dict[str, str]:
    """What is taken from what a browser brought back."""
    return {name: found for name in FROM_BROWSER if isinstance(found := brought.get(name), str)}


def arrive(
    store: Store,
    settings: Settings,
    flow: Flow | None,
    answer: Mapping[str, str],
    *,
    link: str = "",
    browsers: tuple[str, ...] = (),
    address: str = "",
) -> User | str:
    """Let somebody in by what a provider says.

    Args:
        store: Where people are.
        settings: Who is let in.
        flow: Taken from the store by the state that came back; None where there is none such.
        answer: From ``answer_in``.
        link: The word of a way in that waits for this sign-in as its consent.
        browsers: The secrets of the browser besides the flow's: what waits came with one of them.
        address: The browser's.

    Returns:
        Who is in; or the word under which the way in waits for the consent of the account's owner.

    Raises:
        SignInFailedError: The answer is not believed.
        NotInvitedError: Nothing lets this person in.
        OtherAccountError: Another account than the one that the waiting way in is for.
        LockedOutError: Too many from this address have failed.
    """
    keys = keys_of("", address)
    require_no_wait(store, keys)
    try:
        return _arrive(store, settings, flow, answer, (link, browsers), address)
    except SignInFailedError as error:
        from components.store.audit import note

        came_by = flow.provider if flow else ""
        count_failure(store, keys)
        note(store, None, "was refused", thing=came_by, detail=error.what[:200], address=address, who="somebody")
        raise


def link_in(path: str) -> str:
    """The word of a waiting way in that stands in a path of the door; empty where there is none."""
    return parse_qs(urlsplit(path).query).get("link", [""])[0]


def _arrive(
    store: Store,
    settings: Settings,
    flow: Flow | None,
    answer: Mapping[str, str],
    consent: tuple[str, tuple[str, ...]],
    address: str,
) -> User | str:
    provider = find_provider(settings, flow.provider) if flow else None
    if flow is None or provider is None:
        raise SignInFailedError("This sign-in was not begun here, or took longer than ten minutes.")
    identity = finish(provider, settings, flow, answer)
    entered = enter(store, settings, identity, address=address)
    if isinstance(entered, Entered):
        link, browsers = consent
        agree(store, settings, link, entered.user, address, browsers=(flow.browser, *browsers))
        return entered.user
    return WAITING.keep(Waiting(identity, entered.user_id, entered.email, flow.browser))
