"""The audit."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from components.errors import AccessError
from components.store import Store, audit
from components.store.schema_people import audit as rows
from components.store.schema_people import users
from tests.people import add_person
from tests.store.ageing import age


@pytest.fixture
def chief(store: Store) -> str:
    return add_person(store, "chief", role="administrator")


def things(store: Store, chief: str, **filters: object) -> list[str]:
    return [entry.thing for entry in audit.audit(store, chief, **filters)]  # type: ignore[arg-type]


def test_a_line_says_who_did_what_with_what_from_where(store: Store, chief: str, owner: str) -> None:
    audit.note(store, owner, "shared", thing="orders", detail="with Ada", address="192.0.2.1")
    (entry,) = audit.audit(store, chief)
    assert (entry.user_id, entry.who, entry.did) == (owner, "Owner", "shared")
    assert (entry.thing, entry.detail, entry.address) == ("orders", "with Ada", "192.0.2.1")


def test_what_nobody_did_is_the_systems_and_what_a_stranger_did_is_theirs(store: Store, chief: str) -> None:
    audit.note(store, None, "swept")
    audit.note(store, None, "sign-in refused", who="mei@example.org")
    assert {entry.who for entry in audit.audit(store, chief)} == {"system", "mei@example.org"}


def test_lines_come_newest_first_and_not_more_than_asked(store: Store, chief: str) -> None:
    for number in range(5):
        audit.note(store, chief, "counted", thing=str(number))
        age(store, rows.c.at, 1)
    assert things(store, chief) == ["4", "3", "2", "1", "0"]
    assert things(store, chief, limit=2) == ["4", "3"]
    assert len(audit.own_audit(store, chief, 3)) == 3


def test_lines_are_filtered_by_time_kind_and_words(store: Store, chief: str) -> None:
    audit.note(store, chief, "shared", thing="Orders", detail="50% off")
    age(store, rows.c.at, 100)
    audit.note(store, chief, "unshared", thing="orders_2")
    at = audit.audit(store, chief)[0].at
    assert things(store, chief, since=at) == ["orders_2"]
    assert things(store, chief, until=at) == ["Orders"]
    assert things(store, chief, did="shared") == ["Orders"]
    assert things(store, chief, words="ORDERS") == ["orders_2", "Orders"]
    assert things(store, chief, words="orders unshared") == ["orders_2"]
    assert things(store, chief, words="0% f") == ["Orders"]
    assert things(store, chief, words="orders%2") == []
    assert things(store, chief, words="s_2 chief") == ["orders_2"]
    assert audit.audit_kinds(store, chief) == ["shared", "unshared"]


@pytest.mark.parametrize("call", [audit.audit, audit.audit_kinds])
@pytest.mark.parametrize(("role", "state"), [("analyst", "active"), ("viewer", "active"), ("administrator", "barred")])
def test_only_an_active_administrator_reads_it(store: Store, owner: str, call: object, role: str, state: str) -> None:
    with store.database.writing() as connection:
        connection.execute(sa.update(users).values(role=role, state=state))
    with pytest.raises(AccessError):
        call(store, owner)  # type: ignore[operator]


def test_everybody_reads_what_they_did_themselves(store: Store, owner: str, stranger: str) -> None:
    audit.note(store, owner, "exported")
    assert [entry.did for entry in audit.own_audit(store, owner)] == ["exported"]
    assert audit.own_audit(store, stranger) == []
