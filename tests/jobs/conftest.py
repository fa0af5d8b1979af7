"""A store of each database, and workers that are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, close_store
from tests.jobs.kinds import KINDS
from tests.people import add_person
from tests.prepared import open_prepared


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("prepared_postgres_url") if request.param == "postgres" else ""
    return Settings(home=tmp_path / "home", database_url=url, job_threads=3)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_prepared(settings)
    for user_id in ("ann", "bob"):
        add_person(store, user_id)
    yield store
    close_store(store)


@pytest.fixture
def start(store: Store, settings: Settings) -> Iterator[Callable[[], Jobs]]:
    """Start another worker of this process."""
    started: list[Jobs] = []

    def start_one() -> Jobs:
        jobs = Jobs(store, settings, KINDS, beat_seconds=0.5, lease_seconds=3)
        started.append(jobs)
        jobs.start()
        return jobs

    yield start_one
    for jobs in started:
        jobs.close()
