"""Attacks on signing in at a provider, against the running app: tokens that lie, states of others, forged messages.

The provider under attack believes everybody and lets everyone in, so that whatever slips through is a login.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus

from tests.servers.app import App, running_app
from tests.servers.fault_provider import CLIENT, FALSE, HONEST, SECRET, FaultProvider
from tests.servers.oauth2_provider import OAuth2Provider
from tests.servers.openid import free_port
from tests.servers.visitor import Run, Visitor

NUMBERS = count(1)
LOGIN, FLOW = "groundwork", "groundwork-flow"
GUARDED = "/explorer/app.js"  # a route that answers whoever is signed in
BACK = "/api/sign-in/back"
TOKEN_FAULTS = (
    *("huge", "web_page", "redirect", "a_list", "deep", "digits", "latin", "compressed", "cut", "server_error"),
    *("invalid_grant", "error_in_200", "mac_token", "no_access_token", "forbidden", "access_token_with_a_line"),
)


@dataclass
class Stage:
    """The app, and two providers that it trusts."""

    app: App
    url: str
    provider: FaultProvider
    github: OAuth2Provider

    def browser(self, address: str = "") -> httpx.Client:
        """A browser at an address of its own, which follows no redirect by itself."""
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, headers=self.somewhere(address))

    def tab(self) -> Visitor:
        """A tab of one of our own pages, at an address of its own."""
        return Visitor(self.url, {"Origin": self.url, **self.somewhere()})

    def somewhere(self, address: str = "") -> dict[str, str]:
        """What the trusted proxy says of where a request comes from: attacks from one address wait for each other."""
        return {"x-forwarded-for": address or f"2001:db8:{next(NUMBERS):x}::1"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with FaultProvider() as provider, OAuth2Provider() as github:
        rows = {"OP": {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "title": "Faults"}}
        rows["GITHUB"] = github.fields()
        github.emails = [{"email": "grace@example.com", "primary": True, "verified": True}]
        given = {f"PROVIDER_{name}_{key.upper()}": value for name, row in rows.items() for key, value in row.items()}
        given |= {"PROVIDER_OP_ADMIT": "everyone", "PROVIDER_GITHUB_ADMIT": "everyone"}
        given |= {"PUBLIC_URL": url, "ADMINISTRATORS": "boss@example.com", "TRUSTED_PROXIES": "127.0.0.1"}
        settings = {f"GROUNDWORK_{name}": value for name, value in given.items()}
        with running_app(tmp_path_factory.mktemp("app") / "home", "--server.port", str(port), **settings) as app:
            yield Stage(app, url, provider, github)


def begin(browser: httpx.Client, provider: str = "op") -> dict[str, str]:
    """Begin a sign-in over the provider's own page; what a browser would bring back from there."""
    to = browser.get(f"/api/sign-in/{provider}").headers["location"]
    with httpx.Client(trust_env=False) as elsewhere:
        back = elsewhere.get(to).headers["location"]
    return {key: values[0] for key, values in parse_qs(urlsplit(back).query).items()}


def is_in(browser: httpx.Client) -> bool:
    return browser.get(GUARDED).status_code == 200


# Tokens


@pytest.mark.parametrize("fault", [*HONEST[:2], "elliptic", "no_kid"])
def test_an_honest_token_signs_in(stage: Stage, fault: str) -> None:
    """Or the attacks below would fail for another reason."""
    with stage.browser() as browser:
        stage.provider.fault = fault
        assert browser.get(BACK, params=begin(browser)).status_code == 303
        assert is_in(browser)


@pytest.mark.parametrize("fault", [*FALSE, *TOKEN_FAULTS])
def test_a_false_token_signs_nobody_in(stage: Stage, fault: str) -> None:
    with stage.browser() as browser:
        stage.provider.fault = fault
        reply = browser.get(BACK, params=begin(browser))
        assert stage.provider.asked[-1][0] in ("/token", "/keys", "/user")  # it was the token that was refused
        assert (reply.status_code, urlsplit(reply.headers["location"]).path) == (303, "/")
        assert LOGIN not in browser.cookies
        assert not is_in(browser)
    assert stage.provider.count("/elsewhere") == 0


def test_what_was_refused_is_not_told_to_the_browser(stage: Stage) -> None:
    with stage.browser() as browser:
        stage.provider.fault = "wrong_aud"
        to = browser.get(BACK, params=begin(browser)).headers["location"]
        assert not re.search("aud|token|signature", to)
    said = stage.app.said()
    assert "aud does not name us" in said
    assert SECRET not in said


# States


def test_a_state_is_good_once(stage: Stage) -> None:
    with stage.browser() as browser:
        stage.provider.fault = "ok"
        answer = begin(browser)
        browser.get(BACK, params=answer)
        ours = {"origin": stage.url, "x-groundwork": "1"}
        assert browser.post("/api/sign-out", headers=ours).status_code == 204
        asked = stage.provider.count("/token")
        browser.get(BACK, params=answer)
        assert not is_in(browser)
        assert stage.provider.count("/token") == asked


def test_a_state_is_good_in_its_own_browser(stage: Stage) -> None:
    """Login CSRF: the victim's browser is led back with the attacker's answer, to be signed in as the attacker."""
    with stage.browser() as attacker, stage.browser() as victim, stage.browser() as bare:
        stage.provider.fault = "ok"
        answer, nonce = begin(attacker), stage.provider.nonce
        begin(victim)  # has a sign-in of its own under way
        asked = stage.provider.count("/token")
        for browser in (victim, bare):
            browser.get(BACK, params=answer)
            assert LOGIN not in browser.cookies
        assert stage.provider.count("/token") == asked, "the code was offered to the provider"
        stage.provider.nonce = nonce
        attacker.get(BACK, params=answer)
        assert is_in(attacker)  # and the attempt did not use it up


@pytest.mark.parametrize(
    "change",
    [
        {"state": None},
        {"state": ""},
        {"state": "x" * 43},
        {"state": "%00"},
        {"code": None},
        {"code": ""},
        {"code": "x" * 5000},
        {"error": "access_denied"},
        {"iss": "http://127.0.0.1:1"},
        {"iss": ""},
    ],
    ids=str,
)
def test_a_changed_answer_signs_nobody_in(stage: Stage, change: dict[str, str | None]) -> None:
    with stage.browser() as browser:
        stage.provider.fault = "ok"
        answer = {key: value for key, value in {**begin(browser), **change}.items() if value is not None}
        asked = stage.provider.count("/token")
        browser.get(BACK, params=answer)
        assert not is_in(browser)
        assert stage.provider.count("/token") == asked


@pytest.mark.parametrize("twice", ["state", "code"])
def test_two_of_one_name_are_none(stage: Stage, twice: str) -> None:
    with stage.browser() as browser:
        stage.provider.fault = "ok"
        answer = begin(browser)
        browser.get(f"{BACK}?{twice}=x", params=[*answer.items(), (twice, "x")])
        assert not is_in(browser)


def test_a_code_of_one_provider_is_offered_to_no_other(stage: Stage) -> None:
    """Mix-up: the state says at which provider the sign-in was begun, whatever the browser brings."""
    with stage.browser() as browser:
        github, faults = begin(browser, "github"), begin(browser)
        browser.get(BACK, params={"state": github["state"], "code": faults["code"]})
        assert not is_in(browser)
        browser.get(BACK, params={"state": faults["state"], "code": github["code"], "iss": stage.github.url})
        assert not is_in(browser)


def test_another_site_may_not_begin_a_sign_in(stage: Stage) -> None:
    with stage.browser() as browser:
        reply = browser.get("/api/sign-in/op", headers={"sec-fetch-site": "cross-site"})
        assert reply.headers["location"].startswith("/")
        assert FLOW not in browser.cookies


def test_github_signs_in_and_who_declines_does_not(stage: Stage) -> None:
    with stage.browser() as browser:
        browser.get(BACK, params=begin(browser, "github"))
        assert is_in(browser)
    stage.github.refuses = True
    try:
        with stage.browser() as browser:
            browser.get(BACK, params=begin(browser, "github"))
            assert not is_in(browser)
    finally:
        stage.github.refuses = False


def test_a_way_in_that_waits_is_shown_to_its_own_browser_alone(stage: Stage) -> None:
    """Eve gets a provider to vouch for Ada's address, and sends Ada the link to the consent."""
    stage.github.person["id"], before = 666, stage.github.emails
    stage.github.emails = [{"email": "ada@example.com", "primary": True, "verified": True}]
    stage.provider.fault = "ok"
    try:
        with stage.browser() as ada, stage.browser() as eve:
            ada.get(BACK, params=begin(ada))
            to = eve.get(BACK, params=begin(eve, "github")).headers["location"]
            assert to.startswith("/?link=")
            assert not is_in(eve)
            for cookie, shown in ((f"{FLOW}={eve.cookies[FLOW]}", True), (f"{FLOW}=another", False), ("", False)):
                headers = {"Origin": stage.url, **({"cookie": cookie} if cookie else {})}
                with Visitor(stage.url, headers) as tab:
                    texts = tab.open(query=to.partition("?")[2]).texts()
                    assert any("You are here already" in text for text in texts) is shown
            back = to.replace("?", "%3F").replace("=", "%3D")
            answer = begin(ada, f"op?back={back}")  # Ada is led to sign in as before, with Eve's word in the address
            ada.get(BACK, params=answer)
            assert is_in(ada)
            again = eve.get(BACK, params=begin(eve, "github")).headers["location"]
            assert again.startswith("/?link="), "Eve still has to ask"
    finally:
        stage.github.person["id"], stage.github.emails = 7, before


def test_many_failures_of_one_address_have_to_wait(stage: Stage) -> None:
    """Each costs a question to the provider: nobody makes us ask it on and on."""
    stage.provider.fault = "invalid_grant"
    asked = stage.provider.count("/token")
    with stage.browser("198.51.100.7") as browser, stage.browser("198.51.100.8") as other:
        for _ in range(40):
            browser.get(BACK, params=begin(browser))
        assert 20 < stage.provider.count("/token") - asked < 40
        stage.provider.fault = "ok"
        browser.get(BACK, params=begin(browser))
        assert not is_in(browser)
        other.get(BACK, params=begin(other))
        assert is_in(other)


# Messages of a tab that nobody's button sent


class Door:
    """The door in a tab, as its websocket shows it."""

    def __init__(self, stage: Stage, visitor: Visitor) -> None:
        self._stage, self._visitor = stage, visitor
        self.see(visitor.open())

    def see(self, run: Run) -> None:
        """Look for the button of the provider, and what it would send."""
        for message in run.messages:
            element = message.delta.new_element
            if element.WhichOneof("type") == "component_instance":
                url = json.loads(element.component_instance.json_args)["authorization_url"]
                if url.startswith(self._stage.provider.url):
                    self.button = element.component_instance.id
                    self.sent = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        self._stage.provider.nonce = self.sent["nonce"]

    def say(self, value: object) -> Run:
        """Send a value as if the button had."""
        run = self._visitor.open(widgets=(WidgetState(id=self.button, json_value=json.dumps(value)),))
        while run.messages[-1].script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:  # a new button is drawn
            for message, _ in self._visitor.receive(30):
                run.messages.append(message)
                if message.WhichOneof("type") == "script_finished":
                    break
        return run


def ticket_in(run: Run) -> str:
    """The ticket that a run hands to the browser; empty where it hands none."""
    text = b"".join(message.SerializeToString() for message in run.messages).decode("utf-8", "replace")
    found = re.search(r'"ticket":\s*"([^"]+)"', text)
    return found[1] if found else ""


def test_the_buttons_own_answer_signs_in(stage: Stage) -> None:
    """Or the forgeries below would fail for another reason. The ticket is good once, and in one of our own pages."""
    ours = {"origin": stage.url, "x-groundwork": "1", "sec-fetch-site": "same-origin"}
    with stage.tab() as visitor, stage.browser() as browser, stage.browser() as thief:
        door = Door(stage, visitor)
        ticket = ticket_in(door.say({"code": "ok", "state": door.sent["state"]}))
        assert thief.post("/api/sign-in/ticket", content=ticket).status_code == 403
        evil = ours | {"origin": "https://evil.test"}
        assert thief.post("/api/sign-in/ticket", content=ticket, headers=evil).status_code == 403
        assert browser.post("/api/sign-in/ticket", content=ticket, headers=ours).status_code == 204
        assert is_in(browser)
        assert thief.post("/api/sign-in/ticket", content=ticket, headers=ours).status_code == 401
        assert not is_in(thief)


FORGED: tuple[object, ...] = (
    {"token": {"id_token": "e30.e30.", "access_token": "x"}},
    {"token": {"id_token": "e30.e30.", "access_token": "x"}, "state": "STATE"},
    {"id_token": "e30.e30.", "state": "STATE"},
    {"sub": "admin", "email": "boss@example.com", "email_verified": True},
    {"code": "ok"},
    {"code": "ok", "state": ""},
    {"code": "ok", "state": None},
    {"code": "ok", "state": ["STATE"]},
    {"code": "ok", "state": {"$ne": ""}},
    {"code": "ok", "state": "STATE", "iss": "http://127.0.0.1:1"},
    {"code": ["ok"], "state": "STATE"},
    {"code": "ok", "state": "x" * 43},
    {"code": "ok", "state": "\u00e9"},
    {"code": "wrong_nonce", "state": "STATE"},
    {"code": "none_alg", "state": "STATE"},
    {"error": "access_denied", "state": "STATE"},
    "token",
    ["code", "ok"],
    7,
    True,
)


@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_a_forged_value_of_the_button_signs_nobody_in(stage: Stage, forged: object) -> None:
    with stage.tab() as visitor:
        door = Door(stage, visitor)
        run = door.say(_with_state(forged, door.sent["state"]))
        assert ticket_in(run) == ""
        assert any("Sign in" in text for text in run.texts()), run.messages
        if isinstance(forged, dict) and "STATE" in forged.values():
            assert ticket_in(door.say({"code": "ok", "state": door.sent["state"]})) == "", "the state is used up"


def _with_state(value: object, state: str) -> object:
    return json.loads(json.dumps(value).replace("STATE", state))


def test_a_state_of_another_tab_signs_nobody_in(stage: Stage) -> None:
    """Else whoever gets a value into somebody's tab signs that tab in as themselves."""
    with stage.tab() as mine, stage.tab() as theirs:
        attacker, victim = Door(stage, mine), Door(stage, theirs)
        stage.provider.nonce = attacker.sent["nonce"]
        assert ticket_in(victim.say({"code": "ok", "state": attacker.sent["state"]})) == ""


def test_a_state_of_a_tab_is_none_of_the_full_page_way(stage: Stage) -> None:
    with stage.tab() as visitor, stage.browser() as browser:
        door = Door(stage, visitor)
        begin(browser)
        stage.provider.nonce = door.sent["nonce"]
        browser.get(BACK, params={"code": "ok", "state": door.sent["state"]})
        assert not is_in(browser)
        assert ticket_in(door.say({"code": "ok", "state": door.sent["state"]})), "and it is still the tab's own"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost:PORT", "http://127.0.0.1:1"])
def test_another_sites_page_opens_no_tab(stage: Stage, origin: str) -> None:
    told = origin.replace("PORT", stage.url.rpartition(":")[2])
    with pytest.raises(InvalidStatus):
        Visitor(stage.url, {"Origin": told})
