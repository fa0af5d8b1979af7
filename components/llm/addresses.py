"""Addresses that users give for servers of their own.

On a shared server such an address is a way into the network behind it: whoever may name a host makes this machine speak
to it. So only this machine's owner may name hosts of this machine or of private networks.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from components.errors import AccessError, ConfigurationError

ADDRESS_TODO = "Write it like http://localhost:8000/v1."


def read_address(given: str, *, local_owner: bool) -> str:
    """An address in its plain form: scheme, host, port and path.

    Args:
        given: What the user typed.
        local_owner: Whether the user owns the machine that this app runs on.

    Raises:
        ConfigurationError: It is no address of a server.
        AccessError: It lies on this machine or in a private network, and the user does not own this machine.
    """
    text = given.strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in text:
        raise ConfigurationError(f"{text or 'Nothing'} is no address of a server.", todo=ADDRESS_TODO)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError("An address holds no name, no password and no question.", todo="Put the key below.")
    _require_port(text)
    if not local_owner:
        require_public(text)
    return text


def require_public(address: str) -> None:
    """Look the host up and refuse it unless every one of its numbers is on the public network.

    Raises:
        AccessError: One is on this machine, in a private network, or the name is not known.
    """
    host = urlsplit(address).hostname or ""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (socket.gaierror, UnicodeError):
        found = set()
    if not found or not all(ipaddress.ip_address(number.partition("%")[0]).is_global for number in found):
        raise AccessError(
            f"{host} is not on the public network, and this is a shared server.",
            todo="Give an address on the public network, or ask the operator to offer this server to everybody.",
        )


def _require_port(text: str) -> None:
    try:
        urlsplit(text).port  # noqa: B018  (reading it checks it)
    except ValueError as error:
        raise ConfigurationError(f"{text}: {error}.", todo=ADDRESS_TODO) from error
