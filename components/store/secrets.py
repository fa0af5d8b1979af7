"""What is encrypted at rest, and the key that it is encrypted with."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import ConfigurationError, StoreError
from components.store import faults
from components.store.database import new_id

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class Secrets:
    """Encrypts and decrypts with one key: the operator's, else that of a key file which is made at the first need.

    Args:
        file: The key file; it is made readable for its owner alone.
        key: The operator's key (Fernet), or empty. Replicas that share a database must share it.

    Raises:
        ConfigurationError: The operator's key is malformed.
    """

    def __init__(self, file: Path, key: str = "") -> None:
        self._file = file
        self._key = key.encode()
        if key and not _is_key(self._key):
            raise ConfigurationError(
                "GROUNDWORK_ENCRYPTION_KEY is not a key: it must be 32 bytes in url-safe base64.",
                todo="Make one with: openssl rand -base64 32 | tr '+/' '-_'",
            )

    def encrypt(self, text: str) -> bytes:
        """Encrypt and seal ``text``: nobody can read or change it without the key."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, secret: bytes) -> str:
        """The text that was encrypted.

        Raises:
            StoreError: It was encrypted with another key, or was changed.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(secret).decode()
        except InvalidToken as error:
            raise StoreError(
                "A stored key was encrypted with another encryption key than the present one.",
                kept="Everything else is as it was.",
                todo="Put back the old key file or GROUNDWORK_ENCRYPTION_KEY, or save the provider's key again.",
            ) from error

    def seal(self, text: str) -> str:
        """A seal of ``text`` in 64 signs, which nobody can make without the key. It does not hide the text.

        Raises:
            StoreError: The key cannot be read.
        """
        return hmac.digest(self._sealing, text.encode("utf-8", "surrogatepass"), "sha256").hex()

    @cached_property
    def _sealing(self) -> bytes:
        return hmac.digest(self._checked_key, b"a key for seals alone", "sha256")

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet

        return Fernet(self._checked_key)

    @cached_property
    def _checked_key(self) -> bytes:
        key = self._key or self._from_file()
        if not _is_key(key):
            raise StoreError(
                f"The key file {self._file} is damaged.",
                kept="Nothing in it was changed.",
                todo="Put back a copy of it, or delete it and save the providers' keys again.",
            )
        return key

    def _from_file(self) -> bytes:
        with faults.of_disk(self._file):
            if not self._file.exists():
                _make_key_file(self._file)
            if self._file.stat().st_mode & 0o077:
                self._file.chmod(0o600)
            return self._file.read_bytes().strip()


def _make_key_file(file: Path) -> None:
    """Make the file whole or not at all; where two processes make one at once, the first one's stays."""
    part = file.with_name(f".{file.name}.{new_id()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(base64.urlsafe_b64encode(os.urandom(32)))
            out.flush()
            os.fsync(out.fileno())
        if not file.exists():
            _link(part, file)
    finally:
        part.unlink(missing_ok=True)


def _link(part: Path, file: Path) -> None:
    try:
        os.link(part, file)
    except FileExistsError:
        return


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except (ValueError, binascii.Error):
        return False
