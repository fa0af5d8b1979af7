"""The operator's choices, typed. The environment and the secrets file are read here and nowhere else."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from components.errors import ConfigurationError
from components.setting_readers import (
    PROVIDER,
    as_text,
    read_address_or_path,
    read_folded,
    read_header,
    read_listed,
    read_networks,
    read_one_of,
    read_path,
    read_path_or_none,
    read_providers,
    read_public_url,
    read_text,
    read_whole,
)

ROOT = Path(__file__).resolve().parent.parent
SECRETS_FILE = ROOT / ".streamlit" / "secrets.toml"
PREFIX = "GROUNDWORK_"
SECRETS = ("_API_KEY", "_TOKEN", "_SECRET", "GROUNDWORK_ENCRYPTION_KEY", "GROUNDWORK_DATABASE_URL")  # ends of names


def _setting(default: Any, read: Callable[[str], Any], help_: str) -> Any:
    """A field with its default, its reader and its line in the documentation."""
    factory = default if callable(default) else (lambda: default)
    return field(default_factory=factory, metadata={"read": read, "help": help_})


@dataclass(frozen=True)
class Settings:
    """Every choice of the operator. A field ``x`` is read from ``GROUNDWORK_X``, else from ``[groundwork] x`` in the
    secrets file, else it is the default."""

    home: Path = _setting(
        lambda: Path.home() / ".groundwork", read_path, "Folder for everything that lasts: database, files, key file."
    )
    database_url: str = _setting(
        "", read_text, "SQLAlchemy address of a PostgreSQL database; empty: SQLite in the home folder."
    )
    blobs_url: str = _setting(
        "", read_text, "fsspec address where files lie; empty: the folder blobs in the home folder."
    )
    encryption_key: str = _setting(
        "",
        read_text,
        "Key (Fernet, 32 bytes in url-safe base64) for stored provider keys; empty: a key file in the home folder.",
    )
    sign_in: str = _setting(
        "auto",
        read_one_of("auto", "required"),
        "auto: one local owner on this machine works without signing in, until a way to sign in is set below;"
        " required: everybody meets the door.",
    )
    public_url: str = _setting(
        "",
        read_public_url,
        "Address of the workbench in a browser, such as `https://workbench.example.com`. Needed with a provider; with"
        " https the cookie is sent over TLS alone.",
    )
    local_accounts: str = _setting(
        "auto",
        read_one_of("auto", "on", "off"),
        "Accounts with a password, kept here. auto: on when everybody signs in and there is neither a provider nor a"
        " proxy that does it.",
    )
    administrators: tuple[str, ...] = _setting(
        (), read_folded, "E-mails whose owners become administrators when they sign in (verified by their provider)."
    )
    admit_domains: tuple[str, ...] = _setting(
        (),
        read_folded,
        "Domains of verified e-mails that are let in, such as `example.com`. Invited people always are.",
    )
    admit_groups: tuple[str, ...] = _setting((), read_listed, "Groups whose members are let in.")
    administrator_groups: tuple[str, ...] = _setting((), read_listed, "Groups whose members are administrators.")
    analyst_groups: tuple[str, ...] = _setting((), read_listed, "Groups whose members are analysts.")
    viewer_groups: tuple[str, ...] = _setting((), read_listed, "Groups whose members are viewers.")
    default_role: str = _setting(
        "analyst", read_one_of("analyst", "viewer"), "Role of whoever is let in and in no group with a role."
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        read_networks,
        "Addresses or networks of proxies whose headers are believed: X-Forwarded-For and the four below.",
    )
    proxy_user_header: str = _setting(
        "",
        read_header,
        "Header in which a trusted proxy says who is signed in (an e-mail or a name); empty: none does.",
    )
    proxy_name_header: str = _setting("", read_header, "Header in which the proxy says the person's name.")
    proxy_groups_header: str = _setting(
        "", read_header, "Header in which the proxy lists the person's groups, by commas."
    )
    proxy_sign_out_url: str = _setting(
        "", read_address_or_path, "Where signing out leads with such a proxy, such as `/oauth2/sign_out`."
    )
    login_idle_minutes: int = _setting(720, read_whole(5, 525_600), "A login ends after so many minutes without use.")
    login_hours: int = _setting(168, read_whole(1, 8760), "A login ends after so many hours in any case.")
    model: str = _setting(
        "auto",
        read_one_of("auto", "standard", "light", "none"),
        "Built-in model: auto takes standard where 6 GB of memory are free, else light; none fetches and runs nothing.",
    )
    model_file: Path | None = _setting(
        None,
        read_path_or_none,
        "A GGUF file already on this disk to run as the built-in model; its checksum is verified.",
    )
    model_cache: Path = _setting(
        lambda: Path.home() / ".cache" / "groundwork",
        read_path,
        "Folder where the built-in model and embeddings are kept.",
    )
    model_context: int = _setting(
        4096, read_whole(1024, 131_072), "Context of the built-in model for each of its slots, in tokens."
    )
    model_slots: int = _setting(2, read_whole(1, 16), "Replies that the built-in model makes side by side.")
    upload_mb: int = _setting(4096, read_whole(1, 1_048_576), "Largest upload, in megabytes.")
    import_memory_mb: int = _setting(
        2048,
        read_whole(256, 1_048_576),
        "Memory that one import may take, in megabytes; over it the import fails alone.",
    )
    import_seconds: int = _setting(3600, read_whole(10, 86_400), "Longest import, in seconds.")
    document_memory_mb: int = _setting(
        1024,
        read_whole(128, 1_048_576),
        "Memory that reading one document may take, in megabytes; over it, it fails alone.",
    )
    document_seconds: int = _setting(600, read_whole(10, 86_400), "Longest reading of one document, in seconds.")
    document_pages: int = _setting(5000, read_whole(1, 1_000_000), "Most pages that a document may have.")
    page_memory_mb: int = _setting(
        512, read_whole(64, 1_048_576), "Memory that drawing one page may take, in megabytes; over it, it is not shown."
    )
    page_seconds: int = _setting(5, read_whole(1, 600), "Longest drawing of one page, in seconds.")
    query_memory_mb: int = _setting(
        1024,
        read_whole(128, 1_048_576),
        "Memory for one process of queries (a user has up to three), in megabytes, before they spill to disk.",
    )
    query_seconds: int = _setting(10, read_whole(1, 3600), "Longest query, in seconds.")
    query_rows: int = _setting(10_000, read_whole(100, 1_000_000), "Most rows of a result that are fetched and shown.")
    job_threads: int = _setting(4, read_whole(1, 64), "Jobs that run side by side in this process.")
    sign_in_providers: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict,
        repr=False,
        metadata={"help": "Sign-in providers as written, by name: [sign_in.NAME] or GROUNDWORK_PROVIDER_NAME_FIELD."},
    )
    provider_keys: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"help": "API keys by the name of their variable (OPENAI_API_KEY ...), from environment or secrets."},
    )
    provider_addresses: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"help": "Addresses by the name of their variable (OLLAMA_HOST ...), from environment or secrets."},
    )

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite file, or None where the store is another database."""
        return None if self.database_url else self.home / "groundwork.sqlite3"

    @property
    def asks_sign_in(self) -> bool:
        """Whether everybody signs in; else one local owner works on this machine."""
        ways = bool(self.sign_in_providers) or self.local_accounts == "on" or bool(self.proxy_user_header)
        return self.sign_in == "required" or ways

    @property
    def has_local_accounts(self) -> bool:
        """Whether accounts with a password are a way in."""
        others = bool(self.sign_in_providers) or bool(self.proxy_user_header)
        return self.local_accounts == "on" or (self.local_accounts == "auto" and self.asks_sign_in and not others)

    @property
    def over_tls(self) -> bool:
        """Whether browsers reach the workbench over TLS: its cookies are then bound to it."""
        return self.public_url.startswith("https://")


def read_settings(environ: Mapping[str, str] | None = None, secrets_file: Path = SECRETS_FILE) -> Settings:
    """Read all settings.

    Raises:
        ConfigurationError: A value is malformed, or a ``GROUNDWORK_`` variable is none of ours; the message names it.
    """
    environ = os.environ if environ is None else environ
    secrets = _read_secrets(secrets_file)
    table = secrets.get("groundwork", {})
    known = {item.name: item for item in fields(Settings) if "read" in item.metadata}
    _refuse_unknown(environ, table, known)
    values: dict[str, Any] = {}
    for name, item in known.items():
        raw = environ.get(PREFIX + name.upper(), table.get(name))
        if raw is not None:
            values[name] = _read_one(PREFIX + name.upper(), as_text(raw), item.metadata["read"])
    values["sign_in_providers"] = read_providers(environ, secrets.get("sign_in", {}))
    words = {**{k: v for k, v in secrets.items() if isinstance(v, str)}, **environ}
    values["provider_keys"] = {k: v for k, v in words.items() if k.endswith("_API_KEY") and v}
    values["provider_addresses"] = {k: v for k, v in words.items() if k.endswith(("_BASE_URL", "OLLAMA_HOST")) and v}
    return Settings(**values)


def child_environment(**more: str) -> dict[str, str]:
    """The environment for a child process: this one's, with ``more`` on top and whatever opens a door left out: API
    keys, secrets of sign-in providers, the key of stored keys, the database's address with its password."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith(SECRETS) and not k.startswith(PROVIDER)}
    return kept | more


def forget_keys() -> None:
    """Drop every API key from this process's environment: the first thing that a child of ours does."""
    for name in set(os.environ) - set(child_environment()):
        del os.environ[name]


def _read_one(name: str, raw: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(raw)
    except ValueError as error:
        raise ConfigurationError(
            f"{name} is {raw!r}; it must be {error}.", todo="Correct it and start again."
        ) from error


def _read_secrets(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}", todo="Correct the file and start again.") from error


def _refuse_unknown(environ: Mapping[str, str], table: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    ours = {name for name in environ if name.startswith(PREFIX) and not name.startswith(PROVIDER)}
    given = {name.removeprefix(PREFIX).lower() for name in ours} | set(table)
    strange = sorted(name for name in given if name not in known and not name.startswith("test_"))
    if strange:
        names = ", ".join(PREFIX + name.upper() for name in strange)
        raise ConfigurationError(f"{names}: no such setting.", todo="The README lists all settings.")
