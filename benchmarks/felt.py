"""How fast it feels in a real browser: the first page over a slow line, what jumps, when a press shows a sign."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.measuring import Row, at_most
from tests.browser.furnished import Furnished, furnished
from tests.browser.screen import in_look, settled, started, visit

SLOW = {"offline": False, "latency": 200, "downloadThroughput": 125_000, "uploadThroughput": 125_000}  # 1 Mbit/s
FIRST = ("/", "What do you want to know?")
PAGES = {
    "home": "/",
    "chat": "chat",
    "ask tables": "ask-tables",
    "ask documents": "ask-documents",
    "tables": "/tables",
    "one table": "table",
    "explorer": "explorer",
    "documents": "/documents",
    "one document": "document",
    "models": "/models",
    "profile": "/profile",
    "people": "/administration",
}
PRESSES: dict[str, tuple[str, str]] = {  # where it is, and how it is found
    "a page in the sidebar": ("/", "[data-testid=stSidebarNavLink]:has-text('Models')"),
    "a conversation in the sidebar": ("/", ".st-key-recent a >> nth=0"),
    "a row of tables": ("/tables", "[class*=st-key-rows-] a"),
    "Explore": ("table", ".st-key-explore button"),
    "a tab": ("ask-tables", "[role=tab]:has-text('Query')"),
    "a number": ("ask-tables", "#words button.number >> nth=0"),
    "a citation": ("ask-documents", "#words button >> nth=0"),
    "a menu": ("table", "[data-testid=stMainBlockContainer] .st-key-more button >> visible=true"),
    "Copy under an answer": ("chat", ".foot button >> nth=0"),
    "New conversation": ("chat", ".st-key-new button"),
    "a page of a document": ("document", "button#after"),
}

# Adds up what moves without being asked to, as browsers report it, from before the page's own first line.
WATCH_SHIFTS = """
window.shifts = []
const told = node => node?.nodeType === 1 ? `${node.tagName}.${node.className}` : String(node?.nodeName)
new PerformanceObserver(list => {
    for (const {value, sources, hadRecentInput} of list.getEntries())
        if (!hadRecentInput) window.shifts.push([value, sources.map(source => told(source.node)).join(" ")])
}).observe({type: "layout-shift", buffered: true})
"""
# The first change of the document, or of the pressed thing's looks, after the button of the mouse goes down.
WATCH_SIGN = """node => {
    window.sign = null
    const looked = ({backgroundColor, color, opacity, translate, filter, boxShadow}) =>
        [backgroundColor, color, opacity, translate, filter, boxShadow].join()
    const looks = () => [node, ...node.querySelectorAll("*")].map(one => looked(getComputedStyle(one))).join(";")
    node.addEventListener("pointerdown", () => {
        const began = performance.now(), before = looks()
        const tell = what => { window.sign ??= [performance.now() - began, what] }
        const everything = {subtree: true, childList: true, attributes: true, characterData: true}
        new MutationObserver(() => tell("page")).observe(document, everything)
        const look = () => {
            if (looks() !== before) tell("looks")
            else if (!window.sign) requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
    }, {once: true, capture: true})
}"""


def rows() -> list[Row]:
    """Bytes and seconds of a first page over a slow line, the largest jump, the slowest sign."""
    with tempfile.TemporaryDirectory() as folder, furnished(Path(folder)) as house, sync_playwright() as play:
        browser = started(play)
        sent, seconds = first_page(browser, house)
        jumps = {name: jump for name, (jump, _) in shifts(browser, house).items()}
        told = signs(browser, house)
        browser.close()
    worst, slowest = max(jumps, key=jumps.__getitem__), max(told, key=lambda name: told[name][0])
    return [
        at_most("bytes of a first page", sent / 1e6, 1.2, "MB"),
        at_most("the same at 1 Mbit/s and 200 ms", seconds, 12, "s"),
        at_most(f"largest jump while a page comes ({worst})", jumps[worst], 0.1, ""),
        at_most(f"slowest sign after a press ({slowest})", told[slowest][0], 100, "ms"),
    ]


@contextmanager
def tab(browser: Browser, house: Furnished) -> Iterator[tuple[BrowserContext, Page]]:
    """Ada's tab, with nothing kept from before."""
    context = in_look(browser, "light")
    context.add_cookies([{"name": "groundwork", "value": house.ada.token, "url": house.app.url}])
    context.add_init_script(WATCH_SHIFTS)
    yield context, context.new_page()
    context.close()


def first_page(browser: Browser, house: Furnished) -> tuple[int, float]:
    """Bytes over the network until the home page has come, and seconds until its heading is seen, over a slow line."""
    with tab(browser, house) as (context, page):
        session = slowed(context, page)
        received: list[int] = []
        session.on("Network.dataReceived", lambda event: received.append(event["encodedDataLength"]))
        session.on(
            "Network.webSocketFrameReceived", lambda event: received.append(len(event["response"]["payloadData"]))
        )
        began = time.monotonic()
        page.goto(house.app.url + FIRST[0], wait_until="commit")
        page.get_by_role("heading", name=FIRST[1]).wait_for(timeout=120_000)
        seconds = time.monotonic() - began
        settled(page, 120)
        return sum(received), seconds


def slowed(context: BrowserContext, page: Page) -> CDPSession:
    """Put a page behind the slow line."""
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    return session


def shifts(browser: Browser, house: Furnished, *, slow: bool = False) -> dict[str, tuple[float, list[Any]]]:
    """How much of each page moved while it came, as the sum of layout shifts, and what moved most."""
    found: dict[str, tuple[float, list[Any]]] = {}
    with tab(browser, house) as (context, page):
        visit(page, house.app.url)
        if slow:
            slowed(context, page)
        for name, address in PAGES.items():
            page.goto(house.app.url + house.addresses.get(address, address), wait_until="domcontentloaded")
            settled(page, 120)
            told = page.evaluate("window.shifts")
            found[name] = (sum(value for value, _ in told), sorted(told, reverse=True)[:3])
    return found


def signs(browser: Browser, house: Furnished) -> dict[str, tuple[float, str]]:
    """Milliseconds from a press to the first sign of it, and what that sign was."""
    with tab(browser, house) as (_, page):
        return {name: _sign(page, house, *where) for name, where in PRESSES.items()}


def _sign(page: Page, house: Furnished, address: str, selector: str) -> tuple[float, str]:
    visit(page, house.app.url + house.addresses.get(address, address))
    wanted = page.locator(selector).first
    wanted.hover()
    settled(page)
    wanted.evaluate(WATCH_SIGN)
    page.mouse.down()
    page.wait_for_timeout(60)  # as long as a finger rests
    page.mouse.up()
    page.wait_for_function("window.sign", timeout=10_000)
    milliseconds, what = page.evaluate("window.sign")
    settled(page)
    return milliseconds, what


def tell(write: Callable[[str], object]) -> None:
    """Write every single figure: ``python -c 'from benchmarks import felt; felt.tell(print)'``."""
    with tempfile.TemporaryDirectory() as folder, furnished(Path(folder)) as house, sync_playwright() as play:
        browser = started(play)
        write(f"first page: {first_page(browser, house)}")
        for slow in (False, True):
            for name, (jump, most) in shifts(browser, house, slow=slow).items():
                write(f"{'slow ' if slow else ''}{name}: jump {jump:.3f} {most}")
        for name, (milliseconds, what) in signs(browser, house).items():
            write(f"{name}: {milliseconds:.0f} ms ({what})")
        browser.close()
