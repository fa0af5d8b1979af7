"""The running app, at which two people are signed in, each with things of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.settings import Settings
from components.workbench import open_workbench
from tests.attacks.people import Person, at_work
from tests.auth.people_here import sign_in
from tests.servers.app import App, running_app


@dataclass(frozen=True)
class House:
    """The server, and who is at home there. Their things were brought before it started."""

    app: App
    ada: Person
    bob: Person


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Bring two people's things into a data folder, then start the app on it."""
    bench = open_workbench(Settings(home=folder / "home", model="none", sign_in="required", local_accounts="on"))
    client: Any = None  # nobody asks over HTTP before the server runs
    ada, bob = (at_work(bench, client, sign_in(bench.store, name), folder) for name in ("Ada", "Bob"))
    bench.close()
    settings = {"GROUNDWORK_SIGN_IN": "required", "GROUNDWORK_LOCAL_ACCOUNTS": "on"}
    with running_app(folder / "home", **settings) as running:
        yield House(running, ada, bob)
