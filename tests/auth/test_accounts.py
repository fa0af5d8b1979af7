"""Local accounts: who gets in with what, how guessing is slowed, and what ends when a password changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from components.auth import accounts, passwords
from components.auth.accounts import CodeRefusedError, WrongPasswordError
from components.auth.lockout import FIRST_WAIT, FREE, LONGEST_WAIT, LockedOutError, keys_of
from components.auth.passwords import PasswordRefusedError
from components.errors import AccessError, AppError
from components.settings import Settings
from components.store import Store, User, close_store
from components.store._people import NameTakenError
from components.store.attempts import failures, note_failure
from components.store.audit import audit
from components.store.codes import new_code
from components.store.identities import add_user
from components.store.logins import login_of, open_ticket, redeem_ticket
from components.store.passwords import password_hash, set_password
from components.store.people import bar, invite, reset_password
from tests.prepared import open_prepared

ADA, PASSWORD = "ada@example.com", "correct horse battery"
NEW = "staple correct horse again"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """On SQLite alone: hashing takes most of the time here, and the rows have their own tests on both."""
    opened = open_prepared(Settings(home=tmp_path / "home", model="none"))
    yield opened
    close_store(opened)


def set_up(store: Store, email: str = ADA, password: str = PASSWORD) -> User:
    return accounts.set_up(store, new_code(store, "set-up", None, 60), email, password, "203.0.113.5")


def signed_in(store: Store, who: User) -> str:
    """The token of a new login."""
    made = redeem_ticket(store, open_ticket(store, who.id, "local"), agent="", address="", hours=1)
    assert made
    return made[0]


def is_in(store: Store, token: str) -> bool:
    return login_of(store, token, 600) is not None


def test_there_is_no_account_before_somebody_makes_one(store: Store) -> None:
    for email in ("", "admin", "admin@localhost", "local", "root", "Local owner"):
        for password in ("", "admin", "groundwork", "password"):
            with pytest.raises(WrongPasswordError):
                accounts.sign_in(store, email, password)


def test_the_set_up_code_makes_the_first_administrator_once(store: Store) -> None:
    code = new_code(store, "set-up", None, 60)
    made = accounts.set_up(store, code.lower().replace("-", " "), "Ada.Moreno@Example.com", PASSWORD)
    assert (made.role, made.email, made.name) == ("administrator", "ada.moreno@example.com", "Ada Moreno")
    for again in (code, new_code(store, "set-up", None, 60)):
        with pytest.raises(CodeRefusedError):
            accounts.set_up(store, again, "eve@example.com", PASSWORD)


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA-AAAAA-AAAAA", "x" * 5000])
def test_a_wrong_set_up_code_makes_nobody(store: Store, code: str) -> None:
    new_code(store, "set-up", None, 60)
    with pytest.raises(CodeRefusedError):
        accounts.set_up(store, code, ADA, PASSWORD)
    with pytest.raises(WrongPasswordError):
        accounts.sign_in(store, ADA, PASSWORD)


@pytest.mark.parametrize("at", range(3))
def test_whatever_ends_a_set_up_in_its_middle_it_can_be_done_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Nobody may be left as an administrator who has no password: no code would make another one."""
    code = new_code(store, "set-up", None, 60)
    with ended_at_commit(store, monkeypatch, at):
        accounts.set_up(store, code, ADA, PASSWORD, "203.0.113.5")
    with suppress(CodeRefusedError):  # it was whole before it was ended
        accounts.set_up(store, code, ADA, PASSWORD, "203.0.113.5")
    assert accounts.sign_in(store, ADA, PASSWORD).role == "administrator"


@contextmanager
def ended_at_commit(store: Store, monkeypatch: pytest.MonkeyPatch, at: int) -> Iterator[None]:
    """Inside, the server is killed before its commit number ``at``, from 0 on; nothing more of the block is done."""
    commits, writing = iter(range(9)), store.database.writing

    @contextmanager
    def ending() -> Iterator[Connection]:
        with writing() as connection:
            yield connection
            if next(commits) == at:
                raise ConnectionError("the server was killed")

    with monkeypatch.context() as patched, suppress(ConnectionError):
        patched.setattr(type(store.database), "writing", lambda _: ending())
        yield


@pytest.mark.parametrize("at", range(2))
def test_whatever_ends_an_acceptance_in_its_middle_the_link_leads_in(
    store: Store, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    code = invite(store, set_up(store).id, email="bea@example.com", name="Bea", role="viewer")
    with ended_at_commit(store, monkeypatch, at):
        accounts.accept_invitation(store, code, "Bea Ruiz", NEW)
    with suppress(CodeRefusedError):  # it was whole before it was ended
        accounts.accept_invitation(store, code, "Bea Ruiz", NEW)
    assert accounts.sign_in(store, "bea@example.com", NEW).name == "Bea Ruiz"


@pytest.mark.parametrize("at", range(2))
def test_whatever_ends_a_reset_in_its_middle_the_link_sets_a_password(
    store: Store, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    ada = set_up(store)
    token, code = signed_in(store, ada), reset_password(store, ada.id, ada.id)
    with ended_at_commit(store, monkeypatch, at):
        accounts.reset(store, code, NEW)
    with suppress(CodeRefusedError):
        accounts.reset(store, code, NEW)
    assert accounts.sign_in(store, ADA, NEW)
    assert not is_in(store, token), "and no login of before is left"


def test_of_two_who_use_one_link_at_once_one_comes_in(store: Store) -> None:
    code = invite(store, set_up(store).id, email="bea@example.com", name="Bea", role="viewer")

    def accept(name: str) -> str:
        try:
            return accounts.accept_invitation(store, code, name, f"{NEW} of {name}").name
        except CodeRefusedError:
            return ""

    with ThreadPoolExecutor(2) as at_once:
        names = list(at_once.map(accept, ("Bea", "Eve")))
    (first,) = [name for name in names if name]
    assert accounts.sign_in(store, "bea@example.com", f"{NEW} of {first}").name == first


def test_a_set_up_without_memory_for_a_hash_leaves_the_code(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    code = new_code(store, "set-up", None, 60)
    with monkeypatch.context() as patched, pytest.raises(MemoryError):
        patched.setattr(accounts, "hash_of", _without_memory)
        accounts.set_up(store, code, ADA, PASSWORD)
    accounts.set_up(store, code, ADA, PASSWORD)


def _without_memory(_password: str) -> str:
    raise MemoryError


def test_who_is_barred_makes_nobody_an_administrator(store: Store) -> None:
    code = new_code(store, "set-up", None, 60)
    add_user(store, name="Bea", email="bea@example.com", role="viewer", state="barred")
    with pytest.raises(AccessError):
        accounts.set_up(store, code, "bea@example.com", PASSWORD)
    assert accounts.set_up(store, code, ADA, PASSWORD).role == "administrator", "the code is still good"


def test_somebody_invited_may_be_the_first_administrator(store: Store) -> None:
    bea = add_user(store, name="Bea", email="bea@example.com", role="viewer", state="invited")
    made = set_up(store, "Bea@example.com")
    assert (made.id, made.name, made.role, made.state) == (bea.id, "Bea", "administrator", "active")


def test_an_expired_set_up_code_is_none(store: Store) -> None:
    with pytest.raises(CodeRefusedError):
        accounts.set_up(store, new_code(store, "set-up", None, -1), ADA, PASSWORD)


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b c", "a@" + "b" * 300])
def test_an_account_has_an_e_mail(store: Store, email: str) -> None:
    with pytest.raises(AccessError, match="e-mail"):
        set_up(store, email)


def test_the_right_password_lets_in_however_the_e_mail_is_written(store: Store) -> None:
    made = set_up(store)
    for email in (ADA, " ADA@Example.COM "):
        assert accounts.sign_in(store, email, PASSWORD).id == made.id


def test_an_accent_typed_as_two_signs_is_the_same(store: Store) -> None:
    set_up(store, password="caf\u00e9 au lait, toujours")
    assert accounts.sign_in(store, ADA, "cafe\u0301 au lait, toujours")


@pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "x" * 100_000, "\ud800", "\0"])
def test_a_wrong_password_does_not(store: Store, password: str) -> None:
    set_up(store)
    with pytest.raises(WrongPasswordError):
        accounts.sign_in(store, ADA, password)


def refusal(do: Callable[[], object]) -> tuple[str, str, str]:
    with pytest.raises(AppError) as raised:
        do()
    return raised.value.code, raised.value.what, raised.value.todo


def test_unknown_wrong_barred_and_invited_look_alike(store: Store) -> None:
    ada = set_up(store)
    bea = add_user(store, name="Bea", email="bea@example.com", role="analyst")
    set_password(store, bea.id, passwords.hash_of(PASSWORD))
    bar(store, ada.id, bea.id)
    invite(store, ada.id, email="cyd@example.com", name="Cyd", role="viewer")
    tried = (
        (ADA, "wrong wrong wrong"),
        ("nobody@example.com", PASSWORD),
        ("bea@example.com", PASSWORD),
        ("cyd@example.com", PASSWORD),
    )
    said = {refusal(partial(accounts.sign_in, store, *one)) for one in tried}
    assert len(said) == 1


def test_an_unknown_e_mail_costs_the_same_work(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash of the same parameters is verified whether there is an account or not."""
    set_up(store)
    verified: list[str] = []
    real = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept.rpartition("$")[0].rpartition("$")[0])
        return real(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email in (ADA, "nobody@example.com"):
        with pytest.raises(WrongPasswordError):
            accounts.sign_in(store, email, "wrong wrong wrong")
    assert len(verified) == 2
    assert len(set(verified)) == 1, "the same kind, memory and rounds"


def test_the_password_itself_is_kept_nowhere(store: Store) -> None:
    kept = password_hash(store, set_up(store).id)
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_a_hash_of_weaker_parameters_is_made_anew(store: Store) -> None:
    ada = set_up(store)
    set_password(store, ada.id, PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD))
    accounts.sign_in(store, ADA, PASSWORD)
    kept = password_hash(store, ada.id)
    assert kept is not None
    assert not passwords.is_outdated(kept)


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaa", "123456789012", "abcdefghijklmn", ADA, "ada.moreno123", "x" * 1001]
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefusedError):
        passwords.require_good(password, "ada@example.com" if password == ADA else "ada.moreno@example.com")


def test_a_password_that_is_too_long_costs_no_time() -> None:
    """To bring marks into their order takes the square of their number: a megabyte of them would hold all for hours."""
    before = time.monotonic()
    with pytest.raises(PasswordRefusedError, match="at most 1,000"):
        passwords.require_good("a" + "\u0315\u0300" * 500_000)
    assert time.monotonic() - before < 1


@pytest.mark.parametrize("password", [PASSWORD, "Zwölf Boxkämpfer", "ねこがねこをみている、よ。", "tr0ub4dor&3!!"])
def test_a_sentence_is_fine(password: str) -> None:
    passwords.require_good(password, ADA)


# guessing


def fail(store: Store, email: str = ADA, address: str = "203.0.113.5") -> None:
    with pytest.raises(WrongPasswordError):
        accounts.sign_in(store, email, "wrong wrong wrong", address)


def failed_before(store: Store, key: str, times: int, seconds_ago: float) -> None:
    for _ in range(times):
        note_failure(store, key, time.time() - seconds_ago)


def test_an_account_is_locked_after_a_few_failures_even_for_the_right_password(store: Store) -> None:
    set_up(store)
    for _ in range(FREE["account"]):
        fail(store)
    for email in (ADA, " ADA@example.com"):
        with pytest.raises(LockedOutError):
            accounts.sign_in(store, email, PASSWORD, "203.0.113.99")
    for _ in range(3):
        with pytest.raises(LockedOutError):
            accounts.sign_in(store, ADA, PASSWORD, "203.0.113.99")
    told = [entry for entry in audit(store, accounts_owner(store)) if entry.did == "was locked out"]
    assert len(told) == 1, "the audit tells of it, and cannot be filled with it"


def accounts_owner(store: Store) -> str:
    from components.store.identities import user_of_email

    found = user_of_email(store, ADA)
    assert found
    return found.id


def test_an_account_that_is_not_there_is_locked_alike(store: Store) -> None:
    set_up(store)
    for _ in range(FREE["account"]):
        fail(store, "nobody@example.com")
    with pytest.raises(LockedOutError):
        accounts.sign_in(store, "nobody@example.com", PASSWORD)


def test_an_address_is_locked_over_all_accounts(store: Store) -> None:
    set_up(store)
    failed_before(store, keys_of("", "203.0.113.5")[0], FREE["address"], 1)
    with pytest.raises(LockedOutError):
        accounts.sign_in(store, ADA, PASSWORD, "203.0.113.5")
    assert accounts.sign_in(store, ADA, PASSWORD, "203.0.113.6"), "from elsewhere it is open"


def test_an_office_that_signs_in_is_not_locked_out(store: Store) -> None:
    set_up(store)
    key = keys_of("", "203.0.113.5")[0]
    for _ in range(3):
        accounts.sign_in(store, ADA, PASSWORD, "203.0.113.5")
    assert failures(store, key, 0).count == 0
    fail(store)
    assert failures(store, key, 0).count == 1
    accounts.sign_in(store, ADA, PASSWORD, "203.0.113.5")
    assert failures(store, key, 0).count == 1, "one who gets in does not clear what others guess from there"


def test_a_refused_new_password_is_no_guess(store: Store) -> None:
    code = new_code(store, "set-up", None, 60)
    with pytest.raises(PasswordRefusedError):
        accounts.set_up(store, code, ADA, "short", "203.0.113.5")
    assert failures(store, keys_of("", "203.0.113.5")[0], 0).count == 0


def test_an_ipv6_address_counts_as_its_network() -> None:
    one, other = keys_of("", "2001:db8:1:2::1"), keys_of("", "2001:db8:1:2:ffff::9")
    assert one == other != keys_of("", "2001:db8:1:3::1")


@pytest.mark.parametrize(
    ("failed", "ago", "locked"),
    [
        (FREE["account"], FIRST_WAIT - 2, True),
        (FREE["account"], FIRST_WAIT + 1, False),
        (FREE["account"] + 2, FIRST_WAIT + 1, True),
        (FREE["account"] + 2, FIRST_WAIT * 4 + 1, False),
        (FREE["account"] + 50, LONGEST_WAIT - 5, True),
        (FREE["account"] + 50, LONGEST_WAIT + 1, False),
        (FREE["account"] - 1, 0, False),
    ],
)
def test_the_wait_grows_with_each_failure_up_to_a_limit(store: Store, failed: int, ago: float, locked: bool) -> None:
    set_up(store)
    failed_before(store, keys_of(ADA, "")[0], failed, ago)
    if locked:
        with pytest.raises(LockedOutError):
            accounts.sign_in(store, ADA, PASSWORD)
    else:
        assert accounts.sign_in(store, ADA, PASSWORD)


def test_who_gets_in_begins_again_from_nothing(store: Store) -> None:
    set_up(store)
    for _ in range(3):
        for _ in range(FREE["account"] - 1):
            fail(store)
        accounts.sign_in(store, ADA, PASSWORD, "203.0.113.5")


def test_a_locked_attempt_does_not_lengthen_the_wait(store: Store) -> None:
    set_up(store)
    key = keys_of(ADA, "")[0]
    failed_before(store, key, FREE["account"], 1)
    before = failures(store, key, 0)
    for _ in range(5):
        with pytest.raises(LockedOutError):
            accounts.sign_in(store, ADA, PASSWORD)
    assert failures(store, key, 0) == before


def test_many_guesses_at_once_gain_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(store)
    looked_at: list[str] = []

    def look_at(password: str, _: str | None) -> bool:
        looked_at.append(password)
        return False

    monkeypatch.setattr(accounts, "matches", look_at)

    def guess(number: int) -> str:
        try:
            accounts.sign_in(store, ADA, f"guess number {number}")
        except AppError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(16) as at_once:
        said = list(at_once.map(guess, range(64)))
    assert set(said) == {"WrongPasswordError", "LockedOutError"}
    assert len(looked_at) <= FREE["account"] + 1


# invitations, new passwords


def test_an_invitation_is_accepted_once(store: Store) -> None:
    ada = set_up(store)
    code = invite(store, ada.id, email="bea@example.com", name="Bea", role="viewer")
    found = accounts.invited(store, code)
    assert found is not None
    assert found.email == "bea@example.com"
    made = accounts.accept_invitation(store, code, "Bea Ruiz", NEW)
    assert (made.name, made.role, made.state) == ("Bea Ruiz", "viewer", "active")
    assert accounts.sign_in(store, "bea@example.com", NEW).id == made.id
    assert accounts.invited(store, code) is None
    with pytest.raises(CodeRefusedError):
        accounts.accept_invitation(store, code, "Eve", "another long password")


def test_a_refused_password_does_not_cost_the_invitation(store: Store) -> None:
    code = invite(store, set_up(store).id, email="bea@example.com", name="Bea", role="viewer")
    with pytest.raises(PasswordRefusedError):
        accounts.accept_invitation(store, code, "Bea", "short")
    assert accounts.accept_invitation(store, code, "", NEW).name == "Bea"


def test_who_is_invited_takes_nobody_elses_name(store: Store) -> None:
    """The one that the administrator wrote stays good, also where another is called so."""
    ada = set_up(store)
    code = invite(store, ada.id, email="bea@example.com", name="Bea", role="viewer")
    for name in (ada.name, f"\u202e{ada.name.upper()}\u200b", ada.email):
        with pytest.raises(NameTakenError):
            accounts.accept_invitation(store, code, name or "", NEW)
    assert accounts.accept_invitation(store, code, "Bea\u200b", NEW).name == "Bea"
    again = invite(store, ada.id, email="other@example.com", name=ada.name, role="viewer")
    assert accounts.accept_invitation(store, again, ada.name, NEW).name == ada.name


@pytest.mark.parametrize("wrong", ["reset", "set-up"])
def test_a_code_is_good_for_its_purpose_alone(store: Store, wrong: str) -> None:
    ada = set_up(store)
    bea = add_user(store, name="Bea", email="bea@example.com", role="viewer", state="invited")
    code = new_code(store, wrong, bea.id if wrong == "reset" else None, 60)
    with pytest.raises(CodeRefusedError):
        accounts.accept_invitation(store, code, "Bea", NEW)
    assert ada.id


def test_an_administrators_link_sets_a_new_password_and_ends_every_login(store: Store) -> None:
    ada = set_up(store)
    bea = accounts.accept_invitation(
        store, invite(store, ada.id, email="bea@example.com", name="Bea", role="viewer"), "Bea", PASSWORD
    )
    token, own = signed_in(store, bea), signed_in(store, ada)
    failed_before(store, keys_of("bea@example.com", "")[0], 40, 1)
    code = reset_password(store, ada.id, bea.id)
    assert accounts.reset(store, code, NEW).id == bea.id
    assert not is_in(store, token)
    assert is_in(store, own), "another's login stays"
    assert accounts.sign_in(store, "bea@example.com", NEW), "and the lock is gone"
    with pytest.raises(CodeRefusedError):
        accounts.reset(store, code, "yet another password")


def test_a_barred_persons_link_is_none(store: Store) -> None:
    ada = set_up(store)
    bea = accounts.accept_invitation(
        store, invite(store, ada.id, email="bea@example.com", name="Bea", role="viewer"), "Bea", PASSWORD
    )
    code = reset_password(store, ada.id, bea.id)
    bar(store, ada.id, bea.id)
    with pytest.raises(CodeRefusedError):
        accounts.reset(store, code, NEW)


def test_changing_the_password_ends_the_other_logins(store: Store) -> None:
    ada = set_up(store)
    here, there = signed_in(store, ada), signed_in(store, ada)
    found = login_of(store, here, 600)
    assert found
    accounts.change_password(store, ada.id, PASSWORD, NEW, keep=found[1].id)
    assert is_in(store, here)
    assert not is_in(store, there)
    assert accounts.sign_in(store, ADA, NEW)
    fail(store)


def test_the_old_password_is_asked_and_guessing_it_is_slowed(store: Store) -> None:
    ada = set_up(store)
    for _ in range(FREE["account"]):
        with pytest.raises(WrongPasswordError):
            accounts.change_password(store, ada.id, "wrong wrong wrong", NEW)
    with pytest.raises(LockedOutError):
        accounts.change_password(store, ada.id, PASSWORD, NEW)


def test_links_cannot_be_tried_without_end(store: Store) -> None:
    set_up(store)
    for _ in range(FREE["address"]):
        with pytest.raises(CodeRefusedError):
            accounts.reset(store, "AAAAA-AAAAA-AAAAA-AAAAA", NEW, "198.51.100.7")
    with pytest.raises(LockedOutError):
        accounts.reset(store, "AAAAA-AAAAA-AAAAA-AAAAA", NEW, "198.51.100.7")
