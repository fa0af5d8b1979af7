"""A store of its own, a workbench where people sign in, and the app as one of them sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.store import Store, User, close_store
from components.store.identities import add_user
from components.workbench import Workbench
from tests.auth.people_here import PASSWORD, Here, sign_in
from tests.auth.signing_in import settings_with
from tests.conftest import ROOT
from tests.prepared import open_prepared
from tests.workbenches import workbench_with

Seen = Callable[[Here], AppTest]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with nobody in it."""
    opened = open_prepared(settings_with(tmp_path / "home"))
    yield opened
    close_store(opened)


@pytest.fixture
def boss(store: Store) -> User:
    """An administrator without a way in."""
    return add_user(store, name="Boss", email="boss@example.com", role="administrator")


@pytest.fixture
def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """An empty workbench with local accounts."""
    with workbench_with(monkeypatch, tmp_path / "home", GROUNDWORK_SIGN_IN="required") as opened:
        yield opened


@pytest.fixture
def ada(signing: Workbench) -> Here:
    """An administrator with a password."""
    return sign_in(signing.store, "Ada Moreno", "administrator", password=PASSWORD)


@pytest.fixture
def jonas(signing: Workbench) -> Here:
    """An analyst."""
    return sign_in(signing.store, "Jonas Vega")


@pytest.fixture
def sam(signing: Workbench) -> Here:
    """A viewer."""
    return sign_in(signing.store, "Sam Okafor", "viewer")


@pytest.fixture
def seen_by(signing: Workbench, visitor: Callable[[RequestFacts], None]) -> Seen:
    """The app as somebody sees it, run once."""

    def open_app(here: Here) -> AppTest:
        visitor(here.facts)
        return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()

    return open_app
