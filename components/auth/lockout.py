"""Guessing is made slow: failed sign-ins are counted by account and by address, and each further one waits longer."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from components.errors import AccessError
from components.store import Store
from components.store.attempts import Failures, failures, forget_failures, note_failure

REMEMBERED = 3600.0  # seconds for which a failure counts
FIRST_WAIT, LONGEST_WAIT = 15.0, 900.0  # seconds; the wait doubles from the one to the other
FREE = {"account": 5, "address": 30}  # failures without a wait; behind one address there may be a whole office


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


def begin_attempt(store: Store, keys: tuple[str, ...]) -> None:
    """Count an attempt as failed before it is looked at, so that many at once gain nothing.

    Raises:
        LockedOutError: One of the keys has to wait.
    """
    now = time.time()
    before = {key: failures(store, key, now - REMEMBERED) for key in keys}
    wait = max((_wait(key, found, now) for key, found in before.items()), default=0.0)
    if wait > 0:
        raise LockedOutError(wait)
    for key in keys:
        note_failure(store, key, now)
        count = failures(store, key, now - REMEMBERED).count
        if count > _free(key) and count > before[key].count + 1:  # others came in between
            raise LockedOutError(FIRST_WAIT)


def end_attempt(store: Store, keys: tuple[str, ...]) -> None:
    """Forget what was counted for an attempt that went well. The address's other failures stay."""
    for key in keys:
        if key.startswith("account:"):
            forget_failures(store, key)


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
