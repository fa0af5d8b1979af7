"""Photograph every page in light, dark and narrow, from the sample: ``make screenshots``.

The app runs on an empty data folder with the light built-in model; every picture is of something that really happened.
The pictures go to ``artifacts/screenshots``.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from components.documents.sample import SAMPLE_QUESTIONS as OF_DOCUMENTS  # noqa: E402
from components.tables.sample import SAMPLE_QUESTIONS as OF_TABLES  # noqa: E402
from tests.browser.screen import LOOKS, in_look, settled, shot, started, visit  # noqa: E402
from tests.servers.app import running_app  # noqa: E402

LONG = 180_000.0  # milliseconds for what a small model on a laptop may take
PLAIN = ("tables", "documents", "models", "profile")  # pages whose first view shows what there is


def ask(page: Page, url: str, question: str) -> str:
    """Ask on a page and return the address of the conversation once the answer is whole."""
    visit(page, url)
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=LONG)
    field.fill(question)
    field.press("Enter")
    expect(page.get_by_role("button", name="Ask again").last).to_be_visible(timeout=LONG)
    settled(page, 60)
    return page.url


def fill(page: Page, url: str) -> dict[str, str]:
    """Open the sample, ask each kind of question once, and return the address of every page by its name."""
    visit(page, url)
    page.get_by_role("button", name="Open the sample").first.click()
    expect(page.get_by_text("Opening the sample").first).to_have_count(0, timeout=LONG)
    visit(page, f"{url}/explorer")
    links = {name: f"{url}/{name}" for name in PLAIN}
    links["ask-tables"] = ask(page, f"{url}/ask-tables", OF_TABLES[0])
    links["ask-documents"] = ask(page, f"{url}/ask-documents", OF_DOCUMENTS[0])
    links["chat"] = ask(page, f"{url}/chat", "How do I compare March with February fairly? Two sentences.")
    visit(page, f"{url}/tables")
    page.get_by_role("button", name="Explore").first.click()
    page.wait_for_url(re.compile(r"explorer.*t="), timeout=LONG)
    settled(page, 60)
    return {"home": url, **links, "explorer": page.url}


def photograph(browser: Browser, links: dict[str, str]) -> int:
    """Take every page in every look; the number of pictures."""
    for look in LOOKS:
        page = in_look(browser, look).new_page()
        for name, address in links.items():
            visit(page, address)
            settled(page, 60)
            print(shot(page, f"screenshots/{name}.{look}").relative_to(ROOT))  # noqa: T201
        page.context.close()
    return len(LOOKS) * len(links)


def main() -> None:
    """Take all pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "home", GROUNDWORK_MODEL="light") as app,
        sync_playwright() as play,
    ):
        browser = started(play)
        taken = photograph(browser, fill(in_look(browser, "light").new_page(), app.url))
        print(f"{taken} pictures in artifacts/screenshots")  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
