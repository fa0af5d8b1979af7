"""Signatures of tokens: the provider's public keys, fetched, kept for a while, and fetched again when they change."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection
from typing import Any

from components.auth.http import ask
from components.auth.identity import SignInFailedError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
KEPT = 600.0  # seconds: so long may a key that the provider took back still count
COOL_DOWN = 30.0  # seconds between two fetches for keys that are not there
MOST_KEYS = 64
FEWEST_BITS = 2048  # of an RSA key


class BadTokenError(SignInFailedError):
    """A token is not believed: its signature or one of its claims is not as it must be."""

    def __init__(self, why: str) -> None:
        super().__init__("The provider's answer could not be verified.")
        self.__cause__ = ValueError(why)  # for the log; a forger learns nothing


class Keys:
    """The public keys at one address. Safe to use from many threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._rows: list[dict[str, Any]] = []
        self._read_at = self._forced_at = float("-inf")
        self._lock = threading.Lock()

    def payload(self, token: str, algorithms: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The header and the claims of a token whose signature one of the keys made.

        Args:
            algorithms: Those that the provider says it uses; of these, asymmetric ones alone count.

        Raises:
            BadTokenError: No key made it, or it is no token.
            SignInFailedError: The keys cannot be fetched.
        """
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS or algorithm not in algorithms:
            raise BadTokenError(f"signed with {algorithm!r:.40}")
        for rows in self._tries():
            for row in _fitting(rows, header):
                claims = _claims(token, row, algorithm)
                if claims is not None:
                    return header, claims
        raise BadTokenError(f"no key fits; kid {header.get('kid')!r:.80}, {algorithm}")

    def read(self) -> list[dict[str, Any]]:
        """Fetch the keys now."""
        body = ask(self.url).body
        rows = body.get("keys") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise SignInFailedError("The provider's keys cannot be read.") from ValueError(f"{self.url}: no keys")
        return [row for row in rows[:MOST_KEYS] if isinstance(row, dict)]

    def _tries(self) -> Any:
        """The keys as they are kept, then, if that was not enough, as they are now."""
        with self._lock:
            fresh = time.monotonic() - self._read_at < KEPT
            if not fresh:
                self._keep()
            rows = self._rows
        yield rows
        if fresh and self._may_force():
            with self._lock:
                self._keep()
                rows = self._rows
            yield rows

    def _keep(self) -> None:
        self._rows, self._read_at = self.read(), time.monotonic()

    def _may_force(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._forced_at < COOL_DOWN:
                return False
            self._forced_at = now
            return True


def usable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The keys that may verify signatures of asymmetric algorithms."""
    return [row for row in rows if row.get("kty") in KINDS.values() and row.get("use", "sig") == "sig"]


def _header(token: str) -> dict[str, Any]:
    import jwt

    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise BadTokenError(f"no token: {type(error).__name__}") from error
    if "crit" in header:
        raise BadTokenError("it asks for extensions")
    return header


def _fitting(rows: list[dict[str, Any]], header: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys that may have made the signature: of its kind, for signatures, and of its name, if both have one."""
    algorithm, kid = header["alg"], header.get("kid")
    return [
        row
        for row in rows
        if row.get("kty") == KINDS[algorithm[:2]]
        and row.get("alg", algorithm) == algorithm
        and row.get("use", "sig") == "sig"
        and "verify" in row.get("key_ops", ["verify"])
        and (kid is None or row.get("kid") in (None, kid))
        and row.get("crv") == CURVES.get(algorithm, row.get("crv"))
    ]


def _claims(token: str, row: dict[str, Any], algorithm: str) -> dict[str, Any] | None:
    """The claims, if this key made the signature."""
    import jwt

    try:
        key = jwt.PyJWK(row, algorithm)
        if getattr(key.key, "key_size", FEWEST_BITS) < FEWEST_BITS and row["kty"] == "RSA":
            return None
        payload = jwt.PyJWS().decode(token, key, algorithms=[algorithm])
        claims = json.loads(payload, object_pairs_hook=_once)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose every name stands there once: readers differ in which of two counts."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)
