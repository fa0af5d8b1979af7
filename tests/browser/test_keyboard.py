"""Every page with the keyboard alone: all that can be pressed is reached, the focus is seen, dialogs give it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import adas_tab
from tests.browser.furnished import Furnished
from tests.browser.screen import in_look, settled, visit

LONG = 30_000.0  # milliseconds for what a press brings
MOST = 120  # presses of Tab on one page

# What has the focus, also inside components; and whether that is seen: on itself, or on what frames it. Some looks
# follow a moment later, by a transition or a state of the page.
FOCUSED = """async () => {
    let node = document.activeElement
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
    if (!node || node === document.body) return null
    const around = node => node.parentElement ?? node.getRootNode().host
    const frames = [node]
    for (let up = around(node); up && frames.length < 6; up = around(up)) frames.push(up)
    const looks = () => frames.map(one => {
        const style = getComputedStyle(one), outline = style.outlineStyle === "none" ? "" : style.outline
        return [outline, style.boxShadow, style.borderColor, style.backgroundColor].join()
    }).join(";")
    const focused = looks()
    node.blur()
    let seen = looks() !== focused
    for (let n = 0; n < 30 && !seen; n++) {
        await new Promise(requestAnimationFrame)
        seen = looks() !== focused
    }
    node.focus({preventScroll: true})
    window.stops ??= new Set()
    const known = window.stops.has(node)
    window.stops.add(node)
    const words = node.getAttribute("aria-label") || node.textContent.trim() || node.placeholder || node.id
    const tag = node.tagName.toLowerCase()
    return {told: `${tag} ${words.slice(0, 60)}`, seen: seen || tag === "canvas", known}   // a grid marks a cell itself
}"""
# What can be pressed or typed into, is shown, and was no stop. One of several radio buttons or tabs stands for all: the
# arrows lead to the others.
MISSED = """() => {
    const found = []
    const roving = "[role=tab], [role=radio], [role=menuitem], [role=option], [role=gridcell], [tabindex='-1']"
    const look = root => {
        for (const node of root.querySelectorAll("*")) {
            if (node.shadowRoot) look(node.shadowRoot)
            if (!node.matches("a[href], button, input, textarea, select, summary, [role=button]")) continue
            if (node.disabled || node.matches(roving) || node.type === "radio") continue
            if (node.closest("[inert], [aria-hidden=true]")) continue
            const {width, height} = node.getBoundingClientRect()
            if (!width || !height || !node.checkVisibility({visibilityProperty: true})) continue
            if (!window.stops.has(node)) found.push(node.outerHTML.slice(0, 200))
        }
    }
    look(document)
    return found
}"""


@pytest.fixture(scope="module")
def ada(browser: Browser, furnished_house: Furnished) -> Iterator[Page]:
    context = in_look(browser, "light")
    with adas_tab(context, furnished_house) as page:
        yield page


def go(page: Page, house: Furnished, address: str) -> None:
    visit(page, house.app.url + house.addresses.get(address, address))


def stops(page: Page) -> list[dict[str, Any]]:
    """Press Tab until the focus has gone round once; what it stood on."""
    page.evaluate("window.stops = new Set(); document.activeElement?.blur()")
    found: list[dict[str, Any]] = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop and stop["known"]:
            return found
        found += [stop] if stop else []
        if stop and stop["told"].startswith("canvas"):
            page.keyboard.press("Escape")  # out of the grid, in which Tab goes from cell to cell
    raise AssertionError(f"the focus does not come round: {[stop['told'] for stop in found[-5:]]}")


PLACES = ["/", "chat", "ask-tables", "ask-documents", "/tables", "table", "/documents", "document", "/models"]
PLACES += ["/administration", "/profile"]


@pytest.mark.parametrize("address", PLACES)
def test_tab_reaches_everything_and_is_seen_everywhere(ada: Page, furnished_house: Furnished, address: str) -> None:
    go(ada, furnished_house, address)
    found = stops(ada)
    assert found[0]["told"] == "a Skip to main content"
    assert [stop["told"] for stop in found if not stop["seen"]] == []
    assert ada.evaluate(MISSED) == []


def test_the_sidebar_can_be_skipped(ada: Page, furnished_house: Furnished) -> None:
    go(ada, furnished_house, "/tables")
    ada.keyboard.press("Tab")
    expect(ada.get_by_role("link", name="Skip to main content")).to_be_focused()
    ada.keyboard.press("Enter")
    ada.keyboard.press("Tab")
    assert ada.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').contains(document.activeElement)")
    assert ada.url.endswith("/tables")


def test_a_question_is_asked_from_the_home_page(ada: Page, furnished_house: Furnished) -> None:
    go(ada, furnished_house, "/")
    tab_to(ada, ada.get_by_test_id("stChatInputTextArea"))
    ada.keyboard.type("Hello there")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("group", name="Question")).to_contain_text("Hello there", timeout=LONG)


def test_a_table_is_opened_looked_at_and_explored(ada: Page, furnished_house: Furnished) -> None:
    go(ada, furnished_house, "/tables")
    tab_to(ada, ada.locator("[data-testid=stMain] a").filter(has_text="Orders").first)
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("tab", name="Columns")).to_be_visible(timeout=LONG)
    settled(ada)
    tab_to(ada, ada.get_by_role("tab", name="Columns"))
    ada.keyboard.press("ArrowRight")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("tab", selected=True)).not_to_have_text("Columns")
    tab_to(ada, ada.get_by_role("button", name="Explore"), back=True)
    ada.keyboard.press("Enter")
    ada.wait_for_url(re.compile("/explorer"), timeout=LONG)


def test_a_menu_opens_a_dialog_and_escape_gives_the_focus_back(ada: Page, furnished_house: Furnished) -> None:
    go(ada, furnished_house, "table")
    menu = ada.get_by_test_id("stMainBlockContainer").get_by_role("button", name="More")
    tab_to(ada, menu)
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("menuitem", name="Rename")).to_be_visible(timeout=LONG)
    ada.wait_for_function("document.activeElement.closest('[role=menu]')", timeout=LONG)
    ada.keyboard.press("ArrowDown")
    ada.keyboard.press("Home")
    expect(ada.get_by_role("menuitem", name="Rename")).to_be_focused()
    ada.keyboard.press("Enter")
    dialog = ada.get_by_role("dialog")
    expect(dialog.get_by_label("Title")).to_be_visible(timeout=LONG)
    settled(ada)
    assert ada.evaluate("document.querySelector('[role=dialog]').contains(document.activeElement)")
    ada.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(menu).to_be_focused()


def test_a_button_opens_a_dialog_and_escape_gives_the_focus_back(ada: Page, furnished_house: Furnished) -> None:
    go(ada, furnished_house, "/administration")
    invite = ada.get_by_role("button", name="Invite")
    tab_to(ada, invite)
    ada.keyboard.press("Enter")
    dialog = ada.get_by_role("dialog")
    expect(dialog.get_by_label("E-mail")).to_be_visible(timeout=LONG)
    settled(ada)
    ada.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(invite).to_be_focused()


def tab_to(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Press Tab until the focus stands on what is wanted."""
    expect(wanted).to_be_visible(timeout=LONG)
    for _ in range(MOST):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("Tab does not lead there")
