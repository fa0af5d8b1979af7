"""The server around the pages: its headers, its routes, and how it refuses to start."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient

from components.frontend import DRESS, SAID, STYLE, FrontEnd, programs, squeezed
from components.headers import HEADERS, POLICY
from components.warming import HEAVY as WARMED
from tests.servers.app import ROOT, App, environment, running_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("server") / "home") as running:
        yield running


class Way(NamedTuple):
    """One registered route with one method."""

    method: str
    path: str


# What a stranger gets from each route: everything else must answer 401, 403, 404 or 405.
OPEN = {
    "/_stcore/health": "one word, for load balancers",
    "/_stcore/host-config": "Streamlit's front end asks for it before a session begins",
    "/component/{path:path}": "files of installed components, the same for everybody",
    "/_stcore/bidi-components/{path:path}": "the same for components of the second kind",
    "/app/static/{path:path}": "our fonts and icons",
    "/explorer/app.js": "the explorer's program, the same for everybody",
    "": "Streamlit's front end: it holds no data, its session meets the door",
}
PRINT_ROUTES = """
import json, Home
from components.workbench import close_workbench
routes = Home.app._build_starlette_app().routes
print(json.dumps([(type(r).__name__, r.path, sorted(getattr(r, "methods", None) or ["GET"])) for r in routes]))
close_workbench()
"""


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> list[Way]:
    """Every registered HTTP route, Streamlit's and ours, with each of its methods."""
    return registered(tmp_path_factory.mktemp("routes") / "home")


def registered(home: Path, **settings: str) -> list[Way]:
    """Every route of a server with these settings."""
    env = environment(home, **settings)
    done = subprocess.run([sys.executable, "-c", PRINT_ROUTES], cwd=ROOT, env=env, capture_output=True, check=True)
    rows = json.loads(done.stdout.splitlines()[-1])
    return [Way(method, path) for kind, path, methods in rows if kind != "WebSocketRoute" for method in methods]


def filled(path: str) -> str:
    """A route's path with something in the place of each parameter."""
    numbers = re.sub(r"\{\w+:int\}", "7", path)
    return re.sub(r"\{\w+(:\w+)?\}", "x", numbers) or "/"


def test_a_stranger_reaches_what_is_listed_and_nothing_else(app: App, ways: list[Way]) -> None:
    answered = set()
    with httpx.Client(base_url=app.url, headers={"X-Forwarded-For": "203.0.113.9"}) as stranger:
        for way in ways:
            status = stranger.request(way.method, filled(way.path), content=b"{}").status_code
            assert status < 500, way
            if status not in (401, 403, 404, 405):
                answered.add(way.path)
    assert answered <= set(OPEN), "a route answers that is not on the list"


PEOPLE = {"GROUNDWORK_SIGN_IN": "required", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
AT_GITHUB = {"GROUNDWORK_PROVIDER_GITHUB_CLIENT_ID": "x", "GROUNDWORK_PROVIDER_GITHUB_CLIENT_SECRET": "y"}
SIGN_IN = {
    "/api/sign-in/back": "says that there is nothing to come back to",
    "/api/sign-in/{provider}": "there is no provider x",
    "/api/sign-in/ticket": "no page of ours asks",
    "/api/sign-out": "no page of ours asks",
}


@pytest.fixture(scope="module")
def ways_of_sign_in(tmp_path_factory: pytest.TempPathFactory) -> list[Way]:
    """Every registered route where people sign in."""
    return registered(
        tmp_path_factory.mktemp("routes") / "home", GROUNDWORK_PUBLIC_URL="http://localhost:1", **PEOPLE, **AT_GITHUB
    )


def test_where_people_sign_in_a_stranger_reaches_no_more(tmp_path: Path, ways_of_sign_in: list[Way]) -> None:
    """With a cookie that is none, too: nobody made on this machine is anybody there."""
    assert {way.path for way in ways_of_sign_in} >= set(SIGN_IN)
    answered = set()
    with running_app(tmp_path / "home", **PEOPLE) as app:
        headers = {"Cookie": "groundwork=guessed", "X-Groundwork": "1", "Origin": app.url}
        with httpx.Client(base_url=app.url, headers=headers) as stranger:
            for way in ways_of_sign_in:
                status = stranger.request(way.method, filled(way.path), content=b"{}").status_code
                assert status < 500, way
                if status not in (401, 403, 404, 405):
                    answered.add(way.path)
    assert answered <= {*OPEN, "/api/sign-in/back", "/api/sign-out"}


def test_every_route_of_ours_turns_a_stranger_away(app: App, ways: list[Way]) -> None:
    ours = [way for way in ways if way.path.startswith("/api/")]
    with httpx.Client(base_url=app.url, headers={"X-Forwarded-For": "203.0.113.9", "X-Groundwork": "1"}) as stranger:
        for way in ours:
            if way.method not in ("HEAD", "OPTIONS"):
                assert stranger.request(way.method, filled(way.path)).status_code in (401, 403), way


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/media/0123.png", "/_stcore/upload_file/a/b"])
def test_streamlits_open_routes_turn_a_stranger_away(app: App, path: str) -> None:
    far = httpx.get(app.url + path, headers={"Via": "1.1 proxy"})
    near = httpx.get(app.url + path)
    assert far.status_code == 403
    assert near.status_code in (200, 404, 405)


def test_the_same_holds_under_a_base_path(tmp_path: Path) -> None:
    with running_app(tmp_path / "home", "--server.baseUrlPath", "gw") as app:
        root = app.url.removesuffix("/gw") + "/gw"
        for path in ("/_stcore/metrics", "/media/0123.png", "/_stcore/upload_file/a/b"):
            assert httpx.get(root + path, headers={"Via": "1.1 proxy"}).status_code == 403
        assert httpx.get(root + "/_stcore/health", headers={"Via": "1.1 proxy"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/tables", "/no/such/page", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics"),
        *("/media/none", "/app/static/icons/mark.svg", "/app/static/none", "/static/none.js", "/component/none/x"),
        *("/auth/login", "/_stcore/agent/interact", "/%2e%2e/%2e%2e/etc/passwd", "/api/none"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_response_carries_every_header_once(app: App, method: str, path: str) -> None:
    response = httpx.request(method, app.url + path)
    for name, value in HEADERS.items():
        assert response.headers.get_list(name.decode()) == [value.decode()], (response.status_code, name)


def test_a_fault_of_ours_answers_with_the_headers_and_an_id(tmp_path: Path) -> None:
    """A route that raises: the answer has the headers, and the log names the bug that the answer names."""
    code = """
import asyncio, logging, sys
from types import SimpleNamespace
from components.headers import Around
logging.basicConfig(stream=sys.stdout)
async def broken(scope, receive, send): raise RuntimeError("kaput")
sent = []
async def send(message): sent.append(message)
scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "client": None}
asyncio.run(Around(broken, SimpleNamespace(settings=None, store=None), None)(scope, None, send))
print(sent[0]["status"], len(sent[0]["headers"]), sent[1]["body"].decode())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    status, count, words = done.stdout.splitlines()[-1].split(" ", 2)
    assert (status, int(count)) == ("500", len(HEADERS) + 2)
    number = words.rstrip(".").rpartition(" ")[2]
    assert f"bug {number} in GET /x" in done.stdout
    assert "kaput" in done.stdout
    assert "kaput" not in words


def test_the_address_that_a_provider_sends_back_to_can_be_read_by_who_opened_it(tmp_path: Path) -> None:
    with running_app(tmp_path / "home", **PEOPLE) as app:
        back = httpx.get(app.url + "/api/sign-in/back?code=x&state=y")
        assert back.headers.get_list("cross-origin-opener-policy") == ["unsafe-none"]
        assert back.headers.get_list("content-security-policy") == [POLICY]
        door = httpx.get(app.url)
        assert door.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"


def test_a_page_under_another_name_leads_to_the_public_one(tmp_path: Path) -> None:
    """There its session would not be opened, and nothing would say why."""
    with running_app(tmp_path / "home", **PEOPLE, GROUNDWORK_PUBLIC_URL="https://workbench.example.com") as app:
        browser = {"Accept": "text/html,*/*;q=0.8"}
        led = httpx.get(app.url + "/tables?t=a%20b", headers=browser)
        assert (led.status_code, led.headers["location"]) == (307, "https://workbench.example.com/tables?t=a%20b")
        for path in ("//attacker.example", "/\\attacker.example"):
            away = httpx.get(app.url + path, headers=browser).headers["location"]
            assert httpx.URL(away).host == "workbench.example.com"
        assert httpx.get(app.url, headers=browser | {"Host": "workbench.example.com"}).status_code == 200
        assert httpx.get(app.url, headers=browser | {"X-Forwarded-For": "203.0.113.9"}).status_code == 200
        assert httpx.get(app.url + "/_stcore/health").status_code == 200


def test_the_sign_in_button_wears_our_dress(app: App) -> None:
    answer = httpx.get(app.url + "/component/streamlit_oauth.authorize_button/assets/index-any.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "IBM Plex Sans" in answer.text


def test_the_policy_lets_nothing_leave() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    for rule in ("default-src", "connect-src", "img-src", "font-src", "form-action", "frame-src", "media-src"):
        assert not [word for word in rules[rule].split() if word in ("*", "http:", "https:", "ws:", "wss:")], rule


def test_the_old_page_discovery_is_closed_before_the_first_session(tmp_path: Path) -> None:
    code = "import Home; from streamlit.runtime.pages_manager import PagesManager as P; print(P.uses_pages_directory)"
    env = environment(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", code + "; from components.workbench import close_workbench as c; c()"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"


HEAVY = (
    *WARMED,
    "numpy",
    "PIL",
    "pyarrow",
    "alembic",
    "cryptography",
    "loky",
    "onnxruntime",
    "sqlalchemy.dialects.postgresql",
)


def test_nothing_heavy_is_loaded_when_the_app_is_up(tmp_path: Path) -> None:
    """On the second start: the first makes the tables, with Alembic."""
    code = "import sys, Home; print([name for name in sys.argv[1:] if name in sys.modules])"
    code += "; from components.workbench import close_workbench as c; c()"
    command = [sys.executable, "-c", code, *HEAVY]
    env = environment(tmp_path / "home")
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def says(program: Path) -> bool:
    """Whether a program holds words that are sent otherwise."""
    return any(old in program.read_bytes() for old, _ in SAID)


def test_the_front_ends_programs_come_squeezed_and_are_what_they_were(app: App) -> None:
    name = next(name for name, file in programs().items() if file.stat().st_size > 100_000 and not says(file))
    packed = httpx.get(f"{app.url}/static/{name}", headers={"Accept-Encoding": "gzip"})
    plain = httpx.get(f"{app.url}/static/{name}", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content == programs()[name].read_bytes()
    for header in ("cache-control", "content-security-policy"):
        assert packed.headers.get_list(header) == plain.headers.get_list(header)
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("path", ["/", "/ask-tables", "/no-such-page"])
def test_the_first_page_shows_something_before_any_program_has_come(app: App, path: str) -> None:
    """Also to a browser that asks whether Streamlit's own page has changed."""
    before = {"If-Modified-Since": "Wed, 01 Jan 2100 00:00:00 GMT", "If-None-Match": "*"}
    page = httpx.get(app.url + path, headers={"Accept": "text/html", **before})
    assert page.status_code == 200
    assert "Opening Groundwork" in page.text
    assert "<title>Groundwork</title>" in page.text
    assert page.text.count(STYLE) == 1
    assert page.headers["content-encoding"] == "gzip"
    plain = httpx.get(app.url + path, headers={"Accept": "text/html", "Accept-Encoding": "identity"})
    assert int(plain.headers["content-length"]) == len(plain.content) > int(page.headers["content-length"])
    assert plain.text == page.text


def test_what_is_changed_in_the_front_ends_page_is_there_to_be_changed() -> None:
    """Another version of Streamlit may have another page."""
    page = (next(iter(programs().values())).parents[2] / "index.html").read_text()
    assert [old for old, _ in DRESS if not re.search(old, page)] == []
    together = b"".join(file.read_bytes() for file in programs().values())
    assert [old for old, _ in SAID if together.count(old) != 1] == []


def test_the_front_end_speaks_of_us_while_the_server_is_silent() -> None:
    sent = b"".join(gzip.decompress(squeezed(name)) for name in programs())
    assert b"streamlit run yourscript.py" not in sent
    assert sent.count(b"Groundwork does not answer.") == 2


@pytest.mark.parametrize(
    ("said", "squeezes"),
    [("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("br, gzip ; q=0.00", False), ("notgzip", False)],
)
def test_gzip_is_sent_to_whom_takes_it(said: str, squeezes: bool) -> None:
    """With a weight of 0 a browser says what it does not take."""
    name = next(iter(programs()))
    client = TestClient(FrontEnd(HTMLResponse("whole")), headers={"Accept-Encoding": said})
    for path in (f"/static/{name}", "/"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert ("content-encoding" in answer.headers) is squeezes
