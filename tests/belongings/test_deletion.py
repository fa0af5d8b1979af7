"""Deleting everything: no row and no file of the user is left, and what is others' stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from components.belongings.deletion import delete_all, remove
from components.belongings.export import EXPORT
from components.documents.shelf import folder_of, open_shelf
from components.errors import AccessError, JobError
from components.samples import open_sample, opening
from components.store import Store, charts, conversations, datasets, documents, providers
from components.store.audit import own_audit
from components.store.jobs import beat, claim, job, submit
from components.store.schema import metadata
from components.store.users import user
from components.workbench import Workbench
from tests.auth.people_here import Here, sign_in
from tests.belongings.test_export import ask
from tests.waiting import until

ACCOUNT = {"users", "identities", "passwords", "logins", "memberships", "audit"}
"""What stays: who one is, how one signs in, and what was done."""


@pytest.fixture
def ada(signing: Workbench) -> Here:
    return filled(signing, "Ada Moreno")


def filled(bench: Workbench, name: str) -> Here:
    """Somebody with the sample, an answer over it, charts, a key, and a search index."""
    here = sign_in(bench.store, name)
    open_sample(bench, here.id)
    until(lambda: not opening(bench, here.id), seconds=90)
    table = datasets.list_datasets(bench.store, here.id)[0]
    charts.save_charts(bench.store, here.id, table.id, [{"name": "Revenue"}], [], None)
    providers.save_key(bench.store, here.id, "openai", "sk-0123456789abcdef")
    ask(bench, here.id, "SELECT count(*) AS orders FROM orders")
    open_shelf(bench.store, here.id)
    return here


def rows_of(store: Store, user_id: str) -> dict[str, int]:
    """How many rows of each table are a user's, but for the account's own."""
    owned = [table for table in metadata.tables.values() if "user_id" in table.c and table.name not in ACCOUNT]
    with store.database.reading() as connection:
        count = sa.func.count()
        found = {t.name: connection.scalar(sa.select(count).where(t.c.user_id == user_id)) or 0 for t in owned}
    return {name: number for name, number in found.items() if number}


def everything(store: Store) -> dict[str, int]:
    with store.database.reading() as connection:
        count = sa.func.count()
        found = {t.name: connection.scalar(sa.select(count).select_from(t)) or 0 for t in metadata.tables.values()}
    return {name: number for name, number in found.items() if number}


def test_no_row_and_no_file_is_left(signing: Workbench, ada: Here) -> None:
    exported = signing.jobs.submit(ada.id, EXPORT, "Pack everything of yours")
    until(lambda: job(signing.store, ada.id, exported.id).ended_at, seconds=60)
    assert {"datasets", "documents", "conversations", "evidence", "charts", "provider_keys"} <= set(
        rows_of(signing.store, ada.id)
    )
    assert list(signing.store.blobs.keys())
    assert folder_of(signing.store, ada.id).is_dir()

    delete_all(signing, ada.id)

    assert rows_of(signing.store, ada.id) == {}
    assert set(everything(signing.store)) <= {*ACCOUNT, "installation", "workers"}
    assert list(signing.store.blobs.keys()) == []
    assert not folder_of(signing.store, ada.id).exists()
    assert "deleted everything" in [entry.did for entry in own_audit(signing.store, ada.id)]


def test_what_is_anothers_stays(signing: Workbench, ada: Here) -> None:
    jonas = filled(signing, "Jonas Vega")
    before = rows_of(signing.store, jonas.id)
    delete_all(signing, ada.id)
    assert rows_of(signing.store, jonas.id) == before
    (paper,) = documents.list_documents(signing.store, jonas.id)
    for key in [datasets.list_datasets(signing.store, jonas.id)[0].latest.blob, paper.blob]:
        assert signing.store.blobs.size(key)
    ask(signing, jonas.id, "SELECT count(*) AS orders FROM orders")


@pytest.fixture
def talking(signing: Workbench) -> Iterator[tuple[Here, threading.Event]]:
    """A reply that says a word and then waits for the event."""
    here, go_on = sign_in(signing.store, "Ada Moreno"), threading.Event()
    talk = conversations.create_conversation(signing.store, here.id, "chat")

    async def answer(exchange: Any) -> Any:
        from anyio import sleep

        from components.llm.vocabulary import Text, Usage

        yield Text("one ")
        yield Usage(10, 5)
        while not go_on.is_set():
            await sleep(0.02)
        yield Text("two")

    signing.runner.ask(here.id, talk.id, "Why?", answer, provider="p", model="m")
    until(lambda: rows_of(signing.store, here.id).get("replies"))
    yield here, go_on
    go_on.set()


def test_a_reply_that_is_being_made_ends_and_writes_nothing_more(
    signing: Workbench, talking: tuple[Here, threading.Event]
) -> None:
    here, go_on = talking
    delete_all(signing, here.id)
    go_on.set()
    until(lambda: signing.runner.running() == 0)
    assert rows_of(signing.store, here.id) == {}
    assert "pieces" not in everything(signing.store)


def work_that_does_not_end(signing: Workbench, here: Here) -> None:
    """A job of theirs that another process, of which nothing more is heard, has begun."""
    beat(signing.store, "another-process")
    submit(signing.store, here.id, "of another process", "Import", {})
    assert claim(signing.store, "another-process", ["of another process"])


def test_what_does_not_end_keeps_everything_as_it_is(signing: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    here = sign_in(signing.store, "Ada Moreno")
    work_that_does_not_end(signing, here)
    monkeypatch.setattr("components.belongings.deletion.PATIENCE", 0.3)
    with pytest.raises(JobError, match="does not end"):
        delete_all(signing, here.id)
    assert rows_of(signing.store, here.id) == {"jobs": 1}


def test_work_under_way_leaves_nothing_behind(signing: Workbench) -> None:
    here = sign_in(signing.store, "Ada Moreno")
    open_sample(signing, here.id)
    delete_all(signing, here.id)
    until(lambda: not signing.jobs._running, seconds=60)
    left = rows_of(signing.store, here.id)
    assert left == {}, "a job that was told to stop brings nothing"


@pytest.fixture
def boss(signing: Workbench) -> Here:
    return sign_in(signing.store, "Boss", "administrator")


def test_who_is_removed_leaves_no_work_behind(signing: Workbench, boss: Here) -> None:
    here = sign_in(signing.store, "Ada Moreno")
    open_sample(signing, here.id)
    remove(signing, boss.id, here.id)
    until(lambda: not signing.jobs._running, seconds=60)
    assert rows_of(signing.store, here.id) == {}
    assert list(signing.store.blobs.keys()) == []


def test_whose_work_does_not_end_is_barred_and_keeps_everything(
    signing: Workbench, boss: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = sign_in(signing.store, "Ada Moreno")
    work_that_does_not_end(signing, here)
    monkeypatch.setattr("components.belongings.deletion.PATIENCE", 0.3)
    with pytest.raises(JobError, match="does not end"):
        remove(signing, boss.id, here.id)
    assert rows_of(signing.store, here.id) == {"jobs": 1}
    assert user(signing.store, here.id).state == "barred"


def test_nobody_but_an_administrator_stops_anothers_work(signing: Workbench) -> None:
    here, eve = sign_in(signing.store, "Ada Moreno"), sign_in(signing.store, "Eve")
    beat(signing.store, "another-process")
    going = submit(signing.store, here.id, "of another process", "Import", {})
    with pytest.raises(AccessError):
        remove(signing, eve.id, here.id)
    assert not job(signing.store, here.id, going.id).cancel
    assert user(signing.store, here.id).state == "active"
