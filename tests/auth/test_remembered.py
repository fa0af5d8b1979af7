"""A browser that signed in before: what others guess does not hold it up, and whoever has its cookie gains little."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.auth import accounts
from components.auth.accounts import WrongPasswordError
from components.auth.cookies import LONGEST, REMEMBERED_SECONDS
from components.auth.lockout import FREE, LockedOutError, keys_of
from components.auth.passwords import hash_of
from components.auth.remembered import remember, remembered
from components.settings import Settings
from components.store import Store, User, close_store
from components.store.attempts import failures, note_failure
from components.store.identities import add_user
from components.store.passwords import set_password
from tests.prepared import open_prepared

PASSWORD, NEW = "correct horse battery", "staple correct horse again"
HERE, THERE = "203.0.113.5", "198.51.100.9"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_prepared(Settings(home=tmp_path / "home", model="none"))
    yield opened
    close_store(opened)


@pytest.fixture
def ada(store: Store) -> User:
    return person(store, "ada")


def person(store: Store, name: str) -> User:
    made = add_user(store, name=name.title(), email=f"{name}@example.com", role="analyst")
    set_password(store, made.id, hash_of(PASSWORD))
    return made


def fail(store: Store, *, browser: str = "", address: str = THERE, email: str = "ada@example.com") -> None:
    with pytest.raises(WrongPasswordError):
        accounts.sign_in(store, email, "wrong wrong wrong", address, browser)


def hold_up(store: Store, email: str = "ada@example.com", address: str = THERE) -> None:
    """What an attacker can do: fail for the account, and from the address, as often as they like."""
    for key in keys_of(email, address):
        for _ in range(100):
            note_failure(store, key)


def test_attack_others_guesses_do_not_keep_the_owner_out(store: Store, ada: User) -> None:
    known = remember(store, ada.id)
    hold_up(store, address=HERE)  # from the very same address
    for email in ("ada@example.com", " ADA@example.com"):
        assert accounts.sign_in(store, email, PASSWORD, HERE, known).id == ada.id
    with pytest.raises(LockedOutError):
        accounts.sign_in(store, "ada@example.com", PASSWORD, THERE)
    with pytest.raises(LockedOutError):
        accounts.sign_in(store, "ada@example.com", PASSWORD, HERE, "")


def test_the_owner_may_also_change_the_password_meanwhile(store: Store, ada: User) -> None:
    known = remember(store, ada.id)
    hold_up(store)
    with pytest.raises(LockedOutError):
        accounts.change_password(store, ada.id, PASSWORD, NEW)
    accounts.change_password(store, ada.id, PASSWORD, NEW, browser=known)


def test_attack_guesses_with_a_stolen_cookie_wait_as_all_others(store: Store, ada: User) -> None:
    stolen = remember(store, ada.id)
    for _ in range(FREE["browser"]):
        fail(store, browser=stolen)
    with pytest.raises(LockedOutError):
        accounts.sign_in(store, "ada@example.com", PASSWORD, THERE, stolen)
    assert failures(store, keys_of("ada@example.com", "")[0], 0).count == 0, "and hold up nobody else"
    assert accounts.sign_in(store, "ada@example.com", PASSWORD, HERE, remember(store, ada.id))


def test_attack_a_cookie_opens_nothing_by_itself(store: Store, ada: User) -> None:
    fail(store, browser=remember(store, ada.id))


def test_attack_ones_own_cookie_helps_at_no_other_account(store: Store, ada: User) -> None:
    eve = person(store, "eve")
    theirs = remember(store, eve.id)
    assert remembered(store, "ada@example.com", theirs) == ""
    for _ in range(FREE["account"]):
        fail(store, browser=theirs)
    with pytest.raises(LockedOutError):
        accounts.sign_in(store, "ada@example.com", PASSWORD, THERE, theirs)


def test_attack_no_cookie_is_made_up(store: Store, ada: User) -> None:
    nonce, made, seal = remember(store, ada.id).split(".")
    other = remember(store, person(store, "bea").id).split(".")[2]
    later = f"{float(made) + 100:.0f}"
    forged = (
        f"{nonce}x.{made}.{seal}",
        f"{nonce}.{later}.{seal}",
        f"{nonce}.{made}.{seal[:-1]}",
        f"{nonce}.{made}.{other}",
        f"{nonce}.{made}.",
        f".{made}.{seal}",
        f"{nonce}.1e999.{seal}",
        f"{nonce}.٣.{seal}",
        f"{nonce}..{seal}",
        *("", ".", "..", "x" * 199, "\ud800.1.\ud800"),
    )
    for cookie in forged:
        assert remembered(store, "ada@example.com", cookie) == "", cookie
    assert remembered(store, "nobody@example.com", f"{nonce}.{made}.{seal}") == ""


def test_a_new_password_makes_every_cookie_worthless(store: Store, ada: User) -> None:
    known = remember(store, ada.id)
    assert remembered(store, "ada@example.com", known)
    set_password(store, ada.id, hash_of(NEW))
    assert remembered(store, "ada@example.com", known) == ""


def test_it_is_forgotten_in_time(store: Store, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    known = remember(store, ada.id)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + REMEMBERED_SECONDS + 2)
    assert remembered(store, "ada@example.com", known) == ""


def test_another_servers_seal_is_none(store: Store, ada: User, tmp_path: Path) -> None:
    known = remember(store, ada.id)
    key = "A" * 43 + "="
    other = Store(store.database, store.blobs, type(store.secrets)(tmp_path / "none", key), store.home)
    assert remembered(other, "ada@example.com", known) == ""


def test_a_damaged_key_file_keeps_nobody_out(store: Store, ada: User) -> None:
    (store.home / "groundwork.key").write_text("damaged")
    assert remember(store, ada.id) == ""
    assert accounts.sign_in(store, "ada@example.com", PASSWORD, HERE, "nonce.1.seal").id == ada.id


def test_the_cookie_is_short_and_says_nothing_of_its_owner(store: Store, ada: User) -> None:
    known = remember(store, ada.id)
    assert len(known) <= LONGEST
    assert ada.id not in known
    assert "ada" not in known


def test_who_has_no_password_is_remembered_by_no_browser(store: Store) -> None:
    assert remember(store, add_user(store, name="Cyd", email="cyd@example.com", role="viewer").id) == ""
