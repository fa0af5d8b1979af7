"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.workbench import Workbench
from tests.workbenches import workbench_with

pytest_plugins = ["tests.servers.postgres", "tests.store.fixtures"]

ROOT = Path(__file__).resolve().parent.parent
AT_HOME = RequestFacts("127.0.0.1", (("host", "localhost:8501"), ("origin", "http://localhost:8501")))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """This process's workbench on an empty data folder, without a model. Pages run by AppTest work on it."""
    with workbench_with(monkeypatch, tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Callable[[RequestFacts], None]:
    """Says what admission sees of the sessions that AppTest runs: it has no connection of its own."""
    return lambda facts: monkeypatch.setattr("components.auth.ui.facts_of_session", lambda: facts)


@pytest.fixture
def app_test(bench: Workbench, visitor: Callable[[RequestFacts], None]) -> AppTest:
    """The app as the local owner sees it, not yet run: ``app_test.switch_page("pages/x.py").run()``."""
    visitor(AT_HOME)
    return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
