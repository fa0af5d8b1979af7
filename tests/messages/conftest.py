"""One workbench for the messages of a file, and the pages of the app over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from components.store.users import ensure_local_owner
from components.workbench import Workbench
from tests.conftest import AT_HOME, ROOT
from tests.messages.reading import READ_NOW
from tests.workbenches import workbench_with

Show = Callable[..., AppTest]


@pytest.fixture(scope="module", autouse=True)
def all_read(request: pytest.FixtureRequest) -> Iterator[None]:
    """A file reads all the messages that it says it reads: looked at when all of its tests have gone well."""
    failed = request.session.testsfailed
    READ_NOW.clear()
    yield
    chosen = (
        request.config.getoption("keyword") or request.config.getoption("lf", False) or "::" in str(request.config.args)
    )
    if not chosen and request.session.testsfailed == failed:
        assert getattr(request.module, "READ", set()) - READ_NOW == set(), "said to be read, and not read"


@pytest.fixture(scope="module")
def patches() -> Iterator[pytest.MonkeyPatch]:
    """What is changed for all tests of a file."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """The settings of the file's workbench; a file may have its own."""
    return {}


@pytest.fixture(scope="module")
def desk(
    patches: pytest.MonkeyPatch, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workbench]:
    """The workbench that the tests of a file share, as its local owner has it."""
    patches.setattr("components.auth.ui.facts_of_session", lambda: AT_HOME)
    with workbench_with(patches, tmp_path_factory.mktemp("desk") / "home", **variables) as opened:
        ensure_local_owner(opened.store)
        yield opened


@pytest.fixture
def show(desk: Workbench) -> Show:
    """Opens a page in a new tab: ``show("tables", t="...")``."""

    def open_page(page: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
        for name, value in query.items():
            at.query_params[name] = value
        return at.switch_page(f"pages/{page}.py").run()

    return open_page
