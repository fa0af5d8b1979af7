"""Reading a page of the app in a real browser: open it, wait until it has settled, photograph it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
LOOKS = {"light": (1440, 900, "light"), "dark": (1440, 900, "dark"), "narrow": (420, 900, "light")}

ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", ALONE]


def started(play: Playwright) -> Browser:
    """A Chromium: the one that is named in the environment, an installed one, Playwright's own."""
    installed = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    named = os.environ.get("GROUNDWORK_TEST_CHROMIUM") or installed
    return play.chromium.launch(executable_path=named, args=ARGUMENTS)


def in_look(browser: Browser, look: str) -> BrowserContext:
    """A fresh profile in one of ``LOOKS``."""
    width, height, scheme = LOOKS[look]
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )


def visit(page: Page, url: str) -> None:
    """Go to an address and wait until its script has run and its elements stand still."""
    page.goto(url, wait_until="domcontentloaded")
    settled(page)


def settled(page: Page, seconds: float = 30) -> None:
    """Wait until no script runs and the page has looked the same three times in a row."""
    page.wait_for_selector(DONE, timeout=seconds * 1000)
    until, seen, same = time.monotonic() + seconds, "", 0
    while time.monotonic() < until:
        page.wait_for_timeout(120)
        now = page.locator("[data-testid=stApp]").inner_html() if page.locator(DONE).count() else ""
        same = same + 1 if now and now == seen else 0
        seen = now
        if same >= 3:
            return
    raise TimeoutError(f"{page.url} does not settle")


def shot(page: Page, name: str) -> Path:
    """Photograph the window into ``artifacts/NAME.png``, a folder that git ignores."""
    file = ARTIFACTS / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)
    return file


def is_here(url: str) -> bool:
    """Whether an address stays in this machine: loopback, or no network at all (data, blob, about)."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("localhost", "127.0.0.1", "::1")
