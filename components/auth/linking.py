"""Ways in that wait for consent: somebody came by a provider with the verified e-mail of an account that is here.

Whoever then signs in to that account as before agrees; the word under which a way in waits does nothing alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.auth.entry import link
from components.auth.identity import Identity
from components.auth.kept import Kept
from components.errors import AccessError
from components.settings import Settings
from components.store import Store, User


@dataclass(frozen=True)
class Waiting:
    """A way in that waits: who came, and whose account it is to lead to."""

    identity: Identity
    user_id: str
    email: str


WAITING: Kept[Waiting] = Kept()


class OtherAccountError(AccessError):
    """Somebody signed in to another account than the one that the way in is for."""

    def __init__(self, email: str) -> None:
        super().__init__(f"This is another account than {email}.", todo=f"Sign in as {email}, or go back.")


def agree(store: Store, settings: Settings, word: str, user: User, address: str) -> None:
    """Add the way in that waits under a word to the account of who has just signed in. Nothing waits: nothing is done.

    Raises:
        OtherAccountError: It is for another account.
    """
    found = WAITING.find(word)
    if found is None:
        return
    if found.user_id != user.id:
        raise OtherAccountError(found.email)
    link(store, settings, user.id, found.identity, address=address)
    WAITING.drop(word)
