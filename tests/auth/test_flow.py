"""A sign-in at a provider: what is sent there, what is believed of what comes back, and providers that misbehave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from components.auth import http
from components.auth.flow import begin, challenge, finish
from components.auth.identity import Identity, SignInFailedError
from components.auth.oidc import discover
from components.settings import Settings
from tests.auth.signing_in import BACK, a_flow, only, with_provider
from tests.servers.fault_provider import CLIENT, SECRET, FaultProvider
from tests.servers.oauth2_provider import OAuth2Provider
from tests.servers.openid import SECRET as PANVA_SECRET
from tests.servers.openid import client, free_port, running_mock, running_panva, walk

SCOPES = "openid email profile groups"


@pytest.fixture
def server() -> Iterator[FaultProvider]:
    with FaultProvider() as server:
        yield server


@pytest.fixture
def github() -> Iterator[OAuth2Provider]:
    with OAuth2Provider() as server:
        yield server


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS", 1.0)


def settings_of(server: FaultProvider, **more: str) -> Settings:
    fields = {"issuer": server.url, "client_id": CLIENT, "client_secret": SECRET, **more}
    return with_provider("op", None, **fields)


def sign_in(server: FaultProvider, code: str) -> Identity:
    settings, flow = settings_of(server), a_flow("op")
    server.nonce = flow.nonce
    return finish(only(settings), settings, flow, {"code": code, "state": flow.state})


# With parts that others wrote


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_panvas_provider_signs_in(algorithm: str) -> None:
    with running_panva([client(BACK, id_token_signed_response_alg=algorithm)]) as issuer:
        settings = with_provider("op", issuer=issuer, client_id="app", client_secret=PANVA_SECRET, scopes=SCOPES)
        flow = a_flow("op")
        answer = walk(_begun(settings, flow), BACK, {"login": "ada", "act": "in"})
        assert answer["iss"] == issuer
        ada = finish(only(settings), settings, flow, answer)
        assert ada == Identity("op", "ada", "ada@example.com", "Ada Lovelace", ("finance", "staff"))
        with pytest.raises(SignInFailedError, match="did not accept"):
            finish(only(settings), settings, flow, answer)  # its code is good once


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_panvas_provider_takes_the_secret_as_it_likes(method: str) -> None:
    odd = "s:e/c~r%e&t+=" + "x" * 20
    registered = client(BACK, token_endpoint_auth_method=method) | {"client_secret": odd}
    registered = {k: v for k, v in registered.items() if method != "none" or k != "client_secret"}
    with running_panva([registered], conform=True) as issuer:
        secret = {} if method == "none" else {"client_secret": odd}
        settings = with_provider("op", None, issuer=issuer, client_id="app", scopes=SCOPES, **secret)
        flow = a_flow("op")
        answer = walk(_begun(settings, flow), BACK, {"login": "ada", "act": "in"})
        assert finish(only(settings), settings, flow, answer).groups == ("finance", "staff")  # from its user API


def test_panvas_provider_refuses_another_verifier() -> None:
    with running_panva([client(BACK)]) as issuer:
        settings = with_provider("op", issuer=issuer, client_id="app", client_secret=PANVA_SECRET)
        flow = a_flow("op")
        answer = walk(_begun(settings, flow), BACK, {"login": "ada", "act": "in"})
        stolen = a_flow("op", state=flow.state, nonce=flow.nonce)
        with pytest.raises(SignInFailedError, match="did not accept"):
            finish(only(settings), settings, stolen, answer)


def test_panvas_provider_says_that_somebody_declined() -> None:
    with running_panva([client(BACK)]) as issuer:
        settings = with_provider("op", issuer=issuer, client_id="app", client_secret=PANVA_SECRET)
        flow = a_flow("op")
        answer = walk(_begun(settings, flow), BACK, {"login": "nobody", "act": "no"})
        with pytest.raises(SignInFailedError, match="was declined"):
            finish(only(settings), settings, flow, answer)


def test_the_mock_provider_whose_keys_have_no_name_signs_in() -> None:
    with running_mock(free_port()) as issuer:
        settings = with_provider("op", issuer=issuer, client_id="app", client_secret="secret")
        flow = a_flow("op")
        answer = walk(_begun(settings, flow), BACK, {"sub": "ada@example.com"})
        assert finish(only(settings), settings, flow, answer).subject == "ada@example.com"


def _begun(settings: Settings, flow: object) -> str:
    return begin(only(settings), settings, nonce=flow.nonce, state=flow.state, verifier=flow.verifier)  # type: ignore[attr-defined]


# What is sent


def test_the_browser_is_sent_with_state_nonce_and_pkce(server: FaultProvider) -> None:
    settings, flow = settings_of(server), a_flow("op")
    address = urlsplit(_begun(settings, flow))
    sent = {key: values[0] for key, values in parse_qs(address.query).items()}
    assert address._replace(query="").geturl() == f"{server.url}/authorize"
    assert (sent["state"], sent["nonce"], sent["redirect_uri"]) == (flow.state, flow.nonce, BACK)
    assert (sent["code_challenge"], sent["code_challenge_method"]) == (challenge(flow.verifier), "S256")
    assert sent["response_type"] == "code"
    assert flow.verifier not in address.query
    assert SECRET not in address.query


def test_an_address_that_asks_something_already_keeps_it(server: FaultProvider) -> None:
    server.about = {"authorization_endpoint": f"{server.url}/authorize?p=policy"}
    sent = parse_qs(urlsplit(_begun(settings_of(server), a_flow("op"))).query)
    assert (sent["p"], sent["client_id"]) == (["policy"], [CLIENT])


# What comes back


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"code": "ok"},
        {"code": "ok", "state": ""},
        {"code": "ok", "state": "of-another-sign-in"},
        {"code": "ok", "state": "\u00e9"},
        {"code": "ok", "state": ["STATE"]},
        {"code": "ok", "state": None},
        {"state": "STATE"},
        {"code": "", "state": "STATE"},
        {"code": ["ok"], "state": "STATE"},
        {"code": "x" * 5000, "state": "STATE"},
        {"code": "ok\r\nx: y", "state": "STATE"},
        {"error": "server_error", "state": "STATE"},
        {"error": "access_denied", "state": "of-another-sign-in"},
        {"token": {"id_token": "e30.e30.", "access_token": "x"}},
        {"token": {"id_token": "e30.e30."}, "state": "STATE"},
        {"id_token": "e30.e30.", "access_token": "x", "state": "STATE"},
    ],
    ids=str,
)
def test_a_forged_answer_reaches_no_provider(server: FaultProvider, answer: dict[str, object]) -> None:
    settings, flow = settings_of(server), a_flow("op")
    told = {key: _with_state(value, flow.state) for key, value in answer.items()}
    with pytest.raises(SignInFailedError):
        finish(only(settings), settings, flow, told)  # type: ignore[arg-type]
    assert server.count("/token") == 0


def _with_state(value: object, state: str) -> object:
    return [state] if value == ["STATE"] else state if value == "STATE" else value


def test_a_token_from_the_browser_is_not_looked_at(server: FaultProvider) -> None:
    settings, flow = settings_of(server), a_flow("op")
    server.nonce = flow.nonce
    forged = {"id_token": "e30.e30.", "access_token": "x", "token": {"sub": "admin"}, "sub": "admin"}
    found = finish(only(settings), settings, flow, {"code": "ok", "state": flow.state, **forged})  # type: ignore[dict-item]
    assert found.subject == "ada"


def test_what_the_browser_says_as_an_error_is_shown_to_nobody(server: FaultProvider) -> None:
    settings, flow = settings_of(server), a_flow("op")
    words = "<b>Call 555-0100 to unlock your account</b>"
    with pytest.raises(SignInFailedError) as refused:
        finish(only(settings), settings, flow, {"state": flow.state, "error": words, "error_description": words})
    assert "555" not in refused.value.what + refused.value.todo


def test_a_flow_of_one_provider_is_none_of_another(server: FaultProvider) -> None:
    settings, flow = settings_of(server), a_flow("another")
    with pytest.raises(SignInFailedError, match="another provider"):
        finish(only(settings), settings, flow, {"code": "ok", "state": flow.state})
    assert server.count("/token") == 0


# A provider that misbehaves

TOKEN_FAULTS = (
    *("huge", "endless", "web_page", "redirect", "a_list", "deep", "digits", "latin", "compressed", "cut"),
    *("server_error", "invalid_grant", "invalid_client", "error_in_200", "mac_token", "no_access_token", "forbidden"),
    "access_token_with_a_line",
)
PAGE_FAULTS = ("huge", "endless", "web_page", "redirect", "a_list", "deep", "digits", "latin", "compressed", "cut")
SLOW = ("hang", "trickle", "trickling_headers")


@pytest.mark.parametrize("fault", TOKEN_FAULTS)
def test_a_token_endpoint_that_misbehaves_signs_nobody_in(server: FaultProvider, fault: str) -> None:
    with pytest.raises(SignInFailedError):
        sign_in(server, fault)
    assert server.count("/elsewhere") == 0, "a redirect was followed"


@pytest.mark.parametrize("fault", SLOW)
def test_a_token_endpoint_has_a_time_limit_over_all(server: FaultProvider, fault: str, hurried: None) -> None:
    """Each byte comes soon enough; the answer does not."""
    begun = time.monotonic()
    with pytest.raises(SignInFailedError):
        sign_in(server, fault)
    assert time.monotonic() - begun < 10, "far from the 20 seconds that the answer would take"


@pytest.mark.parametrize("fault", [*PAGE_FAULTS, *SLOW, "server_error"])
def test_a_discovery_that_misbehaves_begins_nothing(server: FaultProvider, fault: str, hurried: None) -> None:
    server.broken = fault
    with pytest.raises(SignInFailedError):
        _begun(settings_of(server), a_flow("op"))
    assert server.count("/elsewhere") == 0


@pytest.mark.parametrize("fault", [*PAGE_FAULTS, "hang", "server_error"])
def test_keys_that_cannot_be_read_verify_nothing(server: FaultProvider, fault: str, hurried: None) -> None:
    settings = settings_of(server)
    _begun(settings, a_flow("op"))
    server.broken = fault
    with pytest.raises(SignInFailedError):
        sign_in(server, "ok")
    assert server.count("/elsewhere") == 0


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"issuer": None},
        {"issuer": ["x"]},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://example.com/authorize"},
        {"token_endpoint": "http://example.com/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "https://user@example.com/token"},
        {"token_endpoint": ["https://example.com"]},
        {"token_endpoint": "https://"},
        {"token_endpoint": "http://[::1"},
        {"jwks_uri": "http://169.254.169.254/latest"},
        {"jwks_uri": None},
        {"userinfo_endpoint": "ftp://example.com"},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"id_token_signing_alg_values_supported": []},
    ],
    ids=str,
)
def test_a_discovery_that_lies_is_not_believed(server: FaultProvider, about: dict[str, object]) -> None:
    server.about = about
    with pytest.raises(SignInFailedError):
        discover(only(settings_of(server)))


def test_a_client_that_may_not_use_basic_posts_its_secret(server: FaultProvider) -> None:
    server.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(server, "ok").subject == "ada"
    form = next(form for path, form in server.asked if path == "/token")
    assert form["client_secret"] == SECRET
    assert server.auth == [""]


# Plain OAuth 2


def github_settings(github: OAuth2Provider, **more: str) -> Settings:
    return with_provider("github", None, **(github.fields() | more))


def at_github(github: OAuth2Provider, settings: Settings | None = None) -> Identity:
    settings = settings or github_settings(github)
    flow = a_flow("github")
    answer = walk(_begun(settings, flow), BACK, {})
    return finish(only(settings), settings, flow, answer)


def test_github_signs_in_by_its_user_api(github: OAuth2Provider) -> None:
    groups = ("github:acme", "github:globex", "github:initech", "github:acme/finance")
    assert at_github(github) == Identity("github", "7", "ada@example.com", "Ada Lovelace", groups)


@pytest.mark.parametrize(
    "emails",
    [
        [],
        {},
        [{"email": "ada@example.com", "primary": True, "verified": False}],
        [{"email": "ada@example.com", "primary": True, "verified": "true"}],
        [{"email": "ada@example.com", "primary": False, "verified": True}],
        [{"primary": True, "verified": True}],
        ["ada@example.com"],
    ],
    ids=str,
)
def test_an_email_that_github_has_not_verified_is_none(github: OAuth2Provider, emails: object) -> None:
    """The e-mail of the profile is what the person likes to show: it proves nothing."""
    github.emails = emails
    assert at_github(github).email is None


@pytest.mark.parametrize("subject", [None, "", True, 1.5, ["7"], {"id": 7}])
def test_a_person_without_an_id_is_nobody(github: OAuth2Provider, subject: object) -> None:
    github.person = {"login": "ada", "id": subject}
    with pytest.raises(SignInFailedError, match="did not say who you are"):
        at_github(github)


def test_a_code_is_good_once_and_for_its_verifier(github: OAuth2Provider) -> None:
    settings, flow = github_settings(github), a_flow("github")
    answer = walk(_begun(settings, flow), BACK, {})
    with pytest.raises(SignInFailedError, match="did not accept"):
        finish(only(settings), settings, a_flow("github", state=flow.state), answer)
    with pytest.raises(SignInFailedError, match="did not accept"):
        finish(only(settings), settings, flow, answer)


def test_the_token_goes_to_no_other_host(github: OAuth2Provider) -> None:
    with FaultProvider() as elsewhere:
        github.next_host = elsewhere.url
        with pytest.raises(SignInFailedError, match="leads to another host"):
            at_github(github)
        assert elsewhere.asked == []


def test_a_row_of_ones_own_says_where_things_stand(github: OAuth2Provider) -> None:
    github.person = {"uid": "u-7", "mail": "ada@example.com", "confirmed": True, "called": "Ada", "teams": ["a", "b"]}
    fields = {"preset": "oauth2", "subject_field": "uid", "email_field": "mail", "name_field": "called"}
    fields |= {"verified_field": "confirmed", "groups_claim": "teams", "emails_url": "", "groups_url": ""}
    settings = github_settings(github, **fields)
    assert at_github(github, settings) == Identity("github", "u-7", "ada@example.com", "Ada", ("github:a", "github:b"))
    github.person["confirmed"] = False
    assert at_github(github, settings).email is None


# Groups


def test_groups_that_did_not_fit_are_asked_for_on_the_server(server: FaultProvider) -> None:
    """Entra: over 200 groups the token says only where to ask. That address is not asked, ours is."""
    with OAuth2Provider() as elsewhere:
        server.claims = {
            "groups": None,
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": f"{elsewhere.url}/user"}},
        }
        settings = settings_of(server, groups_url=f"{server.url}/user")
        server.user = {"value": [{"id": "g-1"}, {"id": "g-2"}, {"displayName": "no id"}]}
        flow = a_flow("op")
        server.nonce = flow.nonce
        found = finish(only(settings), settings, flow, {"code": "ok", "state": flow.state})
        assert found.groups == ("g-1", "g-2")
        assert elsewhere.asked == []


def test_groups_that_cannot_be_asked_for_sign_nobody_in(server: FaultProvider) -> None:
    """Without them somebody might be let in, or be more, than a group would have it."""
    server.claims = {"groups": None, "_claim_names": {"groups": "src1"}}
    with pytest.raises(SignInFailedError):
        sign_in(server, "ok")


def test_nested_and_single_groups_are_read(server: FaultProvider) -> None:
    server.claims = {"realm_access": {"roles": ["a", 7, "", "b\n", "a"]}, "https://example.com/teams": "one"}
    for claim, groups in (("realm_access.roles", ("a",)), ("https://example.com/teams", ("one",)), ("name.x", ())):
        settings = settings_of(server, groups_claim=claim)
        flow = a_flow("op")
        server.nonce, server.user = flow.nonce, {"sub": "ada"}
        assert finish(only(settings), settings, flow, {"code": "ok", "state": flow.state}).groups == groups
