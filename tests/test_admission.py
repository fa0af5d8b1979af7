"""Strangers before a running server: over Streamlit's own websocket they get the door, whatever they ask for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.servers.app import ROOT, App, running_app
from tests.servers.visitor import Run, Visitor

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
ADDRESSES = sorted({name for page in PAGES for name in (page, page.replace("_", "-"))})
NOT_PAGES = ["Home", "secret", "admin", "pages/home", "pages/home.py", "../pages/home", "_stcore", "home.py"]
DOOR = "Nobody is signed in"
FIRST = "Set up Groundwork"  # the door of a workbench that has no administrator yet
DRAWN = {"markdown", "heading", "html", "imgs", "empty", "alert", "space", "code", "bidi_component"}
FORM = {"Set-up code", "E-mail", "Password"}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[App]:
    """A cold server where everybody has to sign in; no session has run in it yet."""
    with running_app(tmp_path / "home", GROUNDWORK_SIGN_IN="required") as running:
        yield running


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A server for this machine alone."""
    with running_app(tmp_path_factory.mktemp("local") / "home") as running:
        yield running


def kinds(run: Run) -> set[str]:
    """The kinds of elements that a run drew."""
    deltas = [m.delta for m in run.messages if m.WhichOneof("type") == "delta"]
    return {d.new_element.WhichOneof("type") or "" for d in deltas if d.WhichOneof("type") == "new_element"}


def is_the_door(run: Run) -> bool:
    """Whether a run drew the door and nothing that one could press, read or load beside it."""
    return DOOR in str(run.texts()) and kinds(run) <= DRAWN and not run.widgets()


def is_the_first_door(run: Run) -> bool:
    """The same where the first administrator is to be made: there is one form, and nothing else."""
    elements = [m.delta.new_element for m in run.messages if m.WhichOneof("type") == "delta"]
    fields = {e.text_input.label for e in elements if e.WhichOneof("type") == "text_input"}
    drawn = kinds(run) <= {*DRAWN, "text_input", "button"} and fields == FORM
    return FIRST in str(run.texts()) and drawn and set(run.widgets()) == {"Create the owner account"}


@pytest.mark.parametrize("first", ["", "home", "ask_tables", "secret"])
def test_a_cold_server_opens_only_the_door(guarded: App, first: str) -> None:
    with Visitor(guarded.url) as stranger:
        assert is_the_first_door(stranger.open(first)), "the very first session of the process"
        for name in ["", *ADDRESSES, *NOT_PAGES]:
            assert is_the_first_door(stranger.open(name)), name


def test_the_page_scripts_hash_opens_no_page_either(guarded: App) -> None:
    from streamlit.util import calc_hash

    for page in PAGES:
        for key in (str(ROOT / "pages" / f"{page}.py"), page, page.replace("_", "-")):
            with Visitor(guarded.url) as stranger:
                assert is_the_first_door(stranger.open(page, script_hash=calc_hash(key))), key


def test_the_owner_gets_a_page_and_not_the_door(local: App) -> None:
    with Visitor(local.url, {"Origin": local.url}) as owner:
        run = owner.open()
    assert DOOR not in str(run.texts())
    assert "This machine only" in str(run.texts())


@pytest.mark.parametrize(
    "header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via", "CF-Connecting-IP", "True-Client-IP"]
)
def test_a_visitor_through_a_proxy_meets_the_door(local: App, header: str) -> None:
    with Visitor(local.url, {header: "127.0.0.1"}) as stranger:
        assert is_the_door(stranger.open())


def test_a_name_pointed_at_this_machine_meets_the_door(local: App) -> None:
    port = local.url.rpartition(":")[2]
    rebound = f"attacker.example:{port}"
    with Visitor(local.url, {"Origin": f"http://{rebound}"}, host=rebound) as stranger:
        assert is_the_door(stranger.open())


@pytest.mark.parametrize("origin", ["http://attacker.example", "http://localhost:3000", "null"])
def test_a_page_of_another_site_opens_no_session(local: App, origin: str) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        Visitor(local.url, {"Origin": origin})


def own_address() -> str:
    """An address of this machine that is not loopback; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network address")
        return str(probe.getsockname()[0])


UVICORN = ("-m", "uvicorn", "Home:app", "--host", "0.0.0.0", "--port", "0")


def test_a_server_that_tells_no_address_opens_only_to_this_machine(tmp_path: Path) -> None:
    with running_app(tmp_path / "home", command=UVICORN) as app:
        port = app.url.rpartition(":")[2]
        with Visitor(f"http://{own_address()}:{port}") as stranger:
            assert is_the_door(stranger.open())
        with Visitor(f"http://127.0.0.1:{port}") as owner:
            assert "This machine only" in str(owner.open().texts())
        assert "Groundwork is at" not in app.said(), "it cannot know where"


def test_a_rewritten_peer_address_admits_nobody(tmp_path: Path) -> None:
    """uvicorn takes the peer's address out of X-Forwarded-For where it is told to trust every proxy."""
    with running_app(tmp_path / "home", "--forwarded-allow-ips", "*", command=UVICORN) as app:
        url = f"http://{own_address()}:{app.url.rpartition(':')[2]}"
        with Visitor(url, {"X-Forwarded-For": "127.0.0.1"}, host="localhost") as stranger:
            assert is_the_door(stranger.open())
