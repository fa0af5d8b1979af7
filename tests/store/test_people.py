"""What an administrator does with people."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from components.documents.shelf import folder_of
from components.errors import AccessError
from components.store import (
    Store,
    audit,
    codes,
    datasets,
    identities,
    jobs,
    logins,
    passwords,
    people,
    shares,
    uploads,
    usage,
    users,
)
from components.store.people import Person, PersonError
from components.store.schema import usage as usage_rows
from components.store.schema_people import users as user_rows
from components.store.users import AddressError
from tests.people import add_person
from tests.store.ageing import age, at_once
from tests.store.counting import rows_in
from tests.store.test_conversations import Tokens
from tests.store.test_logins import IDLE, signed_in
from tests.store.world import version_facts

LONG = "x" * 65


@pytest.fixture
def chief(store: Store) -> str:
    return add_person(store, "chief", role="administrator")


def person(store: Store, chief: str, person_id: str) -> Person:
    return next(found for found in people.people(store, chief) if found.id == person_id)


def did(store: Store, chief: str) -> list[str]:
    return [entry.did for entry in audit.audit(store, chief)]


def test_everybody_is_listed_by_name_without_the_local_owner(store: Store, chief: str) -> None:
    users.ensure_local_owner(store)
    made = identities.add_user(store, name="ada", email="ada@example.org", role="viewer")
    identities.add_identity(store, made.id, "google", "1", None)
    identities.add_identity(store, made.id, "google", "2", None)
    passwords.set_password(store, made.id, "hash")
    ada, boss = people.people(store, chief)
    assert (ada.name, boss.name) == ("ada", "Chief")
    assert (ada.email, ada.role, ada.state, ada.seen_at) == ("ada@example.org", "viewer", "active", None)
    assert (ada.providers, boss.providers) == (("google", "local"), ())


def test_what_a_person_spent_this_month(store: Store, chief: str, owner: str, stranger: str) -> None:
    for cost in (1.0, None, 0.5):
        usage.add_usage(store, owner, None, "openai", "m", Tokens(), cost)
    usage.add_usage(store, stranger, None, "ollama", "m", Tokens(), None)
    assert person(store, chief, owner).spent == 1.5
    assert person(store, chief, stranger).spent is None
    assert person(store, chief, chief).spent == 0.0
    age(store, usage_rows.c.at, 32 * 86_400)
    assert person(store, chief, owner).spent == 0.0


def test_an_invited_person_comes_in_by_the_code(store: Store, chief: str) -> None:
    code = people.invite(store, chief, email="Mei@Example.org", name="Mei", role="analyst", address="192.0.2.1")
    found = codes.code_for(store, "invitation", code)
    assert found and found.user_id and found.expires_at > time.time() + 6 * 86_400
    mei = person(store, chief, found.user_id)
    assert (mei.email, mei.name, mei.role, mei.state) == ("mei@example.org", "Mei", "analyst", "invited")
    (entry,) = audit.audit(store, chief)
    assert (entry.did, entry.thing, entry.detail) == ("invited", "mei@example.org", "analyst")
    assert (entry.who, entry.address) == ("Chief", "192.0.2.1")


@pytest.mark.parametrize(
    "email", ["", "mei", "@", "a@", "@b", "a b@c", "a@b@c", "a\n@b", "x" * 65 + "@b", "a@" + "b" * 191]
)
def test_what_is_no_address_is_not_invited(store: Store, chief: str, email: str) -> None:
    with pytest.raises(AddressError):
        people.invite(store, chief, email=email, name="Mei", role="analyst")
    assert rows_in(store)["codes"] == 0 and did(store, chief) == []


def test_nobody_is_invited_twice_and_no_role_is_made_up(store: Store, chief: str) -> None:
    people.invite(store, chief, email="mei@example.org", name="Mei", role="analyst")
    with pytest.raises(AddressError):
        people.invite(store, chief, email="MEI@example.org", name="Mei", role="administrator")
    with pytest.raises(ValueError, match="no such role"):
        people.invite(store, chief, email="x@example.org", name="X", role="owner")
    with pytest.raises(ValueError, match="no such role"):
        people.set_role(store, chief, chief, "owner")
    assert did(store, chief) == ["invited"]


def test_a_new_invitation_takes_the_place_of_the_old(store: Store, chief: str, owner: str) -> None:
    old = people.invite(store, chief, email="mei@example.org", name="Mei", role="analyst")
    found = codes.code_for(store, "invitation", old)
    assert found and found.user_id
    new = people.new_invitation(store, chief, found.user_id)
    assert codes.code_for(store, "invitation", old) is None and codes.code_for(store, "invitation", new)
    with pytest.raises(PersonError, match="has come in already"):
        people.new_invitation(store, chief, owner)


def test_a_password_is_reset_by_a_code_and_works_until_then(store: Store, chief: str, owner: str) -> None:
    passwords.set_password(store, owner, "old")
    found = codes.code_for(store, "reset", people.reset_password(store, chief, owner))
    assert found and found.user_id == owner
    assert passwords.password_hash(store, owner) == "old"
    people.bar(store, chief, owner)
    with pytest.raises(PersonError):
        people.reset_password(store, chief, owner)


def test_a_role_is_changed(store: Store, chief: str, owner: str) -> None:
    people.set_role(store, chief, owner, "viewer")
    assert users.user(store, owner).role == "viewer"
    (entry,) = audit.audit(store, chief)
    assert (entry.did, entry.detail) == ("changed a role", "analyst to viewer")


def test_an_administrator_always_remains(store: Store, chief: str, owner: str) -> None:
    users.ensure_local_owner(store)  # an administrator too, but nobody signs in as that one
    for _ in range(2):
        with pytest.raises(PersonError, match="last administrator"):
            people.set_role(store, chief, chief, "viewer")
    people.set_role(store, chief, owner, "administrator")
    people.set_role(store, chief, chief, "viewer")
    assert people.has_administrator(store)
    with pytest.raises(AccessError):
        people.set_role(store, chief, owner, "viewer")


@pytest.mark.parametrize("call", [people.bar, people.remove_person])
def test_nobody_does_it_to_themselves(store: Store, chief: str, call: Callable[..., None]) -> None:
    with pytest.raises(PersonError, match="yourself"):
        call(store, chief, chief)
    assert people.has_administrator(store)


@pytest.mark.parametrize(
    "call", [people.bar, people.remove_person, lambda store, me, them: people.set_role(store, me, them, "viewer")]
)
def test_administrators_who_turn_on_each_other_leave_one(store: Store, chief: str, call: Callable[..., None]) -> None:
    other = add_person(store, "other", role="administrator")
    outcomes = at_once(lambda: call(store, chief, other), lambda: call(store, other, chief))
    assert [isinstance(outcome, AccessError) for outcome in outcomes].count(True) == 1
    assert not any(isinstance(outcome, Exception) and not isinstance(outcome, AccessError) for outcome in outcomes)
    assert people.has_administrator(store)


def test_a_barred_person_is_out_at_once_and_comes_back_as_before(store: Store, chief: str, owner: str) -> None:
    passwords.set_password(store, owner, "hash")
    token, _ = signed_in(store, owner)
    ticket = logins.open_ticket(store, owner, "local")
    code = people.reset_password(store, chief, owner)
    people.bar(store, chief, owner)
    people.unbar(store, chief, owner)
    assert users.user(store, owner).state == "active"
    assert logins.login_of(store, token, IDLE) is None
    assert logins.redeem_ticket(store, ticket, agent="", address="", hours=1) is None
    assert codes.code_for(store, "reset", code) is None
    with pytest.raises(PersonError, match="is not barred"):
        people.unbar(store, chief, owner)
    assert did(store, chief) == ["let in again", "barred", "reset a password"]


def test_a_barred_guest_who_never_came_is_a_guest_again(store: Store, chief: str) -> None:
    code = codes.code_for(store, "invitation", people.invite(store, chief, email="m@x.org", name="", role="viewer"))
    assert code and code.user_id
    people.bar(store, chief, code.user_id)
    people.unbar(store, chief, code.user_id)
    guest = person(store, chief, code.user_id)
    assert (guest.state, guest.name) == ("invited", "m@x.org")


def test_logins_are_seen_and_ended(store: Store, chief: str, owner: str) -> None:
    (first, login), (second, _), (mine, _) = (
        signed_in(store, owner, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
        signed_in(store, owner),
        signed_in(store, chief),
    )
    assert len(people.logins_of(store, chief, owner)) == 2
    people.end_login_of(store, chief, owner, login.id)
    assert audit.audit(store, chief)[0].detail == "Firefox on Linux"
    assert logins.login_of(store, first, IDLE) is None and logins.login_of(store, second, IDLE)
    assert people.end_logins_of(store, chief, owner) == 1
    assert logins.login_of(store, second, IDLE) is None and logins.login_of(store, mine, IDLE)
    with pytest.raises(AccessError):
        people.end_login_of(store, chief, owner, people.logins_of(store, chief, chief)[0].id)
    assert did(store, chief) == ["ended all logins", "ended a login"]


def test_nothing_of_a_removed_person_is_left_but_the_audit(store: Store, chief: str, owner: str) -> None:
    before = rows_in(store), set(store.blobs.keys())
    made = identities.add_user(store, name="Mei", email="mei@example.org", role="analyst")
    fill(store, made.id)
    kept = datasets.add_version(store, owner, **version_facts(store, "kept"))
    table = datasets.list_datasets(store, made.id)[0]
    shares.share(store, made.id, "dataset", table.id, to_user=owner)
    assert people.remove_person(store, chief, made.id) == (owner,)
    assert set(store.blobs.keys()) - before[1] == {kept.latest.blob}
    assert not folder_of(store, made.id).exists()
    added = {name: count - before[0][name] for name, count in rows_in(store).items() if count != before[0][name]}
    assert added == {"datasets": 1, "versions": 1, "audit": 3}
    assert {(entry.did, entry.who) for entry in audit.audit(store, chief)} >= {("removed", "Chief"), ("came", "Mei")}
    assert people.invite(store, chief, email="mei@example.org", name="Mei", role="viewer")


def fill(store: Store, user_id: str) -> None:
    """Give a user some of everything that is more than a row."""
    signed_in(store, user_id)
    identities.add_identity(store, user_id, "google", "1", None)
    identities.set_groups(store, user_id, "google", ["sales"])
    codes.new_code(store, "reset", user_id, 60)
    audit.note(store, user_id, "came")
    for number in range(3):
        facts = version_facts(store, str(number)) | {"raw_blob": blob(store, "raw", ".csv")}
        datasets.add_version(store, user_id, **facts)
    upload = uploads.open_upload(store, user_id, "table", "x.csv")
    uploads.complete_upload(store, user_id, upload.id, 1, "0", blob(store, "uploads", ".csv"))
    jobs.submit(store, user_id, "import_table", "x", {})
    folder = folder_of(store, user_id)
    folder.mkdir(parents=True)
    (folder / "segment").write_text("their words")


def blob(store: Store, kind: str, suffix: str) -> str:
    key = store.blobs.new_key(kind, suffix)
    store.blobs.put(key, b"x")
    return key


ON_A_PERSON: dict[str, Callable[[Store, str, str], Any]] = {
    "new_invitation": people.new_invitation,
    "reset_password": people.reset_password,
    "set_role": lambda store, me, them: people.set_role(store, me, them, "viewer"),
    "bar": people.bar,
    "unbar": people.unbar,
    "remove_person": people.remove_person,
    "end_logins_of": people.end_logins_of,
}


@pytest.mark.parametrize("name", ON_A_PERSON)
def test_the_local_owner_is_no_person(store: Store, chief: str, name: str) -> None:
    local = users.ensure_local_owner(store)
    for nobody in (local.id, "nobody"):
        with pytest.raises(AccessError):
            ON_A_PERSON[name](store, chief, nobody)
    assert users.user(store, local.id) == local


@pytest.mark.parametrize("name", ON_A_PERSON)
@pytest.mark.parametrize("state", ["invited", "barred"])
def test_an_administrator_who_is_out_does_nothing(store: Store, chief: str, owner: str, name: str, state: str) -> None:
    with store.database.writing() as connection:
        connection.execute(sa.update(user_rows).where(user_rows.c.id == chief).values(state=state))
    before = users.user(store, owner)
    with pytest.raises(AccessError):
        ON_A_PERSON[name](store, chief, owner)
    assert users.user(store, owner) == before and not people.has_administrator(store)
