"""Sign-in as a deployment has it: over TLS, behind a real nginx, at a real provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import httpx
import pytest

from components.store import close_store, open_store
from components.store.audit import audit
from components.store.identities import user_of_email
from tests.auth.signing_in import settings_with
from tests.servers.app import stop
from tests.servers.deployment import OWN_ADDRESS, Deployment, running_deployment
from tests.servers.openid import ADA, walk

LOGIN, FLOW = "__Host-groundwork", "__Host-groundwork-flow"
GUARDED = "/explorer/app.js"  # a route that answers whoever is signed in
ACCOUNTS = {"ada": ADA, "eve": {"name": "Eve", "email": "eve@evil.test", "email_verified": True}}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(tmp_path_factory.mktemp("deployment"), ACCOUNTS) as found:
        yield found


def cookie(reply: httpx.Response, name: str) -> SimpleCookie:
    lines = [line for line in reply.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    assert len(lines) == 1, reply.headers.get_list("set-cookie")
    return SimpleCookie(lines[0])


def begun(browser: httpx.Client, back: str = "/tables") -> str:
    """Where the browser is sent to."""
    reply = browser.get("/api/sign-in/op", params={"back": back})
    assert reply.status_code == 303
    return str(reply.headers["location"])


@contextmanager
def signed_in(deployment: Deployment) -> Iterator[httpx.Client]:
    with deployment.browser() as browser:
        answer = walk(begun(browser), deployment.back, {"login": "ada", "act": "in"})
        reply = browser.get("/api/sign-in/back", params=answer)
        assert (reply.status_code, reply.headers["location"]) == (303, "/tables")
        yield browser


def test_the_cookies_are_bound_to_tls_and_this_host(deployment: Deployment) -> None:
    with deployment.browser() as browser:
        reply = browser.get("/api/sign-in/op")
        for line in (cookie(reply, FLOW)[FLOW],):
            assert (line["secure"], line["httponly"], line["path"], line["domain"]) == (True, True, "/", "")
            assert line["samesite"] == "Lax"
        answer = walk(reply.headers["location"], deployment.back, {"login": "ada", "act": "in"})
        line = cookie(browser.get("/api/sign-in/back", params=answer), LOGIN)[LOGIN]
        assert (line["secure"], line["httponly"], line["path"], line["domain"]) == (True, True, "/", "")
        assert line["samesite"] == "Lax"


def test_the_cookie_opens_and_nothing_else_does(deployment: Deployment) -> None:
    with signed_in(deployment) as browser, deployment.browser() as stranger:
        assert browser.get(GUARDED).status_code == 200
        assert stranger.get(GUARDED).status_code == 401
        token = browser.cookies[LOGIN]
        for name in ("groundwork", "__Secure-groundwork", FLOW, "__host-groundwork"):
            assert stranger.get(GUARDED, headers={"cookie": f"{name}={token}"}).status_code == 401, name
        two = f"{LOGIN}={token}; {LOGIN}={token}"
        assert stranger.get(GUARDED, headers={"cookie": two}).status_code == 401


def test_an_answer_is_good_once_and_in_its_own_browser(deployment: Deployment) -> None:
    with deployment.browser() as browser, deployment.browser() as other:
        answer = walk(begun(browser), deployment.back, {"login": "ada", "act": "in"})
        begun(other)  # it has a sign-in of its own under way
        assert LOGIN not in other.get("/api/sign-in/back", params=answer).headers.get("set-cookie", "")
        assert LOGIN in browser.get("/api/sign-in/back", params=answer).headers["set-cookie"]
        again = browser.get("/api/sign-in/back", params=answer)
        assert LOGIN not in again.headers.get("set-cookie", "")


def test_a_login_that_was_there_before_ends_with_a_new_one(deployment: Deployment) -> None:
    """Fixation: whatever token somebody knows or planted opens nothing after the sign-in."""
    with signed_in(deployment) as browser, deployment.browser() as thief:
        known = browser.cookies[LOGIN]
        answer = walk(begun(browser), deployment.back, {"login": "ada", "act": "in"})
        browser.get("/api/sign-in/back", params=answer)
        assert browser.cookies[LOGIN] != known
        assert browser.get(GUARDED).status_code == 200
        assert thief.get(GUARDED, headers={"cookie": f"{LOGIN}={known}"}).status_code == 401


@pytest.mark.parametrize("planted", ["", "x", "0" * 43, "../../x", "%00", "a" * 5000])
def test_a_planted_token_is_not_taken_over(deployment: Deployment, planted: str) -> None:
    with deployment.browser() as browser:
        reply = browser.get("/api/sign-in/op")
        flow = cookie(reply, FLOW)[FLOW].value
        answer = walk(reply.headers["location"], deployment.back, {"login": "ada", "act": "in"})
        headers = {"cookie": f"{LOGIN}={planted}; {FLOW}={flow}"}
        with deployment.browser() as bare:
            reply = bare.get("/api/sign-in/back", params=answer, headers=headers)
        assert cookie(reply, LOGIN)[LOGIN].value != planted


def test_after_signing_out_the_cookie_opens_nothing(deployment: Deployment) -> None:
    ours = {"origin": deployment.nginx.url, "x-groundwork": "1", "sec-fetch-site": "same-origin"}
    with signed_in(deployment) as browser, deployment.browser() as thief:
        token = browser.cookies[LOGIN]
        assert browser.post("/api/sign-out", headers=ours).status_code == 204
        assert thief.get(GUARDED, headers={"cookie": f"{LOGIN}={token}"}).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": ""},
        {"x-groundwork": ""},
        {"x-groundwork": "0"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://localhost:{port}"},  # the same host without TLS, where anybody in between writes the pages
    ],
    ids=str,
)
def test_another_sites_page_signs_nobody_out(deployment: Deployment, change: dict[str, str]) -> None:
    ours = {"origin": deployment.nginx.url, "x-groundwork": "1", "sec-fetch-site": "same-origin"}
    told = ours | {name: value.format(port=deployment.nginx.port) for name, value in change.items()}
    with signed_in(deployment) as browser:
        headers = {name: value for name, value in told.items() if value}
        assert browser.post("/api/sign-out", headers=headers).status_code == 403
        browser.get("/api/sign-out")  # an image on another site's page
        assert browser.get(GUARDED).status_code == 200


@pytest.mark.parametrize(
    "back",
    [
        *(
            "https://evil.test/",
            "//evil.test/",
            "/\\evil.test",
            "/\t/evil.test",
            "javascript:alert(1)",
            "\\\\evil.test",
        ),
        *(
            "/%0d%0aset-cookie: x=y",
            "https:evil.test",
            "/..//evil.test",
            "@evil.test",
            "/\r\nlocation: https://evil.test",
        ),
    ],
)
def test_no_sign_in_ends_on_another_site(deployment: Deployment, back: str) -> None:
    with deployment.browser() as browser:
        answer = walk(begun(browser, back), deployment.back, {"login": "ada", "act": "in"})
        to = browser.get("/api/sign-in/back", params=answer).headers["location"]
        url = httpx.URL(deployment.nginx.url).join(to)
        assert (url.scheme, url.host) == ("https", "localhost")
        assert to.startswith("/")
        assert not to.startswith("//")


def test_who_is_not_invited_meets_the_door(deployment: Deployment) -> None:
    with deployment.browser() as browser:
        answer = walk(begun(browser), deployment.back, {"login": "eve", "act": "in"})
        reply = browser.get("/api/sign-in/back", params=answer)
        assert reply.status_code == 303
        assert urlsplit(reply.headers["location"]).path == "/"
        assert LOGIN not in browser.cookies
        assert browser.get(GUARDED).status_code == 401


@pytest.mark.parametrize("name", ["nobody", "local", "proxy", "ticket", "%2e%2e", "op%20", "OP", "op%0a"])
def test_there_is_no_other_provider(deployment: Deployment, name: str) -> None:
    with deployment.browser() as browser:
        reply = browser.get(f"/api/sign-in/{name}")
        assert not reply.is_redirect
        assert FLOW not in reply.headers.get("set-cookie", "")


def test_forwarded_headers_of_a_browser_change_nothing(deployment: Deployment) -> None:
    """What nginx adds is believed, what a browser sent before it is not: read in the audit once the app is down."""
    with deployment.browser() as browser:
        browser.headers["x-forwarded-for"] = "203.0.113.9"
        answer = walk(begun(browser), deployment.back, {"login": "ada", "act": "in"})
        browser.get("/api/sign-in/back", params=answer)
    stop(deployment.app.process)
    store = open_store(settings_with(deployment.app.home))
    ada = user_of_email(store, "ada@example.com")
    assert ada
    addresses = {line.address for line in audit(store, ada.id, did="signed in")}
    close_store(store)
    assert addresses == {OWN_ADDRESS}
