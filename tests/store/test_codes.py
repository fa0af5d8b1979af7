"""Codes that let somebody in once, and failures that make guessing slow."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from components.store import Store, attempts, codes
from components.store._codes import taken_code
from components.store.attempts import Failures
from components.store.schema_people import codes as rows
from components.store.schema_people import users
from tests.store.ageing import age, at_once
from tests.store.counting import all_rows, rows_in

DAY = 86_400.0


def take(store: Store, purpose: str, code: str) -> Any:
    """Take a code, as what it is for does in its own commit."""
    with store.database.writing() as connection:
        return taken_code(connection, purpose, code)


def test_a_code_is_looked_at_many_times_and_taken_once(store: Store, owner: str) -> None:
    code = codes.new_code(store, "invitation", owner, DAY)
    found = codes.code_for(store, "invitation", code)
    assert found and (found.purpose, found.user_id) == ("invitation", owner)
    assert found.expires_at - found.created_at == pytest.approx(DAY)
    assert codes.code_for(store, "invitation", code) == found
    assert take(store, "invitation", code)
    assert codes.code_for(store, "invitation", code) is None
    assert take(store, "invitation", code) is None


def test_a_code_is_good_for_its_purpose_alone(store: Store, owner: str) -> None:
    code = codes.new_code(store, "invitation", owner, DAY)
    for purpose in ("reset", "set-up", ""):
        assert take(store, purpose, code) is None
    with pytest.raises(ValueError, match="no such purpose"):
        codes.new_code(store, "party", owner, DAY)


def test_a_code_expires(store: Store, owner: str) -> None:
    code = codes.new_code(store, "reset", owner, 60)
    age(store, rows.c.expires_at, 61)
    assert codes.code_for(store, "reset", code) is None
    assert take(store, "reset", code) is None


def test_a_new_code_makes_the_one_before_worthless(store: Store, owner: str, stranger: str) -> None:
    old, theirs = codes.new_code(store, "reset", owner, DAY), codes.new_code(store, "reset", stranger, DAY)
    new = codes.new_code(store, "reset", owner, DAY)
    assert codes.code_for(store, "reset", old) is None
    assert codes.code_for(store, "reset", new) and codes.code_for(store, "reset", theirs)


def test_a_barred_users_code_is_worthless(store: Store, owner: str) -> None:
    code = codes.new_code(store, "reset", owner, DAY)
    with store.database.writing() as connection:
        connection.execute(sa.update(users).values(state="barred"))
    assert codes.code_for(store, "reset", code) is None
    assert take(store, "reset", code) is None


def test_set_up_codes_stand_side_by_side_until_one_is_taken(store: Store) -> None:
    first, second = (codes.new_code(store, "set-up", None, DAY) for _ in range(2))
    assert codes.code_for(store, "set-up", first) and codes.code_for(store, "set-up", second)
    assert take(store, "set-up", first)
    assert take(store, "set-up", second) is None


def test_of_all_set_up_codes_that_are_taken_at_once_one_is(store: Store) -> None:
    made = [codes.new_code(store, "set-up", None, DAY) for _ in range(3)] * 2
    outcomes = at_once(*[lambda code=code: take(store, "set-up", code) for code in made])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType"] * 5 + ["Row"]


def test_a_code_may_be_typed_as_it_is_read(store: Store, owner: str) -> None:
    for _ in range(20):
        code = codes.new_code(store, "reset", owner, DAY)
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert codes.code_for(store, "reset", f" {typed}")


def test_codes_are_long_and_differ_and_are_not_stored(store: Store, owner: str) -> None:
    made = {codes.new_code(store, "set-up", None, DAY) for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", code) for code in made)
    words = repr(all_rows(store))
    assert not any(code in words or code.replace("-", "") in words for code in made)


@pytest.mark.parametrize("code", ["", "-", "\ud800", "x" * 100_000, "00000-00000-00000-00000"])
def test_what_is_no_code_opens_nothing(store: Store, owner: str, code: str) -> None:
    codes.new_code(store, "reset", owner, DAY)
    assert codes.code_for(store, "reset", code) is None


def test_failures_are_counted_by_key_and_time(store: Store) -> None:
    for at in (10.0, 20.0, 30.0):
        attempts.note_failure(store, "ada@example.org", at)
    attempts.note_failure(store, "192.0.2.1", 20.0)
    assert attempts.failures(store, "ada@example.org", 0) == Failures(3, 30.0)
    assert attempts.failures(store, "ada@example.org", 20) == Failures(2, 30.0)
    assert attempts.failures(store, "ada@example.org", 31) == Failures(0, None)
    attempts.forget_failures(store, "ada@example.org")
    assert attempts.failures(store, "ada@example.org", 0) == Failures(0, None)
    assert attempts.failures(store, "192.0.2.1", 0) == Failures(1, 20.0)


def test_what_was_typed_as_an_account_is_not_stored(store: Store) -> None:
    attempts.note_failure(store, "my password in the wrong field")
    assert rows_in(store)["attempts"] == 1
    assert "password in the wrong" not in repr(all_rows(store))
