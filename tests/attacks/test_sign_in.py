"""Attacks on sign-in over the real server: its routes and its websocket, with no browser that would forbid anything."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from components.store.identities import add_identity
from components.store.jobs import jobs
from components.store.logins import end_login, logins, open_ticket
from components.store.people import bar, unbar
from components.store.schema_people import flows, tickets
from components.store.schema_people import logins as login_rows
from tests.servers.openid import free_port
from tests.servers.visitor import Run, Visitor
from tests.signing import Company, running_company
from tests.waiting import until

DOOR, HOME = "Sign in", "Bring something to ask about"
PROVIDER = {"GROUNDWORK_PROVIDER_GITHUB_CLIENT_ID": "app", "GROUNDWORK_PROVIDER_GITHUB_CLIENT_SECRET": "secret"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    port = free_port()
    here = {"GROUNDWORK_PUBLIC_URL": f"http://127.0.0.1:{port}", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
    home = tmp_path_factory.mktemp("company") / "home"
    with running_company(home, "--server.port", str(port), **here, **PROVIDER) as running:
        yield running


def post(company: Company, path: str, headers: dict[str, str], body: str = "") -> httpx.Response:
    return httpx.post(company.app.url + path, headers=headers, content=body)


def hand_in(company: Company, ticket: str, token: str = "", **more: str) -> httpx.Response:
    return post(company, "/api/sign-in/ticket", company.headers(token, **more), ticket)


def cookie_in(response: httpx.Response) -> str:
    return response.cookies.get("groundwork") or ""


def is_in(company: Company, token: str) -> bool:
    """Whether a token opens anything: a page, or a route."""
    with company.tab(token) as tab:
        page = HOME in str(tab.open().texts())
    route = httpx.get(company.app.url + "/_stcore/metrics", headers=company.headers(token)).status_code == 200
    assert page is route
    return page


def door(run: Run) -> bool:
    return DOOR in run.texts() and HOME not in str(run.texts())


# tickets and the cookie


def test_a_ticket_becomes_a_cookie_that_no_script_reads(company: Company) -> None:
    answer = hand_in(company, company.ticket("ada"))
    assert answer.status_code == 204
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert answer.headers["cache-control"] == "no-store"
    assert is_in(company, cookie_in(answer))


def test_a_password_leaves_a_cookie_that_opens_nothing(company: Company) -> None:
    """By it a browser is known again; on its own, or in the place of the login's, it lets nobody in."""
    answer = hand_in(company, company.ticket("ada"))
    known = answer.cookies["groundwork-browser"]
    lines = [line for line in answer.headers.get_list("set-cookie") if line.startswith("groundwork-browser=")]
    assert len(lines) == 1
    assert "HttpOnly" in lines[0]
    assert "SameSite=Lax" in lines[0]
    assert not is_in(company, known)
    assert not is_in(company, f"{known}; groundwork-browser={known}")


def test_a_provider_leaves_no_such_cookie(company: Company) -> None:
    ticket = open_ticket(company.store, company.ids["ada"], "github")
    assert "groundwork-browser" not in hand_in(company, ticket).cookies


def test_a_ticket_is_good_once(company: Company) -> None:
    ticket = company.ticket("ada")
    assert hand_in(company, ticket).status_code == 204
    again = hand_in(company, ticket)
    assert (again.status_code, cookie_in(again)) == (401, "")


def test_a_ticket_is_good_for_half_a_minute(company: Company) -> None:
    ticket = company.ticket("ada")
    with company.store.database.writing() as connection:
        connection.execute(sa.update(tickets).values(created_at=time.time() - 31))
    assert hand_in(company, ticket).status_code == 401


@pytest.mark.parametrize("ticket", ["", "guess", "x" * 300, "x" * 5_000_000, "\u00e4" * 40, "' OR 1=1 --"])
def test_no_other_body_is_a_ticket(company: Company, ticket: str) -> None:
    assert hand_in(company, ticket).status_code in (401, 403)


def test_a_barred_persons_ticket_opens_nothing(company: Company) -> None:
    ticket = company.ticket("bea")
    bar(company.store, company.ids["ada"], company.ids["bea"])
    try:
        assert hand_in(company, ticket).status_code == 401
    finally:
        unbar(company.store, company.ids["ada"], company.ids["bea"])


def test_session_fixation_a_planted_cookie_opens_nothing_afterwards(company: Company) -> None:
    """Somebody plants a cookie that they know, invented or their own login's, and waits for the victim to sign in."""
    own = company.token("cyd")
    for planted in ("invented-by-an-attacker", own):
        token = cookie_in(hand_in(company, company.ticket("ada"), planted))
        assert token not in ("", planted)
        assert is_in(company, token)
        assert not is_in(company, planted)


def test_a_cookie_that_was_invented_is_never_taken_over(company: Company) -> None:
    for token in ("x", "a" * 43, "../../etc/passwd", "%00", "' OR '1'='1"):
        assert not is_in(company, token)


def test_two_cookies_of_one_name_are_none(company: Company) -> None:
    token = company.token("ada")
    double = {"Origin": company.app.url, "Cookie": f"groundwork={token}; groundwork={company.token('cyd')}"}
    with Visitor(company.app.url, double) as tab:
        assert door(tab.open())


def test_the_id_of_a_login_is_not_its_token(company: Company) -> None:
    company.token("ada")
    for login in logins(company.store, company.ids["ada"]):
        assert not is_in(company, login.id)


# signing out


def test_replay_after_signing_out(company: Company) -> None:
    token = company.token("ada")
    answer = post(company, "/api/sign-out", company.headers(token))
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not is_in(company, token)


def test_signing_out_without_a_login_is_no_error(company: Company) -> None:
    assert post(company, "/api/sign-out", company.headers()).status_code == 204


FOREIGN = [
    {"X-Groundwork": ""},
    {"X-Groundwork": "0"},
    {"Origin": "https://attacker.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("wrong", FOREIGN, ids=str)
def test_another_site_can_neither_sign_out_nor_in(company: Company, wrong: dict[str, str]) -> None:
    token = company.token("ada")
    assert post(company, "/api/sign-out", company.headers(token, **wrong)).status_code in (401, 403)
    assert hand_in(company, company.ticket("cyd"), token, **wrong).status_code in (401, 403)
    assert is_in(company, token)


@pytest.mark.parametrize("path", ["/api/sign-out", "/api/sign-in/ticket"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_link_and_no_picture_signs_out(company: Company, path: str, method: str) -> None:
    token = company.token("ada")
    answer = httpx.request(method, company.app.url + path, headers=company.headers(token))
    assert "groundwork=" not in answer.headers.get("set-cookie", "")
    assert is_in(company, token)


# expiry, and logins that others end


def aged(company: Company, token_of: str, **times: float) -> str:
    token = company.token(token_of)
    newest = max(logins(company.store, company.ids[token_of]), key=lambda login: login.created_at)
    with company.store.database.writing() as connection:
        connection.execute(sa.update(login_rows).where(login_rows.c.id == newest.id).values(**times))
    return token


def test_a_login_that_nobody_used_ends(company: Company) -> None:
    assert is_in(company, aged(company, "ada", seen_at=time.time() - 719 * 60))
    assert not is_in(company, aged(company, "ada", seen_at=time.time() - 721 * 60))


def test_a_login_ends_however_much_it_is_used(company: Company) -> None:
    assert not is_in(company, aged(company, "ada", expires_at=time.time() - 1))


def press(label: str, run: Run) -> WidgetState:
    """A button of a page, pressed."""
    return WidgetState(id=run.widgets()[label], trigger_value=True)


def imports(company: Company, name: str) -> int:
    return len(jobs(company.store, company.ids[name]))


@pytest.mark.parametrize("way", ["barred", "login ended", "signed out"])
def test_in_an_open_tab_of_who_is_out_nothing_is_pressed(company: Company, way: str) -> None:
    """The button would begin a job: its tab is open, its session lives, only the login is gone."""
    token = company.token("bea")
    with company.tab(token) as tab:
        page = tab.open()
        pressed = press("Ask the report", page)
        if way == "barred":
            bar(company.store, company.ids["ada"], company.ids["bea"])
        elif way == "login ended":
            for login in logins(company.store, company.ids["bea"]):
                end_login(company.store, company.ids["bea"], login.id)
        else:
            post(company, "/api/sign-out", company.headers(token))
        before = imports(company, "bea")
        for _ in range(3):
            assert HOME not in str(tab.open(widgets=(pressed,)).texts())
        assert imports(company, "bea") == before
    if way == "barred":
        unbar(company.store, company.ids["ada"], company.ids["bea"])


def test_the_same_button_works_for_who_is_in(company: Company) -> None:
    with company.tab(company.token("bea")) as tab:
        before = imports(company, "bea")
        tab.open(widgets=(press("Ask the report", tab.open()),))
        assert imports(company, "bea") > before


# forged messages and values


def test_a_stranger_cannot_press_what_only_a_page_has(company: Company) -> None:
    with company.tab(company.token("ada")) as tab:
        pressed = press("Ask the report", tab.open())
    before = imports(company, "ada")
    with company.tab() as stranger:
        for _ in range(2):
            assert door(stranger.open(widgets=(pressed,)))
    assert imports(company, "ada") == before


@pytest.mark.parametrize("kind", ["clear_cache", "load_git_info", "debug_shutdown_runtime", "set_run_on_save"])
def test_a_message_that_reaches_beyond_the_tab_is_dropped(company: Company, kind: str) -> None:
    told = BackMsg()
    setattr(told, kind, True)
    with company.tab() as stranger:
        stranger.socket.send(told.SerializeToString())
        stranger.socket.send(b"\x00\xff\xfe")
        assert door(stranger.open()), "the server and this very connection go on"


def test_a_text_message_harms_nobody_else(company: Company) -> None:
    with company.tab() as stranger:
        stranger.socket.send("text")
    with company.tab() as other:
        assert door(other.open())


def component_ids(run: Run) -> list[str]:
    """The ids of every component that a run drew."""
    elements = [m.delta.new_element for m in run.messages if m.WhichOneof("type") == "delta"]
    old = [e.component_instance.id for e in elements if e.WhichOneof("type") == "component_instance"]
    return old + [e.bidi_component.id for e in elements if e.WhichOneof("type") == "bidi_component"]


FORGED = [
    {"token": {"access_token": "x", "id_token": "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9."}},
    {"token": "x", "user": {"email": "ada@example.com"}, "sub": "1"},
    {"code": "x"},
    {"code": "x", "state": ""},
    {"code": "x", "state": "guessed"},
    {"code": ["x"], "state": {"a": 1}},
    {"error": "access_denied", "state": "guessed"},
    {"ticket": "x", "act": "hand", "once": "1"},
    [],
    "code",
    7,
]


@pytest.mark.parametrize("value", FORGED, ids=lambda value: json.dumps(value)[:40])
def test_a_forged_value_of_a_component_signs_nobody_in(company: Company, value: object) -> None:
    """streamlit-oauth alone believes a token that its component brings; here only code and state are looked at."""
    with company.tab() as tab:
        drawn = component_ids(tab.open())
        assert [one for one in drawn if "by-github" in one], "the provider's button is there"
        forged = tuple(WidgetState(id=one, json_value=json.dumps(value)) for one in drawn)
        assert HOME not in str(tab.open(widgets=forged).texts())
        until(lambda: door(tab.open()))  # a sign-in that came to nothing is drawn twice: the end of that may come first


def begun(browser: httpx.Client) -> tuple[httpx.Response, str]:
    """Begin a sign-in over the whole page: what the route answers, and the state that goes to the provider."""
    sent = browser.get("/api/sign-in/github", headers={"Sec-Fetch-Site": "same-origin"})
    return sent, httpx.URL(sent.headers["location"]).params["state"]


def test_the_state_of_another_browser_is_none(company: Company) -> None:
    """Login CSRF: an attacker's own code and state, carried into the victim's browser."""
    with httpx.Client(base_url=company.app.url) as attacker:
        sent, state = begun(attacker)
    assert sent.status_code == 303
    for cookie in ("", "groundwork-flow=guessed"):
        path = f"/api/sign-in/back?code=attackers&state={state}"
        answer = httpx.get(company.app.url + path, headers={"Cookie": cookie} if cookie else {})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "One moment" in answer.text


def test_a_state_is_good_once(company: Company) -> None:
    with httpx.Client(base_url=company.app.url) as browser:
        sent, state = begun(browser)
        first = browser.get(f"/api/sign-in/back?error=access_denied&state={state}")
        assert urlsplit(first.headers["location"]).path == "/"
        browser.cookies.set("groundwork-flow", sent.cookies["groundwork-flow"])
        again = browser.get(f"/api/sign-in/back?error=access_denied&state={state}")
        assert "One moment" in again.text


def test_what_stands_twice_in_the_address_is_not_chosen_from(company: Company) -> None:
    with httpx.Client(base_url=company.app.url) as browser:
        _, state = begun(browser)
        answer = browser.get(f"/api/sign-in/back?code=a&code=b&state={state}")
        assert "One moment" in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_leads_to_the_door_and_not_through_it(company: Company, site: str) -> None:
    answer = httpx.get(company.app.url + "/api/sign-in/github", headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("name", ["nobody", "ticket", "github.com", "local", "proxy"])
def test_only_a_provider_that_is_set_is_one(company: Company, name: str) -> None:
    assert httpx.get(f"{company.app.url}/api/sign-in/{name}").status_code == 404


# open redirects


ELSEWHERE = [
    *("//attacker.example", "https://attacker.example", "/\\attacker.example", "\\\\attacker.example"),
    *("javascript:alert(1)", "/\t/attacker.example", "/\n/attacker.example", "attacker.example", "", "/api/sign-out"),
    *(" //attacker.example", "/%0d%0aSet-Cookie:x", "///attacker.example", "http:/attacker.example", "/" + "a" * 3000),
]


@pytest.mark.parametrize("back", ELSEWHERE)
def test_a_sign_in_leads_to_no_other_site(company: Company, back: str) -> None:
    asked = {"Sec-Fetch-Site": "same-origin"}
    answer = httpx.get(company.app.url + "/api/sign-in/github", params={"back": back}, headers=asked)
    assert urlsplit(answer.headers["location"]).netloc == "github.com"
    query = sa.select(flows.c.back).order_by(flows.c.created_at.desc()).limit(1)
    with company.store.database.reading() as connection:
        kept = connection.scalar(query)
    assert kept == ("/%0d%0aSet-Cookie:x" if back.startswith("/%0d") else "/")
    assert answer.headers.get_list("set-cookie")[0].startswith("groundwork-flow=")


def test_the_text_of_a_failure_cannot_be_put_into_an_address(company: Company) -> None:
    with company.tab() as tab:
        assert "Call this number" not in str(tab.open(query="failed=Call+this+number&said=Call+this+number").texts())


# others' tabs


def session_of(run: Run) -> str:
    return next(m.new_session.initialize.session_id for m in run.messages if m.WhichOneof("type") == "new_session")


def test_a_file_goes_to_nobody_elses_tab(company: Company) -> None:
    ada, cyd = company.token("ada"), company.token("cyd")
    with company.tab(ada) as tab:
        path = f"{company.app.url}/_stcore/upload_file/{session_of(tab.open())}/file"
        for token in (cyd, ""):
            for method in ("PUT", "DELETE"):
                assert httpx.request(method, path, headers=company.headers(token)).status_code == 403
        with_xsrf = httpx.put(path, headers=company.headers(ada))
        assert "Nobody is signed in" not in with_xsrf.text, "one's own tab is asked for Streamlit's own token next"


def test_a_tab_opened_by_another_cookie_is_a_new_one(company: Company) -> None:
    ada, cyd = company.token("ada"), company.token("cyd")
    with company.tab(ada) as tab:
        wanted = session_of(tab.open())
    for token, same in ((cyd, False), ("", False), (ada, True)):
        headers = {"Origin": company.app.url, "Cookie": f"groundwork={token}"}
        with Visitor(company.app.url, headers, subprotocols=("streamlit", "x", wanted)) as again:
            assert (session_of(again.open()) == wanted) is same


def test_an_identity_of_another_person_cannot_be_added(company: Company) -> None:
    from components.errors import AccessError

    add_identity(company.store, company.ids["ada"], "github", "1", "ada@example.com")
    with pytest.raises(AccessError):
        add_identity(company.store, company.ids["cyd"], "github", "1", "ada@example.com")
