"""Tokens that lie: each is refused, and the browser learns nothing of why."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from components.auth import jwks, oidc
from components.auth.flow import finish
from components.auth.identity import Identity, SignInFailedError
from components.auth.providers import Provider
from components.settings import Settings
from tests.auth.signing_in import a_flow, only, with_provider
from tests.servers.fault_provider import CLIENT, FALSE, HONEST, SECRET, FaultProvider, public

UNVERIFIED = "The provider's answer could not be verified."


@pytest.fixture(scope="module")
def shared() -> Iterator[FaultProvider]:
    with FaultProvider() as server:
        yield server


@pytest.fixture
def server() -> Iterator[FaultProvider]:
    """A provider of its own, whose keys and words nobody has read yet."""
    with FaultProvider() as server:
        yield server


def settings_of(server: FaultProvider) -> Settings:
    return with_provider("op", issuer=server.url, client_id=CLIENT, client_secret=SECRET)


def sign_in(server: FaultProvider, fault: str, settings: Settings | None = None, **answer: str) -> Identity:
    settings = settings or settings_of(server)
    flow = a_flow("op")
    server.nonce = flow.nonce
    return finish(only(settings), settings, flow, {"code": fault, "state": flow.state, **answer})


@pytest.mark.parametrize("fault", HONEST)
def test_an_honest_token_is_believed(shared: FaultProvider, fault: str) -> None:
    assert sign_in(shared, fault) == Identity("op", "ada", "ada@example.com", "Ada Lovelace", ("finance",))


@pytest.mark.parametrize("fault", FALSE)
def test_a_false_token_is_refused(shared: FaultProvider, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(SignInFailedError) as refused:
        sign_in(shared, fault)
    assert refused.value.what == UNVERIFIED
    assert "sign-in at op failed: " in caplog.text
    assert SECRET not in caplog.text


def test_a_key_that_was_rotated_is_found(server: FaultProvider) -> None:
    sign_in(server, "ok")
    with pytest.raises(SignInFailedError):
        sign_in(server, "rotated")  # not there yet; the keys were asked for once more
    assert server.count("/keys") == 2
    server.keys = [public("second")]
    oidc.keys_at(f"{server.url}/keys")._forced_at -= jwks.COOL_DOWN
    assert sign_in(server, "rotated").subject == "ada"
    with pytest.raises(SignInFailedError):
        sign_in(server, "ok")  # the first key is gone


def test_unknown_keys_do_not_make_us_ask_again_and_again(server: FaultProvider) -> None:
    for _ in range(20):
        with pytest.raises(SignInFailedError):
            sign_in(server, "of_an_unknown_key")
    assert server.count("/keys") <= 2


def test_keys_without_a_name_are_tried_in_turn(server: FaultProvider) -> None:
    for name in ("no_kid", "ok"):
        server.keys = [{k: v for k, v in public(key).items() if k != "kid"} for key in ("second", "curve", "first")]
        assert sign_in(server, name).subject == "ada"


def test_a_shared_secret_in_the_list_of_keys_verifies_nothing(server: FaultProvider) -> None:
    server.keys = [{"kty": "oct", "kid": "first", "k": "dGhlLXNlY3JldC1vZi10aGUtY2xpZW50", "use": "sig"}]
    for fault in ("hs256_with_the_clients_secret", "ok"):
        with pytest.raises(SignInFailedError, match=UNVERIFIED):
            sign_in(server, fault)


@pytest.mark.parametrize("row", [{}, {"kty": "RSA"}, {"kty": "RSA", "n": 7, "e": "AQAB"}, {"kty": ["RSA"]}, "x", None])
def test_a_malformed_key_harms_no_other(server: FaultProvider, row: object) -> None:
    server.keys = [row, public("first")]  # type: ignore[list-item]
    assert sign_in(server, "no_kid").subject == "ada"


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": "yes"}, {"email_verified": None}])
def test_an_unverified_email_is_none(shared: FaultProvider, claims: dict[str, object]) -> None:
    shared.claims = claims
    try:
        assert sign_in(shared, "ok").email is None
    finally:
        shared.claims = {}


@pytest.mark.parametrize(
    "email",
    [
        *("ada", "ada@", "@example.com", "ada@example.com, eve@example.com", "ada@example.com\n", "ada@@example.com"),
        *(
            "mi\u212ae@example.com",
            "stra\u00dfe@example.com",
            "ada@ex\u0430mple.com",
            "a" * 250 + "@x.io",
            7,
            ["ada@x.io"],
        ),
        "ada@example.com\0",
    ],
)
def test_a_strange_email_is_none(shared: FaultProvider, email: object) -> None:
    """A Kelvin sign folds to k, a sharp s to ss: neither is somebody else's address."""
    shared.claims = {"email": email}
    try:
        assert sign_in(shared, "ok").email is None
    finally:
        shared.claims = {}


def test_the_user_api_must_speak_of_the_same_person(server: FaultProvider) -> None:
    server.claims = {"email": None, "email_verified": None}
    server.user = {"sub": "eve", "email": "ada@example.com", "email_verified": True}
    with pytest.raises(SignInFailedError, match=UNVERIFIED):
        sign_in(server, "ok")
    server.user["sub"] = "ada"
    assert sign_in(server, "ok").email == "ada@example.com"


def test_an_email_of_one_source_is_not_verified_by_another(server: FaultProvider) -> None:
    server.claims = {"email": "boss@example.com", "email_verified": None, "name": None}
    server.user = {"sub": "ada", "email": "ada@example.com", "email_verified": True}
    assert sign_in(server, "ok").email is None


def test_another_provider_than_the_one_asked_is_refused(server: FaultProvider) -> None:
    with pytest.raises(SignInFailedError, match=UNVERIFIED):
        sign_in(server, "ok", iss="http://127.0.0.1:1")
    assert server.count("/token") == 0
    assert sign_in(server, "ok", iss=server.url)


def test_who_says_that_it_names_itself_must(server: FaultProvider) -> None:
    server.about = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(SignInFailedError, match=UNVERIFIED):
        sign_in(server, "ok")
    assert sign_in(server, "ok", iss=server.url)


def test_a_token_of_one_client_opens_no_other(shared: FaultProvider) -> None:
    settings = with_provider("op", issuer=shared.url, client_id="other", client_secret=SECRET)
    with pytest.raises(SignInFailedError, match=UNVERIFIED):
        sign_in(shared, "ok", settings)


def provider_at(server: FaultProvider, **changes: object) -> Provider:
    return replace(only(settings_of(server)), **changes)  # type: ignore[arg-type]


def test_entra_verifies_an_email_only_where_it_says_that_the_domain_is_proved(server: FaultProvider) -> None:
    """There any directory may write any e-mail into its people: ``email_verified`` from it means nothing."""
    settings, entra = settings_of(server), provider_at(server, preset="entra")
    for claims, email in (
        ({"email_verified": True}, None),
        ({"xms_edov": True}, "ada@example.com"),
        ({"xms_edov": "1"}, "ada@example.com"),
        ({"xms_edov": 0}, None),
    ):
        server.claims = {"email_verified": None, **claims}
        flow = a_flow("op")
        server.nonce = flow.nonce
        assert finish(entra, settings, flow, {"code": "ok", "state": flow.state}).email == email


def test_google_vouches_for_the_domains_that_it_runs(server: FaultProvider) -> None:
    settings, google = settings_of(server), provider_at(server, preset="google", public=True)
    for claims, email in (
        ({}, None),
        ({"hd": "example.com"}, "ada@example.com"),
        ({"email": "Ada@Gmail.com"}, "ada@gmail.com"),
    ):
        server.claims = claims
        flow = a_flow("op")
        server.nonce = flow.nonce
        assert finish(google, settings, flow, {"code": "ok", "state": flow.state}).email == email
