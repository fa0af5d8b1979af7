"""Two people who are signed in at one workbench, each with the same things, marked as theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.workbench import Workbench
from tests.attacks.people import Person, Two, at_work, routes_for
from tests.auth.people_here import sign_in
from tests.workbenches import workbench_with

ROOT = Path(__file__).resolve().parents[2]
PageOf = Callable[[Person, str], AppTest]


@pytest.fixture
def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """This process's workbench, at which everybody signs in with an account of their own."""
    settings = {"GROUNDWORK_SIGN_IN": "required", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
    patient = {"GROUNDWORK_PAGE_SECONDS": "60", "GROUNDWORK_QUERY_SECONDS": "60"}  # nothing here is about time
    with workbench_with(monkeypatch, tmp_path / "home", **settings, **patient) as opened:
        yield opened


@pytest.fixture
def two(signing: Workbench, tmp_path: Path) -> Iterator[Two]:
    """Ada and Bob, each with a table, a document and a conversation with an answer over each."""
    with routes_for(signing) as client:
        ada, bob = (at_work(signing, client, sign_in(signing.store, name), tmp_path) for name in ("Ada", "Bob"))
        yield Two(signing, ada, bob)


@pytest.fixture
def page_of(two: Two, visitor: Callable[[RequestFacts], None]) -> PageOf:
    """Opens a page in a tab of a person's: ``page_of(bob, "pages/tables.py")``, not yet run."""

    def open_tab(person: Person, page: str) -> AppTest:
        visitor(person.here.facts)
        return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).switch_page(page)

    return open_tab
