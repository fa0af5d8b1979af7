"""Signing in with a real browser, over TLS, behind a real nginx, at a real provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import keep_at_home
from tests.browser.screen import settled, shot, visit
from tests.servers.deployment import Deployment, running_deployment

pytestmark = pytest.mark.browser
BUTTON = "Continue with the test provider"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(tmp_path_factory.mktemp("deployment")) as found:
        yield found


@pytest.fixture
def context(browser: Browser, outside: list[str]) -> Iterator[BrowserContext]:
    """A browser that takes the certificate which the test made."""
    context = browser.new_context(ignore_https_errors=True, reduced_motion="reduce")
    keep_at_home(context, outside)
    yield context
    context.close()
    assert outside == [], "a page asked another machine for something"


def at_provider(page: Page) -> None:
    """Do there what a person does."""
    page.get_by_label("Name").fill("ada")
    page.get_by_role("button", name="Sign in").click()


def press_button(page: Page) -> Page:
    """Press the provider's button; the window that opens."""
    with page.expect_popup() as opened:
        page.frame_locator("iframe[title*=authorize_button]").get_by_role("button", name=BUTTON).click()
    return opened.value


def signed_in(page: Page) -> None:
    expect(page.get_by_text("Ada Lovelace").first).to_be_visible(timeout=30_000)
    settled(page)


def at_the_door(page: Page) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)


def test_in_a_window_of_the_provider(deployment: Deployment, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, deployment.nginx.url)
    at_the_door(page)
    window = press_button(page)
    at_provider(window)
    window.wait_for_event("close", timeout=30_000)
    signed_in(page)
    shot(page, "sign_in/behind-nginx")
    (cookie,) = [one for one in context.cookies() if "groundwork" in one["name"]]
    assert cookie["name"] == "__Host-groundwork"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert cookie["value"] not in page.evaluate("document.cookie")
    page.reload()
    signed_in(page)  # refresh keeps the login
    second = context.new_page()
    visit(second, f"{deployment.nginx.url}/tables")
    expect(second.get_by_role("heading", name="Tables", exact=True)).to_be_visible()


def test_in_this_window_where_none_opens(deployment: Deployment, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, f"{deployment.nginx.url}/documents")
    at_the_door(page)
    page.get_by_role("button", name="Continue in this one").click()
    at_provider(page)
    signed_in(page)
    assert page.url.startswith(f"{deployment.nginx.url}/documents")
    assert "code=" not in page.url


def test_whoever_closes_the_window_can_go_on(deployment: Deployment, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, deployment.nginx.url)
    press_button(page).close()
    window = press_button(page)
    at_provider(window)
    signed_in(page)


def test_whoever_declines_is_told_so(deployment: Deployment, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, deployment.nginx.url)
    press_button(page).get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("was declined")).to_be_visible(timeout=30_000)
    assert not [one for one in context.cookies() if one["name"] == "__Host-groundwork"]
    window = press_button(page)
    at_provider(window)
    signed_in(page)
