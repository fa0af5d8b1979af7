"""People and profile in a real browser: who is invited comes in, who is barred is out, all of it can be taken along."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from components.llm.vocabulary import Usage
from components.settings import Settings
from components.store import Store, close_store, conversations, open_store, providers
from components.store.audit import note
from components.store.people import invite
from components.store.usage import add_usage
from components.store.users import ensure_local_owner
from tests.auth.people_here import PASSWORD, Here, another_login, sign_in
from tests.browser.conftest import Opened
from tests.browser.screen import LOOKS, settled, shot, visit
from tests.browser.test_home import nothing_sticks_out
from tests.servers.app import App, running_app
from tests.servers.fault_provider import CLIENT, SECRET, FaultProvider
from tests.servers.openid import SECRET as PANVA_SECRET
from tests.servers.openid import client, free_port, running_panva

pytestmark = pytest.mark.browser

LONG = 60_000.0  # milliseconds for work behind the page
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1"


@dataclass(frozen=True)
class Workplace:
    """A running app with people in it, who are signed in."""

    app: App
    ada: Here
    jonas: Here
    sam: Here


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    home, port = tmp_path_factory.mktemp("people") / "home", free_port()
    store = open_store(Settings(home=home, model="none"))
    people = fill(store)
    close_store(store)
    with FaultProvider() as provider:
        settings = {
            "GROUNDWORK_SIGN_IN": "required",
            "GROUNDWORK_LOCAL_ACCOUNTS": "on",
            "GROUNDWORK_ADMIT_DOMAINS": "example.com",
            "GROUNDWORK_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "GROUNDWORK_PROVIDER_SSO_ISSUER": provider.url,
            "GROUNDWORK_PROVIDER_SSO_CLIENT_ID": CLIENT,
            "GROUNDWORK_PROVIDER_SSO_CLIENT_SECRET": SECRET,
            "GROUNDWORK_PROVIDER_SSO_TITLE": "Company login",
        }
        with running_app(home, "--server.port", str(port), **settings) as app:
            yield Workplace(app, *people)


def fill(store: Store) -> tuple[Here, Here, Here]:
    """Three people, one who is invited, and what they did."""
    conversations.create_conversation(store, ensure_local_owner(store).id, "chat", "Before anybody signed in")
    ada = sign_in(store, "Ada Moreno", "administrator", password=PASSWORD)
    jonas, sam = sign_in(store, "Jonas Vega", password=PASSWORD), sign_in(store, "Sam Okafor", "viewer")
    invite(store, ada.id, email="lena.brandt@example.com", name="Lena Brandt", role="analyst")
    another_login(store, ada.user, IPHONE, "203.0.113.7")
    add_usage(store, ada.id, None, "openai", "m", Usage(10, 5), 3.61)
    add_usage(store, jonas.id, None, "openai", "m", Usage(10, 5), 0.92)
    conversations.create_conversation(store, ada.id, "chat", "Comparing months fairly")
    providers.save_key(store, ada.id, "openai", "sk-0123456789abcdef")
    note(store, None, "sign-in refused", who="mei@example.com", detail="5th wrong password", address="203.0.113.9")
    return ada, jonas, sam


@pytest.fixture
def tab(workplace: Workplace, opened: Opened) -> Callable[..., Page]:
    """Opens a tab of somebody who is signed in; of nobody, a stranger's."""

    def open_tab(here: Here | None, look: str = "light") -> Page:
        page = opened(look)
        if here:
            page.context.add_cookies([{"name": "groundwork", "value": here.token, "url": workplace.app.url}])
        return page

    return open_tab


def row(page: Page, name: str) -> Locator:
    return page.locator("[class*=st-key-row-person-]").filter(has_text=name)


def remove(page: Page, name: str, email: str) -> None:
    """Remove a person for good, as the dialog asks for it."""
    dialog = choose(page, name, "Remove")
    dialog.get_by_label("Type").fill(email)
    dialog.get_by_label("Type").press("Enter")
    dialog.get_by_role("button", name="Remove for good").click()
    expect(row(page, name)).to_have_count(0, timeout=LONG)


def choose(page: Page, name: str, choice: str) -> Locator:
    """Open a dialog from the menu of a person's row."""
    row(page, name).get_by_role("button", name="More").click()
    page.get_by_text(choice, exact=True).last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    settled(page)
    return dialog


def to_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    settled(page)


# How it looks


@pytest.mark.parametrize("look", LOOKS)
def test_people_audit_and_sign_in(workplace: Workplace, tab: Callable[..., Page], look: str) -> None:
    page = tab(workplace.ada, look)
    visit(page, workplace.app.url + "/administration")
    expect(page.get_by_role("heading", name="People and audit")).to_be_visible()
    for name in ("Ada Moreno", "Jonas Vega", "Lena Brandt", "Sam Okafor"):
        expect(row(page, name)).to_be_visible()
    assert nothing_sticks_out(page)
    shot(page, f"people/people.{look}")
    to_tab(page, "Audit")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert nothing_sticks_out(page)
    shot(page, f"people/audit.{look}")
    to_tab(page, "Sign-in")
    expect(page.get_by_text("Company login").first).to_be_visible()
    assert nothing_sticks_out(page)
    shot(page, f"people/sign-in.{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_the_profile(workplace: Workplace, tab: Callable[..., Page], look: str) -> None:
    page = tab(workplace.ada, look)
    visit(page, workplace.app.url + "/profile")
    expect(page.get_by_text("this one")).to_be_visible()
    for name in ("Signing in", "Sharing", "Keys", "Data"):
        to_tab(page, name)
        assert nothing_sticks_out(page)
        shot(page, f"profile/{name.lower().replace(' ', '-')}.{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_a_viewers_home(workplace: Workplace, tab: Callable[..., Page], look: str) -> None:
    page = tab(workplace.sam, look)
    visit(page, workplace.app.url)
    expect(page.get_by_role("heading", name="What is shared with you")).to_be_visible()
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text("Ask tables")).to_have_count(0)
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text("People and audit")).to_have_count(0)
    shot(page, f"people/viewer.{look}")


# What it does


def test_who_is_invited_comes_in_changes_role_and_is_barred(workplace: Workplace, tab: Callable[..., Page]) -> None:
    admin, guest = tab(workplace.ada), tab(None)
    visit(admin, workplace.app.url + "/administration")
    admin.get_by_role("button", name="Invite").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("mei.tan@example.com")
    dialog.get_by_label("Name", exact=True).fill("Mei Tan")
    shot(admin, "people/invite.light")
    dialog.get_by_role("button", name="Make the invitation").click()
    expect(dialog.get_by_test_id("stCode")).to_be_visible(timeout=LONG)
    link = dialog.get_by_test_id("stCode").inner_text().strip()
    assert link.startswith(f"{workplace.app.url}/?invite=")
    shot(admin, "people/link.light")
    dialog.get_by_role("button", name="Done").click()
    expect(row(admin, "Mei Tan")).to_contain_text("invited")

    visit(guest, link)
    guest.get_by_label("Password", exact=True).fill("a new quiet teapot")
    guest.get_by_role("button", name="Accept and sign in").click()
    expect(guest.get_by_role("heading", name="Bring something to ask about")).to_be_visible(timeout=LONG)

    visit(admin, workplace.app.url + "/administration")
    dialog = choose(admin, "Mei Tan", "Change role")
    dialog.get_by_text("viewer", exact=True).click()
    dialog.get_by_role("button", name="Change role").click()
    expect(row(admin, "Mei Tan")).to_contain_text("viewer", timeout=LONG)
    guest.reload()
    expect(guest.get_by_role("heading", name="What is shared with you")).to_be_visible(timeout=LONG)

    choose(admin, "Mei Tan", "Bar").get_by_role("button", name="Bar").click()
    expect(row(admin, "Mei Tan")).to_contain_text("barred", timeout=LONG)
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible(timeout=LONG)  # nothing is pressed in that tab

    remove(admin, "Mei Tan", "mei.tan@example.com")


def test_a_name_that_is_an_address_is_no_link(workplace: Workplace, tab: Callable[..., Page]) -> None:
    page = tab(workplace.ada)
    visit(page, workplace.app.url + "/administration")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("link@example.com")
    dialog.get_by_label("Name", exact=True).fill("http://e.example/x www.e.example **b** :red[c]")
    dialog.get_by_role("button", name="Make the invitation").click()
    dialog.get_by_role("button", name="Done").click(timeout=LONG)
    shown = row(page, "e.example/x")
    expect(shown).to_contain_text("**b** :red[c]")
    expect(shown).to_contain_text("link@example.com")
    assert shown.locator("a").count() == 0, "no name and no e-mail becomes a link"
    remove(page, "e.example/x", "link@example.com")


def test_a_provider_is_tried(workplace: Workplace, tab: Callable[..., Page]) -> None:
    page = tab(workplace.ada)
    visit(page, workplace.app.url + "/administration")
    to_tab(page, "Sign-in")
    page.get_by_role("button", name="Test this provider").click()
    steps = page.locator(".st-key-trial-sso")
    expect(steps.get_by_text("Its keys can be read")).to_be_visible(timeout=LONG)
    expect(steps.get_by_text("The clocks agree")).to_be_visible()
    shot(page, "people/trial.light")


def test_the_audit_is_exported(workplace: Workplace, tab: Callable[..., Page]) -> None:
    page = tab(workplace.ada)
    visit(page, workplace.app.url + "/administration")
    to_tab(page, "Audit")
    page.get_by_label("Find").fill("5th wrong")
    page.get_by_label("Find").press("Enter")
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert lines[0] == ["at", "who", "did", "thing", "detail", "address"]
    assert [line[1:] for line in lines[1:]] == [
        ["mei@example.com", "sign-in refused", "", "5th wrong password", "203.0.113.9"]
    ]


def test_a_login_that_is_ended_is_out_in_its_open_tab(workplace: Workplace, tab: Callable[..., Page]) -> None:
    mine, other = tab(workplace.jonas), tab(None)
    visit(other, workplace.app.url)
    other.get_by_label("E-mail").fill("jonas.vega@example.com")
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Bring something to ask about")).to_be_visible(timeout=LONG)
    visit(mine, workplace.app.url + "/profile")
    mine.get_by_role("button", name="End the other 1 login").click()
    expect(mine.get_by_role("button", name="End the other")).to_have_count(0, timeout=LONG)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible(timeout=LONG)  # nothing is pressed in that tab
    mine.reload()
    expect(mine.get_by_text("this one")).to_be_visible(timeout=LONG)


def test_everything_is_taken_along_and_then_deleted(workplace: Workplace, tab: Callable[..., Page]) -> None:
    page = tab(workplace.ada)
    visit(page, workplace.app.url + "/profile")
    to_tab(page, "Data")
    expect(page.get_by_text("0 tables, 0 documents and 1 conversation here")).to_be_visible()
    page.get_by_role("button", name="Pack everything").click()
    download_link = page.get_by_role("link", name="Download")
    expect(download_link).to_be_visible(timeout=LONG)
    settled(page)
    shot(page, "profile/packed.light")
    with page.expect_download() as download:
        download_link.click()
    with zipfile.ZipFile(download.value.path()) as file:
        names = file.namelist()
        assert any(name.endswith("Comparing months fairly.md") for name in names)
        assert b"0123456789" not in b"".join(file.read(name) for name in names)
    page.get_by_role("button", name="Delete everything ...").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Delete everything")).to_be_disabled()
    dialog.get_by_label("Type").fill("ada.moreno@example.com")
    dialog.get_by_label("Type").press("Enter")
    expect(dialog.get_by_role("button", name="Delete everything")).to_be_enabled(timeout=LONG)
    shot(page, "profile/delete.light")
    dialog.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Bring something to ask about")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Comparing months fairly")).to_have_count(0)


def test_what_was_made_before_sign_in_is_taken_over(workplace: Workplace, tab: Callable[..., Page]) -> None:
    page = tab(workplace.ada)
    visit(page, workplace.app.url)
    page.get_by_role("button", name="Make them mine").click()
    expect(page.get_by_text("Before anybody signed in").first).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Make them mine")).to_have_count(0)
    shot(page, "people/taken-over.light")


@pytest.fixture(scope="module")
def with_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, Here]]:
    """An app beside a provider that vouches for the e-mail of somebody who has a password here."""
    home, port = tmp_path_factory.mktemp("linking") / "home", free_port()
    url = f"http://127.0.0.1:{port}"
    store = open_store(Settings(home=home, model="none"))
    ada = sign_in(store, "Ada", "administrator", password=PASSWORD)
    close_store(store)
    with running_panva([client(f"{url}/api/sign-in/back")]) as issuer:
        row = {"ISSUER": issuer, "CLIENT_ID": "app", "CLIENT_SECRET": PANVA_SECRET, "TITLE": "the test provider"}
        settings = {f"GROUNDWORK_PROVIDER_OP_{key}": value for key, value in row.items()}
        more = {"GROUNDWORK_PUBLIC_URL": url, "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
        with running_app(home, "--server.port", str(port), **settings, **more) as app:
            yield app, ada


def test_another_way_in_is_added_by_consent(with_provider: tuple[App, Here], opened: Opened) -> None:
    app, ada = with_provider
    page = opened("light")
    page.context.add_cookies([{"name": "groundwork", "value": ada.token, "url": app.url}])
    visit(page, app.url + "/profile")
    page.get_by_role("button", name="Add the test provider").click()
    page.get_by_label("Name").fill("ada", timeout=LONG)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="You are here already")).to_be_visible(timeout=LONG)
    settled(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in and add the test provider").click()
    expect(page.get_by_role("heading", name="Bring something to ask about")).to_be_visible(timeout=LONG)
    visit(page, app.url + "/profile")
    ways = page.locator(".st-key-rows-identities")
    expect(ways.get_by_text("the test provider")).to_be_visible()
    expect(ways.get_by_text("Password", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Add the test provider")).to_have_count(0)
    shot(page, "profile/two-ways.light")
