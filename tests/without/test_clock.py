"""A clock that is wrong, and is then put right: nothing is stolen, nobody waits for a year, no age is below nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from components.auth import accounts
from components.auth.lockout import LONGEST_WAIT, LockedOutError
from components.store import conversations, jobs
from components.store.attempts import note_failure
from components.store.conversations import create_conversation
from components.store.jobs import Job
from components.store.logins import login_of
from components.workbench import Workbench
from tests.auth.people_here import PASSWORD, another_login, sign_in
from tests.messages.bringing import ME, arrived, imported
from tests.messages.reading import page_words
from tests.tables.importing.reading import csv_of
from tests.waiting import until

HOUR, DAY, YEAR = 3600.0, 86_400.0, 31_536_000.0
ROWS = csv_of("id,name", [f"{n},x{n}" for n in range(50)]).encode()
LONG = csv_of("id,text", [f"{n},some words {n}" for n in range(400_000)]).encode()
Shift = Callable[[float], None]


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shift]:
    """Puts the clock by so many seconds, from wherever it stands in truth."""
    true, by = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: true() + by[0])

    def put(seconds: float) -> None:
        by[0] = seconds

    yield put
    put(0.0)


@pytest.mark.parametrize("by", [DAY, -DAY, YEAR])
def test_what_was_made_at_another_time_has_no_age_below_nothing(
    bench: Workbench, app_test: AppTest, shift: Shift, by: float
) -> None:
    app_test.run()
    shift(by)
    create_conversation(bench.store, ME, "chat", "Of another day")
    assert imported(bench, ROWS, "orders.csv").state == "done"
    shift(0.0)
    for page in ("home", "tables", "chat", "profile"):
        said = page_words(app_test.switch_page(f"pages/{page}.py").run())
        assert not re.search(r"-\d|\bin \d+ (s|min|h|days)\b", said), said


def _moved_on(bench: Workbench, before: Job) -> bool:
    return before.ended_at is not None or jobs.job(bench.store, ME, before.id) != before


def test_a_job_is_not_taken_from_who_does_it_when_the_clock_jumps(
    bench: Workbench, app_test: AppTest, shift: Shift
) -> None:
    app_test.run()
    upload_id = arrived(bench, LONG, "long.csv")
    job = bench.jobs.submit(ME, "import_table", "long.csv", upload_id=upload_id)
    until(lambda: jobs.job(bench.store, ME, job.id).words, seconds=60)
    for by in (DAY, -DAY, YEAR, 0.0):
        shift(by)
        before = jobs.job(bench.store, ME, job.id)
        until(partial(_moved_on, bench, before), seconds=60)
        jobs.beat(bench.store, bench.jobs.worker_id)
        bench.jobs._sweep(alone=False)  # what happens with each beat
    until(lambda: jobs.job(bench.store, ME, job.id).ended_at, seconds=60)
    found = jobs.job(bench.store, ME, job.id)
    assert (found.state, found.tries) == ("done", 1)


def test_a_reply_is_not_taken_for_dead_when_the_clock_jumps(bench: Workbench, app_test: AppTest, shift: Shift) -> None:
    app_test.run()
    talk = create_conversation(bench.store, ME, "chat", "Q")
    _, reply = conversations.add_turn(
        bench.store, ME, talk.id, "Q", provider="p", model="m", worker_id=bench.jobs.worker_id
    )
    for by in (DAY, -DAY, YEAR, 0.0):
        shift(by)
        jobs.sweep(bench.store, bench.jobs.worker_id, 10, [], False)
    assert conversations.reply(bench.store, ME, reply.id).state == "streaming"


def test_nobody_is_locked_out_until_the_day_that_a_wrong_clock_showed(bench: Workbench, shift: Shift) -> None:
    sign_in(bench.store, "Ada Moreno", "administrator", password=PASSWORD)
    shift(YEAR)
    for _ in range(40):
        note_failure(bench.store, "account:ada.moreno@example.com")
    with pytest.raises(LockedOutError):
        accounts.sign_in(bench.store, "ada.moreno@example.com", PASSWORD)
    shift(0.0)
    assert accounts.sign_in(bench.store, "ada.moreno@example.com", PASSWORD).name == "Ada Moreno"


def test_who_was_locked_out_waits_no_longer_because_the_clock_went_back(bench: Workbench, shift: Shift) -> None:
    sign_in(bench.store, "Ada Moreno", "administrator", password=PASSWORD)
    for _ in range(40):
        note_failure(bench.store, "account:ada.moreno@example.com")
    shift(-DAY)
    assert accounts.sign_in(bench.store, "ada.moreno@example.com", PASSWORD).name == "Ada Moreno"
    shift(LONGEST_WAIT + 1)
    assert accounts.sign_in(bench.store, "ada.moreno@example.com", PASSWORD).name == "Ada Moreno"


def test_a_login_of_a_clock_that_was_ahead_does_not_last_until_then(bench: Workbench, shift: Shift) -> None:
    ada = sign_in(bench.store, "Ada Moreno").user
    shift(YEAR)
    here = another_login(bench.store, ada)
    assert login_of(bench.store, here.token, HOUR)
    shift(0.0)
    assert login_of(bench.store, here.token, HOUR) is None


def test_a_login_ends_by_the_clock_and_is_there_again_when_that_was_wrong(bench: Workbench, shift: Shift) -> None:
    here = another_login(bench.store, sign_in(bench.store, "Ada Moreno").user)
    shift(DAY)
    assert login_of(bench.store, here.token, HOUR) is None
    shift(-DAY)
    assert login_of(bench.store, here.token, HOUR) is None
    assert login_of(bench.store, another_login(bench.store, here.user).token, HOUR), "one signs in anew meanwhile"
    shift(0.0)
    assert login_of(bench.store, here.token, HOUR)
