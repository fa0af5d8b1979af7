"""Browsers in which somebody has signed in to an account before, known by a cookie.

Whoever guesses at an account makes it wait, and could so keep its owner out for good. A remembered browser has a
counter of its own: what others guess does not hold it up. The cookie opens nothing, the password is asked all the same.
It is sealed for one account and its present password, so a new password makes every such cookie worthless.
"""

from __future__ import annotations

import logging
import secrets
import time
from hmac import compare_digest

from components.auth.cookies import REMEMBERED_SECONDS
from components.errors import StoreError
from components.store import Store
from components.store.passwords import password_hash, password_of

log = logging.getLogger("groundwork")


def remember(store: Store, user_id: str) -> str:
    """The cookie for a browser in which the user has just proved the password; empty where there is none to prove."""
    kept = password_hash(store, user_id)
    if kept is None:
        return ""
    nonce, made = secrets.token_urlsafe(16), f"{time.time():.0f}"
    try:
        return f"{nonce}.{made}.{_seal(store, user_id, kept, nonce, made)}"
    except StoreError:  # without the key file no browser is remembered; nobody is kept out for it
        log.exception("no browser can be remembered")
        return ""


def remembered(store: Store, email: str, cookie: str) -> str:
    """By which word the failures of a browser are counted, which signed in to the account of this e-mail before; empty
    for every other browser."""
    nonce, _, rest = cookie.partition(".")
    made, _, seal = rest.partition(".")
    if not nonce or not seal or not _is_recent(made):
        return ""
    found = password_of(store, email)
    user_id, kept = (found[0].id, found[1]) if found else ("", "")
    try:
        ours = _seal(store, user_id, kept, nonce, made)
    except StoreError:
        return ""
    return nonce if compare_digest(ours.encode(), seal.encode()) and found else ""


def _is_recent(made: str) -> bool:
    return made.isascii() and made.isdigit() and time.time() - float(made) < REMEMBERED_SECONDS


def _seal(store: Store, user_id: str, kept: str, nonce: str, made: str) -> str:
    return store.secrets.seal("\n".join(("remembered browser", user_id, kept, nonce, made)))
