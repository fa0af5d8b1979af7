"""Sharing in a real browser: a dialog lets somebody see a thing, another press takes it back, an open tab loses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from components.store import shares
from tests.attacks.house import House, open_house
from tests.attacks.people import Person
from tests.browser.screen import LOOKS, settled, shot, visit
from tests.signing import beside

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def tab_of(house: House, opened: Callable[[str], Page]) -> Callable[[Person, str, str], Page]:
    """Opens an address in a browser in which somebody is signed in."""

    def open_tab(person: Person, address: str, look: str = "light") -> Page:
        page = opened(look)
        page.context.add_cookies([{"name": "groundwork", "value": person.here.token, "url": house.app.url}])
        visit(page, house.app.url + address)
        return page

    return open_tab


def open_dialog(page: Page) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Share").or_(page.get_by_role("option", name="Share")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settled(page)


def share_with(page: Page, who: str) -> None:
    page.get_by_label("With", exact=True).fill(who)
    page.get_by_role("dialog").get_by_role("button", name="Share").click()
    settled(page)


def take_back(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    settled(page)


THINGS = {
    "table": lambda ada: f"/tables?t={ada.dataset.id}",
    "document": lambda ada: f"/documents?d={ada.document.id}",
    "conversation": lambda ada: f"/chat?c={ada.chat}",
}


@pytest.mark.parametrize("thing", THINGS)
def test_a_thing_is_shared_and_taken_back(
    thing: str, house: House, tab_of: Callable[..., Page], request: pytest.FixtureRequest
) -> None:
    address = THINGS[thing](house.ada)
    hers = tab_of(house.ada, address)
    open_dialog(hers)
    expect(hers.get_by_text("Nobody else sees it.")).to_be_visible()
    share_with(hers, "bob@example.com")
    expect(hers.get_by_role("dialog").get_by_text("Can read").last).to_be_visible()
    shot(hers, f"sharing/{thing}.light")
    his = tab_of(house.bob, address)
    expect(his.get_by_text("shared by Ada").first).to_be_visible()
    assert house.ada.mark in his.locator("[data-testid=stApp]").inner_text()
    take_back(hers)
    expect(hers.get_by_text("Nobody else sees it.")).to_be_visible()
    expect(his.get_by_text("or is not yours").first).to_be_visible(timeout=20_000)  # nothing is pressed in that tab
    settled(his)
    assert house.ada.mark not in his.locator("[data-testid=stApp]").inner_text()


def test_what_an_open_tab_fetches_is_refused_from_then_on(house: House, tab_of: Callable[..., Page]) -> None:
    hers = tab_of(house.ada, f"/documents?d={house.ada.document.id}")
    open_dialog(hers)
    share_with(hers, "Bob")
    his = tab_of(house.bob, f"/documents?d={house.ada.document.id}")
    picture = f"/api/documents/{house.ada.document.id}/pages/1.jpg"
    fetched = "address => fetch(address).then(answer => answer.status)"
    assert his.evaluate(fetched, picture) == 200
    take_back(hers)
    assert his.evaluate(fetched, picture) == 403


@pytest.mark.parametrize("look", LOOKS)
def test_the_dialog_in_every_look(look: str, house: House, tab_of: Callable[..., Page]) -> None:
    page = tab_of(house.ada, f"/tables?t={house.ada.dataset.id}", look)
    open_dialog(page)
    share_with(page, "Nobody Here")
    expect(page.get_by_text("Nobody here has the e-mail or full name Nobody Here.")).to_be_visible()
    share_with(page, "Bob")
    dialog = page.get_by_role("dialog").bounding_box()
    assert dialog
    assert dialog["x"] >= 0
    assert dialog["x"] + dialog["width"] <= LOOKS[look][0]
    shot(page, f"sharing/dialog.{look}")
    take_back(page)


@pytest.mark.parametrize("look", LOOKS)
def test_lists_say_whose_it_is(look: str, house: House, tab_of: Callable[..., Page]) -> None:
    hers = tab_of(house.ada, f"/tables?t={house.ada.dataset.id}")
    open_dialog(hers)
    share_with(hers, "Bob")
    page = tab_of(house.bob, "/tables", look)
    expect(page.get_by_text("shared by Ada")).to_be_visible()
    shot(page, f"sharing/list.{look}")
    take_back(hers)


@pytest.mark.parametrize("look", LOOKS)
def test_the_profile_lists_what_is_shared_either_way(look: str, house: House, tab_of: Callable[..., Page]) -> None:
    ada, bob = house.ada, house.bob
    with beside(house.app.home) as store:
        for kind, thing_id in (("dataset", ada.dataset.id), ("document", ada.document.id), ("conversation", ada.chat)):
            shares.share(store, ada.id, kind, thing_id, to_user=bob.id, right="edit")
        shares.share(store, bob.id, "document", bob.document.id, to_user=ada.id)
    page = tab_of(ada, "/profile", look)
    page.get_by_role("tab", name="Sharing").click()
    given, received = page.locator(".st-key-rows-given"), page.locator(".st-key-rows-received")
    expect(given.get_by_text("with Bob · can edit")).to_have_count(3, timeout=20_000)
    expect(received.get_by_text("document · by Bob · can read")).to_be_visible()
    settled(page)
    shot(page, f"sharing/profile.{look}")
    received.get_by_role("button", name="Remove from my list").click()
    expect(received.get_by_text("by Bob")).to_have_count(0, timeout=20_000)
    for left in (2, 1, 0):
        given.get_by_role("button", name="Take back").first.click()
        expect(given.get_by_text("with Bob")).to_have_count(left, timeout=20_000)
