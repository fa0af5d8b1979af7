"""A page's name in the sidebar leads to the page itself, also from one thing on it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.half_hour import CLEAN
from tests.browser.screen import settled, visit
from tests.servers.app import App

LONG = 60_000.0


def open_a_table(page: Page, app: App, folder: Path) -> None:
    visit(page, f"{app.url}/tables")
    if not page.get_by_role("link", name="stock").count():
        page.locator("#upload input[type=file]").set_input_files([str(CLEAN(folder))])
    page.get_by_role("link", name="stock").first.click(timeout=LONG)
    expect(page.get_by_role("tab", name="Doubts")).to_be_visible(timeout=LONG)
    settled(page)
    assert "t=" in page.url


def test_from_one_table_its_name_leads_to_the_list_and_back_leads_back(app: App, page: Page, tmp_path: Path) -> None:
    open_a_table(page, app, tmp_path)
    loaded = page.evaluate("performance.timeOrigin")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Tables", exact=True).click()
    expect(page.locator("#upload")).to_be_visible(timeout=LONG)
    assert page.url == f"{app.url}/tables"
    page.go_back()
    expect(page.get_by_role("tab", name="Doubts")).to_be_visible(timeout=LONG)
    assert page.evaluate("performance.timeOrigin") == loaded, "the page was never loaded anew"


def test_on_a_phone_the_sidebar_gives_way(app: App, opened: Opened, tmp_path: Path) -> None:
    page = opened("narrow")
    open_a_table(page, app, tmp_path)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Tables", exact=True).click()
    expect(page.locator("#upload button").first).to_be_in_viewport(timeout=LONG)
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
