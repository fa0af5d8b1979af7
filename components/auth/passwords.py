"""Passwords: what one must be, and its hash (Argon2id)."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from components.errors import AccessError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 1000  # characters; a sentence is fine, a megabyte would only cost time
FEWEST_SIGNS = 5  # different characters: "aaaaaaaaaaaa" is no password
ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
AT_ONCE = 2  # hashes made side by side: each takes 64 MB and about 50 ms of two cores

_hashing = threading.BoundedSemaphore(AT_ONCE)


class PasswordRefusedError(AccessError):
    """A new password is too easy to guess; the text says why."""

    todo = "Choose another one. A sentence of a few words is easy to remember and hard to guess."


def require_good(password: str, email: str = "") -> None:
    """Refuse a new password that is too short, too long, or easy to guess. Raises ``PasswordRefusedError``."""
    if len(password) > LONGEST:  # before its signs are looked at: to bring them into one form may take their square
        raise PasswordRefusedError(_too_long(len(password)))
    said = _fault(_same(password), email.casefold())
    if said:
        raise PasswordRefusedError(said)


def _fault(password: str, email: str) -> str:
    if len(password) < SHORTEST:
        return f"This password has {len(password)} characters; at least {SHORTEST} are needed."
    if len(password) > LONGEST:
        return _too_long(len(password))
    if len(set(password)) < FEWEST_SIGNS:
        return "This password repeats a few characters only."
    if any(password.casefold() in row for row in ROWS):
        return "This password follows the keys in their order."
    name = email.partition("@")[0]
    if password.casefold() == email or (len(name) >= 3 and len(password.casefold().replace(name, "")) < 6):
        return "This password is hardly more than your e-mail."
    return ""


def _too_long(length: int) -> str:
    return f"This password has {length:,} characters; at most {LONGEST:,} are allowed."


def hash_of(password: str) -> str:
    """The hash that is kept: Argon2id with its own salt; the password cannot be found from it."""
    with _hashing:
        return _hasher().hash(_bytes(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one of a hash. Without a hash it is no, after the same time."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST:
        return False
    with _hashing:
        try:
            return _hasher().verify(kept or _nobodys(), _bytes(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(kept)


def _same(password: str) -> str:
    """The same password whatever keyboard typed it: an accent may come as one sign or as two."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _same(password).encode("utf-8", "surrogatepass")  # half of a pair, which a browser may send, is no error


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()  # RFC 9106, low memory: Argon2id, 3 rounds, 64 MB, 4 lanes


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))
