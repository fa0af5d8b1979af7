"""What each role may do, and that every call which begins something asks, whatever a page has drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from components.auth.roles import ROLES, RoleError, may, require, require_role
from components.samples import open_sample
from components.store import Store, User, conversations, providers, uploads
from components.store.jobs import jobs
from components.store.schema import users
from components.workbench import Workbench
from tests.people import add_person

NO_ANSWER: Any = None  # a refused question never reaches who would answer it


def set_role(store: Store, user_id: str, role: str, state: str = "active") -> None:
    with store.database.writing() as connection:
        connection.execute(sa.update(users).where(users.c.id == user_id).values(role=role, state=state))


def person(role: str) -> User:
    return User("ada", "Ada", None, role, {})


def test_each_role_may_do_what_the_one_below_may_and_more() -> None:
    assert list(ROLES) == ["viewer", "analyst", "administrator"]
    assert ROLES["viewer"] < ROLES["analyst"] < ROLES["administrator"]


def test_a_viewer_looks_and_a_role_that_there_is_not_may_nothing() -> None:
    assert may(person("viewer"), "look")
    assert not may(person("viewer"), "bring")
    assert not may(person("viewer"), "ask")
    assert not may(person("analyst"), "administer")
    assert not may(person("root"), "look")
    with pytest.raises(RoleError, match="look at what is shared"):
        require_role(person("viewer"), "ask")


BEGINNINGS: dict[str, Callable[[Workbench, str], Any]] = {
    "a conversation": lambda b, u: conversations.create_conversation(b.store, u, "chat"),
    "an upload": lambda b, u: uploads.open_upload(b.store, u, "table", "orders.csv"),
    "an import": lambda b, u: b.jobs.submit(u, "import_table", "orders.csv", upload_id="none"),
    "the sample": lambda b, u: open_sample(b, u),
    "a key": lambda b, u: providers.save_key(b.store, u, "openai", "sk-0000000000000000"),
    "a server": lambda b, u: providers.save_own_provider(b.store, u, "box", "chat", "http://box.example"),
    "the built-in model": lambda b, u: b.jobs.submit(u, "fetch_model", "Fetch", names=[]),
}


@pytest.mark.parametrize("what", BEGINNINGS)
@pytest.mark.parametrize(("role", "state"), [("viewer", "active"), ("analyst", "barred"), ("analyst", "invited")])
def test_who_may_not_begins_nothing(bench: Workbench, what: str, role: str, state: str) -> None:
    add_person(bench.store, "ada")
    set_role(bench.store, "ada", role, state)
    with pytest.raises(RoleError):
        BEGINNINGS[what](bench, "ada")
    assert jobs(bench.store, "ada") == []
    assert conversations.list_conversations(bench.store, "ada") == []
    assert providers.keys(bench.store, "ada") == {}


@pytest.mark.parametrize("what", [name for name in BEGINNINGS if name not in ("an import", "the built-in model")])
def test_an_analyst_begins_all_of_it(bench: Workbench, what: str) -> None:
    add_person(bench.store, "ada")
    BEGINNINGS[what](bench, "ada")


def test_who_became_a_viewer_asks_no_more_in_a_conversation_of_before(bench: Workbench) -> None:
    add_person(bench.store, "ada")
    talk = conversations.create_conversation(bench.store, "ada", "chat")
    set_role(bench.store, "ada", "viewer")
    with pytest.raises(RoleError):
        bench.runner.ask("ada", talk.id, "Why?", NO_ANSWER, provider="p", model="m")
    with pytest.raises(RoleError):
        bench.runner.again("ada", "any", NO_ANSWER, provider="p", model="m")
    assert conversations.turns(bench.store, "ada", talk.id) == []


def test_nobody_may_nothing(bench: Workbench) -> None:
    with pytest.raises(RoleError):
        require(bench.store, "nobody", "look")
