"""What passes the gate of a tab's websocket, by who sends it; and what a tab may ask back."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from components.auth import gate, tabs
from components.auth.gate import STALE, through_gate
from components.auth.tabs import note_tab, owner_of_tab
from components.auth.ui.messages import MOST, MOST_OF_A_STRANGER, Sifting
from components.recent import Recent
from components.store import Store
from components.store.identities import add_user
from components.store.logins import close_login, open_ticket, redeem_ticket
from components.store.people import bar
from components.workbench import Workbench

Scope = dict[str, Any]


@pytest.fixture
def asking(bench: Workbench) -> SimpleNamespace:
    """The workbench as the gate sees it, where people sign in."""
    return SimpleNamespace(settings=replace(bench.settings, sign_in="required"), store=bench.store)


def token_of(store: Store, name: str = "Ada", role: str = "administrator") -> tuple[str, str]:
    """A new person's id and the token of a login."""
    who = add_user(store, name=name, email=f"{name.lower()}@example.com", role=role)
    made = redeem_ticket(store, open_ticket(store, who.id, "local"), agent="", address="", hours=1)
    assert made
    return who.id, made[0]


def scope(token: str = "", protocols: str = "streamlit, xsrf", **more: str) -> Scope:
    headers = {"host": "localhost", "origin": "http://localhost", "sec-websocket-protocol": protocols, **more}
    headers |= {"cookie": f"groundwork={token}"} if token else {}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "websocket", "path": "/_stcore/stream", "headers": raw, "client": ("127.0.0.1", 5)}


def rerun(**more: Any) -> bytes:
    told = BackMsg()
    told.rerun_script.page_name = "tables"
    told.rerun_script.query_string = "t=1"
    told.rerun_script.widget_states.widgets.append(WidgetState(id="delete", trigger_value=True))
    for name, value in more.items():
        setattr(told.rerun_script, name, value)
    return bytes(told.SerializeToString())


class Tab:
    """An app behind the gate that keeps what passes, and a browser before it."""

    def __init__(self, bench: Any, scope: Scope) -> None:
        self.bench, self.scope = bench, scope
        self.passed: list[BackMsg] = []
        self.headers: dict[bytes, bytes] = {}
        self.sent: list[Any] = []

    def says(self, *messages: Any) -> None:
        """Send messages in turn; what is callable is done between two of them."""
        asyncio.run(self._run(messages))

    async def _run(self, messages: tuple[Any, ...]) -> None:
        left: Iterator[Any] = iter(messages)

        async def receive() -> Any:
            for item in left:
                if callable(item):
                    while len(self.passed) < self.expected:
                        await asyncio.sleep(0.01)
                    item()
                    continue
                self.expected += 1
                return {"type": "websocket.receive", "bytes": item}
            return {"type": "websocket.disconnect", "code": 1000}

        self.expected = 0
        await through_gate(self._app, self.bench, Sifting(), self.scope, receive, self._send)

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.headers = dict(scope["headers"])
        while (message := await receive())["type"] != "websocket.disconnect":
            told = BackMsg()
            told.ParseFromString(message["bytes"])
            self.passed.append(told)
            await send({"type": "websocket.send", "bytes": b"drawn"})


def test_what_an_admitted_person_says_passes_as_it_is(asking: Any) -> None:
    tab = Tab(asking, scope(token_of(asking.store)[1]))
    tab.says(rerun())
    assert tab.passed[0].SerializeToString() == rerun()


def test_once_the_login_ends_a_button_is_not_pressed(asking: Any) -> None:
    """Its callback would run before the page that asks who is there."""
    _, token = token_of(asking.store)
    tab = Tab(asking, scope(token))
    tab.says(rerun(), lambda: close_login(asking.store, token), rerun(fragment_id="f"), rerun())
    first, *after = tab.passed
    assert first.rerun_script.widget_states.widgets
    assert len(after) == 2
    for told in after:
        assert not told.rerun_script.widget_states.widgets
        assert not told.rerun_script.fragment_id
        assert (told.rerun_script.page_name, told.rerun_script.query_string) == ("tables", "t=1")


def test_nor_is_a_barred_persons(asking: Any) -> None:
    ada, _ = token_of(asking.store)
    eve, token = token_of(asking.store, "Eve", "analyst")
    tab = Tab(asking, scope(token))
    tab.says(rerun(), lambda: bar(asking.store, ada, eve), rerun())
    assert [bool(told.rerun_script.widget_states.widgets) for told in tab.passed] == [True, False]


def test_while_a_page_only_sends_it_is_looked_up_too(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that streams into an open tab: the page gets a plain rerun though its browser says nothing."""
    monkeypatch.setattr(gate, "EVERY", 0.0)
    _, token = token_of(asking.store)
    again: list[bool] = []

    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.send", "bytes": b"a"})
        close_login(asking.store, token)
        await send({"type": "websocket.send", "bytes": b"b"})
        told = BackMsg()
        told.ParseFromString((await receive())["bytes"])
        again.append(not told.rerun_script.widget_states.widgets)

    tab = Tab(asking, scope(token))
    monkeypatch.setattr(tab, "_app", streams)

    async def silent() -> Any:
        await asyncio.sleep(60)

    said = itertools.chain([{"type": "websocket.receive", "bytes": rerun()}])

    async def receive() -> Any:
        return next(said, None) or await silent()

    asyncio.run(through_gate(streams, asking, Sifting(), scope(token), receive, tab._send))
    assert again == [True]


def test_a_stranger_fills_no_tab() -> None:
    """A tab keeps every widget's value until long after it is closed: 40 of 20 MB each took two gigabytes."""
    told = BackMsg()
    told.rerun_script.widget_states.widgets.add(id="door-password", string_value="x" * MOST_OF_A_STRANGER)
    large = told.SerializeToString()
    assert Sifting()(large, "stranger") is None
    assert Sifting()(large, "admitted") == large
    told.rerun_script.widget_states.widgets[0].string_value = "x" * MOST
    for standing in ("admitted", "ended"):
        assert Sifting()(told.SerializeToString(), standing) is None
    told.rerun_script.widget_states.widgets[0].string_value = "x" * 2000
    assert Sifting()(told.SerializeToString(), "stranger")


DANGEROUS = {
    "clear_cache": "empties the caches of all users",
    "set_run_on_save": "",
    "load_git_info": "",
    "debug_shutdown_runtime": "",
    "debug_disconnect_websocket": "",
}


def telling(kind: str) -> bytes:
    told = BackMsg()
    setattr(told, kind, True)
    return bytes(told.SerializeToString())


def operating(payload: str) -> bytes:
    told = BackMsg()
    getattr(told.backend_operation_request, payload).SetInParent()
    return bytes(told.SerializeToString())


@pytest.mark.parametrize("kind", DANGEROUS)
@pytest.mark.parametrize("somebody", [True, False])
def test_what_reaches_beyond_the_tab_passes_for_nobody(asking: Any, kind: str, somebody: bool) -> None:
    tab = Tab(asking, scope(token_of(asking.store)[1] if somebody else ""))
    tab.says(telling(kind), b"\xff\xff not a message", b"", rerun())
    assert [told.WhichOneof("type") for told in tab.passed] == ["rerun_script"]


@pytest.mark.parametrize("payload", ["install_skills", "dismiss_skills_nudge"])
def test_nobody_has_files_written_into_this_machines_home(asking: Any, payload: str) -> None:
    """Streamlit does so for whoever comes from loopback, as everybody does behind a proxy on this machine."""
    tab = Tab(asking, scope(token_of(asking.store)[1]))
    tab.says(operating(payload), operating("dataframe_chunk"), rerun())
    kinds = [told.backend_operation_request.WhichOneof("payload") for told in tab.passed]
    assert kinds == ["dataframe_chunk", None]


def test_a_stranger_may_run_the_door_and_no_more(asking: Any) -> None:
    tab = Tab(asking, scope())
    files = BackMsg()
    files.file_urls_request.session_id = "x"
    tab.says(operating("dataframe_chunk"), files.SerializeToString(), rerun(), telling("app_heartbeat"))
    assert [told.WhichOneof("type") for told in tab.passed] == ["rerun_script", "app_heartbeat"]


@pytest.mark.parametrize("seen", ["same", "another's", "nobody's", "unknown"])
def test_a_tab_gets_its_session_back_for_the_same_login_alone(asking: Any, seen: str) -> None:
    from components.auth.admission import facts_from, key_of

    _, token = token_of(asking.store)
    mine = key_of(facts_from("127.0.0.1", [("cookie", f"groundwork={token}")]), asking.settings, asking.store)
    owner = {"same": mine, "another's": "of-another-login", "nobody's": ""}.get(seen)
    session_id = f"session-{seen}"
    if owner is not None:
        note_tab(session_id, owner)
    tab = Tab(asking, scope(token, f"streamlit, xsrf, {session_id}"))
    tab.says(rerun())
    protocols = [part.strip() for part in tab.headers[b"sec-websocket-protocol"].split(b",")]
    assert protocols[:2] == [b"streamlit", b"xsrf"]
    assert (len(protocols) == 3) is (seen == "same")
    assert (STALE.encode() in tab.headers) is (seen != "same")


def test_the_owner_of_this_machine_goes_on_after_the_server_was_started_anew(bench: Workbench) -> None:
    tab = Tab(bench, scope(protocols="streamlit, xsrf, of-the-server-before"))
    tab.says(rerun(), operating("install_skills"))
    assert tab.headers[b"sec-websocket-protocol"].split(b",")[2:] == []
    assert STALE.encode() not in tab.headers
    assert len(tab.passed) == 1
    assert tab.passed[0].rerun_script.widget_states.widgets


def test_a_browser_cannot_say_that_its_tab_is_stale(asking: Any) -> None:
    tab = Tab(asking, scope(**{STALE: "1"}))
    tab.says(rerun())
    assert STALE.encode() not in tab.headers


def test_the_oldest_tab_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabs, "_WHOSE", Recent[str, str](3))
    for number in range(5):
        note_tab(f"t{number}", "k")
    assert [owner_of_tab(f"t{number}") for number in range(5)] == [None, None, "k", "k", "k"]
