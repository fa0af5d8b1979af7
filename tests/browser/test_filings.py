"""The whole way with real reports: bring them, ask twice, read each cited line on its page, in three looks.

The filings in ``tests/documents/filings`` are as their companies filed them; the licence lies beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from components.documents.sample import FILE as SAMPLE
from components.llm.own import save_server
from components.settings import Settings
from components.store import close_store, open_store, users
from tests.browser.conftest import Opened
from tests.browser.screen import LOOKS, settled, shot, visit
from tests.browser.test_documents import SOON, add, is_ready
from tests.servers.app import App, running_app
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

FILINGS = Path(__file__).resolve().parents[1] / "documents" / "filings"
PANE = ".st-key-page-pane"
SALES = "By how much did Apple's total net sales increase in the third quarter of 2022?"
CHIPS = "Why was NVIDIA's Data Center revenue up in the first quarter, and what became of Gaming revenue?"
LINES = {
    SALES: (
        "They increased by 2 %",
        "Total net sales increased 2% or $1.5 billion during the third quarter of 2022",
        ", with Services and iPhone ahead",
        "driven primarily by higher net sales of Services and iPhone",
    ),
    CHIPS: (
        "Generative AI led the growth",
        "led by growing demand for generative AI and large language models using GPUs",
        ", while Gaming fell by 39 %",
        "Gaming revenue was down 39% from a year ago",  # the page says 38 %
    ),
}


class Copyist(dict[str, Reply]):
    """A model that says fixed sentences and quotes the passages that it was sent, by their numbers there."""

    def __init__(self, server: FaultServer) -> None:
        super().__init__(copyist=Reply())
        self._server = server

    def get(self, name: str, default: Any = None) -> Any:
        said = str(self._server.visits[-1].body["messages"][-1]["content"])
        if "Last question:" in said:
            return Reply((said.rpartition("Last question:")[2].strip(),))
        question = next(question for question in LINES if question in said)
        passages = [" ".join(passage.split()) for passage in re.split(r"\n\n\[\d+\] ", said)]
        return Reply(tuple(self._pieces(LINES[question], passages)))

    def _pieces(self, lines: tuple[str, ...], passages: list[str]) -> Iterator[str]:
        for words, quote in zip(lines[::2], lines[1::2], strict=True):
            sought = quote.replace("39%", "38%")
            number = next((n for n, passage in enumerate(passages[1:], 1) if sought in passage), 0)
            yield f'{words} [{number}: "{quote}"]'
        yield "."


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app without a document, with a model server on loopback."""
    folder = tmp_path_factory.mktemp("filings")
    with FaultServer() as server:
        server.replies = Copyist(server)
        store = open_store(Settings(home=folder / "home"))
        owner = users.ensure_local_owner(store).id
        save_server(store, owner, "mine", "chat", f"{server.url}/v1")
        users.set_preferences(store, owner, model_documents={"provider": "mine", "model": "copyist"})
        close_store(store)
        with running_app(folder / "home") as running:
            yield running


def ask(page: Page, question: str, checked: str) -> None:
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=SOON)
    field.fill(question)
    field.press("Enter")
    expect(page.get_by_text(checked)).to_be_visible(timeout=SOON)
    settled(page)


def cite(page: Page, number: int) -> Locator:
    """The mark of this number in the newest answer."""
    return page.get_by_role("button", name=f"Citation {number}, show the page").last


def in_sight(page: Page) -> bool:
    """Whether a mark of the page lies within the frame that scrolls it."""
    return bool(
        page.locator(f"{PANE} #marks i").first.evaluate(
            """mark => {
                const at = mark.getBoundingClientRect(), frame = mark.closest('#scroll').getBoundingClientRect()
                return at.width > 10 && at.top >= frame.top && at.bottom <= frame.bottom
            }"""
        )
    )


def test_filings_are_brought_asked_and_read(page: Page, opened: Opened, app: App) -> None:
    visit(page, f"{app.url}/documents")
    filings = sorted(FILINGS.glob("*.pdf"))
    add(page, SAMPLE, *filings)
    for title in ("Annual report 2025", *(filing.stem for filing in filings)):
        is_ready(page, title)
    settled(page)
    expect(page.get_by_text("4 documents · 129 pages")).to_be_visible()
    shot(page, "filings-list")

    visit(page, f"{app.url}/ask-documents")
    ask(page, SALES, "2 of 2 quotes found word for word")
    pane = page.locator(PANE)
    expect(pane.locator("#name")).to_have_text("2022 Q3 AAPL")
    expect(pane.locator("#count")).to_have_text("Page 17 of 28")
    expect(pane.locator("#note")).to_have_text("\u2713 word for word")
    assert in_sight(page)

    ask(page, CHIPS, "1 of 2 quotes not found word for word")
    expect(pane.locator("#name")).to_have_text("2023 Q1 NVDA")
    assert in_sight(page)
    cite(page, 2).click()
    expect(pane.locator("#note")).to_contain_text("39%")
    expect(pane.locator("#note")).to_contain_text("38%")
    settled(page)
    assert in_sight(page)
    pane.get_by_role("button", name="Marked place before").click()
    expect(cite(page, 1)).to_have_attribute("aria-pressed", "true")
    pane.get_by_role("button", name="Marked place after").click()
    expect(cite(page, 2)).to_have_attribute("aria-pressed", "true")
    pane.get_by_role("button", name="Zoom in").click()
    expect(pane.locator("#picture")).to_have_attribute("data-shown", re.compile(r"\?sharp=1$"), timeout=SOON)
    assert in_sight(page)
    pane.get_by_role("button", name="Fit page").click()
    pane.get_by_role("button", name="Page after").click()
    expect(pane.locator("#marks i")).to_have_count(0)

    for look in LOOKS:
        tab = opened(look)
        visit(tab, page.url)
        expect(tab.locator(PANE).locator("#marks i").first).to_be_visible(timeout=SOON)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shot(tab, f"filings-{look}")
        cite(tab, 1).scroll_into_view_if_needed()
        shot(tab, f"filings-{look}-answer")
