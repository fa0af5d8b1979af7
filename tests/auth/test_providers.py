"""Providers from the settings: rows by preset, and what is refused before the app starts, by the setting's name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.auth.presets import PRESETS
from components.auth.providers import check_sign_in, find_provider, providers_of, redirect_address
from components.errors import ConfigurationError
from components.setting_readers import PROVIDER_FIELDS
from components.settings import ROOT, read_settings
from tests.auth.signing_in import only, settings_with, with_provider

TENANT = "11111111-2222-3333-4444-555555555555"
PAIR = {"client_id": "app", "client_secret": "secret"}
ROWS = {
    "google": {},
    "entra": {"tenant": TENANT},
    "okta": {"domain": "example.okta.com"},
    "auth0": {"domain": "example.eu.auth0.com"},
    "keycloak": {"issuer": "https://id.example.com/realms/staff"},
    "authentik": {"issuer": "https://id.example.com/application/o/groundwork/"},
    "gitlab": {},
    "github": {},
    "oidc": {"issuer": "https://id.example.com"},
    "oauth2": {
        "authorize_url": "https://id.example.com/authorize",
        "token_url": "https://id.example.com/token",
        "user_url": "https://id.example.com/user",
    },
}


def test_there_is_a_row_for_every_preset() -> None:
    assert set(ROWS) == set(PRESETS)


@pytest.mark.parametrize("preset", ROWS)
def test_a_preset_needs_little_more_than_a_client(preset: str) -> None:
    provider = only(with_provider(preset, None, **PAIR, **ROWS[preset]))
    assert (provider.preset, provider.name, provider.client_id) == (preset, preset, "app")
    assert provider.kind == ("oauth2" if preset in ("github", "oauth2") else "oidc")
    assert "openid" in provider.scopes or provider.kind == "oauth2"


@pytest.mark.parametrize(
    ("preset", "issuer"),
    [
        ("google", "https://accounts.google.com"),
        ("entra", f"https://login.microsoftonline.com/{TENANT}/v2.0"),
        ("okta", "https://example.okta.com"),
        ("auth0", "https://example.eu.auth0.com/"),
        ("gitlab", "https://gitlab.com"),
    ],
)
def test_issuers_are_as_the_provider_calls_itself(preset: str, issuer: str) -> None:
    assert only(with_provider(preset, None, **PAIR, **ROWS[preset])).issuer == issuer


@pytest.mark.parametrize("preset", ROWS)
def test_what_a_preset_needs_is_named_where_it_is_missing(preset: str) -> None:
    for field in PRESETS[preset].needs:
        row = {key: value for key, value in (PAIR | ROWS[preset]).items() if key != field} | {"preset": preset}
        named = rf"\[sign_in.x\] {field} \(GROUNDWORK_PROVIDER_X_{field.upper()}\)"
        with pytest.raises(ConfigurationError, match=named):
            providers_of(with_provider("x", None, **row))


def test_where_anybody_can_found_a_group_it_is_known() -> None:
    assert {name for name, preset in PRESETS.items() if preset.public} == {"google", "gitlab", "github", "oauth2"}


def test_several_providers_stand_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(
        '[sign_in.google]\nclient_id = "g"\nclient_secret = "s"\n'
        '[sign_in.staff]\npreset = "keycloak"\nissuer = "https://id.example.com"\nscopes = ["openid", "groups"]\n'
        'client_id = "k"\nclient_secret = "file"\ntitle = "the staff directory"\n',
        encoding="utf-8",
    )
    given = {"GROUNDWORK_PROVIDER_STAFF_CLIENT_SECRET": "environment", "GROUNDWORK_PROVIDER_GITHUB_CLIENT_ID": "h"}
    settings = read_settings({**given, "GROUNDWORK_PROVIDER_GITHUB_CLIENT_SECRET": "s"}, file)
    assert [provider.name for provider in providers_of(settings)] == ["google", "staff", "github"]
    staff = find_provider(settings, "staff")
    assert staff and (staff.client_secret, staff.title) == ("environment", "the staff directory")
    assert staff.scopes == ("openid", "groups")
    assert find_provider(settings, "nobody") is None


def test_githubs_own_server_stands_on_its_own_host() -> None:
    provider = only(with_provider("github", None, **PAIR, domain="github.example.com"))
    assert provider.token_url == "https://github.example.com/login/oauth/access_token"
    assert provider.emails_url == "https://github.example.com/api/v3/user/emails"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"preset": "facebook"}, "preset"),
        ({"tenant": "common", "preset": "entra"}, "tenant"),
        ({"tenant": "example.com", "preset": "entra"}, "tenant"),
        ({"domain": "https://example.okta.com", "preset": "okta"}, "domain"),
        ({"domain": "example.okta.com/x", "preset": "okta"}, "domain"),
        ({"issuer": "http://id.example.com"}, "issuer"),
        ({"issuer": "http://127.0.0.1.example.com"}, "issuer"),
        ({"issuer": "https://u:p@id.example.com"}, "issuer"),
        ({"issuer": "https://id.example.com?x=1"}, "issuer"),
        ({"issuer": "id.example.com"}, "issuer"),
        ({"issuer": "http://[::1"}, "issuer"),
        ({"issuer": "https://id.example.com", "scopes": "email"}, "scopes"),
        ({"issuer": "https://id.example.com", "admit": "all"}, "admit"),
        ({"issuer": "https://id.example.com", "trust_email": "maybe"}, "trust_email"),
        ({"issuer": "https://id.example.com", "icon": "https://example.com/x.png"}, "icon"),
        ({"issuer": "https://id.example.com", "icon": 'data:image/png,x");background:url(//x'}, "icon"),
        ({"issuer": "https://id.example.com", "groups_url": "http://example.com/groups"}, "groups_url"),
    ],
)
def test_a_malformed_field_is_named(fields: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"\[sign_in.x\] {named} "):
        providers_of(with_provider("x", None, **(PAIR | fields)))


@pytest.mark.parametrize("name", ["local", "proxy", "back", "Ö", "x" * 32, "a.b", "a b", ""])
def test_a_strange_name_of_a_provider_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(f'[sign_in."{name}"]\nclient_id = "x"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="sign_in"):
        read_settings({}, file)


@pytest.mark.parametrize(
    ("variables", "file", "words"),
    [
        ({}, "[sign_in.x]\ncolour = 'red'", r"\[sign_in.x\] colour: no such field"),
        ({}, "sign_in = 'x'", r"\[sign_in\] holds one table"),
        ({}, "[sign_in]\nissuer = 'x'", r"\[sign_in\] holds one table"),
        ({"GROUNDWORK_PROVIDER_X_COLOUR": "red"}, "", "GROUNDWORK_PROVIDER_X_COLOUR: no such setting"),
        ({"GROUNDWORK_PROVIDER_CLIENT_ID": "x"}, "", r"GROUNDWORK_PROVIDER_CLIENT_ID: no such setting|sign_in.client"),
        ({"GROUNDWORK_TRUSTED_PROXIES": "0.0.0.0/0"}, "", "GROUNDWORK_TRUSTED_PROXIES .*not every address"),
        ({"GROUNDWORK_TRUSTED_PROXIES": "10.0.0.0/8, ::/0"}, "", "GROUNDWORK_TRUSTED_PROXIES .*not every address"),
        ({"GROUNDWORK_TRUSTED_PROXIES": "proxy.example.com"}, "", "GROUNDWORK_TRUSTED_PROXIES .*addresses or networks"),
        ({"GROUNDWORK_TRUSTED_PROXIES": "10.0.0.1/8"}, "", "GROUNDWORK_TRUSTED_PROXIES .*addresses or networks"),
        ({"GROUNDWORK_PROXY_USER_HEADER": "x user"}, "", "GROUNDWORK_PROXY_USER_HEADER .*name of a header"),
        ({"GROUNDWORK_PROXY_USER_HEADER": "remote_user"}, "", "GROUNDWORK_PROXY_USER_HEADER .*name of a header"),
        ({"GROUNDWORK_PUBLIC_URL": "workbench.example.com"}, "", "GROUNDWORK_PUBLIC_URL .*address of the workbench"),
        ({"GROUNDWORK_PUBLIC_URL": "https://u@example.com"}, "", "GROUNDWORK_PUBLIC_URL"),
        ({"GROUNDWORK_PUBLIC_URL": "https://example.com/base"}, "", "GROUNDWORK_PUBLIC_URL .*no path"),
        ({"GROUNDWORK_PUBLIC_URL": "https://example.com?x"}, "", "GROUNDWORK_PUBLIC_URL"),
        ({"GROUNDWORK_PROXY_SIGN_OUT_URL": "//example.com"}, "", "GROUNDWORK_PROXY_SIGN_OUT_URL"),
        ({"GROUNDWORK_PROXY_SIGN_OUT_URL": "javascript:alert(1)"}, "", "GROUNDWORK_PROXY_SIGN_OUT_URL"),
        ({"GROUNDWORK_DEFAULT_ROLE": "administrator"}, "", "GROUNDWORK_DEFAULT_ROLE .*analyst, viewer"),
        ({"GROUNDWORK_LOGIN_HOURS": "0"}, "", "GROUNDWORK_LOGIN_HOURS"),
    ],
)
def test_a_malformed_setting_of_sign_in_is_named(
    tmp_path: Path, variables: dict[str, str], file: str, words: str
) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(file, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        read_settings(variables, secrets)


KEYCLOAK = {f"PROVIDER_K_{key.upper()}": value for key, value in {**PAIR, "issuer": "https://id.example.com"}.items()}
PROXIED = {"PROXY_USER_HEADER": "remote-user", "TRUSTED_PROXIES": "10.0.0.1"}


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        (KEYCLOAK | {"PUBLIC_URL": ""}, "GROUNDWORK_PUBLIC_URL is empty"),
        (KEYCLOAK | {"PUBLIC_URL": "http://workbench.example.com"}, "GROUNDWORK_PUBLIC_URL must begin with https"),
        (KEYCLOAK, "GROUNDWORK_ADMINISTRATORS is empty"),
        ({"PROXY_USER_HEADER": "remote-user"}, "GROUNDWORK_PROXY_USER_HEADER needs GROUNDWORK_TRUSTED_PROXIES"),
        (PROXIED, "GROUNDWORK_ADMINISTRATORS is empty"),
        ({"SIGN_IN": "required", "LOCAL_ACCOUNTS": "off"}, "GROUNDWORK_LOCAL_ACCOUNTS is off"),
        ({"PROVIDER_K_CLIENT_ID": "x"}, r"\[sign_in.k\] issuer"),
    ],
)
def test_settings_under_which_nobody_could_sign_in_are_refused(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        check_sign_in(settings_with(**variables), has_administrator=False)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"SIGN_IN": "required"},
        {"LOCAL_ACCOUNTS": "on"},
        KEYCLOAK | {"ADMINISTRATORS": "ada@example.com"},
        KEYCLOAK | {"ADMINISTRATOR_GROUPS": "admins", "PUBLIC_URL": "https://workbench.example.com/"},
        KEYCLOAK | {"LOCAL_ACCOUNTS": "on"},
        PROXIED | {"ADMINISTRATORS": "ada@example.com"},
    ],
)
def test_settings_under_which_somebody_can_are_not(variables: dict[str, str]) -> None:
    check_sign_in(settings_with(**variables), has_administrator=False)


def test_an_administrator_of_the_store_is_enough() -> None:
    check_sign_in(settings_with(**KEYCLOAK), has_administrator=True)


@pytest.mark.parametrize(
    ("variables", "asks", "local"),
    [
        ({}, False, False),
        ({"LOCAL_ACCOUNTS": "off"}, False, False),
        ({"SIGN_IN": "required"}, True, True),
        ({"LOCAL_ACCOUNTS": "on"}, True, True),
        (KEYCLOAK, True, False),
        (KEYCLOAK | {"SIGN_IN": "required"}, True, False),
        (KEYCLOAK | {"LOCAL_ACCOUNTS": "on"}, True, True),
        (PROXIED, True, False),
    ],
)
def test_when_sign_in_is_on(variables: dict[str, str], asks: bool, local: bool) -> None:
    settings = settings_with(**variables)
    assert (settings.asks_sign_in, settings.has_local_accounts) == (asks, local)


def test_the_public_address_is_the_one_of_a_browser() -> None:
    settings = settings_with(PUBLIC_URL="HTTPS://Workbench.Example.com:8443/")
    assert settings.public_url == "https://workbench.example.com:8443"
    assert settings.over_tls
    assert redirect_address(settings) == "https://workbench.example.com:8443/api/sign-in/back"


def test_no_secret_is_in_what_is_printed() -> None:
    settings = with_provider("op", None, issuer="https://id.example.com", client_id="app", client_secret="hush-hush")
    assert "hush-hush" not in repr(settings) + repr(only(settings)) + str(providers_of(settings))


def examples(document: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return [block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[sign_in." in block]


@pytest.mark.parametrize("document", ["README.md", "docs/sign-in.md"])
def test_the_examples_are_complete(tmp_path: Path, document: str) -> None:
    """Each can be put into the secrets file as it stands, and the workbench starts with it."""
    names = set()
    for number, example in enumerate(examples(document)):
        file = tmp_path / f"{number}.toml"
        file.write_text(example, encoding="utf-8")
        settings = read_settings({}, file)
        check_sign_in(settings, has_administrator=False)
        names |= {provider.preset for provider in providers_of(settings)}
    assert names >= {"google", "entra", "keycloak", "github"}


def test_every_field_is_documented() -> None:
    told = (ROOT / "docs" / "sign-in.md").read_text(encoding="utf-8").split("## The fields of a provider")[1]
    assert set(re.findall(r"`(\w+)`", told.split("## ")[0])) >= PROVIDER_FIELDS
