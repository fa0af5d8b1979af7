"""Ways in that wait for consent: somebody came by a provider with the verified e-mail of an account that is here.

Whoever then signs in to that account as before agrees; the word under which a way in waits does nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from secrets import compare_digest

from components.auth.entry import link
from components.auth.identity import Identity
from components.auth.kept import Kept
from components.errors import AccessError
from components.settings import Settings
from components.store import Store, User


@dataclass(frozen=True)
class Waiting:
    """A way in that waits: who came, whose account it is to lead to, and the secret of the browser it came with.

    In another browser its word means nothing: else whoever gets a provider to vouch for somebody's address could send
    that person a link, and their next sign-in would open the account to both.
    """

    identity: Identity
    user_id: str
    email: str
    browser: str


WAITING: Kept[Waiting] = Kept()


class OtherAccountError(AccessError):
    """Somebody signed in to another account than the one that the way in is for."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"This is another account than {email}.", kept="Nothing was added.", todo=f"Sign in as {email}, or go back."
        )


def waiting(word: str, browsers: Iterable[str]) -> Waiting | None:
    """What waits under a word for a browser that has one of these secrets; None where nothing does."""
    found = WAITING.find(word)
    known = found and any(compare_digest(found.browser.encode(), secret.encode()) for secret in browsers if secret)
    return found if known else None


def agree(
    store: Store, settings: Settings, word: str, user: User, address: str, *, browsers: Iterable[str] = ()
) -> None:
    """Add the way in that waits under a word to the account of who has just signed in. Nothing waits: nothing is done.

    Args:
        store: Where people are.
        settings: Which roles its groups give.
        word: Under which it waits.
        user: Who has just signed in.
        address: The browser's.
        browsers: The secrets of the browser; only what came with one of them is added.

    Raises:
        OtherAccountError: It is for another account.
    """
    found = waiting(word, browsers)
    if found is None:
        return
    if found.user_id != user.id:
        raise OtherAccountError(found.email)
    link(store, settings, user.id, found.identity, address=address)
    WAITING.drop(word)
