"""A team's server as one story: set up by the README's own text over the store of an earlier release, with a real
provider; people come, work apart, and find all again after a restart and after a restore."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from components.settings import ROOT, Settings
from components.store import close_store, conversations, migrate, open_store
from components.store.schema import conversations as rows
from components.store.users import ensure_local_owner
from tests.answers.conftest import add_table
from tests.browser.conftest import Opened
from tests.browser.screen import settled, shot, visit
from tests.crash.processes import reading
from tests.servers.app import App, environment, running_app
from tests.servers.openid import SECRET, client, free_port, running_panva
from tests.store.earlier import turn_back

pytestmark = pytest.mark.browser

LONG = 60_000.0  # milliseconds
SOURCE = ("Home.py", "components", "pages", "static", "docs", "README.md", ".streamlit/config.toml")
PEOPLE = {
    "ada": {"name": "Ada Moreno", "email": "ada@example.com", "email_verified": True},
    "lin": {"name": "Lin Park", "email": "lin@partner.example", "email_verified": True},
    "eve": {"name": "Eve", "email": "eve@elsewhere.example", "email_verified": True},
}
_PLACES = {"Google": 0, "Microsoft": 1, "Keycloak": 2, "GitHub": 3}  # as they stand in the example
CLIENTS = ("1234567890-abc.apps.googleusercontent.com", "66666666-7777-8888-9999-000000000000", "groundwork")


def readme_block() -> str:
    """The example of the README, as it stands there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^## Signing in\n.*?^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found, "the README has an example of signing in"
    return found[1]


def as_secrets(block: str, here: str, issuer: str) -> str:
    """The example with this machine's addresses and secrets in place of the example's, and nothing else changed."""
    block = block.replace("https://workbench.example.com", here)
    block = re.sub(r'client_secret = ".*?"', f'client_secret = "{SECRET}"', block)
    block = re.sub(r'issuer = ".*?"', f'issuer = "{issuer}"', block)
    for name in ("google", "entra"):  # whose own addresses no test may ask
        block = block.replace(f"[sign_in.{name}]\n", f'[sign_in.{name}]\nissuer = "{issuer}"\n')
    return block


def copy_source(folder: Path, secrets: str) -> Path:
    """A copy of the source, with a secrets file."""
    for name in SOURCE:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    file = folder / ".streamlit" / "secrets.toml"
    file.write_text(secrets, encoding="utf-8")
    file.chmod(0o600)
    return folder


def store_of_before(home: Path) -> None:
    """What one person made on this machine with the first release: a conversation and a table."""
    store = open_store(Settings(home=home, model="none"))
    owner = ensure_local_owner(store).id
    conversations.create_conversation(store, owner, "chat", "Before there was a team")
    add_table(store, owner, home.parent, "orders_of_before", "SELECT i AS id FROM range(10) t(i)")
    close_store(store)
    turn_back(home, "0001")


@dataclass
class Team:
    """The team's server, which is started and stopped, and its people's browsers, which stay."""

    home: Path
    source: Path
    port: int
    ada: Page
    lin: Page

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def running(self) -> AbstractContextManager[App]:
        return running_app(self.home, "--server.port", str(self.port), folder=self.source)

    def command(self, *arguments: str) -> str:
        """What ``make backup`` and ``make restore`` run."""
        command = [sys.executable, "-m", "components.store", *arguments]
        done = subprocess.run(
            command, cwd=self.source, env=environment(self.home), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def team(tmp_path: Path, opened: Opened) -> Iterator[Team]:
    """Everything before the first start: the old store, the source with its secrets file, the provider."""
    port = free_port()
    back = f"http://127.0.0.1:{port}/api/sign-in/back"
    store_of_before(tmp_path / "home")
    with running_panva([client(back) | {"client_id": name} for name in CLIENTS], PEOPLE) as issuer:
        secrets = as_secrets(readme_block(), f"http://127.0.0.1:{port}", issuer)
        source = copy_source(tmp_path / "source", secrets)
        yield Team(tmp_path / "home", source, port, opened("light"), opened("light"))


def test_a_team_moves_in(team: Team, tmp_path: Path) -> None:
    with reading(Settings(home=team.home)) as old:
        assert migrate.revision(old.database) == "0001"
    with team.running():
        _the_first_administrator_finds_what_was_there(team)
        link = _somebody_is_invited(team)
        _the_invited_one_comes_in_and_works_apart(team, link)
        _a_stranger_does_not(team)
        said = team.command("backup", str(tmp_path / "saved.zip"))
        assert "Saved" in said
        _sign_out(team.ada)
        _at_the_door(team.ada)
    with team.running():
        visit(team.lin, f"{team.url}/tables")
        expect(_rows(team.lin).get_by_text("Lins list").first).to_be_visible(timeout=LONG)
        visit(team.ada, team.url)
        _at_the_door(team.ada)
        _delete_the_table(team.lin)
    said = team.command("restore", str(tmp_path / "saved.zip"))
    assert "Restored" in said
    with team.running():
        visit(team.lin, f"{team.url}/tables")
        _at_the_door(team.lin)
        _come_in(team.lin, "Keycloak", "Lin Park")
        expect(_rows(team.lin).get_by_text("Lins list").first).to_be_visible(timeout=LONG)
        shot(team.lin, "team/restored.light")


# What they do


def _the_first_administrator_finds_what_was_there(team: Team) -> None:
    page = team.ada
    visit(page, team.url)
    _at_the_door(page)
    for title in ("Google", "Microsoft", "Keycloak", "GitHub"):
        buttons = page.frame_locator(f".st-key-providers iframe >> nth={_PLACES[title]}")
        expect(buttons.get_by_role("button", name=f"Continue with {title}")).to_be_visible(timeout=LONG)
    shot(page, "team/door.light")
    _come_in(page, "Keycloak", "Ada Moreno", name="ada")
    expect(page.get_by_role("link", name="People and audit")).to_be_visible()
    page.get_by_role("button", name="Make them mine").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Before there was a team").first).to_be_visible(timeout=LONG)
    shot(page, "team/taken-over.light")
    visit(page, f"{team.url}/tables")
    expect(page.get_by_text("orders_of_before").first).to_be_visible()


def _somebody_is_invited(team: Team) -> str:
    page = team.ada
    visit(page, f"{team.url}/administration")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("lin@partner.example")
    dialog.get_by_role("button", name="Make the invitation").click()
    link = dialog.get_by_test_id("stCode").inner_text(timeout=LONG).strip()
    dialog.get_by_role("button", name="Done").click()
    return link


def _the_invited_one_comes_in_and_works_apart(team: Team, link: str) -> None:
    page = team.lin
    visit(page, link)
    expect(page.get_by_role("heading", name="You are invited")).to_be_visible(timeout=LONG)
    _in_this_window(page, "Keycloak", "lin")
    expect(page.locator(".st-key-account-menu")).to_contain_text("Lin Park", timeout=LONG)
    expect(page.get_by_test_id("stSidebarNav").get_by_text("People and audit")).to_have_count(0)
    _bring_a_table(team, page)
    for path in ("", "tables", "documents"):
        visit(page, f"{team.url}/{path}")
        assert "before" not in page.locator("[data-testid=stApp]").inner_text().casefold()
    visit(page, f"{team.url}/chat?c={_conversation(team.home)}")
    expect(page.get_by_text("or is not yours").first).to_be_visible(timeout=LONG)
    visit(team.ada, f"{team.url}/tables")
    expect(team.ada.get_by_text("orders_of_before").first).to_be_visible()
    expect(_rows(team.ada).get_by_text("Lins list")).to_have_count(0)


def _a_stranger_does_not(team: Team) -> None:
    assert team.ada.context.browser
    context = team.ada.context.browser.new_context()
    page = context.new_page()
    visit(page, team.url)
    _in_this_window(page, "Keycloak", "eve")
    expect(page.get_by_text("eve@elsewhere.example is not invited")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("sign out there first")).to_be_visible()
    shot(page, "team/not-invited.light")
    context.close()


def _rows(page: Page) -> Locator:
    return page.locator("[class*=st-key-row-]")


def _bring_a_table(team: Team, page: Page) -> None:
    file = team.home.parent / "Lins list.csv"
    file.write_text("name,amount\na,1\nb,2\n", encoding="utf-8")
    visit(page, f"{team.url}/tables")
    with page.expect_file_chooser() as chooser:
        page.locator("#upload button").first.click()
    chooser.value.set_files([str(file)])
    expect(_rows(page).get_by_text("Lins list").first).to_be_visible(timeout=LONG)


def _delete_the_table(page: Page) -> None:
    _rows(page).get_by_text("Lins list").first.click()
    page.get_by_role("button", name="More").click()
    page.get_by_text("Delete", exact=True).last.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the table").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LONG)
    expect(_rows(page).get_by_text("Lins list")).to_have_count(0, timeout=LONG)


def _conversation(home: Path) -> str:
    """The id of what was there before, which a link may name."""
    with reading(Settings(home=home)) as store, store.database.reading() as connection:
        found = connection.scalar(sa.select(rows.c.id).where(rows.c.title == "Before there was a team"))
    return str(found)


def _come_in(page: Page, title: str, shown: str, name: str = "") -> None:
    """Sign in at a provider that knows the browser, or by a name that is typed there."""
    _in_this_window(page, title, name)
    expect(page.locator(".st-key-account-menu")).to_contain_text(shown, timeout=LONG)
    settled(page)


def _in_this_window(page: Page, title: str, name: str) -> None:
    page.get_by_role("button", name="No window opens? Continue in this one").click(timeout=LONG)
    page.get_by_role("menuitem", name=title).or_(page.get_by_role("option", name=title)).first.click()
    if name:
        page.get_by_label("Name").fill(name, timeout=LONG)
        page.get_by_role("button", name="Sign in").click()


def _sign_out(page: Page) -> None:
    page.locator(".st-key-account-menu button").click()
    page.get_by_text("Sign out", exact=True).click()


def _at_the_door(page: Page) -> None:
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible(timeout=LONG)
    settled(page)
