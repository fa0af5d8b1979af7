"""Sign-ins under way at a provider: what was sent there, so that what comes back can be compared."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from components.store._people import hashed, new_token
from components.store._rows import added
from components.store.opening import Store
from components.store.schema_people import flows as rows

FLOW_SECONDS = 600.0


@dataclass(frozen=True)
class Flow:
    """One sign-in under way. ``browser`` is a secret that only the browser which began it has; ``back`` the path of
    ours to go to; ``mode`` how it comes back (popup, page)."""

    state: str
    provider: str
    nonce: str
    verifier: str
    browser: str
    back: str
    mode: str
    created_at: float


def begin_flow(store: Store, *, provider: str, browser: str, back: str = "/", mode: str = "page") -> Flow:
    """Begin a sign-in: state, nonce and PKCE verifier are made here, each of 256 bits or more."""
    state, nonce, verifier, now = new_token(), new_token(), secrets.token_urlsafe(48), time.time()
    new = {"provider": provider, "nonce": nonce, "verifier": verifier, "back": back, "mode": mode}
    with store.database.writing() as connection:
        connection.execute(sa.delete(rows).where(rows.c.created_at < now - FLOW_SECONDS))
        added(connection, rows, id=hashed(state), browser_hash=hashed(browser), created_at=now, **new)
    return Flow(state=state, browser=browser, created_at=now, **new)


def take_flow(store: Store, state: str, browser: str) -> Flow | None:
    """The sign-in of this state, once, to the browser that began it and within ten minutes; else None."""
    mine = (rows.c.id == hashed(state)) & (rows.c.browser_hash == hashed(browser))
    with store.database.writing() as connection:
        row = connection.execute(sa.delete(rows).where(mine).returning(rows)).first()
    if row is None or row.created_at < time.time() - FLOW_SECONDS:
        return None
    told = {name: getattr(row, name) for name in ("provider", "nonce", "verifier", "back", "mode", "created_at")}
    return Flow(state=state, browser=browser, **told)
