"""Logins: tickets, tokens, expiry, and who is out at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from components.errors import AccessError, StorageFullError
from components.store import Store, identities, logins, users
from components.store.logins import Login
from components.store.schema_people import logins as rows
from components.store.schema_people import tickets
from components.store.schema_people import users as user_rows
from tests.store.ageing import age, at_once
from tests.store.counting import all_rows

IDLE = 600.0


def signed_in(store: Store, user_id: str, agent: str = "Firefox") -> tuple[str, Login]:
    ticket = logins.open_ticket(store, user_id, "google")
    found = logins.redeem_ticket(store, ticket, agent=agent, address="192.0.2.1", hours=1)
    assert found
    return found


def set_state(store: Store, user_id: str, state: str) -> None:
    with store.database.writing() as connection:
        connection.execute(sa.update(user_rows).where(user_rows.c.id == user_id).values(state=state))


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What is said to the database meanwhile, but for the beginnings and ends of transactions."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    yield said
    event.remove(store.database.engine, "before_cursor_execute", note)


def test_a_ticket_becomes_a_login(store: Store, owner: str) -> None:
    token, login = signed_in(store, owner)
    assert (login.user_id, login.provider, login.address, login.agent) == (owner, "google", "192.0.2.1", "Firefox")
    assert login.expires_at - login.created_at == pytest.approx(3600)
    user = users.user(store, owner)
    assert user.seen_at == login.created_at
    assert logins.login_of(store, token, IDLE) == (user, login)
    assert logins.logins(store, owner) == [login]


def test_a_ticket_is_good_once(store: Store, owner: str) -> None:
    ticket = logins.open_ticket(store, owner, "local")
    assert logins.redeem_ticket(store, ticket, agent="", address="", hours=1)
    assert logins.redeem_ticket(store, ticket, agent="", address="", hours=1) is None


def test_of_many_who_redeem_a_ticket_at_once_one_is_let_in(store: Store, owner: str) -> None:
    ticket = logins.open_ticket(store, owner, "local")
    outcomes = at_once(*[lambda: logins.redeem_ticket(store, ticket, agent="", address="", hours=1)] * 6)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType"] * 5 + ["tuple"]
    assert len(logins.logins(store, owner)) == 1


def test_a_ticket_is_good_for_half_a_minute(store: Store, owner: str) -> None:
    ticket = logins.open_ticket(store, owner, "local")
    age(store, tickets.c.created_at, 31)
    assert logins.redeem_ticket(store, ticket, agent="", address="", hours=1) is None


@pytest.mark.parametrize("state", ["invited", "barred"])
def test_a_ticket_lets_nobody_in_who_may_not(store: Store, owner: str, state: str) -> None:
    ticket = logins.open_ticket(store, owner, "local")
    set_state(store, owner, state)
    assert logins.redeem_ticket(store, ticket, agent="", address="", hours=1) is None
    assert logins.logins(store, owner) == []


@pytest.mark.parametrize("ticket", ["", "x", "\ud800", "x" * 100_000, "' or 1=1 --"])
def test_what_is_no_ticket_and_no_token_opens_nothing(store: Store, owner: str, ticket: str) -> None:
    signed_in(store, owner)
    assert logins.redeem_ticket(store, ticket, agent="", address="", hours=1) is None
    assert logins.login_of(store, ticket, IDLE) is None
    assert logins.close_login(store, ticket) is False


def test_what_is_stored_opens_nothing(store: Store, owner: str) -> None:
    ticket = logins.open_ticket(store, owner, "local")
    token, login = signed_in(store, owner)
    stored = [cell.strip("'") for table in all_rows(store).values() for row in table for cell in row]
    assert token not in stored and ticket not in stored
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    for cell in [*stored, login.id]:
        assert logins.login_of(store, cell, IDLE) is None
        assert logins.redeem_ticket(store, cell, agent="", address="", hours=1) is None


def test_a_login_that_is_not_used_ends(store: Store, owner: str) -> None:
    token, _ = signed_in(store, owner)
    age(store, rows.c.seen_at, IDLE - 5)
    assert logins.login_of(store, token, IDLE)
    age(store, rows.c.seen_at, IDLE + 5)
    assert logins.login_of(store, token, IDLE) is None
    assert logins.logins(store, owner, IDLE) == []


def test_a_login_ends_however_much_it_is_used(store: Store, owner: str) -> None:
    token, _ = signed_in(store, owner)
    age(store, rows.c.expires_at, 3599)
    assert logins.login_of(store, token, IDLE)
    age(store, rows.c.expires_at, 2)
    assert logins.login_of(store, token, IDLE) is None
    assert logins.logins(store, owner) == []


@pytest.mark.parametrize("state", ["invited", "barred"])
def test_whoever_is_barred_is_out_at_once(store: Store, owner: str, state: str) -> None:
    token, _ = signed_in(store, owner)
    set_state(store, owner, state)
    assert logins.login_of(store, token, IDLE) is None


def test_a_look_at_a_login_is_one_query_and_one_write_a_minute(store: Store, owner: str) -> None:
    token, _ = signed_in(store, owner)
    with statements(store) as said:
        logins.login_of(store, token, IDLE)
    assert len(said) == 1 and said[0].startswith("SELECT")
    age(store, rows.c.seen_at, 61)
    with statements(store) as said:
        logins.login_of(store, token, IDLE)
    assert [line.split()[0] for line in said] == ["SELECT", "UPDATE", "UPDATE"]
    with statements(store) as said:
        logins.login_of(store, token, IDLE)
    assert len(said) == 1


def test_use_keeps_a_login_alive(store: Store, owner: str) -> None:
    token, login = signed_in(store, owner)
    for _ in range(4):
        age(store, rows.c.seen_at, IDLE / 2)
        assert logins.login_of(store, token, IDLE)
    (kept,) = logins.logins(store, owner)
    assert kept.seen_at >= login.seen_at and users.user(store, owner).seen_at == kept.seen_at


def test_a_full_disk_signs_nobody_out(store: Store, owner: str, caplog: pytest.LogCaptureFixture) -> None:
    token, _ = signed_in(store, owner)
    age(store, rows.c.seen_at, 61)
    with full_disk(store):
        with pytest.raises(StorageFullError):
            identities.set_groups(store, owner, "google", ["x" * 2_000_000])
        assert logins.login_of(store, token, IDLE)
    assert "could not be written" in caplog.text


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Every write fails as on a full disk."""

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("UPDATE", "INSERT")):
            raise StorageFullError("No room is left.")

    event.listen(store.database.engine, "before_cursor_execute", refuse)
    yield
    event.remove(store.database.engine, "before_cursor_execute", refuse)


def test_a_closed_login_stays_closed(store: Store, owner: str) -> None:
    token, _ = signed_in(store, owner)
    other, _ = signed_in(store, owner)
    assert logins.close_login(store, token)
    assert logins.login_of(store, token, IDLE) is None
    assert not logins.close_login(store, token)
    assert logins.login_of(store, other, IDLE)


def test_one_login_is_ended_from_another(store: Store, owner: str) -> None:
    here, _ = signed_in(store, owner)
    there, login = signed_in(store, owner)
    logins.end_login(store, owner, login.id)
    assert logins.login_of(store, there, IDLE) is None and logins.login_of(store, here, IDLE)
    with pytest.raises(AccessError):
        logins.end_login(store, owner, login.id)


def test_all_logins_but_one_are_ended(store: Store, owner: str, stranger: str) -> None:
    here, login = signed_in(store, owner)
    others = [signed_in(store, owner)[0] for _ in range(3)]
    theirs, _ = signed_in(store, stranger)
    waiting = logins.open_ticket(store, owner, "local")
    assert logins.end_logins(store, owner, but=login.id) == 3
    assert logins.login_of(store, here, IDLE) and logins.login_of(store, theirs, IDLE)
    assert not any(logins.login_of(store, token, IDLE) for token in others)
    assert logins.redeem_ticket(store, waiting, agent="", address="", hours=1) is None
    assert logins.end_logins(store, owner) == 1 and logins.login_of(store, here, IDLE) is None


def test_what_a_browser_says_of_itself_is_cut_and_mended(store: Store, owner: str) -> None:
    _, login = signed_in(store, owner, agent="x\0" * 10_000)
    assert len(login.agent) == 400 and "\0" not in login.agent
