"""Local accounts: an e-mail and a password, kept here. There is no account that we did not see being made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from components.auth.lockout import LockedOutError, WrongGuessError, attempt, is_first, keys_of
from components.auth.passwords import hash_of, is_outdated, matches, require_good
from components.auth.remembered import remembered
from components.errors import AccessError
from components.store import Store, User
from components.store import passwords as kept_passwords
from components.store.audit import note
from components.store.codes import code_for
from components.store.identities import user_of_email
from components.store.logins import end_logins
from components.store.owner import make_owner
from components.store.passwords import password_hash, password_of, set_password
from components.store.users import user

LOCAL = "local"  # the provider's name in a login by password
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_EMAIL, LONGEST_NAME = 254, 200  # characters


class WrongPasswordError(WrongGuessError):
    """The e-mail or the password is wrong: which of them is not said."""

    todo = "Try again. An administrator of this workbench can give you a new password."

    def __init__(self) -> None:
        super().__init__("This e-mail and this password do not belong together.")


class CodeRefusedError(WrongGuessError):
    """A code was used before, has expired, or never was one."""


def sign_in(store: Store, email: str, password: str, address: str = "", browser: str = "") -> User:
    """Return whose e-mail and password these are. It takes the same time whether there is such an account or not.

    Args:
        store: Where the accounts are.
        email: As typed; case does not matter.
        password: As typed.
        address: The visitor's address, for counting failures.
        browser: The cookie of a browser that signed in before, which has a counter of its own.

    Raises:
        WrongPasswordError: They do not belong together, or the account is barred.
        LockedOutError: Too many attempts have failed.
    """
    try:
        with attempt(store, account=email, address=address, browser=remembered(store, email, browser)):
            found, kept = _proved(store, email, password)
    except WrongGuessError:
        _note_failure(store, email, "was refused", address)
        raise
    except LockedOutError:
        if is_first(store, f"told:{address or email}"):  # one line for each time, however often somebody tries
            _note_failure(store, email, "was locked out", address)
        raise
    if is_outdated(kept):
        set_password(store, found.id, hash_of(password))
    return found


def set_up(store: Store, code: str, email: str, password: str, address: str = "", name: str = "") -> User:
    """Make the first administrator, for whoever knows the code that the server printed.

    Raises:
        CodeRefusedError: The code is wrong or was used, or there is an administrator already.
        PasswordRefusedError: The password is too easy to guess.
        AccessError: The e-mail is none.
        LockedOutError: Too many codes were tried.
    """
    email = _checked_email(email)
    require_good(password, email)
    called = (name or name_in(email))[:LONGEST_NAME]
    with attempt(store, address=address):
        if code_for(store, "set-up", code) is None:  # no hash is made for a guess
            raise _not_set_up()
        made = make_owner(store, code, name=called, email=email, hash=hash_of(password), address=address)
        if made is None:
            raise _not_set_up()
    return made


SET_UP_TODO = "Copy it from the server's log: it is printed at each start, as long as there is no administrator."
LINK_TODO = "Ask an administrator of this workbench for a new link."


def invited(store: Store, code: str) -> User | None:
    """Whose invitation a code is, without using it up; None where it is none."""
    return _owner_of(store, "invitation", code)


def owner_of_reset(store: Store, code: str) -> User | None:
    """Whose new password a code allows to set, without using it up; None where it is none."""
    return _owner_of(store, "reset", code)


def accept_invitation(store: Store, code: str, name: str, password: str, address: str = "") -> User:
    """Give an invited person a password and let them in.

    Raises:
        CodeRefusedError: The code was used, has expired, or is none.
        PasswordRefusedError: The password is too easy to guess.
        NameTakenError: Somebody else here is called so.
        LockedOutError: Too many codes were tried.
    """
    with _new_password(store, "invitation", code, password, address) as hash:
        called = name.strip()[:LONGEST_NAME]
        return _taken(kept_passwords.accept_invitation(store, code, name=called, hash=hash, address=address))


def reset(store: Store, code: str, password: str, address: str = "") -> User:
    """Set a new password by the link that an administrator gave; every login of the account ends.

    Raises:
        CodeRefusedError: The code was used, has expired, or is none.
        PasswordRefusedError: The password is too easy to guess.
        LockedOutError: Too many codes were tried.
    """
    with _new_password(store, "reset", code, password, address) as hash:
        found = owner_of_reset(store, code)
        counted = keys_of(found.email or "" if found else "", "")
        return _taken(kept_passwords.reset(store, code, hash=hash, forget=counted, address=address))


def change_password(
    store: Store, user_id: str, old: str, new: str, *, keep: str | None = None, address: str = "", browser: str = ""
) -> None:
    """Change one's own password; every other login of the account ends.

    Args:
        store: Where the accounts are.
        user_id: Whose.
        old: The password until now; not asked where the account has none yet.
        new: The new one.
        keep: The id of the login that stays.
        address: The visitor's address.
        browser: As in ``sign_in``.

    Raises:
        WrongPasswordError: The old password is wrong.
        PasswordRefusedError: The new one is too easy to guess.
        LockedOutError: Too many attempts have failed.
    """
    who = user(store, user_id)
    require_good(new, who.email or "")
    kept = password_hash(store, user_id)
    if kept is not None:
        known = remembered(store, who.email or "", browser)
        with attempt(store, account=who.email or user_id, address=address, browser=known):
            if not matches(old, kept):
                raise WrongPasswordError
    set_password(store, user_id, hash_of(new))
    end_logins(store, user_id, but=keep)
    note(store, user_id, "changed the password", address=address)


def name_in(email: str) -> str:
    """A name to begin with, from an e-mail: ``ada.moreno@example.com`` is Ada Moreno."""
    words = re.split(r"[._\-+]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email


def _owner_of(store: Store, purpose: str, code: str) -> User | None:
    found = code_for(store, purpose, code)
    return user(store, found.user_id) if found and found.user_id else None


def _not_set_up() -> CodeRefusedError:
    return CodeRefusedError("This set-up code is not valid.", todo=SET_UP_TODO)


@contextmanager
def _new_password(store: Store, purpose: str, code: str, password: str, address: str) -> Iterator[str]:
    """The hash of a new password for whoever has a good code. A password that is refused does not cost the link, and no
    hash is made for a guess."""
    with attempt(store, address=address):
        who = _owner_of(store, purpose, code)
        require_good(password, who.email or "" if who else "")
        if who is None:
            raise _used_up()
        yield hash_of(password)


def _taken(who: User | None) -> User:
    """Whose code was taken; refused where another took it meanwhile."""
    if who is None:
        raise _used_up()
    return who


def _used_up() -> CodeRefusedError:
    return CodeRefusedError("This link was used before, or is too old.", todo=LINK_TODO)


def _proved(store: Store, email: str, password: str) -> tuple[User, str]:
    """Whose e-mail and password these are, with the hash; the same work is done where there is no such account."""
    found = password_of(store, email)
    right = matches(password, found[1] if found else None)
    if found is None or not right or found[0].state != "active":
        raise WrongPasswordError
    return found


def _note_failure(store: Store, email: str, did: str, address: str) -> None:
    known = user_of_email(store, email)
    note(store, known.id if known else None, did, who=_shown(email), thing=LOCAL, address=address)


def _checked_email(email: str) -> str:
    found = email.strip()
    if len(found) > LONGEST_EMAIL or not _EMAIL.fullmatch(found):
        raise AccessError("This is not an e-mail address.", todo="Write it as name@example.com.")
    return found


def _shown(email: str) -> str:
    return email.strip()[:LONGEST_EMAIL]
