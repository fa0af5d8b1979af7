"""Jobs as rows: queue, claim, fence, sweep."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from components.store import Store, conversations, jobs
from components.store.jobs import Job, LostError
from components.store.schema import workers

ME, OTHER, KIND = "worker-1", "worker-2", "import_table"


@pytest.fixture
def job(store: Store, owner: str) -> Job:
    return jobs.submit(store, owner, KIND, "Import a.csv", {"upload_id": "u1"})


def claimed(store: Store, worker: str = ME) -> Job:
    found = jobs.claim(store, worker, [KIND])
    assert found is not None
    return found


def test_a_job_waits_in_the_queue(store: Store, owner: str, job: Job) -> None:
    assert (job.state, job.done, job.total, job.tries) == ("queued", 0, None, 0)
    assert jobs.job(store, owner, job.id) == job
    assert jobs.jobs(store, owner) == [job]


def test_the_oldest_job_of_a_known_kind_is_claimed_first(store: Store, owner: str, job: Job) -> None:
    later = jobs.submit(store, owner, KIND, "Import b.csv", {})
    jobs.submit(store, owner, "fetch_model", "Fetch", {})
    assert [claimed(store).id, claimed(store).id] == [job.id, later.id]
    assert jobs.claim(store, ME, [KIND]) is None
    assert jobs.claim(store, ME, []) is None
    taken = jobs.job(store, owner, job.id)
    assert (taken.state, taken.tries, taken.arguments) == ("running", 1, {"upload_id": "u1"})


def test_what_waits_or_runs_is_told_apart_from_what_has_ended(
    store: Store, owner: str, stranger: str, job: Job
) -> None:
    waiting, other = jobs.submit(store, owner, KIND, "b", {}), jobs.submit(store, owner, "fetch_model", "c", {})
    jobs.submit(store, stranger, KIND, "d", {})
    over = jobs.submit(store, owner, KIND, "e", {})
    jobs.cancel(store, owner, over.id)
    claimed(store)
    assert [found.id for found in jobs.going(store, owner, [KIND])] == [job.id, waiting.id]
    assert [found.id for found in jobs.going(store, owner, [KIND, "fetch_model"])] == [job.id, waiting.id, other.id]
    assert jobs.going(store, owner, []) == []


def test_an_upload_that_was_begun_is_known(store: Store, owner: str, stranger: str, job: Job) -> None:
    jobs.cancel(store, owner, job.id)
    jobs.put_away(store, owner, job.id)
    assert jobs.begun_with(store, owner, "u1")
    assert not jobs.begun_with(store, owner, "u2")
    assert not jobs.begun_with(store, stranger, "u1")


def test_no_two_workers_take_the_same_job(store: Store, owner: str) -> None:
    ids = {jobs.submit(store, owner, KIND, f"{n}", {}).id for n in range(60)}

    def work(worker: str) -> list[str]:
        return [job.id for job in iter(lambda: jobs.claim(store, worker, [KIND]), None)]

    with ThreadPoolExecutor(6) as pool:
        taken = [job_id for found in pool.map(work, [f"w{n}" for n in range(6)]) for job_id in found]
    assert len(taken) == 60
    assert set(taken) == ids


def test_a_tick_writes_what_it_is_told_and_keeps_the_rest(store: Store, owner: str, job: Job) -> None:
    claimed(store)
    assert jobs.tick(store, job.id, ME, 10, 100, "Reading") is False
    assert jobs.tick(store, job.id, ME, done=20) is False
    assert jobs.tick(store, job.id, ME) is False
    seen = jobs.job(store, owner, job.id)
    assert (seen.done, seen.total, seen.words) == (20, 100, "Reading")


def test_a_tick_hears_the_wish_to_cancel(store: Store, owner: str, job: Job) -> None:
    claimed(store)
    jobs.cancel(store, owner, job.id)
    assert jobs.job(store, owner, job.id).state == "running"
    assert jobs.tick(store, job.id, ME) is True
    assert jobs.end(store, job.id, ME, state="cancelled")
    assert jobs.job(store, owner, job.id).ended_at is not None


def test_a_queued_job_is_cancelled_at_once(store: Store, owner: str, job: Job) -> None:
    jobs.cancel(store, owner, job.id)
    seen = jobs.job(store, owner, job.id)
    assert seen.state == "cancelled" and seen.ended_at is not None
    assert jobs.claim(store, ME, [KIND]) is None


def test_an_ended_job_stays_as_it_ended(store: Store, owner: str, job: Job) -> None:
    claimed(store)
    jobs.end(store, job.id, ME, state="done", result={"dataset_id": "d1"})
    jobs.cancel(store, owner, job.id)
    seen = jobs.job(store, owner, job.id)
    assert (seen.state, seen.cancel, seen.result) == ("done", False, {"dataset_id": "d1"})
    assert not jobs.end(store, job.id, ME, state="failed")


def test_only_an_ended_job_is_put_away(store: Store, owner: str, job: Job) -> None:
    jobs.put_away(store, owner, job.id)
    assert [seen.id for seen in jobs.jobs(store, owner)] == [job.id]
    jobs.cancel(store, owner, job.id)
    jobs.put_away(store, owner, job.id)
    assert jobs.jobs(store, owner) == []


def test_the_newest_jobs_are_listed_first(store: Store, owner: str) -> None:
    ids = [jobs.submit(store, owner, KIND, f"{n}", {}).id for n in range(4)]
    assert [job.id for job in jobs.jobs(store, owner, limit=2)] == [ids[3], ids[2]]


def test_the_sweep_leaves_the_living_alone(store: Store, owner: str, job: Job) -> None:
    jobs.beat(store, OTHER)
    claimed(store, OTHER)
    assert jobs.sweep(store, ME, 10, [KIND], alone=False) == (0, 0)
    assert jobs.tick(store, job.id, OTHER) is False


def test_a_dead_workers_job_goes_back_and_the_dead_writes_nothing_more(store: Store, owner: str, job: Job) -> None:
    jobs.beat(store, OTHER)
    claimed(store, OTHER)
    _fall_silent(store, OTHER, seconds=11)
    assert jobs.sweep(store, ME, 10, [KIND], alone=False) == (1, 0)
    assert jobs.job(store, owner, job.id).state == "queued"
    for worker in (OTHER, ME):
        with pytest.raises(LostError):
            jobs.tick(store, job.id, worker, 99)
    again = claimed(store)
    assert (again.id, again.tries) == (job.id, 2)
    with pytest.raises(LostError):
        jobs.tick(store, job.id, OTHER, 99)
    assert not jobs.end(store, job.id, OTHER, state="done")
    assert jobs.job(store, owner, job.id).done == 0


def test_alone_every_other_worker_is_dead(store: Store, job: Job) -> None:
    jobs.beat(store, OTHER)
    claimed(store, OTHER)
    assert jobs.sweep(store, ME, 10, [KIND], alone=True) == (1, 0)


def test_my_own_jobs_are_never_swept(store: Store, job: Job) -> None:
    jobs.beat(store, ME)
    claimed(store)
    assert jobs.sweep(store, ME, 10, [KIND], alone=True) == (0, 0)
    assert jobs.tick(store, job.id, ME) is False


def test_a_kind_that_may_not_be_repeated_fails_with_words(store: Store, owner: str, job: Job) -> None:
    claimed(store, OTHER)
    jobs.sweep(store, ME, 10, [], alone=True)
    seen = jobs.job(store, owner, job.id)
    assert seen.state == "failed" and seen.ended_at is not None and seen.error is not None
    assert set(seen.error) == {"code", "what", "kept", "todo"}


def test_a_job_is_tried_three_times(store: Store, owner: str, job: Job) -> None:
    states = []
    for number in range(3):
        claimed(store, f"dying-{number}")
        jobs.sweep(store, ME, 10, [KIND], alone=True)
        states.append(jobs.job(store, owner, job.id).state)
    assert states == ["queued", "queued", "failed"]


def test_a_cancelled_job_of_a_dead_worker_is_cancelled(store: Store, owner: str, job: Job) -> None:
    claimed(store, OTHER)
    jobs.cancel(store, owner, job.id)
    jobs.sweep(store, ME, 10, [KIND], alone=True)
    seen = jobs.job(store, owner, job.id)
    assert (seen.state, seen.error) == ("cancelled", None)
    assert seen.ended_at is not None


def test_a_dead_workers_replies_are_interrupted(store: Store, owner: str) -> None:
    talk = conversations.create_conversation(store, owner, "chat")
    said = [
        conversations.add_turn(store, owner, talk.id, "?", provider="p", model="m", worker_id=worker)[1]
        for worker in (ME, OTHER)
    ]
    assert jobs.sweep(store, ME, 10, [], alone=True) == (0, 1)
    assert [conversations.reply(store, owner, reply.id).state for reply in said] == ["streaming", "interrupted"]


def test_dead_workers_are_forgotten(store: Store) -> None:
    for worker in (ME, OTHER, "worker-3"):
        jobs.beat(store, worker)
    jobs.beat(store, ME)
    _fall_silent(store, OTHER, seconds=11)
    jobs.sweep(store, ME, 10, [], alone=False)
    with store.database.reading() as connection:
        assert set(connection.scalars(sa.select(workers.c.id))) == {ME, "worker-3"}


def _fall_silent(store: Store, worker: str, seconds: float) -> None:
    """Let a worker's last beat be so long ago."""
    past = store.database.clock() - seconds
    with store.database.writing() as connection:
        connection.execute(sa.update(workers).where(workers.c.id == worker).values(beat_at=past))
