"""Users, their ways in, their groups, their passwords."""

from __future__ import annotations

import pytest

from components.errors import AccessError
from components.store import Store, audit, identities, passwords, users
from components.store._people import NameTakenError
from components.store.identities import LastWayInError
from components.store.users import AddressError, User
from tests.store.ageing import at_once
from tests.store.counting import rows_in


@pytest.fixture
def ada(store: Store) -> User:
    return identities.add_user(store, name="Ada", email=" Ada@Example.org ", role="analyst")


def test_a_new_user_is_found_by_the_address_in_any_case(store: Store, ada: User) -> None:
    assert (ada.email, ada.state, ada.seen_at) == ("ada@example.org", "active", None)
    assert identities.user_of_email(store, "ADA@example.ORG") == ada == users.user(store, ada.id)
    assert identities.user_of_email(store, "ada@example.com") is None


def test_an_address_is_one_persons(store: Store, ada: User) -> None:
    with pytest.raises(AddressError, match=r"ada@example\.org"):
        identities.add_user(store, name="Other", email="ADA@example.org", role="viewer")


def test_users_without_an_address_stand_side_by_side(store: Store) -> None:
    made = [identities.add_user(store, name="X", email=email, role="viewer") for email in (None, "", None)]
    assert [user.email for user in made] == [None] * 3
    assert identities.user_of_email(store, "") is None


@pytest.mark.parametrize("twin", ["\u212aarl@example.org", "karl@exam\u017fle.org", "KARL@STRA\u00dfE.example"])
def test_letters_that_only_look_alike_are_other_mailboxes(store: Store, twin: str) -> None:
    for email in ("karl@example.org", "karl@examsle.org", "karl@strasse.example"):
        identities.add_user(store, name="Karl", email=email, role="administrator")
    assert identities.user_of_email(store, twin) is None


def test_one_of_two_who_take_an_address_at_once_gets_it(store: Store) -> None:
    def take() -> User:
        return identities.add_user(store, name="Ada", email="ada@example.org", role="viewer")

    kinds = sorted(type(outcome).__name__ for outcome in at_once(take, take, take))
    assert kinds == ["AddressError", "AddressError", "User"]


@pytest.mark.parametrize("email", ["ada@example.org", None])
def test_of_many_first_sign_ins_at_once_one_makes_the_user(store: Store, email: str | None) -> None:
    def come() -> User:
        return identities.add_user_at(store, "google", "1", name="Ada", email=email, role="viewer")

    outcomes = at_once(*[come] * 4)
    assert len({outcome.id for outcome in outcomes if isinstance(outcome, User)}) == 1
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert rows_in(store)["users"] == rows_in(store)["identities"] == 1


def test_a_first_sign_in_takes_nobodys_address(store: Store, ada: User) -> None:
    with pytest.raises(AddressError):
        identities.add_user_at(store, "google", "1", name="Other", email="ADA@example.org", role="viewer")
    assert identities.identity(store, "google", "1") is None
    assert rows_in(store)["users"] == 1


def test_groups_that_are_told_at_once_are_kept_once(store: Store, ada: User) -> None:
    outcomes = at_once(*[lambda: identities.set_groups(store, ada.id, "google", ["sales", "all"])] * 4)
    assert outcomes == [None] * 4
    assert identities.groups_of(store, ada.id) == ("all", "sales")


def test_an_identity_leads_to_its_user(store: Store, ada: User) -> None:
    made = identities.add_identity(store, ada.id, "google", "1", "ADA@example.org")
    assert made.email == "ada@example.org"
    assert identities.identity(store, "google", "1") == ada
    assert identities.identities(store, ada.id) == [made]


@pytest.mark.parametrize(("provider", "subject"), [("gitlab", "1"), ("google", "2"), ("Google", "1"), ("google", "")])
def test_the_same_subject_elsewhere_is_nobody(store: Store, ada: User, provider: str, subject: str) -> None:
    identities.add_identity(store, ada.id, "google", "1", None)
    assert identities.identity(store, provider, subject) is None


def test_a_subject_differs_by_case_alone(store: Store, ada: User) -> None:
    bob = identities.add_user(store, name="Bob", email=None, role="viewer")
    identities.add_identity(store, ada.id, "google", "abc", None)
    identities.add_identity(store, bob.id, "google", "ABC", None)
    assert identities.identity(store, "google", "ABC") == bob


def test_using_an_identity_again_renews_it(store: Store, ada: User) -> None:
    first = identities.add_identity(store, ada.id, "google", "1", "old@example.org")
    again = identities.add_identity(store, ada.id, "google", "1", "new@example.org")
    assert (again.id, again.created_at, again.email) == (first.id, first.created_at, "new@example.org")
    assert again.seen_at >= first.seen_at


def test_nobody_takes_anothers_identity(store: Store, ada: User) -> None:
    thief = identities.add_user(store, name="Thief", email=None, role="viewer")
    identities.add_identity(store, ada.id, "google", "1", None)
    with pytest.raises(AccessError):
        identities.add_identity(store, thief.id, "google", "1", None)
    assert identities.identity(store, "google", "1") == ada


def test_the_last_way_in_stays(store: Store, ada: User) -> None:
    only = identities.add_identity(store, ada.id, "google", "1", None)
    with pytest.raises(LastWayInError):
        identities.delete_identity(store, ada.id, only.id)
    assert identities.identity(store, "google", "1") == ada


@pytest.mark.parametrize("other", ["password", "identity"])
def test_one_of_two_ways_in_can_go(store: Store, ada: User, other: str) -> None:
    first = identities.add_identity(store, ada.id, "google", "1", None)
    if other == "password":
        passwords.set_password(store, ada.id, "hash")
    else:
        identities.add_identity(store, ada.id, "gitlab", "1", None)
    identities.delete_identity(store, ada.id, first.id)
    assert identities.identity(store, "google", "1") is None


def test_two_ways_in_that_go_at_once_do_not_both_go(store: Store, ada: User) -> None:
    one, two = (identities.add_identity(store, ada.id, name, "1", None) for name in ("google", "gitlab"))
    at_once(
        lambda: identities.delete_identity(store, ada.id, one.id),
        lambda: identities.delete_identity(store, ada.id, two.id),
    )
    assert len(identities.identities(store, ada.id)) == 1


def test_groups_are_those_that_each_provider_said_last(store: Store, ada: User) -> None:
    identities.set_groups(store, ada.id, "google", ["sales", "all", "sales", ""])
    identities.set_groups(store, ada.id, "gitlab", ["dev", "all"])
    assert identities.groups_of(store, ada.id) == ("all", "dev", "sales")
    identities.set_groups(store, ada.id, "google", [])
    assert identities.groups_of(store, ada.id) == ("all", "dev")


def test_groups_go_with_the_way_in_that_they_came_by(store: Store, ada: User) -> None:
    first, second = (identities.add_identity(store, ada.id, "google", subject, None) for subject in "12")
    identities.add_identity(store, ada.id, "gitlab", "1", None)
    identities.set_groups(store, ada.id, "google", ["sales"])
    identities.delete_identity(store, ada.id, first.id)
    assert identities.groups_of(store, ada.id) == ("sales",)
    identities.delete_identity(store, ada.id, second.id)
    assert identities.groups_of(store, ada.id) == ()


def test_an_invited_user_comes_in_with_a_name_and_a_role(store: Store) -> None:
    invited = identities.add_user(store, name="ada@example.org", email=None, role="viewer", state="invited")
    active = identities.activate(store, invited.id, name="Ada", role="analyst")
    assert (active.state, active.name, active.role) == ("active", "Ada", "analyst")
    assert identities.activate(store, invited.id) == active


def test_a_barred_user_is_not_let_in_by_an_old_invitation(store: Store) -> None:
    barred = identities.add_user(store, name="X", email=None, role="viewer", state="barred")
    with pytest.raises(AccessError):
        identities.activate(store, barred.id, role="administrator")
    assert users.user(store, barred.id) == barred


def test_the_last_administrator_stays_one_whatever_the_groups_say(store: Store) -> None:
    first, second = (identities.add_user(store, name="X", email=None, role="administrator") for _ in range(2))
    assert identities.activate(store, first.id, role="viewer").role == "viewer"
    assert identities.activate(store, second.id, role="viewer").role == "administrator"


def test_a_password_is_found_by_the_address_in_any_case(store: Store, ada: User) -> None:
    assert passwords.password_of(store, "ada@example.org") is None
    passwords.set_password(store, ada.id, "one")
    passwords.set_password(store, ada.id, "two")
    assert passwords.password_of(store, "ADA@example.org") == (ada, "two")
    assert passwords.password_hash(store, ada.id) == "two"
    assert passwords.password_of(store, "") is None


def test_a_name_is_ones_own_where_no_provider_says_it(store: Store) -> None:
    ada = identities.add_user(store, name="Ada", email="ada@example.org", role="analyst")
    passwords.set_password(store, ada.id, "hash")
    assert identities.names_themselves(store, ada.id)
    assert identities.rename(store, ada.id, "  Ada   Moreno ", address="192.0.2.1").name == "Ada Moreno"
    (line,) = audit.own_audit(store, ada.id)
    assert (line.did, line.thing, line.detail) == ("changed the name", "Ada Moreno", "was Ada")
    assert (line.who, line.address) == ("Ada", "192.0.2.1")
    with pytest.raises(identities.NameMissingError):
        identities.rename(store, ada.id, " \n")
    assert len(identities.rename(store, ada.id, "x" * 1000).name) == identities.LONGEST_NAME


@pytest.mark.parametrize("name", ["Bea Ruiz", "bea\u200b  ruiz\u202e", "\uff22ea Ruiz\u3164", "Bea@Example.org"])
def test_nobody_takes_the_name_of_another(store: Store, ada: User, name: str) -> None:
    """What one shares would seem to come from the other, also where the names differ by what nobody sees."""
    identities.add_user(store, name="Bea Ruiz", email="bea@example.org", role="analyst")
    passwords.set_password(store, ada.id, "hash")
    with pytest.raises(NameTakenError):
        identities.rename(store, ada.id, name)
    assert users.user(store, ada.id).name == "Ada"
    assert identities.rename(store, ada.id, "ada").name == "ada", "one's own, written otherwise"


def test_a_name_is_what_is_seen_of_it(store: Store) -> None:
    hidden = "\u202eA\u200bda \u2066\ufeff\u3164\n Moreno\ufe0f\x00"
    ada = identities.add_user(store, name=hidden, email="ada@example.org", role="analyst")
    assert ada.name == "Ada Moreno"
    passwords.set_password(store, ada.id, "hash")
    assert identities.rename(store, ada.id, f"Countess {hidden}").name == "Countess Ada Moreno"
    with pytest.raises(identities.NameMissingError):
        identities.rename(store, ada.id, "\u200b\u3164\u202e")
    assert identities.add_user(store, name="\u2800", email="bea@example.org", role="analyst").name == "bea@example.org"


def test_who_was_named_by_a_provider_is_called_so(store: Store) -> None:
    told = identities.add_user_at(store, "google", "1", name="Bea Ruiz", email="bea@example.org", role="analyst")
    assert not identities.names_themselves(store, told.id)
    with pytest.raises(AccessError):
        identities.rename(store, told.id, "Ada Moreno")
    assert users.user(store, told.id).name == "Bea Ruiz"


@pytest.mark.parametrize(("name", "email"), [("cyd@example.org", "cyd@example.org"), ("subject-2", None)])
def test_whom_no_provider_named_chooses_a_name_and_may_again(store: Store, name: str, email: str | None) -> None:
    made = identities.add_user_at(store, "google", "subject-2", name=name, email=email, role="analyst")
    identities.rename(store, made.id, "Cid")
    assert identities.rename(store, made.id, "Cyd").name == "Cyd"
