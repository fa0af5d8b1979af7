"""What the door says where a way in leads nowhere: which others there are, and nothing that could not help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.auth.identity import NotInvitedError, SignInFailedError
from components.auth.routes import FAILED
from components.errors import AppError
from components.workbench import Workbench
from tests.auth.people_here import PASSWORD, sign_in
from tests.conftest import ROOT
from tests.servers.openid import free_port
from tests.workbenches import workbench_with

WINDOW = "No window opens? Continue in this one"
Visit = Callable[[RequestFacts], None]
STRANGER = RequestFacts("127.0.0.1", (("host", "localhost:8501"), ("origin", "http://localhost:8501")))


@pytest.fixture
def dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A workbench with local accounts, a provider that does not answer, and one that is not asked beforehand."""
    silent = {"ISSUER": f"http://127.0.0.1:{free_port()}", "CLIENT_ID": "app", "TITLE": "Silent"}
    github = {"CLIENT_ID": "app", "CLIENT_SECRET": "secret"}
    settings = {f"GROUNDWORK_PROVIDER_SILENT_{key}": value for key, value in silent.items()}
    settings |= {f"GROUNDWORK_PROVIDER_GITHUB_{key}": value for key, value in github.items()}
    here = {"GROUNDWORK_PUBLIC_URL": "http://localhost:8501", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
    with workbench_with(monkeypatch, tmp_path / "home", **here, **settings) as opened:
        sign_in(opened.store, "Ada", "administrator", password=PASSWORD)
        yield opened


@pytest.fixture
def door(dead: Workbench, visitor: Visit) -> AppTest:
    visitor(STRANGER)
    return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)


def said(at: AppTest) -> str:
    assert not at.exception
    shown = [*at.title, *at.error, *at.markdown, *at.caption]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def test_only_a_provider_that_answers_is_offered_over_this_window(door: AppTest) -> None:
    door.run()
    assert "Silent cannot be reached now" in [button.label for button in door.button]
    assert WINDOW in [button.label for button in door.button], "GitHub alone: a button, no menu with a dead choice"
    assert not [menu for menu in door.get("menu_button") if getattr(menu.proto, "label", "") == WINDOW]
    assert "Load this page again in half a minute" in said(door)


def test_beside_dead_providers_alone_no_window_is_spoken_of(door: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.auth.ui.providers.providers_of", _silent_alone)
    door.run()
    assert WINDOW not in [button.label for button in door.button]


def _silent_alone(settings: object) -> list[object]:
    from components.auth.providers import providers_of

    return [provider for provider in providers_of(settings) if provider.name == "silent"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "tried", "offered"),
    [
        (SignInFailedError("It did not answer."), "silent", "Or sign in through GitHub or with a password."),
        (NotInvitedError("You are not invited."), "github", "another account of GitHub, sign out there first."),
        (NotInvitedError("You are not invited."), "github", "Or sign in through Silent or with a password."),
    ],
)
def test_a_refusal_says_what_else_leads_in(door: AppTest, error: AppError, tried: str, offered: str) -> None:
    door.query_params["failed"] = FAILED.keep((error, tried))
    assert offered in said(door.run())
    assert error.todo in said(door)


def test_a_wrong_password_leads_to_the_providers(door: AppTest) -> None:
    door.run()
    door.text_input("door-email").input("ada@example.com")
    door.text_input("door-password").input("wrong wrong wrong")
    next(button for button in door.button if button.label == "Sign in").click().run()
    assert "do not belong together" in said(door)
    assert "Or sign in through Silent or GitHub." in said(door)
