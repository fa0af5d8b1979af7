"""Signing in and out with a real browser: passwords, links, second tabs, logins that end, and a further way in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from components.store.attempts import forget_failures, note_failure
from components.store.identities import identities, user_of_email
from components.store.logins import logins
from components.store.people import bar, invite, reset_password, unbar
from components.store.schema_people import logins as login_rows
from tests.browser.conftest import keep_at_home
from tests.browser.screen import LOOKS, in_look, settled, shot, visit
from tests.servers.app import App, running_app
from tests.servers.openid import SECRET, client, free_port, running_panva
from tests.signing import PASSWORD, Company, running_company

NEW = "a sentence that is long enough"
BLOCKED = "window.open = () => null"  # what a browser does that opens no windows
POPUP = "iframe[title*=authorize_button]"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A workbench with local accounts and a provider that knows Ada, Bea and an Eve of her own."""
    port, home = free_port(), tmp_path_factory.mktemp("company") / "home"
    here = f"http://127.0.0.1:{port}"
    people = {
        name: {"name": name.title(), "email": f"{name}@example.com", "email_verified": True}
        for name in ("ada", "bea", "eve", "fay")
    }
    with running_panva([client(f"{here}/api/sign-in/back")], people) as issuer:
        row = {"ISSUER": issuer, "CLIENT_ID": "app", "CLIENT_SECRET": SECRET, "TITLE": "Acme"}
        settings = {f"GROUNDWORK_PROVIDER_ACME_{key}": value for key, value in row.items()}
        settings |= {"GROUNDWORK_PUBLIC_URL": here, "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
        with running_company(home, "--server.port", str(port), **settings) as running:
            yield running


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A workbench without anybody."""
    with running_app(tmp_path_factory.mktemp("fresh") / "home", GROUNDWORK_LOCAL_ACCOUNTS="on") as running:
        yield running


@pytest.fixture
def context(browser: Browser, outside: list[str]) -> Iterator[BrowserContext]:
    """One browser, whose tabs share their cookies."""
    made = in_look(browser, "light")
    keep_at_home(made, outside)
    yield made
    made.close()
    assert outside == [], "a page asked another machine for something"


def at_the_door(page: Page, title: str = "Sign in") -> None:
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    settled(page)


def inside(page: Page, heading: str = "Tables") -> None:
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=30_000)
    settled(page)


def type_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="E-mail").fill(f"{name}@example.com")
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(context: BrowserContext, company: Company, name: str, path: str = "/tables") -> Page:
    page = context.new_page()
    visit(page, company.app.url + path)
    at_the_door(page)
    type_in(page, name)
    inside(page)
    return page


def sign_out(page: Page) -> None:
    page.locator(".st-key-account-menu button").click()
    page.get_by_text("Sign out", exact=True).click()


# the door


@pytest.mark.parametrize("look", LOOKS)
def test_the_door_of_a_new_workbench(fresh: App, opened: Callable[[str], Page], look: str) -> None:
    page = opened(look)
    visit(page, fresh.url)
    at_the_door(page, "Set up Groundwork")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"door/first-run.{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_the_door(company: Company, opened: Callable[[str], Page], look: str) -> None:
    page = opened(look)
    visit(page, company.app.url + "/tables")
    at_the_door(page)
    expect(page.frame_locator(POPUP).get_by_role("button", name="Continue with Acme")).to_be_visible()
    assert page.url.endswith("/tables"), "the address is kept for when somebody signs in"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"door/sign-in.{look}")


def test_the_first_one_makes_the_owner_account(fresh: App, page: Page) -> None:
    code = re.search(r"Set-up code: (\S+)", fresh.said())
    assert code
    visit(page, fresh.url)
    page.get_by_role("textbox", name="Set-up code").fill(code[1].lower())
    page.get_by_role("textbox", name="E-mail").fill("Ada.Moreno@example.com")
    page.locator("input[type=password]").fill("short")
    page.get_by_role("button", name="Create the owner account").click()
    expect(page.get_by_text("at least 12 are needed")).to_be_visible()
    page.locator("input[type=password]").fill(NEW)
    page.get_by_role("button", name="Create the owner account").click()
    inside(page, "Bring something to ask about")
    expect(page.get_by_text("Ada Moreno")).to_be_visible()
    expect(page.get_by_role("link", name="People and audit")).to_be_visible()


def test_a_wrong_password_is_said_and_the_right_one_goes_on(company: Company, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, company.app.url + "/tables")
    at_the_door(page)
    type_in(page, "ada", "wrong wrong wrong")
    expect(page.get_by_text("do not belong together")).to_be_visible(timeout=30_000)
    settled(page)
    shot(page, "door/refused.light")
    type_in(page, "ada")
    inside(page)
    assert page.url.endswith("/tables"), "it leads to the page that was asked for"


# refresh, other tabs, endings


def test_a_refresh_and_a_second_tab_stay_signed_in(company: Company, context: BrowserContext) -> None:
    page = sign_in(context, company, "ada")
    page.reload()
    inside(page)
    second = context.new_page()
    visit(second, company.app.url + "/documents")
    inside(second, "Documents")
    assert "groundwork" not in page.evaluate("document.cookie").replace("_streamlit_xsrf", "")


def test_signing_out_closes_every_tab(company: Company, context: BrowserContext) -> None:
    page = sign_in(context, company, "ada")
    second = context.new_page()
    visit(second, company.app.url + "/documents")
    inside(second, "Documents")
    sign_out(page)
    at_the_door(page)
    at_the_door(second)
    assert not [one for one in context.cookies() if one["name"] == "groundwork"]


@pytest.mark.parametrize("way", ["idle", "over", "ended", "barred"])
def test_a_login_that_has_ended_shows_the_door_at_the_next_press(
    company: Company, context: BrowserContext, way: str
) -> None:
    page = sign_in(context, company, "bea")
    store, ada, bea = company.store, company.ids["ada"], company.ids["bea"]
    if way == "barred":
        bar(store, ada, bea)
    else:
        mine = login_rows.c.user_id == bea
        times = {"idle": {"seen_at": 0.0}, "over": {"expires_at": time.time() - 1}, "ended": {}}[way]
        with store.database.writing() as connection:
            connection.execute(sa.update(login_rows).where(mine).values(**times) if times else sa.delete(login_rows))
    page.get_by_role("link", name="Documents", exact=True).click()
    at_the_door(page)
    expect(page.get_by_text("You were signed out, or were away for too long")).to_be_visible()
    assert "/documents" in page.url
    if way == "barred":
        unbar(store, ada, bea)
    type_in(page, "bea")
    inside(page, "Documents")


def test_an_untouched_tab_whose_login_is_ended_elsewhere_shows_the_door(
    company: Company, context: BrowserContext, opened: Callable[[str], Page]
) -> None:
    """In another browser, which can tell this one nothing; here nothing is pressed."""
    page, other = sign_in(context, company, "bea"), opened("light")
    other.context.add_cookies([{"name": "groundwork", "value": company.token("bea"), "url": company.app.url}])
    visit(other, company.app.url + "/profile")
    inside(other, "Bea")
    other.get_by_role("button", name="End the other").click()
    at_the_door(page)
    expect(other.get_by_text("this one")).to_be_visible()


def test_a_browser_that_was_signed_in_before_is_not_held_up_by_what_others_guess(
    company: Company, context: BrowserContext, opened: Callable[[str], Page]
) -> None:
    page = sign_in(context, company, "ada")
    (cookie,) = [one for one in context.cookies() if one["name"] == "groundwork-browser"]
    assert cookie["httpOnly"]
    sign_out(page)
    at_the_door(page)
    for _ in range(20):
        note_failure(company.store, "account:ada@example.com")
    strange = opened("light")
    visit(strange, company.app.url + "/tables")
    type_in(strange, "ada")
    expect(strange.get_by_text("Too many attempts have failed")).to_be_visible(timeout=30_000)
    expect(strange.get_by_text("Or sign in through Acme.")).to_be_visible()
    type_in(page, "ada")
    expect(page.locator(".st-key-account-menu")).to_contain_text("Ada", timeout=30_000)
    forget_failures(company.store, "account:ada@example.com")


def test_another_person_in_this_browser_finds_nothing_of_the_one_before(
    company: Company, context: BrowserContext
) -> None:
    """What Ada typed, in a tab that stays open while Bea signs in in another."""
    sign_in(context, company, "ada").close()
    tab = context.new_page()
    visit(tab, company.app.url + "/profile")
    inside(tab, "Ada")
    other = context.new_page()
    visit(other, company.app.url + "/tables")
    other.evaluate("globalThis.groundworkTabs.channel.close()")  # as if it could tell the other tab nothing
    tab.evaluate("globalThis.groundworkTabs.channel.close()")
    with company.store.database.writing() as connection:
        connection.execute(sa.delete(login_rows).where(login_rows.c.user_id == company.ids["ada"]))
    other.reload()
    at_the_door(other)
    type_in(other, "bea")
    inside(other)
    tab.get_by_role("link", name="Tables", exact=True).click()
    expect(tab.locator(".st-key-account-menu")).to_contain_text("Bea", timeout=30_000)
    expect(tab.get_by_text("Ada")).to_have_count(0)


# links


def test_an_invitation_leads_in_once(company: Company, context: BrowserContext) -> None:
    code = invite(company.store, company.ids["ada"], email="dan@example.com", name="Dan", role="viewer")
    page = context.new_page()
    visit(page, f"{company.app.url}/?invite={code}")
    at_the_door(page, "You are invited")
    shot(page, "door/invited.light")
    page.get_by_role("textbox", name="Name").fill("Dan Okoye")
    page.locator("input[type=password]").fill(NEW)
    page.get_by_role("button", name="Accept and sign in").click()
    expect(page.get_by_text("Dan Okoye")).to_be_visible(timeout=30_000)
    assert "invite" not in page.url
    sign_out(page)
    at_the_door(page)
    visit(page, f"{company.app.url}/?invite={code}")
    expect(page.get_by_text("This invitation was used, or is too old")).to_be_visible()
    page.get_by_role("button", name="Go to sign-in").click()
    at_the_door(page)


def test_an_invitation_is_used_by_a_provider_that_knows_the_e_mail(company: Company, context: BrowserContext) -> None:
    code = invite(company.store, company.ids["ada"], email="fay@example.com", name="Fay", role="viewer")
    page = context.new_page()
    visit(page, f"{company.app.url}/?invite={code}")
    at_the_door(page, "You are invited")
    at_acme(press_acme(page), "fay")
    expect(page.locator(".st-key-account-menu")).to_contain_text("Fay", timeout=30_000)
    found = user_of_email(company.store, "fay@example.com")
    assert found
    assert (found.role, found.state) == ("viewer", "active")
    assert "invite" not in page.url


def test_a_link_sets_a_new_password(company: Company, context: BrowserContext) -> None:
    ids, store = company.ids, company.store
    page = context.new_page()
    visit(page, f"{company.app.url}/?reset={reset_password(store, ids['ada'], ids['cyd'])}")
    at_the_door(page, "Choose a new password")
    page.locator("input[type=password]").fill(NEW)
    page.get_by_role("button", name="Set the password and sign in").click()
    expect(page.locator(".st-key-account-menu")).to_contain_text("Cyd", timeout=30_000)
    assert len(logins(store, ids["cyd"])) == 1


# a further way in


def at_acme(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Sign in").click()


def press_acme(page: Page) -> Page:
    with page.expect_popup() as found:
        page.frame_locator(POPUP).get_by_role("button", name="Continue with Acme").click()
    return found.value


def test_a_way_in_is_added_only_by_who_signs_in_as_before(company: Company, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, company.app.url + "/tables")
    at_acme(press_acme(page), "bea")
    at_the_door(page, "You are here already")
    expect(page.get_by_text("bea@example.com")).to_be_visible()
    shot(page, "door/consent.light")
    assert identities(company.store, company.ids["bea"]) == []
    page.locator("input[type=password]").fill("not her password")
    page.get_by_role("button", name="Sign in and add Acme").click()
    expect(page.get_by_text("do not belong together")).to_be_visible(timeout=30_000)
    assert identities(company.store, company.ids["bea"]) == []
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in and add Acme").click()
    expect(page.locator(".st-key-account-menu")).to_contain_text("Bea", timeout=30_000)
    assert [one.provider for one in identities(company.store, company.ids["bea"])] == ["acme"]
    sign_out(page)
    at_the_door(page)
    press_acme(page)  # the provider knows the browser: its window closes by itself
    expect(page.locator(".st-key-account-menu")).to_contain_text("Bea", timeout=30_000)


def test_over_this_window_the_same_consent_is_asked(company: Company, context: BrowserContext) -> None:
    context.add_init_script(BLOCKED)
    page = context.new_page()
    visit(page, company.app.url + "/tables")
    page.frame_locator(POPUP).get_by_role("button", name="Continue with Acme").click()  # no window opens
    page.get_by_role("button", name="No window opens? Continue in this one").click()
    at_acme(page, "ada")
    at_the_door(page, "You are here already")
    page.get_by_role("button", name="Go back without adding it").click()
    at_the_door(page)
    assert identities(company.store, company.ids["ada"]) == []


def test_who_is_not_invited_reads_so_in_both_ways(company: Company, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, company.app.url)
    at_acme(press_acme(page), "eve")
    expect(page.get_by_text("eve@example.com is not invited")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="No window opens? Continue in this one").click()
    expect(page.get_by_text("eve@example.com is not invited")).to_be_visible(timeout=30_000)
    at_the_door(page)
    shot(page, "door/not-invited.light")
    assert not [one for one in context.cookies() if one["name"] == "groundwork"]


def test_the_window_alone_says_what_to_do(company: Company, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(company.app.url + "/api/sign-in/back?code=x&state=y")
    expect(page.get_by_role("heading", name="One moment")).to_be_visible()
    shot(page, "door/back.light")
    page.get_by_role("link", name="Sign in here").click()
    at_the_door(page)
