"""The home page in a real browser: how it looks, and that it leads where it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import LOOKS, shot, visit
from tests.servers.app import App, running_app


@pytest.mark.parametrize("look", LOOKS)
def test_a_newcomer_sees_how_to_begin(app: App, opened: Callable[[str], Page], look: str) -> None:
    page = opened(look)
    visit(page, app.url)
    expect(page.get_by_role("heading", name="Bring something to ask about")).to_be_visible()
    for name in ("Upload a table", "Begin to chat", "Explore the orders", "Ask the report", "Read the price list"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    assert nothing_sticks_out(page)
    shot(page, f"home/empty.{look}")


def test_the_cards_lead_to_their_pages(app: App, page: Page) -> None:
    for button, address in (("Upload a table", "/tables"), ("Begin to chat", "/chat")):
        visit(page, app.url)
        page.get_by_role("button", name=button).click()
        page.wait_for_url(f"**{address}*")


def test_the_fonts_are_ours(app: App, page: Page) -> None:
    visit(page, app.url)
    assert page.evaluate("document.fonts.check('600 21px \"IBM Plex Sans\"')")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith('"IBM Plex Sans"')


def nothing_sticks_out(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_it_starts_again_on_the_same_folder(tmp_path: Path, page: Page) -> None:
    for _ in range(2):
        with running_app(tmp_path / "home") as app:
            visit(page, app.url)
            expect(page.get_by_role("heading", name="Bring something to ask about")).to_be_visible()
