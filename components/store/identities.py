"""Who users are at the providers, and which groups they are in there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.errors import AccessError, AppError
from components.letters import seen_name
from components.store._people import folded, lock_administrators, new_user, require_own_name, write
from components.store._rows import delete_owned, denied, insert_of, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema_people import identities as rows
from components.store.schema_people import memberships, passwords, users
from components.store.users import AddressError, User

SELF_NAMED = "self_named"  # the preference of who has chosen their name
LONGEST_NAME = 200  # characters


class LastWayInError(AppError):
    """The last way in of a user is not taken away."""

    kept = "Nothing was changed."
    todo = "Add another way to sign in first."


class NameMissingError(AppError):
    """A name has no characters."""

    kept = "Nothing was changed."
    todo = "Write the name by which others here know you."


@dataclass(frozen=True)
class Identity:
    """Who a user is at a provider.

    Attributes:
        email: What the provider has verified.
        invited: Whether an invitation or the user's consent let it in; else a rule of the settings did, and must still.
        seen_at: The last sign-in there.
    """

    id: str
    provider: str
    subject: str
    email: str | None
    invited: bool
    created_at: float
    seen_at: float


def identity(store: Store, provider: str, subject: str) -> User | None:
    """The user, in whatever state, who is ``subject`` at a provider; None: nobody is."""
    path = users.join(rows, rows.c.user_id == users.c.id)
    query = sa.select(users).select_from(path).where(rows.c.provider == provider, rows.c.subject == subject)
    with store.database.reading() as connection:
        row = connection.execute(query).first()
    return value(User, row) if row else None


def way_in(store: Store, provider: str, subject: str) -> Identity | None:
    """The way in of whoever is ``subject`` at a provider; None: nobody is."""
    query = sa.select(rows).where(rows.c.provider == provider, rows.c.subject == subject)
    with store.database.reading() as connection:
        row = connection.execute(query).first()
    return value(Identity, row) if row else None


def user_of_email(store: Store, email: str) -> User | None:
    """The user, in whatever state, who has this address; None: nobody has."""
    query = sa.select(users).where(users.c.email == folded(email))
    with store.database.reading() as connection:
        row = connection.execute(query).first() if folded(email) else None
    return value(User, row) if row else None


def add_user(store: Store, *, name: str, email: str | None, role: str, state: str = "active") -> User:
    """Add a user who has no way in yet.

    Raises:
        AddressError: Somebody has the address.
    """
    with store.database.writing() as connection:
        return value(User, new_user(connection, name=name, email=email, role=role, state=state))


def add_user_at(store: Store, provider: str, subject: str, *, name: str, email: str | None, role: str) -> User:
    """Add a user who is ``subject`` at a provider, in one commit; of two who do so at once, both get the first's.

    Raises:
        AddressError: Somebody else has the address.
    """
    now = time.time()
    new = {"provider": provider, "subject": subject, "email": folded(email) if email else None}
    try:
        with store.database.writing() as connection:
            row = new_user(connection, name=name, email=email, role=role, state="active")
            times = {"created_at": now, "seen_at": now}
            statement = insert_of(connection)(rows).values(id=new_id(), user_id=row.id, invited=False, **new, **times)
            if connection.execute(statement.on_conflict_do_nothing().returning(rows.c.id)).first() is None:
                raise AddressError("Somebody here signs in so already.")  # and the new row is not kept
            return value(User, row)
    except AddressError:
        if first := identity(store, provider, subject):
            return first
        raise


def add_identity(
    store: Store, user_id: str, provider: str, subject: str, email: str | None, *, invited: bool = False
) -> Identity:
    """Let a user in as ``subject`` at a provider, or say that this was used again; once invited, always invited.

    Raises:
        AccessError: It is another user's.
    """
    now, address = time.time(), folded(email) if email else None
    new = {"provider": provider, "subject": subject, "email": address, "created_at": now, "seen_at": now}
    with store.database.writing() as connection:
        statement = insert_of(connection)(rows).values(id=new_id(), user_id=user_id, invited=invited, **new)
        again = statement.on_conflict_do_update(
            index_elements=["provider", "subject"],
            set_={"email": address, "seen_at": now, "invited": rows.c.invited | statement.excluded.invited},
            where=rows.c.user_id == statement.excluded.user_id,
        )
        row = connection.execute(again.returning(rows)).first()
    if row is None:
        raise AccessError("This sign-in belongs to somebody else here.", todo="Sign in with it, or use another one.")
    return value(Identity, row)


def identities(store: Store, user_id: str) -> list[Identity]:
    """The user's ways in at providers, the oldest first."""
    query = sa.select(rows).where(rows.c.user_id == user_id).order_by(rows.c.created_at, rows.c.id)
    with store.database.reading() as connection:
        return [value(Identity, row) for row in connection.execute(query)]


def delete_identity(store: Store, user_id: str, identity_id: str) -> None:
    """Take a way in away, with the groups that came by it. Raises ``AccessError``.

    Raises:
        LastWayInError: The user has neither another one nor a password.
    """
    with store.database.writing() as connection:
        connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update())
        gone = delete_owned(connection, rows, user_id, identity_id, "sign-in")
        left = set(connection.scalars(sa.select(rows.c.provider).where(rows.c.user_id == user_id)))
        if not left and connection.scalar(sa.select(passwords.c.hash).where(passwords.c.user_id == user_id)) is None:
            raise LastWayInError("This is your only way in.")
        if gone.provider not in left:
            connection.execute(sa.delete(memberships).where(_from(user_id, gone.provider)))


def set_groups(store: Store, user_id: str, provider: str, names: Iterable[str]) -> None:
    """Keep the groups that a provider says the user is in, in place of those it said before."""
    new = [{"user_id": user_id, "provider": provider, "name": name} for name in sorted({n for n in names if n})]
    with store.database.writing() as connection:
        connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update())  # one at a time
        connection.execute(sa.delete(memberships).where(_from(user_id, provider)))
        if new:
            connection.execute(sa.insert(memberships), new)


def groups_of(store: Store, user_id: str) -> tuple[str, ...]:
    """The names of the user's groups at every provider, sorted."""
    query = sa.select(memberships.c.name).where(memberships.c.user_id == user_id).distinct()
    with store.database.reading() as connection:
        return tuple(sorted(connection.scalars(query)))


def activate(store: Store, user_id: str, *, name: str | None = None, role: str | None = None) -> User:
    """Let a user in who was invited, and take over a name or a role where one is given; for an active one, the same.

    The last administrator stays one, whatever ``role`` says.

    Raises:
        AccessError: The user is barred, or gone.
    """
    with store.database.writing() as connection:
        last = lock_administrators(connection) == {user_id}
        new = {"name": name or None, "role": None if last else role}
        given = {"state": "active"} | {key: item for key, item in new.items() if item is not None}
        mine = (users.c.id == user_id) & users.c.state.in_(("active", "invited"))
        row = connection.execute(sa.update(users).where(mine).values(**given).returning(users)).first()
    if row is None:
        raise denied("user")
    return value(User, row)


def names_themselves(store: Store, user_id: str) -> bool:
    """Whether the user may choose their name: who has a password here, and whom no provider called by a name."""
    with store.database.reading() as connection:
        return connection.execute(_self_named(user_id)).first() is not None


def rename(store: Store, user_id: str, name: str, *, address: str = "") -> User:
    """Change the user's own name, to one of 1 to 200 characters; ``address`` is the browser's.

    Raises:
        AccessError: A provider says what the user is called.
        NameMissingError: Nothing of the name can be seen.
        NameTakenError: Somebody else is called so, or has it for an e-mail.
    """
    called = seen_name(name)[:LONGEST_NAME]
    if not called:
        raise NameMissingError("A name has at least one character.")
    with store.database.writing() as connection:
        connection.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update())
        row = connection.execute(_self_named(user_id)).first()
        if row is None:
            raise AccessError(
                "Your name comes from where you sign in.",
                todo="Change it there; it is taken over when you next sign in.",
            )
        require_own_name(connection, user_id, called)
        kept = {**row.preferences, SELF_NAMED: True}
        changed = sa.update(users).where(users.c.id == user_id).values(name=called, preferences=kept)
        write(connection, "changed the name", user_id=user_id, thing=called, detail=f"was {row.name}", address=address)
        return value(User, connection.execute(changed.returning(users)).one())


def _self_named(user_id: str) -> sa.Select[Any]:
    """The user's row, where the name is theirs to choose: else a provider's word for who somebody is could be
    replaced by anybody else's name."""
    chosen = users.c.preferences[SELF_NAMED].as_boolean()
    has_password = sa.exists().where(passwords.c.user_id == users.c.id)
    stand_in = (rows.c.user_id == users.c.id) & ((rows.c.subject == users.c.name) | (rows.c.email == users.c.name))
    unnamed = (users.c.email == users.c.name) | sa.exists().where(stand_in)
    return sa.select(users).where(users.c.id == user_id, sa.or_(chosen, has_password, unnamed))


def _from(user_id: str, provider: str) -> sa.ColumnElement[bool]:
    return (memberships.c.user_id == user_id) & (memberships.c.provider == provider)
