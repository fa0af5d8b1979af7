"""A store with two users, of whom one has one of everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from components.store import (
    Store,
    audit,
    charts,
    conversations,
    datasets,
    documents,
    evidence,
    exports,
    identities,
    jobs,
    logins,
    passages,
    passwords,
    pen,
    providers,
    shares,
    uploads,
    usage,
    users,
)
from tests.people import add_person
from tests.store.test_conversations import Tokens
from tests.store.test_datasets import COLUMNS

MARK = "belongs-to-the-owner"
OWNER, STRANGER = "owner", "stranger"


@dataclass(frozen=True)
class World:
    """The ids of everything that the owner has."""

    conversation: str
    turn: str
    reply: str
    dataset: str
    version: str
    evidence: str
    upload: str
    job: str
    ended_job: str
    document: str
    passage: str
    unread: str
    login: str
    identity: str
    person: str
    person_login: str
    invited: str
    barred: str
    share: str
    export: str


def version_facts(store: Store, mark: str) -> dict[str, Any]:
    blob = store.blobs.new_key("tables", ".parquet")
    store.blobs.put(blob, mark.encode())
    facts = {"name": "orders", "title": mark, "filename": mark, "raw_blob": None, "blob": blob, "rows": 1, "bytes": 1}
    return facts | {"columns": COLUMNS, "doubts": [{"words": mark}]}


@pytest.fixture
def world(store: Store) -> World:
    """Two users, of whom one has one of everything and administers the workbench."""
    add_person(store, OWNER, role="administrator")
    add_person(store, STRANGER)
    users.set_preferences(store, OWNER, note=MARK)
    talk = conversations.create_conversation(store, OWNER, "chat", MARK)
    turn, reply = conversations.add_turn(store, OWNER, talk.id, MARK, provider=MARK, model="m", worker_id="w")
    pen.write_pieces(store, [pen.PieceRow(reply.id, 0, "text", MARK)], "w")
    usage.add_usage(store, OWNER, reply.id, MARK, "m", Tokens(), 2.0)
    table = datasets.add_version(store, OWNER, **version_facts(store, MARK))
    datasets.set_profile(store, OWNER, table.latest.id, {MARK: 1})
    charts.save_charts(store, OWNER, table.id, [{"name": MARK}], [])
    rests = evidence.add_evidence(store, OWNER, reply.id, "query", {"sql": MARK}, [table.latest.id])
    providers.save_own_provider(store, OWNER, "box", "chat", f"http://{MARK}")
    providers.save_key(store, OWNER, "openai", MARK)
    ended, queued = (jobs.submit(store, OWNER, "import_table", MARK, {"upload_id": MARK}) for _ in range(2))
    jobs.cancel(store, OWNER, ended.id)
    document, passage = read_document(store)
    login, identity = signed_in(store)
    others = people_to_administer(store)
    return World(
        conversation=talk.id,
        turn=turn.id,
        reply=reply.id,
        dataset=table.id,
        version=table.latest.id,
        evidence=rests.id,
        upload=uploads.open_upload(store, OWNER, "table", MARK).id,
        job=queued.id,
        ended_job=ended.id,
        document=document,
        passage=passage,
        unread=unread_document(store),
        login=login,
        identity=identity,
        **others,
        export=exports.keep_export(store, OWNER, filename=MARK, bytes=1, blob=packed(store)).id,
        share=shared(store, table.id, others["person"]),
    )


def shared(store: Store, dataset: str, person: str) -> str:
    """The owner shares with a person, and the person with the owner."""
    theirs = conversations.create_conversation(store, person, "chat", MARK)
    shares.share(store, person, "conversation", theirs.id, to_user=OWNER)
    return shares.share(store, OWNER, "dataset", dataset, to_user=person).id


def read_document(store: Store) -> tuple[str, str]:
    blob = store.blobs.new_key("documents", ".pdf")
    store.blobs.put(blob, MARK.encode())
    added = documents.add_document(store, OWNER, title=MARK, filename=MARK, sha256="0", blob=blob, bytes=1)
    spans = [documents.Span(1, 0, 5), documents.Span(1, 5, 9)]
    documents.set_pages(store, OWNER, added.id, [documents.Page(1, MARK)], spans)
    first, second = passages.passages(store, OWNER, added.id)
    passages.add_embeddings(store, OWNER, added.id, {first.id: MARK.encode()})
    return added.id, second.id


def unread_document(store: Store) -> str:
    blob = store.blobs.new_key("documents", ".pdf")
    added = documents.add_document(store, OWNER, title=MARK, filename=MARK, sha256="2", blob=blob, bytes=1)
    return documents.fail_document(store, OWNER, added.id, {"what": MARK}).id


def signed_in(store: Store) -> tuple[str, str]:
    identity = identities.add_identity(store, OWNER, "google", MARK, f"{MARK}@example.org")
    identities.set_groups(store, OWNER, "google", [MARK])
    passwords.set_password(store, OWNER, MARK)
    audit.note(store, OWNER, "signed in", detail=MARK)
    return login(store, OWNER), identity.id


def login(store: Store, user_id: str) -> str:
    found = logins.redeem_ticket(store, logins.open_ticket(store, user_id, "local"), agent=MARK, address=MARK, hours=1)
    assert found
    return found[1].id


def people_to_administer(store: Store) -> dict[str, str]:
    made = {
        state: identities.add_user(store, name=MARK, email=f"{state}@{MARK}", role="analyst", state=state).id
        for state in ("active", "invited", "barred")
    }
    passwords.set_password(store, made["active"], MARK)
    found = {"person": made["active"], "invited": made["invited"], "barred": made["barred"]}
    return found | {"person_login": login(store, made["active"])}


def packed(store: Store) -> str:
    """A file of its own, as an export leaves it."""
    blob = store.blobs.new_key("exports", ".zip")
    store.blobs.put(blob, MARK.encode())
    return blob
