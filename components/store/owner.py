"""The first administrator: made with the code that the server prints, the password and the line of the audit, all in
one commit. An administrator who was left without a password would keep everybody out for good: no code makes another.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from components.store._codes import taken_code
from components.store._people import folded, lock_administrators, new_user, write
from components.store._rows import denied, upsert, value
from components.store.opening import Store
from components.store.schema_people import passwords, users
from components.store.users import User


def make_owner(
    store: Store,
    code: str,
    *,
    name: str,
    email: str,
    hash: str,  # as the column
    address: str = "",
) -> User | None:
    """Make the first administrator; somebody who is here with this e-mail already becomes it. The code is then gone.

    None where the code is not good, or there is an administrator already.

    Raises:
        AccessError: Who has this e-mail is barred.
    """
    with store.database.writing() as connection:
        if lock_administrators(connection) or taken_code(connection, "set-up", code) is None:
            return None
        found = connection.execute(sa.select(users).where(users.c.email == folded(email)).with_for_update()).first()
        if found is not None and found.state == "barred":
            raise denied("user")
        row = found or new_user(connection, name=name, email=email, role="administrator", state="active")
        risen = sa.update(users).where(users.c.id == row.id).values(role="administrator", state="active")
        row = connection.execute(risen.returning(users)).one()
        upsert(connection, passwords, ("user_id",), user_id=row.id, hash=hash, changed_at=time.time())
        write(connection, "set the workbench up", user_id=row.id, address=address)
        return value(User, row)
