"""A real Chromium before the running app. Whatever a page asks of another machine is recorded, and fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.furnished import Furnished, furnished
from tests.browser.screen import in_look, is_here, started
from tests.servers.app import App, running_app

Opened = Callable[[str], Page]

WITHOUT_WALKS = os.environ.get("GROUNDWORK_TEST_WALKS") == "none"
WALKS = {  # ten minutes together, on two cores
    "test_axe",
    "test_filings",
    "test_first_half_hour",
    "test_keyboard",
    "test_models_walk",
    "test_outlines",
    "test_reader",
    "test_team_walk",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file of tests: Playwright keeps an event loop running, and later tests want their own."""
    with sync_playwright() as play:
        chromium = started(play)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app on an empty data folder, one for each file of tests, without a model."""
    with running_app(tmp_path_factory.mktemp("app") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def furnished_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """A workbench in which somebody has worked, for all files of tests that take nothing away from it."""
    with furnished(tmp_path_factory.mktemp("furnished")) as house:
        yield house


@pytest.fixture
def outside() -> list[str]:
    """Every address beyond this machine that a page of this test asked for; empty at the end, or the test fails."""
    return []


@pytest.fixture
def opened(browser: Browser, outside: list[str]) -> Iterator[Opened]:
    """Opens a tab in a look: ``light``, ``dark`` or ``narrow`` (420 px), each with a fresh profile."""
    contexts: list[BrowserContext] = []

    def open_tab(look: str = "light") -> Page:
        context = in_look(browser, look)
        contexts.append(context)
        keep_at_home(context, outside)
        return context.new_page()

    yield open_tab
    for context in contexts:
        context.close()
    assert outside == [], "a page asked another machine for something"


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened("light")


@contextmanager
def adas_tab(context: BrowserContext, house: Furnished) -> Iterator[Page]:
    """A tab of hers in the furnished house, in a fresh profile; it may ask no other machine for anything."""
    outside: list[str] = []
    keep_at_home(context, outside)
    context.add_cookies([{"name": "groundwork", "value": house.ada.token, "url": house.app.url}])
    yield context.new_page()
    context.close()
    assert outside == [], "a page asked another machine for something"


def keep_at_home(context: BrowserContext, outside: list[str]) -> None:
    """Record every request and websocket that would leave this machine; the browser knows no name beyond it.

    Nothing is routed: Playwright would hold up each request and keep the browser's cache off.
    """

    def note(url: str) -> None:
        if not is_here(url):
            outside.append(url)

    context.on("requestfinished", lambda request: note(request.url))
    context.on("requestfailed", lambda request: None if request.failure == "csp" else note(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: note(socket.url)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if WITHOUT_WALKS and item.path.stem in WALKS:
                item.add_marker(pytest.mark.skip(reason="GROUNDWORK_TEST_WALKS=none leaves the long walks out"))
