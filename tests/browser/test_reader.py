"""A reader in Germany: every number on a page is written as the browser itself writes it there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from components.marks import languages, marks_of
from tests.browser.conftest import adas_tab
from tests.browser.furnished import Furnished
from tests.browser.screen import LOOKS, settled, visit

SAMPLES = ("1,234", "1,234.5", "98,765", "12,345,678.25", "0.25")
ENGLISH = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")  # commas between thousands
IN_GERMAN = re.compile(r"\b\d{1,3}(?:\.\d{3})+\b")


@pytest.fixture(scope="module")
def german(browser: Browser, furnished_house: Furnished) -> Iterator[Page]:
    width, height, _ = LOOKS["light"]
    context = browser.new_context(locale="de-DE", viewport={"width": width, "height": height}, reduced_motion="reduce")
    with adas_tab(context, furnished_house) as page:
        yield page


def test_each_language_writes_as_the_browser_does(german: Page) -> None:
    ask = "([tag, texts]) => texts.map(text => new Intl.NumberFormat(tag, {maximumFractionDigits: 2}).format(text))"
    plain = [text.replace(",", "") for text in SAMPLES]
    ours = {tag: [marks_of(tag).write(text) for text in SAMPLES] for tag in languages()}
    assert ours == {tag: german.evaluate(ask, [tag, plain]) for tag in languages()}


PLACES = {
    "home": ("/", "104.500 rows"),
    "tables": ("/tables", "104.500 rows"),
    "table": ("table", "104.500 rows"),
    "explorer": ("explorer", "104.500 rows"),
    "ask-tables": ("ask-tables", "104.500 rows of orders"),
    "chat": ("chat", "1.240 tokens in, 86 out"),
    "documents": ("/documents", "documents"),
    "models": ("/models", "Models"),
}


@pytest.mark.parametrize("name", PLACES)
def test_no_number_of_ours_is_in_english(german: Page, furnished_house: Furnished, name: str) -> None:
    address, there = PLACES[name]
    visit(german, furnished_house.app.url + furnished_house.addresses.get(address, address))
    expect(german.get_by_text(there).first).to_be_visible(timeout=30_000)
    words = german.get_by_test_id("stMainBlockContainer").inner_text()
    said = [found for line in words.splitlines() for found in ENGLISH.findall(line) if "| " not in line]
    if name == "chat":  # what a model wrote stays as it is
        said = [found for found in said if "1,240" not in words]
    assert said == [], words


def test_an_answer_its_slip_and_its_chart_are_in_german(german: Page, furnished_house: Furnished) -> None:
    visit(german, furnished_house.app.url + furnished_house.addresses["ask-tables"])
    card = german.locator("[class*=st-key-card-answer]")
    expect(card.get_by_text("104.500 rows of orders")).to_be_visible(timeout=30_000)
    bars = card.locator("svg text").all_text_contents()
    assert len([text for text in bars if IN_GERMAN.search(text)]) >= 5, bars
    number = card.get_by_role("button", name=IN_GERMAN).first
    number.click()
    slip = german.get_by_role("dialog")
    expect(slip).to_contain_text("104.500 rows, version 1")
    assert re.search(r"Exactly\s*\d+,\d+\b", slip.inner_text()), slip.inner_text()
    german.keyboard.press("Escape")


def test_the_profile_of_a_table_is_in_german(german: Page, furnished_house: Furnished) -> None:
    """The grid is a canvas; what it would read out is a table beside it."""
    visit(german, furnished_house.app.url + furnished_house.addresses["table"])
    grid = german.get_by_test_id("stDataFrame").first
    expect(grid).to_be_visible(timeout=30_000)
    settled(german)
    cells = grid.locator("canvas td, canvas [role=gridcell]").all_text_contents()
    assert [cell for cell in cells if ENGLISH.search(cell)] == []
    assert [cell for cell in cells if IN_GERMAN.search(cell)], cells
