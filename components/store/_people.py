"""What the modules about people share: how addresses compare, what stands for a secret, how the audit is written."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from components.errors import AccessError, AppError
from components.letters import in_form, seen_name
from components.store._rows import added, denied, insert_of
from components.store.database import new_id
from components.store.schema_people import audit, codes, logins, tickets, users
from components.store.users import LOCAL_OWNER_ID, AddressError

T = TypeVar("T")

LOCAL = "local"
"""As a provider, what stands for a password."""

AHEAD = 60.0  # seconds by which the clocks of two machines may differ

_FOLD = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(email: str) -> str:
    """An e-mail address as it is stored and compared.

    Only A to Z are folded: to Unicode a Kelvin sign is a k and a sharp s is two, to mail they are other mailboxes.
    """
    return email.strip().translate(_FOLD)


def hashed(secret: str) -> str:
    """What is stored in a secret's place; half of a surrogate pair, which a browser may send, is no error."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """A secret of 256 bits, good in addresses and cookies."""
    return secrets.token_urlsafe(32)


def part(kind: type[T], table: sa.Table, row: sa.Row[Any]) -> T:
    """One table's part of a row of several, as the frozen dataclass ``kind``."""
    columns, names = cast(Any, row._mapping), cast(Any, kind).__dataclass_fields__
    return kind(**{name: columns[table.c[name]] for name in names})


def new_user(connection: sa.Connection, *, name: str, email: str | None, role: str, state: str) -> sa.Row[Any]:
    """Add a user.

    Raises:
        AddressError: Somebody has the address.
    """
    address = folded(email) if email else None
    called = seen_name(name) or address or "Nobody"
    new: dict[str, Any] = {"name": called, "email": address, "role": role, "state": state}
    new |= {"preferences": {}, "created_at": time.time()}
    statement = insert_of(connection)(users).values(id=new_id(), **new).on_conflict_do_nothing(index_elements=["email"])
    row: sa.Row[Any] | None = connection.execute(statement.returning(users)).first()
    if row is None:
        raise AddressError(f"Somebody here has the address {address} already.")
    return row


class NameTakenError(AppError):
    """Somebody else is called so: what one shares would seem to come from the other."""

    kept = "Nothing was changed."
    todo = "Write it so that others can tell you apart."


def require_own_name(connection: sa.Connection, user_id: str, name: str) -> None:
    """Whoever chooses their own name chooses nobody's else.

    Raises:
        NameTakenError: Another who comes in here is called so, or has it for an e-mail.
    """
    others = users.c.id.not_in((user_id, LOCAL_OWNER_ID)) & (users.c.state == "active")
    rows = connection.execute(sa.select(users.c.name, users.c.email).where(others))
    if any(_alike(name) in (_alike(row.name), row.email) for row in rows):
        raise NameTakenError(f"Somebody else here is called {name}.")


def _alike(name: str) -> str:
    return in_form("NFKC", seen_name(name)).casefold()


def sign_out(connection: sa.Connection, user_id: str) -> int:
    """End every login of a user, and whatever would become one; how many logins there were."""
    connection.execute(sa.delete(tickets).where(tickets.c.user_id == user_id))
    return connection.execute(sa.delete(logins).where(logins.c.user_id == user_id)).rowcount


def forget_codes(connection: sa.Connection, user_id: str) -> None:
    """Make every code of a user worthless."""
    connection.execute(sa.delete(codes).where(codes.c.user_id == user_id))


def can_administer() -> sa.ColumnElement[bool]:
    """Whether a user is an administrator who can sign in; the local owner is none of them."""
    return (users.c.role == "administrator") & (users.c.state == "active") & (users.c.id != LOCAL_OWNER_ID)


def lock_administrators(connection: sa.Connection) -> set[str]:
    """The ids of the administrators, as they stay until the transaction ends."""
    query = sa.select(users.c.id).where(can_administer()).order_by(users.c.id)
    return set(connection.scalars(query.with_for_update()))


def require_administrator(connection: sa.Connection, user_id: str) -> sa.Row[Any]:
    """The administrator's own row.

    Raises:
        AccessError: The user is none, or is barred.
    """
    mine = (users.c.id == user_id) & (users.c.role == "administrator") & (users.c.state == "active")
    row = connection.execute(sa.select(users).where(mine)).first()
    if row is None:
        raise AccessError("Only an administrator may do this.", todo="Ask an administrator of this workbench.")
    return row


def person_row(connection: sa.Connection, person_id: str) -> sa.Row[Any]:
    """A person's row, locked. The local owner is not a person who signs in.

    Raises:
        AccessError: There is none.
    """
    query = sa.select(users).where(users.c.id == person_id, users.c.id != LOCAL_OWNER_ID)
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        raise denied("person")
    return row


def write(
    connection: sa.Connection,
    did: str,
    *,
    user_id: str | None = None,
    who: str = "",
    thing: str = "",
    detail: str = "",
    address: str = "",
) -> None:
    """Add a line to the audit, in the transaction of what it tells of. Without ``who``, the user's name is taken."""
    name = who or connection.scalar(sa.select(users.c.name).where(users.c.id == user_id)) or "system"
    new = {"user_id": user_id, "who": name, "did": did, "thing": thing, "detail": detail, "address": address}
    added(connection, audit, id=new_id(), at=time.time(), **new)
