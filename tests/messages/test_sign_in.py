"""What somebody reads at the door when a sign-in over a provider comes to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from components.auth import groups
from components.auth.arrival import arrive
from components.auth.facts import BACK
from components.auth.flow import finish
from components.auth.identity import Identity
from components.auth.linking import WAITING, Waiting, agree
from components.auth.providers import find_provider
from components.auth.routes import FAILED, routes
from components.errors import AppError
from components.store.identities import add_identity, add_user
from components.store.people import bar
from components.workbench import Workbench
from tests.auth.signing_in import a_flow
from tests.conftest import ROOT
from tests.messages.reading import assert_read, page_words
from tests.servers.around import around
from tests.servers.fault_provider import CLIENT, SECRET, FaultProvider
from tests.servers.oauth2_provider import OAuth2Provider

HERE = "http://localhost:8501"
Show = Callable[[str], str]

AT_THE_TOKEN = {  # by the message: what the provider does when it is asked for the token
    "auth: The provider's answer could not be verified.": "wrong_aud",
    "auth: {title} did not accept the sign-in.": "invalid_grant",
    "auth: {host} did not answer as it should.": "web_page",
    "auth: {title} did not answer as it should.": "no_access_token",
}
READ = {
    *AT_THE_TOKEN,
    "auth: This sign-in was begun at another provider.",
    "auth: This sign-in was not begun here, or it is over already.",
    "auth: {title} did not sign you in.",
    "auth: The sign-in at {title} was declined.",
    "auth: {title} sent no code.",
    "auth: The provider's keys cannot be read.",
    "auth: {title} did not say who you are.",
    "auth: The list of groups leads to another host.",
    "auth: {title} takes too long to list your groups.",
    "auth: {known} is not invited to this workbench.",
    "auth: You may not sign in here.",
    "auth: This is another account than {email}.",
    "auth: This sign-in was not begun here, or took longer than ten minutes.",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[FaultProvider]:
    with FaultProvider() as one:
        yield one


@pytest.fixture(scope="module")
def github() -> Iterator[OAuth2Provider]:
    with OAuth2Provider() as one:
        yield one


@pytest.fixture(scope="module")
def variables(provider: FaultProvider, github: OAuth2Provider) -> dict[str, str]:
    rows = {
        "OP": {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "title": "Faults"},
        "GITHUB": github.fields(),
    }
    given = {f"GROUNDWORK_PROVIDER_{name}_{key.upper()}": v for name, row in rows.items() for key, v in row.items()}
    return given | {"GROUNDWORK_PUBLIC_URL": HERE, "GROUNDWORK_ADMINISTRATORS": "boss@example.com"}


@pytest.fixture
def client(desk: Workbench, provider: FaultProvider, github: OAuth2Provider) -> Iterator[TestClient]:
    provider.fault, provider.broken, provider.about = "ok", "", {}
    github.person, github.next_host, github.refuses = {"id": 7, "login": "ada", "name": "Ada"}, "", False
    app = Starlette(routes=routes(), middleware=[around(desk)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000), follow_redirects=False) as client:
        yield client


@pytest.fixture
def door(desk: Workbench) -> Show:
    """What the door says to a browser that is led to this path."""

    def say(path: str) -> str:
        at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
        for name, values in parse_qs(urlsplit(path).query).items():
            at.query_params[name] = values[0]
        return page_words(at.run())

    return say


def begun(client: TestClient, provider: str) -> dict[str, str]:
    """What a browser brings back from a provider's page."""
    to = client.get(f"/api/sign-in/{provider}").headers["location"]
    with httpx.Client(trust_env=False) as elsewhere:
        back = elsewhere.get(to).headers["location"]
    return {key: values[0] for key, values in parse_qs(urlsplit(back).query).items()}


def led(client: TestClient, answer: dict[str, str]) -> str:
    """Where a browser is led that brings this back."""
    return client.get(BACK, params=answer).headers["location"]


@pytest.mark.parametrize("key", AT_THE_TOKEN)
def test_a_provider_that_gives_no_good_token(client: TestClient, door: Show, provider: FaultProvider, key: str) -> None:
    provider.fault = AT_THE_TOKEN[key]
    assert_read(door(led(client, begun(client, "op"))), key)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"code": "", "error": "server_error"}, "auth: {title} did not sign you in."),
        ({"code": "", "error": "access_denied"}, "auth: The sign-in at {title} was declined."),
        ({"code": ""}, "auth: {title} sent no code."),
    ],
)
def test_a_browser_that_brings_no_code(
    client: TestClient, door: Show, provider: FaultProvider, changes: dict[str, str], key: str
) -> None:
    answer = {name: value for name, value in (begun(client, "op") | changes).items() if value}
    assert_read(door(led(client, answer)), key)
    assert provider.url


def test_keys_that_are_none(client: TestClient, door: Show, provider: FaultProvider) -> None:
    provider.fault = "of_an_unknown_key"  # for the keys that are known already are not asked for again
    keys, provider.keys = provider.keys, None  # type: ignore[assignment]
    try:
        assert_read(door(led(client, begun(client, "op"))), "auth: The provider's keys cannot be read.")
    finally:
        provider.keys = keys


def test_somebody_without_an_id(client: TestClient, door: Show, github: OAuth2Provider) -> None:
    github.person = {"login": "ada"}
    assert_read(door(led(client, begun(client, "github"))), "auth: {title} did not say who you are.")


def test_groups_at_another_host(
    client: TestClient, door: Show, github: OAuth2Provider, provider: FaultProvider
) -> None:
    github.next_host = provider.url
    assert_read(door(led(client, begun(client, "github"))), "auth: The list of groups leads to another host.")


def test_groups_that_take_too_long(client: TestClient, door: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_SECONDS", -1)
    assert_read(door(led(client, begun(client, "github"))), "auth: {title} takes too long to list your groups.")


def test_who_is_not_invited(client: TestClient, door: Show) -> None:
    assert_read(door(led(client, begun(client, "github"))), "auth: {known} is not invited to this workbench.")


def test_who_is_barred(desk: Workbench, client: TestClient, door: Show, github: OAuth2Provider) -> None:
    boss = add_user(desk.store, name="Boss", email="chief@example.com", role="administrator")
    person = add_user(desk.store, name="Gus", email="gus@example.com", role="analyst")
    add_identity(desk.store, person.id, "github", "77", None)
    bar(desk.store, boss.id, person.id)
    github.person = {"id": 77, "login": "gus", "name": "Gus"}
    assert_read(door(led(client, begun(client, "github"))), "auth: You may not sign in here.")


def failed(error: AppError) -> str:
    """Where a browser is led with an error that no provider of these tests makes."""
    return f"/?failed={FAILED.keep((error, ''))}"


def test_a_sign_in_that_took_too_long(desk: Workbench, door: Show) -> None:
    """As the window of a provider's button brings it back."""
    with pytest.raises(AppError) as raised:
        arrive(desk.store, desk.settings, None, {"code": "x"}, address="127.0.0.9")
    key = "auth: This sign-in was not begun here, or took longer than ten minutes."
    assert_read(door(failed(raised.value)), key)


@pytest.mark.parametrize(
    ("name", "state", "key"),
    [
        ("github", "", "auth: This sign-in was begun at another provider."),
        ("op", "of another tab", "auth: This sign-in was not begun here, or it is over already."),
    ],
)
def test_a_flow_that_is_anothers(desk: Workbench, door: Show, name: str, state: str, key: str) -> None:
    """The store gives a flow by its state and provider alone; should it ever not, this stands behind it."""
    flow = a_flow(name)
    provider = find_provider(desk.settings, "op")
    assert provider
    with pytest.raises(AppError) as raised:
        finish(provider, desk.settings, flow, {"code": "x", "state": state or flow.state})
    assert_read(door(failed(raised.value)), key)


def test_a_consent_of_another_account(desk: Workbench, door: Show) -> None:
    ann = add_user(desk.store, name="Ann", email="ann@example.com", role="analyst")
    ben = add_user(desk.store, name="Ben", email="ben@example.com", role="analyst")
    identity = Identity("op", "ann-at-op", "ann@example.com", "Ann", ())
    word = WAITING.keep(Waiting(identity, ann.id, "ann@example.com", "this browser"))
    with pytest.raises(AppError) as raised:
        agree(desk.store, desk.settings, word, ben, "", browsers=("this browser",))
    assert_read(door(failed(raised.value)), "auth: This is another account than {email}.")
