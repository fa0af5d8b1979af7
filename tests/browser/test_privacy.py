"""Nothing leaves the machine: no page asks another host for anything, and what would is refused by the policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.screen import is_here, visit
from tests.servers.app import ROOT, App

PAGES = sorted(path.stem.replace("_", "-") for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_nobody_else(app: App, page: Page, outside: list[str], name: str) -> None:
    visit(page, f"{app.url}/{'' if name == 'home' else name}")
    page.wait_for_load_state("networkidle")
    assert outside == []
    assert page.get_by_test_id("stException").count() == 0


TRIES = {
    "picture": "new Promise(r => { const i = new Image(); i.onload = () => r(true); i.onerror = () => r(false);"
    " i.src = 'http://203.0.113.9/x.png' })",
    "fetch": "fetch('http://203.0.113.9/').then(() => true, () => false)",
    "beacon": "new Promise(r => { document.addEventListener('securitypolicyviolation', () => r(false));"
    " navigator.sendBeacon('http://203.0.113.9/', 'x'); setTimeout(() => r(true), 3000) })",
    "websocket": "new Promise(r => { try { const s = new WebSocket('ws://203.0.113.9/'); s.onopen = () => r(true);"
    " s.onerror = s.onclose = () => r(false) } catch { r(false) } })",
    "script": "new Promise(r => { const s = document.createElement('script'); s.onload = () => r(true);"
    " s.onerror = () => r(false); s.src = 'http://203.0.113.9/x.js'; document.head.append(s) })",
}


@pytest.mark.parametrize("way", TRIES)
def test_the_policy_refuses_every_way_out(app: App, browser: Browser, way: str) -> None:
    """The browser itself refuses: nothing of the test stands between the page and the network but a listener."""
    context = browser.new_context()
    reached: list[str] = []

    def note(route: Route) -> None:
        reached.append(route.request.url)
        route.abort()

    context.route(lambda url: not is_here(url), note)
    page = context.new_page()
    visit(page, app.url)
    blocked = "new Promise(r => document.addEventListener('securitypolicyviolation', e => r(e.blockedURI)))"
    page.evaluate(f"void (window.blocked = {blocked})")
    assert page.evaluate(TRIES[way]) is False
    assert "203.0.113.9" in page.evaluate("window.blocked")
    assert reached == []
    context.close()
