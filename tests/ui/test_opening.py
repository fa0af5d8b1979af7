"""Who is admitted is decided once in each run of a page, and anew in the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.workbench import Workbench

FROM_AFAR = RequestFacts("203.0.113.7", (("host", "localhost:8501"),))


@pytest.fixture
def users_read(bench: Workbench) -> Iterator[list[str]]:
    """Every statement that reads a person, as the database gets it."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("SELECT users."):
            found.append(statement)

    event.listen(bench.store.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(bench.store.database.engine, "before_cursor_execute", note)


def test_a_run_asks_once_who_its_user_is(app_test: AppTest, users_read: list[str]) -> None:
    app_test.run()
    users_read.clear()
    assert app_test.run().title[0].value == "Bring something to ask about"
    assert len(users_read) == 1


def test_a_page_that_is_reached_past_the_entrance_asks_itself(app_test: AppTest, users_read: list[str]) -> None:
    app_test.run().switch_page("pages/tables.py")
    users_read.clear()
    assert not app_test.run().exception
    assert users_read


def test_the_next_run_is_decided_anew(app_test: AppTest, visitor: Callable[[RequestFacts], None]) -> None:
    assert "Home" not in str(app_test.run().title)
    visitor(FROM_AFAR)
    assert app_test.run().title[0].value == "Nobody is signed in"
    assert not app_test.get("page_link")
