"""Asking documents in a real browser: a press on a citation moves the page to the marked line, and all is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from components.llm.own import save_server
from components.settings import Settings
from components.store import close_store, open_store, users
from components.store.conversations import create_conversation
from tests.answers.documents.conftest import MINUTES, REPORT
from tests.browser.conftest import Opened
from tests.browser.screen import settled, shot, visit
from tests.documents.shelf import add_pdf
from tests.people import add_person
from tests.servers.app import App, running_app
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

QUESTION = "Why did the margin on lamps fall, and how many people work there?"
SAYS = (
    'The margin fell to 31.4 % [1: "The margin on lamps fell to 31.4 % in 2025"]',
    ', and 42 people work there [1: "The shop employs 42 people in Leipzig."].',
    " They will be fewer next year.",
)
LONG = (*(f"Chapter {n}.\nNothing of note happened here." for n in range(1, 12)), *REPORT)
PANE = ".st-key-page-pane"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Ids of what the app holds: another user's document, a conversation with a model that falls silent."""
    return {}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, made: dict[str, str]) -> Iterator[App]:
    """The app with two documents and a model server on loopback that always says the same."""
    folder = tmp_path_factory.mktemp("ask")
    with FaultServer() as server:
        server.replies |= {"words": Reply(SAYS), "hang_mid": Reply(SAYS)}
        store = open_store(Settings(home=folder / "home"))
        owner = users.ensure_local_owner(store).id
        add_pdf(store, owner, folder, "Garden Centre minutes 2024", MINUTES)
        add_pdf(store, owner, folder, "Lamp Shop 2025", LONG)
        made["hers"] = add_pdf(store, add_person(store, "ann"), folder, "Ann's diary", MINUTES).id
        save_server(store, owner, "mine", "chat", f"{server.url}/v1")
        users.set_preferences(store, owner, model_documents={"provider": "mine", "model": "words"})
        silent = {"provider": "mine", "model": "hang_mid"}
        made["slow"] = create_conversation(store, owner, "documents", "Slow", silent).id
        close_store(store)
        with running_app(folder / "home") as running:
            yield running


def ask(page: Page, app: App) -> None:
    visit(page, f"{app.url}/ask-documents")
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=20_000)
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.get_by_text("2 of 2 quotes found word for word")).to_be_visible(timeout=30_000)
    settled(page)


def cite(page: Page, number: int) -> Locator:
    return page.get_by_role("button", name=f"Citation {number}, show the page")


def marked(page: Page) -> bool:
    """Whether a mark of the page lies within the frame that scrolls it."""
    return bool(
        page.locator(f"{PANE} #marks i").first.evaluate(
            """mark => {
                const at = mark.getBoundingClientRect(), frame = mark.closest('#scroll').getBoundingClientRect()
                return at.width > 10 && at.top >= frame.top && at.bottom <= frame.bottom
            }"""
        )
    )


def test_a_citation_moves_the_page_to_its_line(page: Page, app: App) -> None:
    ask(page, app)
    pane = page.locator(PANE)
    expect(pane.locator("#count")).to_have_text("Page 13 of 14")
    expect(cite(page, 1)).to_have_attribute("aria-pressed", "true")
    assert marked(page)
    shot(page, "ask-documents")

    cite(page, 2).click()
    expect(pane.locator("#count")).to_have_text("Page 14 of 14")
    expect(pane.locator("#quote")).to_have_text("The shop employs 42 people in Leipzig.")
    expect(pane.locator("#note")).to_have_text("\u2713 word for word")
    expect(cite(page, 2)).to_have_attribute("aria-pressed", "true")
    settled(page)
    assert marked(page)

    pane.get_by_role("button", name="Marked place after").click()
    expect(pane.locator("#count")).to_have_text("Page 13 of 14")
    expect(cite(page, 1)).to_have_attribute("aria-pressed", "true")


def test_the_reader_zooms_and_turns_pages_by_keyboard_alone(page: Page, app: App) -> None:
    ask(page, app)
    pane = page.locator(PANE)
    width = pane.locator("#sheet").evaluate("node => node.offsetWidth")
    pane.locator("#scroll").focus()
    page.keyboard.press("z")
    expect(pane.get_by_role("button", name="Fit page")).to_be_visible()
    assert pane.locator("#sheet").evaluate("node => node.offsetWidth") > width * 1.5
    expect(pane.locator("#picture")).to_have_attribute("data-shown", re.compile(r"\?sharp=1$"))
    assert marked(page)
    page.keyboard.press("-")
    page.keyboard.press("[")
    expect(pane.locator("#count")).to_have_text("Page 12 of 14")
    assert pane.locator("#marks i").count() == 0
    page.keyboard.press("ArrowRight")
    expect(pane.locator("#count")).to_have_text("Page 14 of 14")


def test_a_doubt_says_what_was_looked_for(page: Page, app: App) -> None:
    ask(page, app)
    doubt = page.get_by_role("button", name="They will be fewer next year")
    doubt.click()
    slip = page.get_by_role("dialog", name="Evidence for They will be fewer next year")
    expect(slip).to_contain_text("no quote shows it")
    shot(page, "ask-documents-doubt")


def test_a_refresh_and_another_tab_find_all_again(page: Page, opened: Opened, app: App) -> None:
    ask(page, app)
    cite(page, 2).click()
    expect(page.locator(PANE).locator("#count")).to_have_text("Page 14 of 14")
    settled(page)
    page.reload(wait_until="domcontentloaded")
    expect(page.locator(PANE).locator("#count")).to_have_text("Page 14 of 14", timeout=20_000)
    expect(page.get_by_text("2 of 2 quotes found word for word")).to_be_visible()
    other = opened("dark")
    visit(other, page.url)
    expect(cite(other, 2)).to_have_attribute("aria-pressed", "true", timeout=20_000)
    shot(other, "ask-documents-dark")


def test_on_a_phone_the_page_follows_the_answer_and_a_press_goes_to_it(opened: Opened, app: App) -> None:
    page = opened("narrow")
    ask(page, app)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    below = page.locator(PANE).bounding_box()
    words = page.get_by_text("2 of 2 quotes found word for word").bounding_box()
    assert below and words and below["y"] > words["y"]
    cite(page, 2).scroll_into_view_if_needed()
    cite(page, 2).click()
    expect(page.locator(PANE).locator("#count")).to_have_text("Page 14 of 14")
    expect(page.locator(PANE).locator("#marks i").first).to_be_in_viewport()
    shot(page, "ask-documents-narrow")


def test_on_a_phone_the_next_answer_comes_into_view(opened: Opened, app: App) -> None:
    page = opened("narrow")
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    ask(page, app)
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill(QUESTION)
    field.press("Enter")
    answers = page.get_by_text("2 of 2 quotes found word for word")
    expect(answers).to_have_count(2, timeout=30_000)
    settled(page)
    expect(answers.last).to_be_in_viewport()
    assert broken == []


def test_another_users_page_is_refused(page: Page, app: App, made: dict[str, str]) -> None:
    visit(page, f"{app.url}/ask-documents")
    answer = page.request.get(f"{app.url}/api/documents/{made['hers']}/pages/1.jpg")
    assert answer.status == 403


def test_without_a_model_the_lines_themselves_are_shown(page: Page, app: App) -> None:
    visit(page, f"{app.url}/ask-documents")
    page.get_by_test_id("stSelectbox").first.click()
    page.get_by_role("option", name="Quotes only, no model").click()
    expect(page.get_by_text("no model is asked")).to_be_visible(timeout=20_000)
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill("How many people work in Leipzig?")
    field.press("Enter")
    expect(page.get_by_text("“The shop employs 42 people in Leipzig.”").first).to_be_visible(timeout=30_000)
    settled(page)
    assert marked(page)
    shot(page, "ask-documents-quotes")


def test_the_page_is_there_before_the_words_and_after_a_stop(page: Page, app: App, made: dict[str, str]) -> None:
    visit(page, f"{app.url}/ask-documents?c={made['slow']}")
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=20_000)
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.get_by_text("Found at once")).to_be_visible(timeout=20_000)
    expect(page.locator(PANE).locator("#marks i").first).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    shot(page, "ask-documents-early")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Not checked: it ended before its quotes were looked up")).to_be_visible(timeout=20_000)
    expect(page.locator(PANE).locator("#marks i").first).to_be_visible()
