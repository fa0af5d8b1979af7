"""The sign-in providers of this server: rows made from the settings, checked before the app starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from components.auth.facts import BACK, is_loopback_name
from components.auth.http import parts_of
from components.auth.presets import GITHUB_SERVER, OIDC_SCOPES, PRESETS, Preset
from components.errors import ConfigurationError
from components.settings import Settings

ADDRESSES = ("issuer", "authorize_url", "token_url", "user_url", "emails_url")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Provider:
    """Somebody who vouches for people: a row.

    Attributes:
        name: Of the row: in addresses, in the store, before the groups of a public provider.
        title: What the button says after "Continue with".
        kind: ``oidc`` or ``oauth2``.
        preset: Which preset it was made from.
        issuer: Exactly what the provider calls itself (``oidc``).
        client_secret: Empty for a public client, which has PKCE alone.
        groups_claim: Where the token or the user API lists groups: a name, or names joined by dots.
        groups_urls: Addresses that list groups, asked on the server.
        admit_everyone: Whether whoever it vouches for is let in.
        trust_email: Whether its e-mails count as verified though it does not say so.
        public: Whether anybody can found a group there.
        icon: A picture as a ``data:`` address, or empty.
    """

    name: str
    title: str
    kind: str
    preset: str
    client_id: str
    client_secret: str = ""
    issuer: str = ""
    scopes: tuple[str, ...] = ()
    groups_claim: str = ""
    authorize_url: str = ""
    token_url: str = ""
    user_url: str = ""
    emails_url: str = ""
    groups_urls: tuple[str, ...] = ()
    subject_field: str = "id"
    name_field: str = "name"
    email_field: str = "email"
    verified_field: str = ""
    admit_everyone: bool = False
    trust_email: bool = False
    public: bool = False
    icon: str = ""

    def __repr__(self) -> str:
        return f"Provider({self.name!r}, {self.preset!r})"  # no secret in any log


_made: tuple[Mapping[str, Mapping[str, str]], tuple[Provider, ...]] | None = None


def providers_of(settings: Settings) -> tuple[Provider, ...]:
    """The providers in the order in which they are written; made once for the same settings.

    Raises:
        ConfigurationError: A row is malformed; the message names the provider and the field.
    """
    global _made
    rows = settings.sign_in_providers
    if _made is None or _made[0] is not rows:
        _made = rows, tuple(_provider(name, row) for name, row in rows.items())
    return _made[1]


def find_provider(settings: Settings, name: str) -> Provider | None:
    """The provider of this name; None where there is none."""
    return next((provider for provider in providers_of(settings) if provider.name == name), None)


def redirect_address(settings: Settings) -> str:
    """The one address that every provider must be told to send the browser back to."""
    return settings.public_url + BACK


def check_sign_in(settings: Settings, *, has_administrator: bool) -> None:
    """Refuse settings under which nobody, or the wrong people, could sign in.

    Args:
        has_administrator: Whether the store knows an active administrator.

    Raises:
        ConfigurationError: The message names the setting.
    """
    providers = providers_of(settings)
    if providers:
        _require_public_url(settings, providers[0].name)
    if settings.proxy_user_header and not settings.trusted_proxies:
        raise _wrong("GROUNDWORK_PROXY_USER_HEADER", "needs GROUNDWORK_TRUSTED_PROXIES: else anybody could send it.")
    if settings.asks_sign_in and not (providers or settings.has_local_accounts or settings.proxy_user_header):
        raise _wrong("GROUNDWORK_LOCAL_ACCOUNTS", "is off and no provider is set: nobody could ever sign in.")
    named = settings.administrators or settings.administrator_groups
    if settings.asks_sign_in and not (settings.has_local_accounts or named or has_administrator):
        raise _wrong("GROUNDWORK_ADMINISTRATORS", "is empty: nobody could ever be an administrator.")


def _require_public_url(settings: Settings, provider: str) -> None:
    if not settings.public_url:
        raise _wrong("GROUNDWORK_PUBLIC_URL", f"is empty; [sign_in.{provider}] sends browsers back to it.")
    if not settings.over_tls and not is_loopback_name(parts_of(settings.public_url).netloc):
        raise _wrong("GROUNDWORK_PUBLIC_URL", "must begin with https: only this machine's own address may do without.")


def _provider(name: str, row: Mapping[str, str]) -> Provider:
    kind = row.get("preset") or (name if name in PRESETS else "oidc")
    if kind not in PRESETS:
        raise _field(name, "preset", f"is {kind!r}; it must be one of {', '.join(PRESETS)}.")
    preset = PRESETS[kind]
    own_github = GITHUB_SERVER if kind == "github" and row.get("domain") else {}
    filled = {**preset.fields, **own_github, **row, "preset": kind}
    _require_fields(name, preset, filled)
    filled = {key: value.replace("{tenant}", row.get("tenant", "")) for key, value in filled.items()}
    filled = {key: value.replace("{domain}", row.get("domain", "")) for key, value in filled.items()}
    for key in ADDRESSES:
        _require_address(name, key, filled.get(key, ""))
    return _made_of(name, preset, filled)


def _made_of(name: str, preset: Preset, filled: Mapping[str, str]) -> Provider:
    groups_urls = tuple(re.split(r"[,\s]+", filled.get("groups_url", "").strip())) if filled.get("groups_url") else ()
    for address in groups_urls:
        _require_address(name, "groups_url", address)
    words = ("title", "issuer", "client_secret", "authorize_url", "token_url", "user_url", "emails_url")
    fields = ("subject_field", "name_field", "email_field", "verified_field")
    return Provider(
        name=name,
        kind=preset.kind,
        preset=filled["preset"],
        client_id=filled["client_id"],
        scopes=_scopes(name, preset, filled),
        groups_claim=filled.get("groups_claim", "groups" if preset.kind == "oidc" else ""),
        groups_urls=groups_urls,
        admit_everyone=_one_of(name, filled, "admit", "listed", "everyone") == "everyone",
        trust_email=_one_of(name, filled, "trust_email", "no", "yes") == "yes",
        public=preset.public,
        icon=_icon(name, filled.get("icon", "")),
        **{"title": preset.title} | {key: filled[key] for key in (*words, *fields) if filled.get(key)},
    )


def _require_fields(name: str, preset: Preset, filled: Mapping[str, str]) -> None:
    for key in preset.needs:
        if not filled.get(key, "").strip():
            raise _field(name, key, "is missing.")
    tenant, domain = filled.get("tenant", ""), filled.get("domain", "")
    if tenant and not GUID.fullmatch(tenant):
        raise _field(name, "tenant", f"is {tenant!r}; it must be the directory's id, such as 00000000-0000-....")
    if domain and not HOST.fullmatch(domain):
        raise _field(name, "domain", f"is {domain!r}; it must be a host alone, such as example.okta.com.")


def _require_address(name: str, key: str, address: str) -> None:
    if not address:
        return
    parts = parts_of(address)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback_name(parts.netloc))
    if not safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise _field(name, key, f"is {address!r}; it must be an https address without a query.")


def _scopes(name: str, preset: Preset, filled: Mapping[str, str]) -> tuple[str, ...]:
    default = OIDC_SCOPES if preset.kind == "oidc" else ""
    scopes = tuple(part for part in re.split(r"[,\s]+", filled.get("scopes", default)) if part)
    if preset.kind == "oidc" and "openid" not in scopes:
        raise _field(name, "scopes", "must hold openid.")
    return scopes


def _one_of(name: str, filled: Mapping[str, str], key: str, *words: str) -> str:
    word = filled.get(key, words[0]).strip().lower()
    if word not in words:
        raise _field(name, key, f"is {word!r}; it must be one of {', '.join(words)}.")
    return word


def _icon(name: str, icon: str) -> str:
    if icon and not re.fullmatch(r"data:image/[a-z+]+[;,][\w%+/=:;,.~-]+", icon, re.ASCII):
        raise _field(name, "icon", "must be a picture as a data: address.")
    return icon


def _field(name: str, key: str, why: str) -> ConfigurationError:
    variable = f"GROUNDWORK_PROVIDER_{name.upper()}_{key.upper()}"
    return _wrong(f"[sign_in.{name}] {key} ({variable})", why)


def _wrong(setting: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"{setting} {why}", todo="docs/sign-in.md has complete examples.")
