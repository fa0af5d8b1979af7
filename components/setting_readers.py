"""What a setting's text may say: each reader turns it into a value, or says what it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from components.errors import ConfigurationError

PROVIDER = "GROUNDWORK_PROVIDER_"
RESERVED = ("local", "password", "proxy", "back", "ticket")  # ways in of ours, and routes
PROVIDER_FIELDS = frozenset(  # of [sign_in.NAME]; components/auth/providers.py says what each means
    (
        *("preset", "title", "issuer", "tenant", "domain", "client_id", "client_secret", "scopes", "admit"),
        *("trust_email", "groups_claim", "groups_url", "authorize_url", "token_url", "user_url", "emails_url"),
        *("subject_field", "name_field", "email_field", "verified_field", "icon"),
    )
)


def read_text(value: str) -> str:
    """Any text."""
    return value.strip()


def read_path(value: str) -> Path:
    """A path; ``~`` is the home folder."""
    return Path(value.strip()).expanduser().absolute()


def read_path_or_none(value: str) -> Path | None:
    """A path, or none."""
    return read_path(value) if value.strip() else None


def read_whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within ``[low, high]``."""

    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError as error:
            raise ValueError(f"a whole number from {low:,} to {high:,}") from error
        if not low <= number <= high:
            raise ValueError(f"from {low:,} to {high:,}")
        return number

    return read


def read_one_of(*words: str) -> Callable[[str], str]:
    """One of these words, in any case."""

    def read(value: str) -> str:
        word = value.strip().lower()
        if word not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return word

    return read


def read_listed(value: str) -> tuple[str, ...]:
    """The entries of a comma list; a list of the secrets file comes with one entry a line, which may hold commas."""
    entries = value.splitlines() if "\n" in value else value.split(",")
    return tuple(entry.strip() for entry in entries if entry.strip())


def read_folded(value: str) -> tuple[str, ...]:
    """A comma list of e-mails or domains, in small letters, without a leading @."""
    return tuple(entry.casefold().removeprefix("@") for entry in read_listed(value))


def read_networks(value: str) -> tuple[str, ...]:
    """A comma list of addresses and networks."""
    found = read_listed(value)
    for entry in found:
        try:
            everywhere = ip_network(entry).prefixlen == 0
        except ValueError as error:
            raise ValueError("addresses or networks such as 10.0.0.7 or 10.0.0.0/24") from error
        if everywhere:
            raise ValueError("the addresses of your own proxies, not every address")
    return found


def read_header(value: str) -> str:
    """A header's name, in small letters."""
    name = value.strip().lower()
    if name and not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError("the name of a header: letters, digits and hyphens")
    return name


def read_address_or_path(value: str) -> str:
    """An address of another host, or a path of ours."""
    address = value.strip()
    ours = address.startswith("/") and not address.startswith("//") and "\\" not in address
    if address and not ours and not re.fullmatch(r"https?://[^\s\\]+", address):
        raise ValueError("an address (https://...) or a path of the same host (/...)")
    return address


def read_public_url(value: str) -> str:
    """An address in a browser: scheme and host, perhaps a port, in the letters that browsers show."""
    address = value.strip().rstrip("/").lower()
    if address and not re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", address, re.ASCII):
        raise ValueError("the address of the workbench in a browser, such as https://workbench.example.com, no path")
    return address


def as_text(raw: Any) -> str:
    """A value of the secrets file as the environment would hold it; a list has one entry a line."""
    return "\n".join([*map(str, raw), ""]) if isinstance(raw, list) else str(raw)


def read_providers(environ: Mapping[str, str], tables: Any) -> dict[str, dict[str, str]]:
    """The sign-in providers as written, by name; a field of the environment wins over the same one in the file."""
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigurationError("[sign_in] holds one table a provider: [sign_in.NAME].", todo="Correct the file.")
    found = {_provider_name(n): {k: as_text(v) for k, v in table.items()} for n, table in tables.items()}
    for variable, value in environ.items():
        if variable.startswith(PROVIDER) and value:
            name, key = _provider_field(variable)
            found.setdefault(name, {})[key] = value
    for name, table in found.items():
        for key in table:
            if key not in PROVIDER_FIELDS:
                raise ConfigurationError(
                    f"[sign_in.{name}] {key}: no such field.", todo="docs/sign-in.md lists all fields."
                )
    return found


def _provider_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,30}", name) or name in RESERVED:
        raise ConfigurationError(
            f"[sign_in.{name}]: a provider's name is of small letters, digits, hyphens and underscores, at most 31, and"
            " none of local, password, proxy, back, ticket.",
            todo="Choose another name.",
        )
    return name


def _provider_field(variable: str) -> tuple[str, str]:
    """The provider and the field that a variable of the environment names: the longest field that fits its end."""
    rest = variable.removeprefix(PROVIDER).lower()
    for key in sorted(PROVIDER_FIELDS, key=len, reverse=True):
        if rest.endswith("_" + key):
            return _provider_name(rest.removesuffix("_" + key)), key
    raise ConfigurationError(f"{variable}: no such setting.", todo="docs/sign-in.md lists the fields of a provider.")
