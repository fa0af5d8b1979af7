"""Tables in a real browser: the sample, an upload of one's own, a refused one, a cancelled import; how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import LOOKS, settled, shot, visit
from tests.servers.app import App, running_app

pytestmark = pytest.mark.browser

LONG = 90_000.0  # milliseconds for work behind the page
CSV = "id;amount;day\n1;1.234,56;01/02/2024\n2;2,5;03/04/2024\n3\n4;n/a;05/06/2024\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that takes a megabyte at most."""
    with running_app(tmp_path_factory.mktemp("small") / "home", GROUNDWORK_UPLOAD_MB="1") as running:
        yield running


def choose(page: Page, *files: Path) -> None:
    page.locator("#upload input[type=file]").set_input_files(list(files))


@pytest.mark.parametrize("look", LOOKS)
def test_before_there_is_any(small: App, opened: Callable[[str], Page], look: str) -> None:
    page = opened(look)
    visit(page, small.url + "/tables")
    expect(page.get_by_text("No tables yet")).to_be_visible()
    expect(page.get_by_role("button", name="Upload a table")).to_be_visible()
    shot(page, f"tables/empty.{look}")


def test_a_csv_of_ones_own_becomes_a_table(app: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "orders north.csv"
    file.write_text(CSV)
    visit(page, app.url + "/tables")
    choose(page, file)
    page.get_by_text("orders north", exact=True).first.wait_for(timeout=LONG)
    settled(page)
    page.get_by_role("link", name="orders north").click()
    expect(page.get_by_role("heading", name="orders north")).to_be_visible(timeout=LONG)
    settled(page)
    assert "t=" in page.url
    page.get_by_role("tab", name="Doubts").click()
    expect(page.get_by_text("1 of 4 rows did not fit")).to_be_visible()
    expect(page.get_by_text("was read as 1 February 2024")).to_be_visible()
    shot(page, "tables/doubts.light")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    assert "4,too few values,3" in download.value.path().read_text()


def test_the_keyboard_is_enough(app: App, page: Page) -> None:
    opened: list[bool] = []
    page.on("filechooser", lambda chooser: opened.append(chooser.is_multiple()))  # told to the browser well before
    visit(page, app.url + "/tables")
    page.locator("#upload button").first.focus()
    page.keyboard.press("Enter")
    for _ in range(100):
        if opened:
            break
        page.wait_for_timeout(100)
    assert opened == [True]


def test_what_a_redraw_adds_leaves_the_focus_where_it_is(app: App, page: Page, tmp_path: Path) -> None:
    """The field stands below what comes and goes: an import, the list, a refusal."""
    table, refused = tmp_path / "orders south.csv", tmp_path / "notes.csv"
    table.write_text(CSV)
    refused.write_bytes(b"%PDF-1.7 nothing")
    page.goto(app.url + "/tables")
    page.locator("#upload button").first.focus()
    choose(page, table)
    expect(page.get_by_text("orders south", exact=True).first).to_be_visible(timeout=LONG)
    choose(page, refused)
    expect(page.get_by_text("notes.csv is a PDF").first).to_be_visible(timeout=LONG)
    settled(page)
    expect(page.locator("#upload button").first).to_be_focused()
    page.locator("[class*=st-key-failure]").get_by_role("button", name="Put away").click()
    expect(page.locator("[class*=st-key-failure]")).to_have_count(0)


def test_what_is_too_large_is_refused_and_said(small: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    file.write_bytes(b"id,text\n" + b"1,some words\n" * 200_000)
    visit(page, small.url + "/tables")
    choose(page, file)
    expect(page.get_by_text("big.csv is larger than 1 MB").first).to_be_visible(timeout=LONG)
    shot(page, "tables/refused.light")
    page.get_by_role("button", name="Put away").first.click()
    expect(page.get_by_text("big.csv is larger than 1 MB")).to_have_count(0)


def test_what_is_no_table_says_what_to_do(app: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF-1.7 nothing")
    visit(page, app.url + "/tables")
    choose(page, file)
    expect(page.locator("[class*=st-key-failure]").get_by_text("report.pdf is a PDF")).to_be_visible(timeout=LONG)
    page.locator("[class*=st-key-failure]").get_by_role("button", name="Put away").click()
    expect(page.locator("[class*=st-key-failure]")).to_have_count(0)


def test_a_cancelled_import_leaves_no_table(app: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    with file.open("w") as out:
        out.write("id,text,amount\n")
        out.writelines(f"{n},some words {n},{n / 3:.4f}\n" for n in range(2_000_000))
    visit(page, app.url + "/tables")
    choose(page, file)
    box = page.locator("[class*=st-key-import-]").filter(has_text="events.csv")
    box.get_by_role("button", name="Cancel").wait_for(timeout=LONG)
    shot(page, "tables/importing.light")
    box.get_by_role("button", name="Cancel").click()
    expect(box).to_have_count(0, timeout=LONG)
    settled(page)
    expect(page.locator(".st-key-rows-tables").get_by_text("events")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS)
def test_the_sample_and_its_page(app: App, opened: Callable[[str], Page], look: str) -> None:
    page = opened(look)
    visit(page, app.url + "/tables")
    if page.get_by_role("button", name="Open the sample").count():
        page.get_by_role("button", name="Open the sample").click()
    page.get_by_text("104,500 rows").first.wait_for(timeout=LONG)
    settled(page)
    shot(page, f"tables/list.{look}")
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_role("tab", name="Columns").wait_for(timeout=LONG)
    settled(page)
    shot(page, f"tables/table.{look}")
    address = page.url
    visit(page, address)
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()


def test_delete_asks_first(app: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "gone.csv"
    file.write_text("a,b\n1,2\n3,4\n")
    visit(page, app.url + "/tables")
    choose(page, file)
    page.get_by_role("link", name="gone").wait_for(timeout=LONG)
    settled(page)
    page.get_by_role("link", name="gone").click()
    page.get_by_role("button", name="More").click()
    page.get_by_text("Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("This cannot be undone")).to_be_visible()
    dialog.get_by_role("button", name="Delete the table").click()
    expect(page.get_by_role("heading", name="Tables", exact=True)).to_be_visible(timeout=LONG)
    expect(page.get_by_role("link", name="gone")).to_have_count(0)
