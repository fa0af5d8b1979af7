"""Landlock, the kernel's own lock for one process (Linux 5.13 and newer), without a dependency.

The child loads this file by its path: it must import nothing of ours. See https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
NO_NEW_PRIVILEGES = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG = 1 << 7, 1 << 8
ALL_OF_ABI_1, REFER, TRUNCATE, IOCTL = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
ALL_TCP, ALL_SCOPES = 0b11, 0b11


def restrict(read: Iterable[str], write: Iterable[str]) -> int:
    """Take from this process, for good, all files but these: it reads ``read``, and reads and writes within ``write``.

    Where the kernel can, connections over TCP and signals to other processes end too.

    Returns:
        The kernel's version of the lock, or 0 where there is none: nothing is locked then.

    Raises:
        OSError: The kernel has the lock but did not close it.
    """
    call = ctypes.CDLL(None, use_errno=True)
    version: int = call.syscall(CREATE_RULESET, None, 0, 1)
    if version < 1:
        return 0
    held = _rights(version)
    attribute = struct.pack("<QQQ", held, ALL_TCP, ALL_SCOPES)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = call.syscall(CREATE_RULESET, attribute, len(attribute), 0)
    if ruleset < 0:
        return 0
    for path in read:
        _allow(call, ruleset, path, READ_FILE)
    for path in write:
        changes = WRITE_FILE | TRUNCATE | MAKE_REG | MAKE_DIR | REMOVE_FILE | REMOVE_DIR
        _allow(call, ruleset, path, (READ_FILE | READ_DIR | changes) & held)
    call.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if call.syscall(RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "the lock did not close")
    os.close(ruleset)
    return version


def _rights(version: int) -> int:
    """Every right over files that this version of the lock knows: what is not named stays open."""
    return (
        ALL_OF_ABI_1
        | (REFER if version >= 2 else 0)
        | (TRUNCATE if version >= 3 else 0)
        | (IOCTL if version >= 5 else 0)
    )


def _allow(call: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", rights, place)
        if call.syscall(ADD_RULE, ruleset, 1, rule, 0):
            raise OSError(ctypes.get_errno(), f"no rule for {path}")
    finally:
        os.close(place)
