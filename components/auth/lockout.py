"""Guessing is made slow: failed sign-ins are counted by account and by address, and each further one waits longer."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from components.errors import AccessError
from components.store import Store
from components.store.attempts import Failures, failures, forget_failures, note_failure

REMEMBERED = 3600.0  # seconds for which a failure counts
FIRST_WAIT, LONGEST_WAIT = 15.0, 900.0  # seconds; the wait doubles from the one to the other
FREE = {"account": 5, "browser": 5, "address": 30}  # failures without a wait; one address may be a whole office's


class WrongGuessError(AccessError):
    """What somebody tried in order to get in is wrong."""


class LockedOutError(AccessError):
    """Too many sign-ins have failed; the text says how long to wait. Nothing was looked at."""

    def __init__(self, seconds: float) -> None:
        wait = f"{math.ceil(seconds / 60)} minutes" if seconds > 90 else f"{math.ceil(seconds)} seconds"
        super().__init__(
            f"Too many attempts have failed. The next one is possible in {wait}.",
            todo="Wait, then try again. An administrator can give you a new password.",
        )


def keys_of(account: str, address: str) -> tuple[str, ...]:
    """What a failed attempt is counted under: the e-mail as typed, and the visitor's address.

    Either may be empty and is not counted then. An IPv6 address counts as its network of 64 bits, which one person has.
    """
    named = (("account", account.strip().casefold()), ("address", _network(address)))
    return tuple(f"{what}:{which}" for what, which in named if which)


@contextmanager
def attempt(store: Store, *, account: str = "", address: str = "", browser: str = "") -> Iterator[None]:
    """Inside, somebody proves who they are; a ``WrongGuessError`` is counted, by account and by address.

    For the account it is counted before it is looked at, so that many guesses at once gain nothing, and all is
    forgotten when it was right. For the address only failures are: a whole office may come from it. A ``browser`` that
    signed in to this account before is counted by itself alone.

    Raises:
        LockedOutError: The account or the address has to wait; nothing was looked at.
    """
    mine, theirs = keys_of(account, ""), keys_of("", address)
    if browser:
        mine, theirs = (f"browser:{browser}",), ()
    before = require_no_wait(store, (*mine, *theirs))
    _count_first(store, mine, before)
    try:
        yield
    except WrongGuessError:
        count_failure(store, theirs)
        raise
    for key in mine:
        forget_failures(store, key)


def require_no_wait(store: Store, keys: tuple[str, ...]) -> dict[str, Failures]:
    """What has failed so far under each key. Raises ``LockedOutError`` where one of them has to wait."""
    now = time.time()
    before = {key: failures(store, key, now - REMEMBERED) for key in keys}
    wait = max((_wait(key, found, now) for key, found in before.items()), default=0.0)
    if wait > 0:
        raise LockedOutError(wait)
    return before


def count_failure(store: Store, keys: tuple[str, ...]) -> None:
    """Count an attempt that has failed; where each costs the server a question to somebody else."""
    for key in keys:
        note_failure(store, key, time.time())


def is_first(store: Store, key: str) -> bool:
    """Whether ``key`` comes up for the first time within the longest wait."""
    now = time.time()
    if failures(store, key, now - LONGEST_WAIT).count:
        return False
    note_failure(store, key, now)
    return True


def _count_first(store: Store, keys: tuple[str, ...], before: Mapping[str, Failures]) -> None:
    now = time.time()
    for key in keys:
        note_failure(store, key, now)
        count = failures(store, key, now - REMEMBERED).count
        if count > _free(key) and count > before[key].count + 1:  # others came in between
            raise LockedOutError(FIRST_WAIT)


def _wait(key: str, found: Failures, now: float) -> float:
    over = found.count - _free(key)
    if over < 0 or found.last is None:
        return 0.0
    return found.last + min(FIRST_WAIT * 2.0 ** min(over, 20), LONGEST_WAIT) - now


def _free(key: str) -> int:
    return FREE[key.partition(":")[0]]


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address
