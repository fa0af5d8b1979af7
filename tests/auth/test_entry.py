"""Who comes in, as whom, and in which role."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from components.auth.entry import Entered, LinkWanted, admits, enter, link, mapped_role
from components.auth.identity import Identity, NotInvitedError
from components.errors import AccessError
from components.settings import Settings
from components.store import Store, User
from components.store.audit import audit
from components.store.identities import groups_of, identities, rename
from components.store.passwords import set_password
from components.store.people import bar, invite, people, set_role
from components.store.users import user
from tests.auth.signing_in import settings_with

ISSUER = {"PROVIDER_K_ISSUER": "https://id.example.com", "PROVIDER_K_CLIENT_ID": "app"}
ADA = Identity("k", "ada-1", "ada@example.com", "Ada Lovelace")


def rules(**variables: str) -> Settings:
    return settings_with(**ISSUER, **variables)


def entered(store: Store, settings: Settings, identity: Identity) -> User:
    found = enter(store, settings, identity)
    assert isinstance(found, Entered)
    return found.user


# Who is let in


def test_nobody_is_let_in_by_nothing(store: Store, boss: User) -> None:
    with pytest.raises(NotInvitedError, match=r"ada@example\.com is not invited"):
        enter(store, rules(), ADA, address="203.0.113.9")
    (line,) = audit(store, boss.id, did="was refused")
    assert (line.who, line.thing, line.detail, line.address) == ("ada@example.com", "k", "not invited", "203.0.113.9")
    assert len(people(store, boss.id)) == 1


@pytest.mark.parametrize(
    ("variables", "identity", "let_in"),
    [
        ({"ADMIT_DOMAINS": "example.com"}, ADA, True),
        ({"ADMIT_DOMAINS": "@Example.com, x.test"}, ADA, True),
        ({"ADMIT_DOMAINS": "ample.com"}, ADA, False),
        ({"ADMIT_DOMAINS": "com"}, ADA, False),
        ({"ADMIT_DOMAINS": "example.com"}, Identity("k", "1", "eve@sub.example.com"), False),
        ({"ADMIT_DOMAINS": "example.com"}, Identity("k", "1", "eve@example.com.evil.test"), False),
        ({"ADMIT_DOMAINS": "example.com"}, Identity("k", "eve@example.com", None, "eve@example.com"), False),
        ({"ADMINISTRATORS": "ADA@example.com"}, ADA, True),
        ({"ADMINISTRATORS": "ada@example.com"}, Identity("k", "1", None, "ada@example.com"), False),
        ({"ADMIT_GROUPS": "staff"}, Identity("k", "1", groups=("staff",)), True),
        ({"ADMIT_GROUPS": "staff"}, Identity("k", "1", groups=("Staff", "staff2")), False),
        ({"ADMIT_GROUPS": "staff"}, Identity("github", "1", groups=("github:staff",)), False),
        ({"ADMIT_GROUPS": "github:acme"}, Identity("github", "1", groups=("github:acme",)), True),
        ({"VIEWER_GROUPS": "guests"}, Identity("k", "1", groups=("guests",)), True),
        ({"PROVIDER_K_ADMIT": "everyone"}, Identity("k", "1"), True),
        ({"PROVIDER_K_ADMIT": "everyone"}, Identity("other", "1"), False),
    ],
)
def test_a_rule_lets_in_exactly_whom_it_names(variables: dict[str, str], identity: Identity, let_in: bool) -> None:
    assert admits(rules(**variables), identity) is let_in


def test_whoever_a_rule_lets_in_is_added_once(store: Store, boss: User) -> None:
    settings = rules(ADMIT_DOMAINS="example.com")
    ada = entered(store, settings, ADA)
    assert (ada.name, ada.email, ada.role, ada.state) == ("Ada Lovelace", "ada@example.com", "analyst", "active")
    assert entered(store, settings, ADA).id == ada.id
    assert entered(store, settings, Identity("k", "ada-1", "new@example.com")).id == ada.id  # the subject counts
    assert len(people(store, boss.id)) == 2


def test_an_email_of_a_former_person_is_not_that_person(store: Store, boss: User) -> None:
    """A provider gives an address to somebody new: the subject is another, so nothing opens by itself."""
    settings = rules(ADMIT_DOMAINS="example.com")
    ada = entered(store, settings, ADA)
    assert enter(store, settings, Identity("k", "ada-2", "ada@example.com")) == LinkWanted(ada.id, "ada@example.com")


def test_an_invitation_is_met_by_a_verified_email_alone(store: Store, boss: User) -> None:
    invite(store, boss.id, email="Ada@Example.com", name="Ada", role="viewer")
    with pytest.raises(NotInvitedError):
        enter(store, rules(), Identity("k", "1", None, "ada@example.com"))
    ada = entered(store, rules(), ADA)
    assert (ada.role, ada.state) == ("viewer", "active")
    assert entered(store, rules(), ADA).id == ada.id  # no rule lets her in, the invitation did


def test_who_is_barred_stays_out(store: Store, boss: User) -> None:
    settings = rules(ADMIT_DOMAINS="example.com")
    ada = entered(store, settings, ADA)
    bar(store, boss.id, ada.id)
    for identity in (ADA, Identity("k", "ada-2", "ada@example.com")):
        with pytest.raises(NotInvitedError, match="may not sign in"):
            enter(store, settings, identity)
    with pytest.raises(AccessError):
        link(store, settings, ada.id, Identity("k", "ada-3"))


def test_a_rule_is_asked_again_at_every_sign_in(store: Store, boss: User) -> None:
    settings = rules(ADMIT_GROUPS="staff")
    entered(store, settings, Identity("k", "1", groups=("staff",)))
    for later, identity in ((settings, Identity("k", "1")), (rules(), Identity("k", "1", groups=("staff",)))):
        with pytest.raises(NotInvitedError):
            enter(store, later, identity)
    assert [line.detail for line in audit(store, boss.id, did="was refused")] == ["no longer let in"] * 2


# Linking


def test_an_email_that_is_known_links_nothing_by_itself(store: Store, boss: User) -> None:
    """Else whoever gets any provider to vouch for the address would be the administrator."""
    settings = rules(ADMIT_DOMAINS="example.com", ADMINISTRATORS="boss@example.com")
    eve = Identity("k", "eve", "boss@example.com")
    assert enter(store, settings, eve) == LinkWanted(boss.id, "boss@example.com")
    assert identities(store, boss.id) == []
    assert enter(store, settings, eve) == LinkWanted(boss.id, "boss@example.com")


def test_with_consent_it_is_a_way_in(store: Store, boss: User) -> None:
    link(store, rules(), boss.id, Identity("k", "b-1", "boss@example.com", groups=("finance",)))
    assert entered(store, rules(), Identity("k", "b-1")).id == boss.id
    assert [line.thing for line in audit(store, boss.id, did="linked a sign-in")] == ["k"]


def test_a_way_in_is_one_persons(store: Store, boss: User) -> None:
    ada = entered(store, rules(ADMIT_DOMAINS="example.com"), ADA)
    with pytest.raises(AccessError, match="somebody else"):
        link(store, rules(), boss.id, ADA)
    assert [one.subject for one in identities(store, ada.id)] == ["ada-1"]


# Roles


@pytest.mark.parametrize(
    ("email", "groups", "role"),
    [
        (None, (), None),
        (None, ("guests",), "viewer"),
        (None, ("guests", "data"), "analyst"),
        (None, ("data", "heads", "guests"), "administrator"),
        ("root@example.com", ("guests",), "administrator"),
        (None, ("Heads",), None),
        (None, ("github:heads",), None),
    ],
)
def test_the_highest_role_that_a_setting_gives_counts(email: str | None, groups: tuple[str, ...], role: str) -> None:
    given = {"ADMINISTRATOR_GROUPS": "heads", "ANALYST_GROUPS": "data", "VIEWER_GROUPS": "guests"}
    assert mapped_role(rules(**given, ADMINISTRATORS="root@example.com"), email, groups) == role


def test_a_role_follows_the_groups(store: Store, boss: User) -> None:
    settings = rules(ADMINISTRATOR_GROUPS="heads", ADMIT_DOMAINS="example.com", DEFAULT_ROLE="viewer")
    roles = [
        entered(store, settings, Identity("k", "ada-1", "ada@example.com", groups=groups)).role
        for groups in ((), ("heads",), ("heads", "x"), (), ())
    ]
    assert roles == ["viewer", "administrator", "administrator", "viewer", "viewer"]


def test_a_role_given_by_hand_stays_where_no_group_gives_one(store: Store, boss: User) -> None:
    settings = rules(ADMIT_DOMAINS="example.com")
    ada = entered(store, settings, ADA)
    set_role(store, boss.id, ada.id, "viewer")
    assert entered(store, settings, ADA).role == "viewer"


def test_the_first_administrator_comes_by_email(store: Store) -> None:
    settings = rules(ADMINISTRATORS="ada@example.com")
    assert entered(store, settings, ADA).role == "administrator"
    with pytest.raises(NotInvitedError):
        enter(store, settings, Identity("k", "eve", None, "ada@example.com"))


def test_groups_are_kept_as_the_provider_says_them_now(store: Store) -> None:
    settings = rules(PROVIDER_K_ADMIT="everyone")
    ada = entered(store, settings, Identity("k", "1", groups=("a", "b")))
    entered(store, settings, Identity("k", "1", groups=("b", "c")))
    assert groups_of(store, ada.id) == ("b", "c")


def test_two_tabs_make_one_person(store: Store, boss: User) -> None:
    settings = rules(PROVIDER_K_ADMIT="everyone")
    found: list[User] = []
    threads = [threading.Thread(target=lambda: found.append(entered(store, settings, ADA))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.id for one in found}) == 1
    assert len(people(store, boss.id)) == 2
    assert user(store, found[0].id).state == "active"


@pytest.mark.parametrize(("given", "called"), [("", "Ada Lovelace"), ("Countess Ada", "Countess Ada")])
def test_who_was_invited_by_the_e_mail_alone_is_called_as_the_provider_says(
    store: Store, boss: User, given: str, called: str
) -> None:
    invite(store, boss.id, email="Ada@example.com", name=given, role="viewer")
    assert entered(store, rules(), ADA).name == called


def test_a_name_follows_the_provider_but_not_for_who_chose_their_own(store: Store) -> None:
    settings = rules(ADMIT_DOMAINS="example.com")
    ada = entered(store, settings, ADA)
    assert entered(store, settings, replace(ADA, name="Ada King")).name == "Ada King"
    assert entered(store, settings, replace(ADA, name="")).name == "Ada King"
    set_password(store, ada.id, "hash")
    rename(store, ada.id, "Countess")
    assert entered(store, settings, ADA).name == "Countess"
