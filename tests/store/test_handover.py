"""What the local owner left becomes an administrator's: all of it, in one commit, with nothing lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from components.errors import AccessError
from components.store import (
    Store,
    audit,
    charts,
    conversations,
    datasets,
    documents,
    evidence,
    handover,
    jobs,
    providers,
    shares,
    users,
)
from components.store._files import index_folder
from components.store.handover import BusyError, Left
from components.store.schema import metadata, replies
from components.store.users import LOCAL_OWNER_ID as LOCAL
from tests.people import add_person
from tests.store.world import version_facts

ADA = "ada"


@pytest.fixture
def left(store: Store) -> dict[str, str]:
    """The ids of what the local owner made; and an administrator."""
    users.ensure_local_owner(store)
    add_person(store, ADA, role="administrator")
    users.set_preferences(store, LOCAL, theme="dark", model="m")
    table = datasets.add_version(store, LOCAL, **version_facts(store, "local"))
    charts.save_charts(store, LOCAL, table.id, [{"name": "chart"}], [])
    talk = conversations.create_conversation(store, LOCAL, "tables", "Talk")
    _, reply = conversations.add_turn(store, LOCAL, talk.id, "q", provider="p", model="m", worker_id="w")
    kept = evidence.add_evidence(store, LOCAL, reply.id, "query", {}, [table.latest.id])
    blob = store.blobs.new_key("documents", ".pdf")
    document = documents.add_document(store, LOCAL, title="t", filename="f", sha256="1", blob=blob, bytes=1)
    providers.save_key(store, LOCAL, "openai", "sk-of-the-local-owner")
    with store.database.writing() as connection:
        connection.execute(sa.update(replies).values(state="complete"))
    return {"table": table.id, "talk": talk.id, "reply": reply.id, "evidence": kept.id, "document": document.id}


def test_everything_goes_over_and_nothing_stays(store: Store, left: dict[str, str]) -> None:
    index_folder(store.home, LOCAL).mkdir(parents=True)
    counts = Left(tables=1, documents=1, conversations=1, keys=1)
    assert handover.left_by_local_owner(store) == counts
    assert handover.take_over(store, ADA) == counts
    assert not handover.left_by_local_owner(store)
    assert datasets.dataset(store, ADA, left["table"]).is_own
    assert charts.charts(store, ADA, left["table"])
    assert conversations.turns(store, ADA, left["talk"])[0].replies[0].id == left["reply"]
    assert evidence.evidence(store, ADA, left["evidence"]).gone_version_ids == ()
    assert documents.document(store, ADA, left["document"]).is_own
    assert providers.key(store, ADA, "openai") == "sk-of-the-local-owner"
    assert users.user(store, ADA).preferences == {"theme": "dark", "model": "m"}
    assert not index_folder(store.home, LOCAL).exists()
    assert audit.audit(store, ADA)[0].detail == "1 table, 1 document, 1 conversation, 1 key"


def test_no_table_of_the_store_keeps_a_row_of_the_local_owner(store: Store, left: dict[str, str]) -> None:
    handover.take_over(store, ADA)
    for table in metadata.tables.values():
        if "user_id" in table.c:
            with store.database.reading() as connection:
                rows = connection.scalar(sa.select(sa.func.count()).where(table.c.user_id == LOCAL))
            assert rows == 0, table.name


def test_what_both_have_is_told_apart_or_joined(store: Store, left: dict[str, str]) -> None:
    own = datasets.add_version(store, ADA, **version_facts(store, "ada"))
    providers.save_key(store, ADA, "openai", "sk-of-ada-herself")
    users.set_preferences(store, ADA, theme="light")
    blob = store.blobs.new_key("documents", ".pdf")
    twin = documents.add_document(store, ADA, title="t", filename="f", sha256="1", blob=blob, bytes=1)
    shares.share(store, ADA, "document", twin.id, to_user=add_person(store, "bob"))
    handover.take_over(store, ADA)
    assert {one.id: one.name for one in datasets.list_datasets(store, ADA)} == {
        own.id: "orders",
        left["table"]: "orders_2",
    }
    assert providers.key(store, ADA, "openai") == "sk-of-ada-herself"
    assert users.user(store, ADA).preferences == {"theme": "light", "model": "m"}
    assert [one.id for one in documents.list_documents(store, ADA)] == [left["document"]]
    assert [one.id for one in documents.list_documents(store, "bob")] == [left["document"]], "the share leads there now"


def test_nobody_but_an_administrator_takes_over(store: Store, left: dict[str, str]) -> None:
    with pytest.raises(AccessError):
        handover.take_over(store, add_person(store, "bob"))
    assert handover.left_by_local_owner(store)


def test_work_that_is_under_way_is_not_taken_from_under_it(store: Store, left: dict[str, str]) -> None:
    job = jobs.submit(store, LOCAL, "import_table", "t", {})
    with pytest.raises(BusyError):
        handover.take_over(store, ADA)
    jobs.cancel(store, LOCAL, job.id)
    conversations.add_turn(store, LOCAL, left["talk"], "q", provider="p", model="m", worker_id="w")
    with pytest.raises(BusyError):
        handover.take_over(store, ADA)
    assert handover.left_by_local_owner(store).tables == 1


def test_a_second_press_moves_nothing(store: Store, left: dict[str, str]) -> None:
    handover.take_over(store, ADA)
    assert not handover.take_over(store, ADA)
