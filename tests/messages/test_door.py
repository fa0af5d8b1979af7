"""What somebody reads at the door of local accounts, and what a request reads that is let in nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from components.auth import accounts
from components.auth.facts import RequestFacts
from components.auth.passwords import LONGEST
from components.auth.routes import LONGEST_TICKET, routes
from components.auth.setup import first_steps
from components.store.people import invite
from components.workbench import Workbench
from tests.auth.people_here import PASSWORD, sign_in
from tests.conftest import AT_HOME, ROOT
from tests.messages.reading import assert_read, page_words
from tests.servers.around import around

HERE = "http://localhost:8501"
OURS = {"X-Groundwork": "1", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}
Open = Callable[..., AppTest]

WEAK = {
    "auth: This password has {len} characters; at least {SHORTEST} are needed.": "short",
    "auth: This password has {length} characters; at most {LONGEST} are allowed.": "long " * LONGEST,
    "auth: This password repeats a few characters only.": "abababababababab",
    "auth: This password follows the keys in their order.": "abcdefghijklmnop",
    "auth: This password is hardly more than your e-mail.": "new.person-4",
}
READ = {
    *WEAK,
    "auth/ui: *the words of what failed*",
    "auth: This set-up code is not valid.",
    "auth: This is not an e-mail address.",
    "auth: This link was used before, or is too old.",
    "auth: This e-mail and this password do not belong together.",
    "auth: Too many attempts have failed. The next one is possible in {wait}.",
    "auth: Nobody is signed in.",
    "auth: This sign-in took too long, or was used before.",
    "auth: This is no ticket.",
    "auth: This request was not made by a page of this workbench.",
    "auth: This request was made by a page of another site.",
}


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    return {"GROUNDWORK_SIGN_IN": "required"}


@pytest.fixture
def door(desk: Workbench) -> Open:
    """The door, as a browser finds it that is sent to an address."""

    def open_door(**query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    return open_door


def press(at: AppTest, label: str) -> str:
    next(button for button in at.button if button.label == label).click()
    return page_words(at.run())


def test_a_set_up_that_is_not_right(desk: Workbench, door: Open) -> None:
    """The first page of a new workbench: before anybody else of this file is made."""
    first_steps(desk.settings, desk.store)

    def set_up(code: str, email: str) -> str:
        at = door()
        at.text_input(key="door-code").input(code)
        at.text_input(key="door-email").input(email)
        at.text_input(key="door-new-password").input(PASSWORD)
        return press(at, "Create the owner account")

    assert_read(set_up("a guess", "ada@example.com"), "auth: This set-up code is not valid.")
    assert_read(set_up("a guess", "nobody"), "auth: This is not an e-mail address.")


@pytest.fixture(scope="module")
def boss(desk: Workbench) -> str:
    return sign_in(desk.store, "Boss", "administrator", password=PASSWORD).id


@pytest.mark.parametrize("key", WEAK)
def test_a_password_that_is_easy_to_guess(desk: Workbench, door: Open, boss: str, key: str) -> None:
    code = invite(desk.store, boss, email=f"new.person-{list(WEAK).index(key)}@example.com", name="New", role="viewer")
    at = door(invite=code)
    at.text_input(key="door-new-password").input(WEAK[key])
    assert_read(press(at, "Accept and sign in"), key)


def test_a_link_that_is_used_while_it_stands_open(
    desk: Workbench, door: Open, boss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another window, between the moment that the form is drawn and the one that it is answered."""
    code = invite(desk.store, boss, email="twice@example.com", name="Twice", role="viewer")
    at, who = door(invite=code), accounts.invited(desk.store, code)
    accounts.accept_invitation(desk.store, code, "Twice", PASSWORD)
    monkeypatch.setattr(accounts, "invited", lambda *_: who)
    at.text_input(key="door-new-password").input(PASSWORD)
    assert_read(press(at, "Accept and sign in"), "auth: This link was used before, or is too old.")


@pytest.mark.usefixtures("boss")
def test_a_password_that_is_wrong_and_then_too_many(door: Open) -> None:
    def try_one() -> str:
        at = door()
        at.text_input(key="door-email").input("boss@example.com")
        at.text_input(key="door-password").input("not the password")
        return press(at, "Sign in")

    assert_read(try_one(), "auth: This e-mail and this password do not belong together.")
    said = [try_one() for _ in range(6)]
    assert_read(said[-1], "auth: Too many attempts have failed. The next one is possible in {wait}.")


@pytest.fixture(scope="module")
def client(desk: Workbench) -> Iterator[TestClient]:
    from components.tables.routes import routes as of_tables

    app = Starlette(routes=[*routes(), *of_tables(desk)], middleware=[around(desk)])
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "body", "headers", "key"),
    [
        (
            "/api/sign-out",
            b"",
            {**OURS, "X-Groundwork": "2"},
            "auth: This request was not made by a page of this workbench.",
        ),
        ("/api/sign-in/ticket", b"none", OURS, "auth: This sign-in took too long, or was used before."),
        ("/api/sign-in/ticket", b"x" * (LONGEST_TICKET + 1), OURS, "auth: This is no ticket."),
    ],
)
def test_a_request_that_is_let_in_nowhere(
    client: TestClient, path: str, body: bytes, headers: dict[str, str], key: str
) -> None:
    answer = client.post(path, content=body, headers=headers)
    assert answer.status_code in (401, 403)
    assert_read(answer.text, key)


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, "auth: Nobody is signed in."),
        ({"Cookie": "groundwork=of-a-login-that-has-ended"}, "auth: Nobody is signed in."),
        ({"Origin": "http://evil.example"}, "auth: This request was made by a page of another site."),
    ],
)
def test_a_request_of_nobody(client: TestClient, headers: dict[str, str], key: str) -> None:
    answer = client.put("/api/uploads/x", content=b"", headers=OURS | headers)
    assert answer.status_code == 401
    assert_read(answer.text, key)
    assert ("were away" in answer.text) is ("Cookie" in headers)


@pytest.mark.usefixtures("boss")
def test_a_sign_in_that_the_server_did_not_take_is_said(door: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door's own script tells what the request said that was to bring the cookie."""
    monkeypatch.setattr("components.auth.ui.door.failed_signing", lambda: "This sign-in took too long.")
    said = page_words(door())
    assert "This sign-in took too long." in said
    assert_read(said, "auth/ui: *the words of what failed*")


def test_who_was_signed_out_reads_so(door: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = (*AT_HOME.headers, ("cookie", "groundwork=of-a-login-that-has-ended"))
    monkeypatch.setattr("components.auth.ui.facts_of_session", lambda: RequestFacts("127.0.0.1", headers))
    assert "You were signed out, or were away for too long" in page_words(door())
