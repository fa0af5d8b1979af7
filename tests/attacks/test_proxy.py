"""Attacks on a trusted proxy's headers, against the running app: the connection's own address decides."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.servers.app import STREAMLIT, App, running_app
from tests.servers.visitor import Visitor

GUARDED = "/explorer/app.js"  # a route that answers whoever is signed in
HEADER = "x-auth-request-email"
PROXY, STRANGER = "127.0.0.1", "127.0.0.2"  # the app trusts the first alone
ADA = {HEADER: "ada@example.com"}


UVICORN = ("-m", "uvicorn", "Home:app", "--port", "0", "--forwarded-allow-ips", "*")  # which believes everybody


@pytest.fixture(scope="module", params=[STREAMLIT, UVICORN], ids=["streamlit", "uvicorn"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given = {"PROXY_USER_HEADER": "X-Auth-Request-Email", "PROXY_GROUPS_HEADER": "X-Auth-Request-Groups"}
    given |= {"TRUSTED_PROXIES": PROXY, "ADMINISTRATORS": "boss@example.com", "ADMIT_DOMAINS": "example.com"}
    settings = {f"GROUNDWORK_{name}": value for name, value in given.items()}
    with running_app(tmp_path_factory.mktemp("app") / "home", command=request.param, **settings) as running:
        yield running


def status(app: App, source: str, headers: list[tuple[str, str]]) -> int:
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(transport=transport, timeout=30) as client:
        return client.get(app.url + GUARDED, headers=headers).status_code


def test_the_proxy_is_believed(app: App) -> None:
    assert status(app, PROXY, [*ADA.items()]) == 200
    assert status(app, PROXY, []) == 401


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"x-forwarded-for": PROXY},
        {"x-forwarded-for": f"{PROXY}, {PROXY}"},
        {"x-real-ip": PROXY},
        {"forwarded": f"for={PROXY}"},
        {"x-forwarded-host": "127.0.0.1"},
        {"via": "1.1 proxy"},
        {"host": "localhost"},
    ],
    ids=str,
)
def test_another_machine_is_not(app: App, more: dict[str, str]) -> None:
    assert status(app, STRANGER, [*ADA.items(), *more.items()]) == 401


@pytest.mark.parametrize(
    "headers",
    [
        [(HEADER, "ada@example.com"), (HEADER, "boss@example.com")],
        [(HEADER, "")],
        [("x_auth_request_email", "ada@example.com")],
        [("x-auth-request-emails", "ada@example.com")],
        [(HEADER, "eve@evil.test")],
        [(HEADER, "ada@example.com, boss@example.com")],
        [(HEADER, "eve@evil.test@example.com")],
        [(HEADER, "x" * 300 + "@example.com")],
    ],
    ids=str,
)
def test_what_names_nobody_lets_nobody_in(app: App, headers: list[tuple[str, str]]) -> None:
    assert status(app, PROXY, headers) == 401


def test_the_peer_behind_the_proxy_does_not_become_the_proxy(app: App) -> None:
    """uvicorn would take the address of X-Forwarded-For as the peer: then no proxy could be told from its visitors."""
    assert status(app, PROXY, [*ADA.items(), ("x-forwarded-for", "203.0.113.9")]) == 200


def test_a_tab_is_the_proxys_too(app: App) -> None:
    for headers, door in ((ADA, False), ({}, True), ({HEADER: "eve@evil.test"}, True)):
        with Visitor(app.url, {"Origin": app.url, **headers}) as visitor:
            texts = visitor.open().texts()
            assert any("Bring something to ask about" in text for text in texts) is not door
