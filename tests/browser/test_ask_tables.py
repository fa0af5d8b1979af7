"""Asking tables in a real browser: every number leads to its cell, its rows and its query, and all of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.llm.own import save_server
from components.settings import Settings
from components.store import close_store, open_store, users
from tests.answers.conftest import TABLES, add_table
from tests.browser.conftest import Opened
from tests.browser.screen import settled, shot, visit
from tests.servers.app import App, running_app
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

REVENUE = (
    "SELECT category, sum(net_amount) AS revenue, count(*) AS orders FROM orders GROUP BY category ORDER BY 2 DESC"
)
REVENUE_LINES = [
    "SELECT category,",
    "       sum(net_amount) AS revenue,",
    "       count(*) AS orders",
    "FROM orders",
    "GROUP BY category",
    "ORDER BY 2 DESC",
]
NASTY = "nasty"
NASTY_ROWS = """
    SELECT * FROM (VALUES ('<img src=x onerror="document.title=1">', 3), ('![x](http://outside.test/x.png) **b**', 2))
    AS t(label, n)"""
QUESTION = "Revenue of each category?"
CARD = "[class*=st-key-card-answer]"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a small shop and a model server on loopback that always writes the same query."""
    folder = tmp_path_factory.mktemp("ask")
    with FaultServer() as server:
        server.replies["nasty"] = Reply((f"SELECT label, n FROM {NASTY} ORDER BY n DESC",))
        server.replies["revenue"] = Reply(("```sql\n", REVENUE, "\n```"))
        store = open_store(Settings(home=folder / "home"))
        owner = users.ensure_local_owner(store).id
        for name, sql in {**TABLES, NASTY: NASTY_ROWS}.items():
            add_table(store, owner, folder, name, sql)
        save_server(store, owner, "mine", "chat", f"{server.url}/v1")
        users.set_preferences(store, owner, model_tables={"provider": "mine", "model": "revenue"})
        close_store(store)
        with running_app(folder / "home") as running:
            yield running


def ask(page: Page, app: App, question: str = QUESTION) -> None:
    visit(page, f"{app.url}/ask-tables")
    ask_here(page, question)


def ask_here(page: Page, question: str) -> None:
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=20_000)
    field.fill(question)
    field.press("Enter")
    expect(page.locator(CARD)).to_be_visible(timeout=30_000)
    settled(page)


def test_a_number_leads_to_its_cell_its_rows_and_its_query(page: Page, app: App) -> None:
    ask(page, app)
    shot(page, "ask-tables")
    page.get_by_role("button", name="11,270").click()
    slip = page.get_by_role("dialog", name="Evidence for 11,270")
    expect(slip).to_contain_text("row 1 (Storage), column revenue")
    expect(slip).to_contain_text("11270.00")
    expect(slip.locator("pre .on")).to_contain_text("sum(net_amount) AS revenue")
    shot(page, "ask-tables-slip")

    slip.get_by_role("button", name="Show the rows").click()
    expect(page.get_by_role("tab", name="5 rows")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()

    page.get_by_role("button", name="11,270").click()
    page.get_by_role("button", name="Whole query").click()
    expect(page.locator("[class*=st-key-sql-] textarea")).to_have_value("\n".join(REVENUE_LINES))


def test_a_slip_is_opened_and_closed_with_the_keyboard(page: Page, app: App) -> None:
    ask(page, app)
    number = page.get_by_role("button", name="11,270")
    number.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Evidence for 11,270")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Evidence for 11,270")).to_be_hidden()
    expect(number).to_be_focused()


def test_an_edited_query_is_run_again_and_found_after_a_refresh(page: Page, opened: Opened, app: App) -> None:
    ask(page, app)
    page.get_by_role("tab", name="Query").click()
    field = page.locator("[class*=st-key-sql-] textarea")
    field.fill("SELECT count(*) AS orders FROM orders")
    field.press("Control+Enter")
    page.get_by_role("button", name="Run this query").click()
    expect(page.get_by_text("Query edited by you")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="1,000")).to_be_visible()
    settled(page)

    page.reload(wait_until="domcontentloaded")
    expect(page.get_by_role("button", name="1,000")).to_be_visible(timeout=20_000)
    other = opened("narrow")
    visit(other, page.url)
    expect(other.get_by_text("Query edited by you")).to_be_visible(timeout=20_000)
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(other, "ask-tables-narrow")


def test_a_query_is_written_by_hand_in_a_conversation(page: Page, app: App) -> None:
    ask(page, app)
    page.get_by_role("button", name="Write SQL").first.click()
    field = page.locator(".st-key-sql-own textarea")
    field.fill("SELECT city, count(*) AS customers FROM customers GROUP BY city ORDER BY 2 DESC")
    field.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Run").click()
    expect(page.get_by_text("Query written by you")).to_be_visible(timeout=20_000)


def test_the_rows_are_downloaded_as_they_are(page: Page, app: App, tmp_path: Path) -> None:
    ask(page, app)
    page.get_by_role("tab", name="5 rows").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download all rows").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == '"category","revenue","orders"'
    assert lines[1] == '"Storage",11270.00,200'
    assert len(lines) == 6


@pytest.mark.parametrize("look", ["dark", "narrow"])
def test_the_card_fits_every_look(opened: Opened, app: App, look: str) -> None:
    page = opened(look)
    ask(page, app)
    shot(page, f"ask-tables-{look}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_stands_in_a_cell_is_text_and_nothing_else(page: Page, app: App) -> None:
    visit(page, f"{app.url}/ask-tables")
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="nasty · mine").click()
    settled(page)
    ask_here(page, "Which label?")
    card = page.locator(CARD)
    expect(card.get_by_text('<img src=x onerror="document.title=1">').first).to_be_visible()
    expect(card.locator("img")).to_have_count(0)
    assert "1" not in page.title()
