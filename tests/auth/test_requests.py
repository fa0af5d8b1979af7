from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.datastructures import State
from starlette.requests import Request

from components.auth.requests import admitted, changing, require_our_page
from components.errors import AccessError, SignInRequiredError
from components.workbench import Workbench

OURS = {"host": "localhost:8501", "origin": "http://localhost:8501", "x-groundwork": "1"}


def request(bench: Workbench, headers: dict[str, str], peer: str = "127.0.0.1") -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    made = Request({"type": "http", "method": "PUT", "path": "/", "client": (peer, 5), "headers": raw, "state": {}})
    made.state.settings, made.state.store = bench.settings, bench.store
    assert isinstance(made.state, State)
    return made


def test_our_own_page_may_read_and_change(bench: Workbench) -> None:
    assert admitted(request(bench, OURS)).id == "local"
    assert changing(request(bench, OURS)).id == "local"
    assert changing(request(bench, OURS | {"sec-fetch-site": "same-origin"})).id == "local"


def test_a_reading_request_needs_no_more_than_admission(bench: Workbench) -> None:
    assert admitted(request(bench, {"host": "localhost:8501"})).id == "local"


@pytest.mark.parametrize("missing", ["origin", "x-groundwork"])
def test_a_change_without_our_marks_is_refused(bench: Workbench, missing: str) -> None:
    kept = {name: value for name, value in OURS.items() if name != missing}
    with pytest.raises(AccessError, match="not made by a page"):
        changing(request(bench, kept))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost:3000"},
        {"origin": "http://example.org"},
        {"origin": "localhost:8501"},
        {"x-groundwork": "0"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_change_with_a_wrong_mark_is_refused(bench: Workbench, wrong: dict[str, str]) -> None:
    with pytest.raises(AccessError):
        changing(request(bench, OURS | wrong))


def test_a_stranger_may_neither_read_nor_change(bench: Workbench) -> None:
    for ask in (admitted, changing):
        with pytest.raises(SignInRequiredError):
            ask(request(bench, OURS, peer="192.168.1.7"))


def test_over_tls_a_page_from_a_plain_connection_is_another_site(bench: Workbench) -> None:
    made = request(bench, OURS)
    made.state.settings = replace(bench.settings, public_url="https://localhost:8501", local_accounts="on")
    with pytest.raises(AccessError, match="not made by a page"):
        require_our_page(made)
    with pytest.raises(SignInRequiredError, match="another site"):
        admitted(made)
    secure = request(bench, OURS | {"origin": "https://localhost:8501"})
    secure.state.settings = made.state.settings
    require_our_page(secure)
    with pytest.raises(SignInRequiredError, match="Nobody is signed in"):
        admitted(secure)
