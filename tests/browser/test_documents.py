"""Documents in a real browser: several at once, the bad ones said, one looked at, renamed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.documents.sample import FILE as REPORT
from components.store import blobs
from tests.browser.conftest import Opened
from tests.browser.screen import settled, shot, visit
from tests.documents import files
from tests.servers.app import App, running_app

SOON = 30_000  # milliseconds


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The app on an empty data folder, one for each story."""
    with running_app(tmp_path / "home") as running:
        yield running


def add(page: Page, *brought: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add documents").click()
    chooser.value.set_files([str(file) for file in brought])


def is_ready(page: Page, title: str) -> None:
    found = page.locator("[class*=st-key-row-]").filter(has_text=title)
    expect(found.get_by_text("Ready")).to_be_visible(timeout=SOON)


def choose(page: Page, title: str, item: str) -> None:
    found = page.locator("[class*=st-key-row-]").filter(has_text=title)
    found.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=item).or_(page.get_by_role("option", name=item)).first.click()


def test_several_come_at_once_and_the_bad_ones_are_said(page: Page, app: App, tmp_path: Path) -> None:
    visit(page, f"{app.url}/documents")
    expect(page.get_by_text("Nothing to read yet")).to_be_visible()
    shot(page, "documents-empty")
    good, long = files.plain(tmp_path / "Board minutes.pdf", 12), files.plain(tmp_path / "Long.pdf", 900)
    locked, scan = files.locked(tmp_path / "Payroll.pdf"), files.scanned(tmp_path / "Contract.pdf")
    add(page, good, locked, scan, long)
    for title in ("Board minutes", "Long"):
        is_ready(page, title)
    for title, why in (("Payroll", "locked with a password"), ("Contract", "(OCR) is not part of Groundwork yet")):
        found = page.locator("[class*=st-key-row-]").filter(has_text=title)
        expect(found).to_contain_text(why, timeout=SOON)
        expect(found.get_by_text("Not read")).to_be_visible()
    settled(page)
    expect(page.get_by_text("4 documents · 912 pages · 2 not read")).to_be_visible()
    add(page, good)
    expect(page.get_by_text("is the same file as Board minutes. It was not added again.")).to_be_visible(timeout=SOON)
    settled(page)
    shot(page, "documents")


def test_a_document_is_looked_at_renamed_and_deleted(page: Page, app: App, tmp_path: Path) -> None:
    visit(page, f"{app.url}/documents")
    add(page, REPORT)
    is_ready(page, "Annual report 2025 of the Sample Shop")
    settled(page)
    page.get_by_role("link", name="Annual report 2025 of the Sample Shop").click()
    page.wait_for_url("**/documents?d=*", timeout=SOON)
    picture = page.locator("img[alt='Page 1 of Annual report 2025 of the Sample Shop']")
    expect(picture).to_be_visible(timeout=SOON)
    page.wait_for_function("p => p.naturalWidth > 800", arg=picture.element_handle())
    page.get_by_role("button", name="Page after").click()
    expect(page.locator("img[alt='Page 2 of Annual report 2025 of the Sample Shop']")).to_be_visible()
    settled(page)
    shot(page, "document")
    page.get_by_role("tab", name="Text").click()
    page.get_by_role("spinbutton", name="Page").fill("4")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stCode")).to_contain_text("To our readers", timeout=SOON)
    settled(page)
    page.get_by_role("button", name="All documents").click()
    settled(page)
    choose(page, "Annual report", "Rename")
    page.get_by_role("dialog").get_by_label("Title").fill("The year")
    page.keyboard.press("Tab")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("link", name="The year")).to_be_visible(timeout=SOON)
    settled(page)
    choose(page, "The year", "Delete")
    expect(page.get_by_role("dialog")).to_contain_text("The year goes with 24 pages")
    page.get_by_role("button", name="Delete the document").click()
    expect(page.get_by_text("Nothing to read yet")).to_be_visible(timeout=SOON)
    kept = blobs.Blobs(str(app.home / "blobs"), app.home / "copies")
    assert list(kept.keys()) == []


def test_one_button_brings_the_table_and_the_report(page: Page, opened: Opened, app: App) -> None:
    visit(page, f"{app.url}/documents")
    page.get_by_role("button", name="Open the sample").click()
    is_ready(page, "Annual report 2025 of the Sample Shop")
    for look in ("light", "dark", "narrow"):
        tab = opened(look)
        visit(tab, f"{app.url}/documents")
        expect(tab.get_by_text("sample", exact=True)).to_be_visible()
        shot(tab, f"documents-{look}")
    visit(page, f"{app.url}/tables")
    expect(page.get_by_role("link", name="Orders")).to_be_visible(timeout=120_000)


def test_a_strange_address_says_so(page: Page, app: App) -> None:
    visit(page, f"{app.url}/documents?d=nothing")
    expect(page.get_by_text("This document does not exist, or is not yours")).to_be_visible()


def test_a_page_that_cannot_be_drawn_says_why_and_the_next_one_comes(page: Page, tmp_path: Path) -> None:
    with running_app(tmp_path / "home", GROUNDWORK_PAGE_SECONDS="1") as app:
        visit(page, f"{app.url}/documents")
        add(page, files.tangle(tmp_path / "Map.pdf"), files.plain(tmp_path / "Minutes.pdf"))
        for title in ("Map", "Minutes"):
            is_ready(page, title)
        settled(page)
        page.get_by_role("link", name="Map").click()
        why = "Page 1 cannot be drawn. This took longer than 1 second and was stopped."
        expect(page.get_by_text(why)).to_be_visible(timeout=SOON)
        settled(page)
        shot(page, "document-not-drawn")
        page.get_by_role("button", name="All documents").click()
        settled(page)
        page.get_by_role("link", name="Minutes").click()
        picture = page.locator("img[alt='Page 1 of Minutes']")
        expect(picture).to_be_visible(timeout=SOON)
        page.wait_for_function("p => p.naturalWidth > 800", arg=picture.element_handle())
