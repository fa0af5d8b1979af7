"""Logins: the rows behind the cookies. A ticket, good once and for seconds, becomes a login with a token of its own."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import sqlalchemy as sa

from components.errors import StoreError
from components.store._browsers import browser_words
from components.store._people import AHEAD, hashed, new_token, part
from components.store._rows import added, delete_owned, value
from components.store.database import new_id
from components.store.opening import Store
from components.store.schema_people import logins as rows
from components.store.schema_people import tickets, users
from components.store.users import User

LOG = logging.getLogger(__name__)

TICKET_SECONDS = 30.0
TOUCH_SECONDS = 60.0
"""How old ``seen_at`` may grow before a use of the login writes it anew."""

_ADMITTED = (  # asked in every rerun and every request: built once, for building takes longer than asking
    sa.select(users, rows)
    .join(rows, rows.c.user_id == users.c.id)
    .where(rows.c.token_hash == sa.bindparam("token_hash"), users.c.state == "active")
    .where(rows.c.expires_at > sa.bindparam("now"), rows.c.seen_at > sa.bindparam("used_since"))
    .where(rows.c.created_at <= sa.bindparam("made_by"))  # else one that a wrong clock made would last until its year
)
_MOST_AGENT, _MOST_ADDRESS = 400, 64


@dataclass(frozen=True)
class Login:
    """A browser that is signed in. ``id`` names it and opens nothing; ``provider`` is "local" for a password."""

    id: str
    user_id: str
    provider: str
    address: str
    agent: str
    created_at: float
    seen_at: float
    expires_at: float

    @property
    def browser(self) -> str:
        """``Firefox on Linux``, from what the browser calls itself."""
        return browser_words(self.agent)


def open_ticket(store: Store, user_id: str, provider: str) -> str:
    """A ticket for somebody who has just proved who they are: it is good for half a minute, once."""
    ticket, now = new_token(), time.time()
    with store.database.writing() as connection:
        connection.execute(sa.delete(tickets).where(tickets.c.created_at < now - TICKET_SECONDS))
        added(connection, tickets, id=hashed(ticket), user_id=user_id, provider=provider, created_at=now)
    return ticket


def redeem_ticket(store: Store, ticket: str, *, agent: str, address: str, hours: float) -> tuple[str, Login] | None:
    """Turn a ticket into a login: the token for the cookie, which is told this once, and the login's row.

    None where the ticket was used, is too old, or its user may not come in. The login ends after ``hours``, used or
    not.
    """
    now, mine = time.time(), tickets.c.id == hashed(ticket)
    with store.database.writing() as connection:
        used = connection.execute(sa.select(tickets).where(mine, tickets.c.created_at > now - TICKET_SECONDS)).first()
        if used is None or not _enters(connection, used.user_id, now):
            return None
        if not connection.execute(sa.delete(tickets).where(mine)).rowcount:  # another was quicker
            return None
        token = new_token()
        new = {"id": new_id(), "token_hash": hashed(token), "user_id": used.user_id, "provider": used.provider}
        times = {"created_at": now, "seen_at": now, "expires_at": now + hours * 3600}
        seen = {"address": address[:_MOST_ADDRESS], "agent": agent[:_MOST_AGENT]}
        return token, value(Login, added(connection, rows, **new, **seen, **times))


def login_of(store: Store, token: str, idle_seconds: float) -> tuple[User, Login] | None:
    """Who is signed in by a cookie's token, in one query; None where it is unknown, expired, or its user is barred.

    At most once a minute it also writes that the login was used.
    """
    now = time.time()
    asked = {"token_hash": hashed(token), "now": now, "used_since": now - idle_seconds, "made_by": now + AHEAD}
    with store.database.reading() as connection:
        row = connection.execute(_ADMITTED, asked).first() if token else None
    if row is None:
        return None
    login = part(Login, rows, row)
    if login.seen_at < now - TOUCH_SECONDS:
        _touch(store, login, now)
    return part(User, users, row), login


def close_login(store: Store, token: str) -> bool:
    """Sign a cookie's token out; whether it was signed in."""
    with store.database.writing() as connection:
        return connection.execute(sa.delete(rows).where(rows.c.token_hash == hashed(token))).rowcount == 1


def logins(store: Store, user_id: str, idle_seconds: float | None = None) -> list[Login]:
    """The user's logins that have not expired, the one last used first."""
    now = time.time()
    idle = sa.true() if idle_seconds is None else rows.c.seen_at > now - idle_seconds
    query = sa.select(rows).where(rows.c.user_id == user_id, rows.c.expires_at > now, idle)
    with store.database.reading() as connection:
        return [value(Login, row) for row in connection.execute(query.order_by(rows.c.seen_at.desc(), rows.c.id))]


def end_login(store: Store, user_id: str, login_id: str) -> Login:
    """Sign one of the user's browsers out; the login that it was. Raises ``AccessError``."""
    with store.database.writing() as connection:
        return value(Login, delete_owned(connection, rows, user_id, login_id, "login"))


def end_logins(store: Store, user_id: str, but: str | None = None) -> int:
    """Sign all of the user's browsers out, except the login ``but``; how many there were."""
    others = sa.true() if but is None else rows.c.id != but
    with store.database.writing() as connection:
        connection.execute(sa.delete(tickets).where(tickets.c.user_id == user_id))
        return connection.execute(sa.delete(rows).where(rows.c.user_id == user_id, others)).rowcount


def _enters(connection: sa.Connection, user_id: str, now: float) -> bool:
    """Note that the user comes in; False where the user may not."""
    mine = (users.c.id == user_id) & (users.c.state == "active")
    return connection.execute(sa.update(users).where(mine).values(seen_at=now)).rowcount == 1


def _touch(store: Store, login: Login, now: float) -> None:
    """Write that a login is in use. A full disk must not sign anybody out: it is logged, and tried again."""
    try:
        with store.database.writing() as connection:
            connection.execute(sa.update(users).where(users.c.id == login.user_id).values(seen_at=now))
            connection.execute(sa.update(rows).where(rows.c.id == login.id).values(seen_at=now))
    except StoreError:
        LOG.exception("that login %s is in use could not be written", login.id)
