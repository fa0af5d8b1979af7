"""Every page has the structure that is kept of it, in all looks alike; pictures are of what there is.

One app, one tab: each page is opened once, read as a screen reader reads it, and compared with ``outlines/NAME.yml``.
After a change that is meant, ``make screenshots`` writes outlines and pictures anew.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.gallery import VIEWS, Gallery, gallery
from tests.browser.outlines import FOLDER, PICTURES, kept, neutral, outline, stamp, stamps
from tests.browser.screen import in_look, settled

NOTE_A_RUN = """() => {
    const state = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState
    const runs = () => { window.ran ||= ["rerunRequested", "running"].includes(state()) }
    new MutationObserver(runs).observe(document.body, {subtree: true, attributes: true})
}"""
SHOWN = "docs/pictures: run make screenshots"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with gallery(tmp_path_factory.mktemp("gallery")) as opened:
        yield opened


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    context = in_look(browser, "light")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_is_built_as_its_outline_says(hall: Gallery, tab: Page, name: str) -> None:
    hall.admit(tab, VIEWS[name].who)
    hall.open(tab, name)
    found, before = outline(tab), kept(name)
    told = difflib.unified_diff(before.splitlines(), found.splitlines(), "kept", "now", lineterm="", n=2)
    assert found == before, "\n".join(["It changed. If that is meant: make screenshots", *told])


def test_a_page_leads_to_what_is_said_of_it(hall: Gallery, tab: Page) -> None:
    hall.admit(tab, "ada")
    hall.open(tab, "models")
    tab.get_by_role("button", name="Ada Moreno").click()
    tab.get_by_role("menuitem", name="Help").or_(tab.get_by_role("option", name="Help")).first.click()
    expect(tab.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    tab.get_by_role("textbox", name="Find").fill("X-Forwarded-For")
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="Behind a reverse proxy · Running a server").click()
    expect(tab.get_by_text("client_max_body_size 0;")).to_be_visible()


def test_keys_find_in_a_grid_and_draw_the_page_anew(hall: Gallery, tab: Page) -> None:
    """Those of the listed keys that are Streamlit's; the others are pressed where their screens are tested."""
    hall.admit(tab, "ada")
    hall.open(tab, "tables")
    tab.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 60})
    tab.keyboard.press("Control+f")
    expect(tab.get_by_test_id("search-input")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_test_id("search-input")).not_to_be_focused()
    tab.get_by_role("heading", name="Orders").click()
    tab.evaluate("document.activeElement.blur()")
    tab.evaluate(NOTE_A_RUN)
    tab.keyboard.press("r")
    tab.wait_for_function("window.ran")
    settled(tab)


def test_a_setting_leads_to_its_line(hall: Gallery, tab: Page) -> None:
    hall.admit(tab, "ada")
    hall.open(tab, "sign-in")
    with tab.expect_popup() as opened:
        tab.get_by_role("link", name="login_hours").click()
    expect(opened.value.get_by_text("A login ends after so many hours in any case.").first).to_be_visible()
    expect(opened.value.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    opened.value.close()


def test_no_outline_is_of_a_page_that_is_no_more() -> None:
    assert {file.stem for file in FOLDER.glob("*.yml")} == set(VIEWS)


def test_the_pictures_of_the_documentation_are_of_the_present_structure() -> None:
    pictures = {file.stem for file in PICTURES.glob("*.png")}
    assert set(stamps()) == pictures
    assert {name: stamp(kept(name)) for name in pictures} == stamps(), SHOWN


def test_numbers_and_times_are_neutral_and_words_are_not() -> None:
    one = '- text: 1,957.76 € · version 1, 3 min ago\n- link "Help":\n  - /url: /help?at=x'
    other = '- text: 88 € · version 2, just now\n- link "Help":\n  - /url: /help?at=y'
    assert neutral(one) == neutral(other) == '- text: N € · version N, TIME\n- link "Help":'
    assert neutral('- button "Save"') != neutral('- button "Keep"')
