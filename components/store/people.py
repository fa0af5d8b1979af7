"""The people of a workbench, for its administrators.

Every function looks in its own transaction whether its caller is an active administrator, and raises ``AccessError``
where not. Whatever it changes it also writes into the audit, in the same transaction; ``address`` is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from components.errors import AppError
from components.store import logins as _logins
from components.store._codes import make_code
from components.store._leaving import delete_files, free_files, leaving
from components.store._people import (
    LOCAL,
    can_administer,
    forget_codes,
    lock_administrators,
    new_user,
    person_row,
    require_administrator,
    sign_out,
    write,
)
from components.store._rows import delete_owned, value
from components.store.opening import Store
from components.store.roles import ROLES
from components.store.schema import usage
from components.store.schema_people import identities, passwords, users
from components.store.schema_people import logins as login_rows
from components.store.users import LOCAL_OWNER_ID, AddressError

INVITATION_SECONDS, RESET_SECONDS = 7 * 86_400.0, 86_400.0
_ADDRESS = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,190}")


class PersonError(AppError):
    """What an administrator asked for cannot be done with this person."""

    kept = "Nothing was changed."


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in, or was invited to.

    Attributes:
        providers: Where they sign in; "local" stands for a password.
        seen_at: When they were last here, in seconds since 1970.
        spent: US dollars for models this month (UTC); None where calls were made and no price is known.
    """

    id: str
    name: str
    email: str | None
    role: str
    state: str
    providers: tuple[str, ...]
    seen_at: float | None
    created_at: float
    spent: float | None


def people(store: Store, user_id: str) -> list[Person]:
    """Everybody but the local owner, by name."""
    query = sa.select(users).where(users.c.id != LOCAL_OWNER_ID).order_by(sa.func.lower(users.c.name), users.c.id)
    with store.database.reading() as connection:
        require_administrator(connection, user_id)
        ways, spent = _ways_in(connection), _spent(connection)
        return [
            value(Person, row, providers=tuple(ways.get(row.id, ())), spent=spent.get(row.id, 0.0))
            for row in connection.execute(query)
        ]


def has_administrator(store: Store) -> bool:
    """Whether an administrator can sign in; the local owner is none."""
    with store.database.reading() as connection:
        return connection.scalar(sa.select(users.c.id).where(can_administer()).limit(1)) is not None


def invite(store: Store, user_id: str, *, email: str, name: str, role: str, address: str = "") -> str:
    """Invite somebody: a code, good for a week, with which they come in by a password of theirs; or they sign in at a
    provider that has verified this e-mail.

    Raises:
        AddressError: This is no e-mail address, or somebody here has it already.
    """
    if not _ADDRESS.fullmatch(email.strip()):
        raise AddressError(f"{email.strip() or 'Nothing'} is not an e-mail address.")
    _require_role(role)
    with store.database.writing() as connection:
        require_administrator(connection, user_id)
        new = new_user(connection, name=name.strip() or email.strip(), email=email, role=role, state="invited")
        write(connection, "invited", user_id=user_id, thing=new.email, detail=role, address=address)
        return make_code(connection, "invitation", new.id, INVITATION_SECONDS)


def new_invitation(store: Store, user_id: str, person_id: str, *, address: str = "") -> str:
    """A new code in place of the one before, for somebody who has not come in yet. Raises ``PersonError``."""
    with _changing(store, user_id, person_id) as (connection, person):
        _require_state(person, "invited", f"{person.name} has come in already.")
        write(connection, "invited again", user_id=user_id, thing=_called(person), address=address)
        return make_code(connection, "invitation", person_id, INVITATION_SECONDS)


def reset_password(store: Store, user_id: str, person_id: str, *, address: str = "") -> str:
    """A code, good for a day, with which the person sets a new password; the present one works until then.

    Raises:
        PersonError: The person is barred, or has not come in yet.
    """
    with _changing(store, user_id, person_id) as (connection, person):
        _require_state(person, "active", f"{person.name} may not come in.")
        write(connection, "reset a password", user_id=user_id, thing=_called(person), address=address)
        return make_code(connection, "reset", person_id, RESET_SECONDS)


def set_role(store: Store, user_id: str, person_id: str, role: str, *, address: str = "") -> None:
    """Change what a person may do, from their next rerun on.

    Raises:
        PersonError: It would leave no administrator.
    """
    _require_role(role)
    with _changing(store, user_id, person_id) as (connection, person):
        if role != "administrator" and lock_administrators(connection) == {person_id}:
            raise PersonError("The last administrator stays one.", todo="Make somebody else an administrator first.")
        connection.execute(sa.update(users).where(users.c.id == person_id).values(role=role))
        detail = f"{person.role} to {role}"
        write(connection, "changed a role", user_id=user_id, thing=_called(person), detail=detail, address=address)


def bar(store: Store, user_id: str, person_id: str, *, address: str = "") -> None:
    """Keep a person out, from this moment on; what they made stays. Raises ``PersonError`` for oneself."""
    with _changing(store, user_id, person_id) as (connection, person):
        _require_other(user_id, person_id)
        connection.execute(sa.update(users).where(users.c.id == person_id).values(state="barred"))
        sign_out(connection, person_id)
        forget_codes(connection, person_id)
        write(connection, "barred", user_id=user_id, thing=_called(person), address=address)


def unbar(store: Store, user_id: str, person_id: str, *, address: str = "") -> None:
    """Let a barred person in again: as they were, or, without any way in, to be invited anew."""
    with _changing(store, user_id, person_id) as (connection, person):
        _require_state(person, "barred", f"{person.name} is not barred.")
        state = "active" if person_id in _ways_in(connection) else "invited"
        connection.execute(sa.update(users).where(users.c.id == person_id).values(state=state))
        write(connection, "let in again", user_id=user_id, thing=_called(person), address=address)


def remove_person(store: Store, user_id: str, person_id: str, *, address: str = "") -> tuple[str, ...]:
    """Delete a person with all that they made: rows, files, search index, shares. The audit stays.

    Returns:
        The ids of the users who saw tables or documents of theirs, which their processes and search indexes still hold.

    Raises:
        PersonError: It is the caller.
    """
    with _changing(store, user_id, person_id) as (connection, person):
        _require_other(user_id, person_id)
        sign_out(connection, person_id)
        left = leaving(connection, person_id)
        connection.execute(sa.delete(users).where(users.c.id == person_id))
        free = free_files(connection, left)
        write(connection, "removed", user_id=user_id, thing=_called(person), address=address)
    delete_files(store, left, free)
    return left.readers


def logins_of(store: Store, user_id: str, person_id: str) -> list[_logins.Login]:
    """A person's logins that have not expired."""
    with store.database.reading() as connection:
        require_administrator(connection, user_id)
    return _logins.logins(store, person_id)


def end_login_of(store: Store, user_id: str, person_id: str, login_id: str, *, address: str = "") -> None:
    """Sign one of a person's browsers out. Raises ``AccessError`` where it is none of theirs."""
    with _changing(store, user_id, person_id) as (connection, person):
        ended = delete_owned(connection, login_rows, person_id, login_id, "login")
        detail = value(_logins.Login, ended).browser
        write(connection, "ended a login", user_id=user_id, thing=_called(person), detail=detail, address=address)


def end_logins_of(store: Store, user_id: str, person_id: str, *, address: str = "") -> int:
    """Sign all of a person's browsers out; how many there were."""
    with _changing(store, user_id, person_id) as (connection, person):
        count = sign_out(connection, person_id)
        detail = f"{count} in all"
        write(connection, "ended all logins", user_id=user_id, thing=_called(person), detail=detail, address=address)
        return count


@contextmanager
def _changing(store: Store, user_id: str, person_id: str) -> Iterator[tuple[sa.Connection, sa.Row[Any]]]:
    """A transaction of an administrator about a person. Administrators change one after another: two who bar each
    other at once do not both succeed."""
    with store.database.writing() as connection:
        lock_administrators(connection)
        require_administrator(connection, user_id)
        yield connection, person_row(connection, person_id)


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise ValueError(f"no such role: {role!r}")


def _require_state(person: sa.Row[Any], state: str, what: str) -> None:
    if person.state != state:
        raise PersonError(what, todo="Look at the list again: it may have changed meanwhile.")


def _require_other(user_id: str, person_id: str) -> None:
    if user_id == person_id:
        raise PersonError("You cannot do this to yourself.", todo="Ask another administrator.")


def _called(person: sa.Row[Any]) -> str:
    return str(person.email or person.name)


def _ways_in(connection: sa.Connection) -> dict[str, list[str]]:
    query = sa.select(identities.c.user_id, identities.c.provider).distinct()
    local = sa.select(passwords.c.user_id, sa.literal(LOCAL))
    found: dict[str, list[str]] = {}
    for person_id, provider in connection.execute(query.union_all(local)):
        found.setdefault(person_id, []).append(provider)
    return {person_id: sorted(providers) for person_id, providers in found.items()}


def _spent(connection: sa.Connection) -> dict[str, float | None]:
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    query = sa.select(usage.c.user_id, sa.func.sum(usage.c.cost)).where(usage.c.at >= month)
    return {row[0]: row[1] for row in connection.execute(query.group_by(usage.c.user_id))}
