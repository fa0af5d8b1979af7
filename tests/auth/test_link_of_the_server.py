"""Who runs the server lets an account back in whose password is forgotten, from the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.auth import accounts
from components.auth.__main__ import USAGE, main
from components.settings import ROOT, Settings
from components.store import Store, User, close_store
from components.store.audit import audit
from components.store.codes import new_code
from components.store.people import bar, invite
from tests.prepared import open_prepared

ADA, PASSWORD, NEW = "ada@example.com", "correct horse battery", "staple correct horse again"


@contextmanager
def opened(home: Path) -> Iterator[Store]:
    store = open_prepared(Settings(home=home, model="none"))
    yield store
    close_store(store)


def owner_of(store: Store) -> User:
    return accounts.set_up(store, new_code(store, "set-up", None, 60), ADA, PASSWORD, "203.0.113.5")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a server whose command is run."""
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GROUNDWORK_PUBLIC_URL", "https://workbench.example.com")
    return tmp_path / "home"


def test_the_link_lets_the_only_administrator_set_a_new_password(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(home) as store:
        ada = owner_of(store)
    assert main(["link", ADA.upper()]) == 0
    found = re.match(r"https://workbench\.example\.com/\?reset=(\S+)\n", capsys.readouterr().out)
    assert found
    with opened(home) as store:
        assert accounts.reset(store, found[1], NEW).id == ada.id
        assert accounts.sign_in(store, ADA, NEW)
        assert [(line.who, line.thing) for line in audit(store, ada.id) if line.did == "reset a password"] == [
            ("operator", ADA.upper())
        ]


def test_nobody_else_gets_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither who is unknown, nor who was only invited, nor who is barred."""
    with opened(home) as store:
        ada = owner_of(store)
        invite(store, ada.id, email="cyd@example.com", name="Cyd", role="analyst")
        code = invite(store, ada.id, email="bea@example.com", name="Bea", role="viewer")
        bar(store, ada.id, accounts.accept_invitation(store, code, "Bea", PASSWORD).id)
    for email in ("nobody@example.com", "cyd@example.com", "bea@example.com"):
        assert main(["link", email]) == 1
        said = capsys.readouterr()
        assert (said.out, email in said.err) == ("", True)


def test_it_says_that_the_app_must_be_stopped(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(home) as store:
        owner_of(store)
        assert main(["link", ADA]) == 1
    assert "Groundwork already runs on" in capsys.readouterr().err
    assert main(["link"]) == 2
    assert USAGE in capsys.readouterr().err


def test_the_guide_names_the_command() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert "python -m components.auth link ada@example.com" in text
