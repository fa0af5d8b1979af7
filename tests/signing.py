"""People of a workbench that runs as a server: made before it starts, and changed beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from components.auth.passwords import hash_of
from components.settings import Settings
from components.store import Store, close_store, open_store
from components.store.database import open_database
from components.store.identities import add_user
from components.store.logins import open_ticket, redeem_ticket
from components.store.passwords import set_password
from tests.servers.app import App, running_app
from tests.servers.visitor import Visitor

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Company:
    """A running app with people in it: Ada the administrator, Bea the analyst, Cyd the viewer."""

    app: App
    store: Store  # beside the server, on the same database
    ids: dict[str, str]

    def token(self, name: str) -> str:
        """The cookie's token of a new login."""
        made = redeem_ticket(self.store, self.ticket(name), agent="test", address="127.0.0.1", hours=1)
        assert made
        return made[0]

    def ticket(self, name: str) -> str:
        """What a sign-in ends in, before it becomes a cookie."""
        return open_ticket(self.store, self.ids[name], "local")

    def headers(self, token: str = "", **more: str) -> dict[str, str]:
        """What a page of ours sends with a request."""
        ours = {"Origin": self.app.url, "X-Groundwork": "1", "Sec-Fetch-Site": "same-origin"}
        return ours | ({"Cookie": f"groundwork={token}"} if token else {}) | more

    def tab(self, token: str = "") -> Visitor:
        """A tab without a browser."""
        cookie = {"Cookie": f"groundwork={token}"} if token else {}
        return Visitor(self.app.url, {"Origin": self.app.url, **cookie})


@contextmanager
def running_company(home: Path, *options: str, **settings: str) -> Iterator[Company]:
    """The app with its people, where everybody signs in."""
    ids = _people(home)
    given = {"GROUNDWORK_SIGN_IN": "required", **settings}
    with running_app(home, *options, **given) as app, beside(home) as store:
        yield Company(app, store, ids)


@contextmanager
def beside(home: Path) -> Iterator[Store]:
    """The rows of a store that a server holds, without its lock; only on SQLite."""
    database = open_database(f"sqlite:///{home / 'groundwork.sqlite3'}")
    try:
        yield Store(database, cast(Any, None), cast(Any, None), home)
    finally:
        database.close()


def _people(home: Path) -> dict[str, str]:
    store = open_store(Settings(home=home, model="none"))
    try:
        kept, ids = hash_of(PASSWORD), {}
        for name, role in (("ada", "administrator"), ("bea", "analyst"), ("cyd", "viewer")):
            made = add_user(store, name=name.title(), email=f"{name}@example.com", role=role)
            set_password(store, made.id, kept)
            ids[name] = made.id
    finally:
        close_store(store)
    return ids
