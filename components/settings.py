"""The operator's choices, typed. The environment and the secrets file are read here and nowhere else."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from components.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
SECRETS_FILE = ROOT / ".streamlit" / "secrets.toml"
PREFIX = "GROUNDWORK_"


def _text(value: str) -> str:
    return value.strip()


def _path(value: str) -> Path:
    return Path(value.strip()).expanduser().absolute()


def _path_or_none(value: str) -> Path | None:
    return _path(value) if value.strip() else None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"from {low:,} to {high:,}")
        return number

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        word = value.strip().lower()
        if word not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return word

    return read


def _setting(default: Any, read: Callable[[str], Any], help_: str) -> Any:
    """A field with its default, its reader and its line in the documentation."""
    factory = default if callable(default) else (lambda: default)
    return field(default_factory=factory, metadata={"read": read, "help": help_})


@dataclass(frozen=True)
class Settings:
    """Every choice of the operator. A field ``x`` is read from ``GROUNDWORK_X``, else from ``[groundwork] x`` in the
    secrets file, else it is the default."""

    home: Path = _setting(
        lambda: Path.home() / ".groundwork", _path, "Folder for everything that lasts: database, files, key file."
    )
    database_url: str = _setting(
        "", _text, "SQLAlchemy address of a PostgreSQL database; empty: SQLite in the home folder."
    )
    blobs_url: str = _setting("", _text, "fsspec address where files lie; empty: the folder blobs in the home folder.")
    encryption_key: str = _setting(
        "",
        _text,
        "Key (Fernet, 32 bytes in url-safe base64) for stored provider keys; empty: a key file in the home folder.",
    )
    sign_in: str = _setting(
        "auto",
        _one_of("auto", "required"),
        "auto: one local owner on this machine works without signing in; required: everybody meets the door.",
    )
    model: str = _setting(
        "auto",
        _one_of("auto", "standard", "light", "none"),
        "Built-in model: auto takes standard where 6 GB of memory are free, else light; none fetches and runs nothing.",
    )
    model_file: Path | None = _setting(
        None, _path_or_none, "A GGUF file already on this disk to run as the built-in model; its checksum is verified."
    )
    model_cache: Path = _setting(
        lambda: Path.home() / ".cache" / "groundwork", _path, "Folder where the built-in model and embeddings are kept."
    )
    model_context: int = _setting(
        4096, _whole(1024, 131_072), "Context of the built-in model for each of its slots, in tokens."
    )
    model_slots: int = _setting(2, _whole(1, 16), "Replies that the built-in model makes side by side.")
    upload_mb: int = _setting(4096, _whole(1, 1_048_576), "Largest upload, in megabytes.")
    import_memory_mb: int = _setting(
        2048, _whole(256, 1_048_576), "Memory that one import may take, in megabytes; over it the import fails alone."
    )
    import_seconds: int = _setting(3600, _whole(10, 86_400), "Longest import, in seconds.")
    document_memory_mb: int = _setting(
        1024,
        _whole(128, 1_048_576),
        "Memory that reading one document may take, in megabytes; over it, it fails alone.",
    )
    document_seconds: int = _setting(600, _whole(10, 86_400), "Longest reading of one document, in seconds.")
    document_pages: int = _setting(5000, _whole(1, 1_000_000), "Most pages that a document may have.")
    query_memory_mb: int = _setting(
        1024, _whole(128, 1_048_576), "Memory for one user's queries, in megabytes, before they spill to disk."
    )
    query_seconds: int = _setting(10, _whole(1, 3600), "Longest query, in seconds.")
    query_rows: int = _setting(10_000, _whole(100, 1_000_000), "Most rows of a result that are fetched and shown.")
    job_threads: int = _setting(4, _whole(1, 64), "Jobs that run side by side in this process.")
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
            values[name] = _read_one(PREFIX + name.upper(), str(raw), item.metadata["read"])
    words = {**{k: v for k, v in secrets.items() if isinstance(v, str)}, **environ}
    values["provider_keys"] = {k: v for k, v in words.items() if k.endswith("_API_KEY") and v}
    values["provider_addresses"] = {k: v for k, v in words.items() if k.endswith(("_BASE_URL", "OLLAMA_HOST")) and v}
    return Settings(**values)


def child_environment(**more: str) -> dict[str, str]:
    """The environment for a child process: this one's, with ``more`` on top and every API key left out."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_TOKEN", "_SECRET"))}
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
    given = {name.removeprefix(PREFIX).lower() for name in environ if name.startswith(PREFIX)} | set(table)
    strange = sorted(name for name in given if name not in known and not name.startswith("test_"))
    if strange:
        names = ", ".join(PREFIX + name.upper() for name in strange)
        raise ConfigurationError(f"{names}: no such setting.", todo="The README lists all settings.")
