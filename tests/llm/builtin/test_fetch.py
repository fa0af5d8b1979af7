"""The job that fetches the model beside the page: progress, pause, refusal, failure, and going on after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from components.jobs.worker import Jobs
from components.llm.builtin import fetch
from components.llm.builtin.server import BuiltIn
from components.llm.builtin.wish import Answer, read_wish, remember
from components.settings import Settings
from components.store import Store, close_store
from components.store import jobs as rows
from components.store.jobs import Job
from tests.llm.builtin.hosts import Host, made_up, weights_of
from tests.llm.builtin.tables import laid
from tests.people import add_person
from tests.prepared import open_prepared
from tests.waiting import until

MODEL, EMBEDDINGS = made_up(300_000), made_up(100_000, seed=8)


@dataclass
class House:
    """A store with a worker, and the built-in model of this test."""

    store: Store
    jobs: Jobs
    builtin: BuiltIn

    def begin(self) -> None:
        fetch.begin(self.builtin, self.store, self.jobs, "ann")

    def halt(self, answer: Answer) -> None:
        fetch.halt(self.builtin, self.store, self.jobs, "ann", answer)

    def by_itself(self) -> None:
        fetch.begin_by_itself(self.builtin, self.store, self.jobs, "ann")

    def all(self) -> list[Job]:
        return rows.jobs(self.store, "ann")

    def ended(self) -> Job:
        """The newest job, once it has ended."""
        until(lambda: self.all()[0].ended_at)
        return self.all()[0]

    def state(self) -> str:
        return self.builtin.status().state


@pytest.fixture
def house(tmp_path: Path, publisher: Host) -> Iterator[House]:
    publisher.files |= {"/model": MODEL, "/embeddings": EMBEDDINGS}
    model = weights_of(MODEL, publisher=f"{publisher.url}/model")
    embeddings = weights_of(EMBEDDINGS, name="embeddings", publisher=f"{publisher.url}/embeddings")
    settings = Settings(home=tmp_path / "home", model_cache=tmp_path / "cache", model="light", job_threads=2)
    store = open_prepared(settings)
    add_person(store, "ann")
    jobs = Jobs(store, settings, fetch.KINDS)
    jobs.start()
    with laid(tmp_path, model, embeddings):
        yield House(store, jobs, BuiltIn(settings))
        jobs.close()
    close_store(store)


def test_it_comes_by_itself_with_progress_in_bytes(house: House) -> None:
    house.by_itself()
    job = house.ended()
    assert (job.state, job.done, job.total) == ("done", 400_000, 400_000)
    assert house.state() == "ready"
    assert fetch.missing(house.builtin) == []
    house.by_itself()
    assert len(house.all()) == 1


def test_asking_twice_fetches_once(house: House, publisher: Host) -> None:
    publisher.pause = 0.02
    house.by_itself()
    house.begin()
    house.by_itself()
    assert house.ended().state == "done"
    assert len(house.all()) == 1


@pytest.mark.parametrize("answer", ["paused", "refused"])
def test_a_halt_is_remembered_and_taken_back(house: House, publisher: Host, answer: Answer) -> None:
    publisher.pause = 0.05
    house.by_itself()
    until(lambda: house.builtin.status().done > 50_000)
    assert house.state() == "fetching"
    house.halt(answer)
    assert house.ended().state == "cancelled"
    assert house.state() == answer
    house.by_itself()  # a page is looked at, tomorrow
    assert house.all() == []
    kept, publisher.pause = house.builtin.status().done, 0.0
    assert kept > 50_000
    house.begin()
    assert house.ended().state == "done"
    assert house.state() == "ready"
    assert ("/model", f"bytes={kept}-") in publisher.asked


def test_a_cancel_from_the_list_of_jobs_is_a_pause(house: House, publisher: Host) -> None:
    publisher.pause = 0.05
    house.by_itself()
    until(lambda: house.builtin.status().done > 50_000)
    house.jobs.cancel("ann", house.all()[0].id)
    assert house.ended().state == "cancelled"
    assert house.state() == "paused"


def test_a_failure_waits_for_somebody_to_try_again(house: House, publisher: Host) -> None:
    publisher.files["/model"] = made_up(300_000, seed=9)
    house.by_itself()
    assert house.ended().state == "failed"
    assert house.state() == "failed"
    assert "another checksum" in house.builtin.status().words
    house.by_itself()
    assert house.all() == []
    publisher.files["/model"] = MODEL
    house.begin()
    assert house.ended().state == "done"
    assert read_wish(house.builtin.settings.home).failure is None


def test_a_closing_app_goes_on_at_its_next_start(house: House, publisher: Host) -> None:
    publisher.pause = 0.05
    house.by_itself()
    until(lambda: house.builtin.status().done > 50_000)
    house.jobs.close()
    kept, publisher.pause = house.builtin.status().done, 0.0
    assert read_wish(house.builtin.settings.home).answer == "open"
    again = Jobs(house.store, house.builtin.settings, fetch.KINDS)
    again.start()
    assert house.ended().state == "done"
    again.close()
    assert ("/model", f"bytes={kept}-") in publisher.asked


@pytest.mark.parametrize("setting", ["none", "own file"])
def test_it_fetches_no_model_that_is_not_to_come(house: House, setting: str, tmp_path: Path) -> None:
    settings = house.builtin.settings
    if setting == "none":
        settings = replace(settings, model="none")
    else:
        (tmp_path / "own.gguf").write_bytes(MODEL)
        settings = replace(settings, model_file=tmp_path / "own.gguf")
    wanted = fetch.missing(BuiltIn(settings))
    assert [weights.name for weights in wanted] == ([] if setting == "none" else ["embeddings"])


def test_refused_embeddings_do_not_come_by_themselves(house: House) -> None:
    remember(house.builtin.settings.home, answer="refused")
    house.by_itself()
    assert house.all() == []
