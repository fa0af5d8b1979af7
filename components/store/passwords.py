"""Passwords of local accounts, as hashes that ``auth`` makes and checks.

What a link allows is done in the commit that takes its code: a server that is ended in between has not used it up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import sqlalchemy as sa

from components.letters import seen_name
from components.store._codes import taken_code
from components.store._people import folded, hashed, part, require_own_name, sign_out, write
from components.store._rows import upsert, value
from components.store.opening import Store
from components.store.schema_people import attempts, users
from components.store.schema_people import passwords as rows
from components.store.users import User


def set_password(store: Store, user_id: str, hash: str) -> None:  # as the column
    """Keep a password's hash in place of the one before."""
    with store.database.writing() as connection:
        _keep(connection, user_id, hash)


def accept_invitation(
    store: Store,
    code: str,
    *,
    name: str,
    hash: str,  # as the column
    address: str = "",
) -> User | None:
    """Let an invited person in, with a password and, where it is not empty, a name of their own. The code is then gone.

    Returns:
        Who it is; None where the code is not good.

    Raises:
        NameTakenError: It is another's name, and not the one that the invitation gave.
    """
    name = seen_name(name)
    with store.database.writing() as connection:
        found = taken_code(connection, "invitation", code)
        if found is None:
            return None
        if name and name != connection.scalar(sa.select(users.c.name).where(users.c.id == found.user_id)):
            require_own_name(connection, found.user_id, name)
        given = {"state": "active"} | ({"name": name} if name else {})
        changed = sa.update(users).where(users.c.id == found.user_id).values(**given).returning(users)
        row = connection.execute(changed).one()
        _keep(connection, row.id, hash)
        write(connection, "accepted an invitation", user_id=row.id, address=address)
        return value(User, row)


def reset(
    store: Store,
    code: str,
    *,
    hash: str,  # as the column
    forget: Iterable[str] = (),
    address: str = "",
) -> User | None:
    """Set a new password by a code, which is then gone. Every login of the account ends, and failures no longer count.

    Args:
        forget: The keys under which failed attempts at the account were counted.

    Returns:
        Whose password it is; None where the code is not good.
    """
    with store.database.writing() as connection:
        found = taken_code(connection, "reset", code)
        if found is None:
            return None
        _keep(connection, found.user_id, hash)
        sign_out(connection, found.user_id)
        connection.execute(sa.delete(attempts).where(attempts.c.key_hash.in_([hashed(key) for key in forget])))
        write(connection, "set a new password", user_id=found.user_id, address=address)
        return value(User, connection.execute(sa.select(users).where(users.c.id == found.user_id)).one())


def password_of(store: Store, email: str) -> tuple[User, str] | None:
    """The user who has this address, in whatever state, with the password's hash; None where there is no password."""
    query = sa.select(users, rows.c.hash).join(rows, rows.c.user_id == users.c.id).where(users.c.email == folded(email))
    with store.database.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return part(User, users, row), row.hash


def password_hash(store: Store, user_id: str) -> str | None:
    """The hash of the user's password, or None where the user has none."""
    with store.database.reading() as connection:
        return connection.scalar(sa.select(rows.c.hash).where(rows.c.user_id == user_id))


def _keep(connection: sa.Connection, user_id: str, hash: str) -> None:
    upsert(connection, rows, ("user_id",), user_id=user_id, hash=hash, changed_at=time.time())
