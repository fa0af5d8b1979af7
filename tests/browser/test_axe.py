"""Every page before axe, before a screen reader's tree, at 420 px and at 200 % zoom: no finding is ours.

Each page is opened once, in a wide light window, then looked at in dark, on a phone and zoomed in: a zoom of 200 % is a
window half as wide and half as high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.auth.people_here import Here
from tests.browser.axe import CONTRAST, Known, findings, nameless, sticks_out
from tests.browser.conftest import keep_at_home
from tests.browser.furnished import SIGNED_IN, Furnished
from tests.browser.screen import in_look, settled, shot, visit
from tests.servers.app import App, running_app

WIDE, PHONE, ZOOMED = ((1440, 900), (420, 900), (720, 450))
LONG = 30_000.0  # milliseconds for what a press brings

NAVIGATION, EXPLORER = "[data-testid=stSidebarNav]", ".explorer > .stage"
SECTIONS = "Streamlit's: a navigation with sections puts a div between its list and the items"
THEIRS = "PyGWalker's own front end; saving, the choice of charts and the viewer outside it have names"
KNOWN = (
    Known("list", NAVIGATION, SECTIONS),
    Known("listitem", NAVIGATION, SECTIONS),
    Known("aria-allowed-attr", EXPLORER, THEIRS),
    Known("aria-command-name", EXPLORER, THEIRS),
    Known("button-name", EXPLORER, THEIRS),
    Known("nested-interactive", EXPLORER, THEIRS),
)


def press(name: str, role: Any = "button") -> Callable[[Page], None]:
    """Presses what bears this name, and lets the page settle."""

    def act(page: Page) -> None:
        page.get_by_role(role, name=name).first.click(timeout=LONG)
        settled(page)

    return act


def await_explorer(page: Page) -> None:
    expect(page.get_by_text("net_amount").first).to_be_visible(timeout=LONG)
    settled(page)


@dataclass(frozen=True)
class Place:
    """One page as somebody sees it: whose, its address, and what is pressed first."""

    who: str
    address: str
    acts: tuple[Callable[[Page], None], ...] = ()


PLACES = {
    "set-up": Place("founder", "/"),
    "door": Place("stranger", "/tables"),
    "home, first run": Place("bea", "/"),
    "home": Place("ada", "/"),
    "chat, new": Place("bea", "/chat"),
    "chat": Place("ada", "chat"),
    "ask tables, nothing there": Place("bea", "/ask-tables"),
    "ask tables": Place("ada", "ask-tables"),
    "ask tables, rows": Place("ada", "ask-tables", (press("rows", "tab"),)),
    "ask tables, query": Place("ada", "ask-tables", (press("Query", "tab"),)),
    "ask documents": Place("ada", "ask-documents"),
    "tables, nothing there": Place("bea", "/tables"),
    "tables": Place("ada", "/tables"),
    "table": Place("ada", "table"),
    "table, doubts": Place("ada", "table", (press("Doubts", "tab"),)),
    "explorer": Place("ada", "explorer", (await_explorer,)),
    "documents": Place("ada", "/documents"),
    "document": Place("ada", "document"),
    "models": Place("ada", "/models"),
    "help": Place("ada", "/help"),
    "help, a file": Place("ada", "/help?at=operating/behind-a-reverse-proxy"),
    "help, a setting": Place("ada", "/help?setting=GROUNDWORK_UPLOAD_MB"),
    "people": Place("ada", "/administration"),
    "people, inviting": Place("ada", "/administration", (press("Invite"),)),
    "audit": Place("ada", "/administration", (press("Audit", "tab"),)),
    "sign-in": Place("ada", "/administration", (press("Sign-in", "tab"),)),
    "profile": Place("ada", "/profile"),
    "profile, keys": Place("ada", "/profile", (press("Keys", "tab"),)),
    "profile, data": Place("ada", "/profile", (press("Data", "tab"),)),
}


@dataclass
class Walk:
    """The whole walk: the two apps, a tab for each person, and which entries of the list were met."""

    house: Furnished
    empty: App
    tabs: dict[str, Page]
    met: set[int] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def open(self, name: str) -> Page:
        """Open a place in its person's tab, wide and light."""
        place = PLACES[name]
        page = self.tabs[place.who]
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        page.emulate_media(color_scheme="light")
        url = self.empty.url if place.who == "founder" else self.house.app.url
        visit(page, url + self.house.addresses.get(place.address, place.address))
        for act in place.acts:
            act(page)
        self.seen.add(name)
        return page

    def ours(self, page: Page, look: str, **options: Any) -> list[str]:
        """What axe finds that is in no list; entries that are met are noted."""
        found = findings(page, KNOWN, **options)
        self.met |= {one["known"] for one in found}
        return [
            f"{look}: {one['rule']} {one['where']}\n  {one['html']}\n  {one['why']}"
            for one in found
            if one["known"] < 0
        ]


@pytest.fixture(scope="module")
def walk(furnished_house: Furnished, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    outside: list[str] = []

    def tab(here: Here | None = None) -> Page:
        context = in_look(browser, "light")
        keep_at_home(context, outside)
        if here:
            context.add_cookies([{"name": "groundwork", "value": here.token, "url": furnished_house.app.url}])
        return context.new_page()

    with running_app(tmp_path_factory.mktemp("empty") / "home", **SIGNED_IN) as empty:
        people = {"ada": furnished_house.ada, "bea": furnished_house.bea, "stranger": None, "founder": None}
        yield Walk(furnished_house, empty, {name: tab(here) for name, here in people.items()})
    assert outside == [], "a page asked another machine for something"


def resized(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    settled(page)


@pytest.mark.parametrize("name", PLACES)
def test_no_finding_is_ours(walk: Walk, name: str) -> None:
    page = walk.open(name)
    found = walk.ours(page, "light") + [f"has no name: {control}" for control in nameless(page, outside=EXPLORER)]
    page.emulate_media(color_scheme="dark")
    settled(page)
    found += walk.ours(page, "dark", runOnly={"type": "rule", "values": [CONTRAST]})
    resized(page, ZOOMED)
    found += [f"zoomed: {told}" for told in sticks_out(page)]
    resized(page, PHONE)
    found += [f"phone: {told}" for told in sticks_out(page)]
    shot(page, f"axe/{name}")
    assert not found, "\n".join(found)


def test_the_list_holds_nothing_that_is_gone(walk: Walk) -> None:
    if walk.seen != set(PLACES):
        pytest.skip("only part of the pages was walked")
    gone = [known for n, known in enumerate(KNOWN) if n not in walk.met]
    assert not gone, "these occur on no page any more: drop them"
