"""An open store for tests: each test that takes ``store`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.settings import Settings
from components.store import Store, close_store
from tests.people import add_person
from tests.prepared import open_prepared

SQLITE = pytest.param("sqlite")
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=[SQLITE, POSTGRES])
def fresh_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an installation that has no tables yet: one on SQLite, one on PostgreSQL."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return Settings(home=tmp_path / "home", database_url=url, model="none")


@pytest.fixture(params=[SQLITE, POSTGRES])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of ``store``."""
    url = request.getfixturevalue("prepared_postgres_url") if request.param == "postgres" else ""
    return Settings(home=tmp_path / "home", database_url=url, model="none")


@pytest.fixture
def store(store_settings: Settings) -> Iterator[Store]:
    """An open, empty store."""
    opened = open_prepared(store_settings)
    yield opened
    close_store(opened)


@pytest.fixture
def owner(store: Store) -> str:
    """The id of the user whose things a test makes."""
    return add_person(store, "owner")


@pytest.fixture
def stranger(store: Store) -> str:
    """The id of another user, who must never see them."""
    return add_person(store, "stranger")
