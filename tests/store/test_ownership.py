"""No public function of the store gives a user anything of another's, or changes it.

Each is called twice with the ids of one user's things: by a stranger, who must get nothing and change nothing, and by
the owner, for whom the very same call must do something. A new function needs a line in ``CALLS``, or these tests fail.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

import components.store as package
from components.errors import AccessError
from components.store import (
    SYSTEM,
    Store,
    audit,
    belongings,
    charts,
    conversations,
    datasets,
    documents,
    evidence,
    exports,
    handover,
    identities,
    jobs,
    logins,
    passages,
    passwords,
    people,
    providers,
    roles,
    shares,
    stops,
    uploads,
    usage,
    users,
)
from tests.store.counting import all_rows
from tests.store.test_conversations import Tokens
from tests.store.world import MARK, OWNER, STRANGER, World, packed, version_facts, world

__all__ = ["world"]  # a fixture is found in the module that uses it

Call = Callable[[Store, str, World], Any]

CALLS: dict[str, Call] = {
    "audit.audit": lambda s, u, w: audit.audit(s, u),
    "audit.audit_kinds": lambda s, u, w: audit.audit_kinds(s, u),
    "audit.note": lambda s, u, w: audit.note(s, u, "new"),
    "audit.note_work": lambda s, u, w: audit.note_work(s, u, "new"),
    "audit.own_audit": lambda s, u, w: audit.own_audit(s, u),
    "belongings.belongings": lambda s, u, w: belongings.belongings(s, u),
    "belongings.delete_everything": lambda s, u, w: belongings.delete_everything(s, u),
    "belongings.whole_conversation": lambda s, u, w: belongings.whole_conversation(s, u, w.conversation),
    "charts.charted": lambda s, u, w: charts.charted(s, u),
    "charts.charts": lambda s, u, w: charts.charts(s, u, w.dataset),
    "charts.save_charts": lambda s, u, w: charts.save_charts(s, u, w.dataset, [{"name": "new"}], []),
    "conversations.add_reply": lambda s, u, w: conversations.add_reply(
        s, u, w.turn, provider="p", model="m", worker_id="w"
    ),
    "conversations.add_turn": lambda s, u, w: conversations.add_turn(
        s, u, w.conversation, "new", provider="p", model="m", worker_id="w"
    ),
    "conversations.ask_to_stop": lambda s, u, w: conversations.ask_to_stop(s, u, w.reply),
    "conversations.conversation": lambda s, u, w: conversations.conversation(s, u, w.conversation),
    "conversations.create_conversation": lambda s, u, w: conversations.create_conversation(s, u, "chat"),
    "conversations.delete_conversation": lambda s, u, w: conversations.delete_conversation(s, u, w.conversation),
    "conversations.list_conversations": lambda s, u, w: conversations.list_conversations(s, u),
    "conversations.pieces": lambda s, u, w: conversations.pieces(s, u, w.reply),
    "conversations.rename_conversation": lambda s, u, w: conversations.rename_conversation(s, u, w.conversation, "new"),
    "conversations.reply": lambda s, u, w: conversations.reply(s, u, w.reply),
    "conversations.set_choices": lambda s, u, w: conversations.set_choices(s, u, w.conversation, model="new"),
    "conversations.streaming": lambda s, u, w: conversations.streaming(s, u),
    "conversations.turn": lambda s, u, w: conversations.turn(s, u, w.turn),
    "conversations.turns": lambda s, u, w: conversations.turns(s, u, w.conversation),
    "datasets.add_version": lambda s, u, w: datasets.add_version(s, u, dataset_id=w.dataset, **version_facts(s, "new")),
    "datasets.dataset": lambda s, u, w: datasets.dataset(s, u, w.dataset),
    "datasets.delete_dataset": lambda s, u, w: datasets.delete_dataset(s, u, w.dataset),
    "datasets.list_datasets": lambda s, u, w: datasets.list_datasets(s, u),
    "datasets.rename_dataset": lambda s, u, w: datasets.rename_dataset(s, u, w.dataset, "new"),
    "datasets.set_profile": lambda s, u, w: datasets.set_profile(s, u, w.version, {"new": 1}),
    "datasets.version": lambda s, u, w: datasets.version(s, u, w.version),
    "documents.add_document": lambda s, u, w: documents.add_document(
        s, u, title="new", filename="new", sha256="1", blob="b", bytes=1
    ),
    "documents.begin_reading": lambda s, u, w: documents.begin_reading(s, u, w.unread),
    "documents.delete_document": lambda s, u, w: documents.delete_document(s, u, w.document),
    "documents.document": lambda s, u, w: documents.document(s, u, w.document),
    "documents.fail_document": lambda s, u, w: documents.fail_document(s, u, w.unread, {"what": "new"}),
    "documents.list_documents": lambda s, u, w: documents.list_documents(s, u),
    "documents.page": lambda s, u, w: documents.page(s, u, w.document, 1),
    "documents.pages": lambda s, u, w: documents.pages(s, u, w.document),
    "documents.rename_document": lambda s, u, w: documents.rename_document(s, u, w.document, "new"),
    "documents.set_pages": lambda s, u, w: documents.set_pages(s, u, w.unread, [documents.Page(1, "new")], []),
    "evidence.add_evidence": lambda s, u, w: evidence.add_evidence(s, u, w.reply, "query", {}, [w.version]),
    "evidence.evidence": lambda s, u, w: evidence.evidence(s, u, w.evidence),
    "evidence.evidence_of_reply": lambda s, u, w: evidence.evidence_of_reply(s, u, w.reply),
    "exports.export": lambda s, u, w: exports.export(s, u, w.export),
    "exports.keep_export": lambda s, u, w: exports.keep_export(s, u, filename="new", bytes=1, blob=packed(s)),
    "exports.newest_export": lambda s, u, w: exports.newest_export(s, u),
    "handover.take_over": lambda s, u, w: handover.take_over(s, u),
    "identities.activate": lambda s, u, w: identities.activate(s, u, name="new"),
    "identities.add_identity": lambda s, u, w: identities.add_identity(s, u, "google", MARK, None),
    "identities.delete_identity": lambda s, u, w: identities.delete_identity(s, u, w.identity),
    "identities.names_themselves": lambda s, u, w: identities.names_themselves(s, u),
    "identities.rename": lambda s, u, w: identities.rename(s, u, "new"),
    "identities.groups_of": lambda s, u, w: identities.groups_of(s, u),
    "identities.identities": lambda s, u, w: identities.identities(s, u),
    "identities.set_groups": lambda s, u, w: identities.set_groups(s, u, "google", ["new"]),
    "jobs.begun_with": lambda s, u, w: jobs.begun_with(s, u, MARK),
    "jobs.cancel": lambda s, u, w: jobs.cancel(s, u, w.job),
    "jobs.going": lambda s, u, w: jobs.going(s, u, ["import_table"]),
    "jobs.job": lambda s, u, w: jobs.job(s, u, w.job),
    "jobs.jobs": lambda s, u, w: jobs.jobs(s, u),
    "jobs.put_away": lambda s, u, w: jobs.put_away(s, u, w.ended_job),
    "jobs.submit": lambda s, u, w: jobs.submit(s, u, "import_table", "new", {}),
    "logins.end_login": lambda s, u, w: logins.end_login(s, u, w.login),
    "logins.end_logins": lambda s, u, w: logins.end_logins(s, u),
    "logins.logins": lambda s, u, w: logins.logins(s, u),
    "logins.open_ticket": lambda s, u, w: logins.open_ticket(s, u, "local"),
    "passages.add_embeddings": lambda s, u, w: passages.add_embeddings(s, u, w.document, {w.passage: b"new"}),
    "passages.passages": lambda s, u, w: passages.passages(s, u, w.document),
    "passages.passages_named": lambda s, u, w: passages.passages_named(s, u, [w.passage]),
    "passages.searchable": lambda s, u, w: passages.searchable(s, u),
    "passages.vectors": lambda s, u, w: passages.vectors(s, u, w.document),
    "passages.without_embedding": lambda s, u, w: passages.without_embedding(s, u, w.document, 9),
    "passwords.password_hash": lambda s, u, w: passwords.password_hash(s, u),
    "passwords.set_password": lambda s, u, w: passwords.set_password(s, u, "new"),
    "people.bar": lambda s, u, w: people.bar(s, u, w.person),
    "people.end_login_of": lambda s, u, w: people.end_login_of(s, u, w.person, w.person_login),
    "people.end_logins_of": lambda s, u, w: people.end_logins_of(s, u, w.person),
    "people.invite": lambda s, u, w: people.invite(s, u, email="new@example.org", name="new", role="viewer"),
    "people.logins_of": lambda s, u, w: people.logins_of(s, u, w.person),
    "people.new_invitation": lambda s, u, w: people.new_invitation(s, u, w.invited),
    "people.people": lambda s, u, w: people.people(s, u),
    "people.remove_person": lambda s, u, w: people.remove_person(s, u, w.person),
    "people.reset_password": lambda s, u, w: people.reset_password(s, u, w.person),
    "people.set_role": lambda s, u, w: people.set_role(s, u, w.person, "viewer"),
    "people.unbar": lambda s, u, w: people.unbar(s, u, w.barred),
    "providers.delete_key": lambda s, u, w: providers.delete_key(s, u, "openai"),
    "providers.delete_own_provider": lambda s, u, w: providers.delete_own_provider(s, u, "box"),
    "providers.key": lambda s, u, w: providers.key(s, u, "openai"),
    "providers.keys": lambda s, u, w: providers.keys(s, u),
    "providers.own_providers": lambda s, u, w: providers.own_providers(s, u),
    "providers.save_key": lambda s, u, w: providers.save_key(s, u, "openai", "sk-a-new-key-0000"),
    "providers.save_own_provider": lambda s, u, w: providers.save_own_provider(s, u, "box", "chat", "http://new"),
    "roles.require": lambda s, u, w: roles.require(s, u, "administer"),
    "shares.find_people": lambda s, u, w: shares.find_people(s, u, STRANGER),
    "shares.given": lambda s, u, w: shares.given(s, u),
    "shares.groups": lambda s, u, w: shares.groups(s, u),
    "shares.receivers": lambda s, u, w: shares.receivers(s, u, "dataset", w.dataset),
    "shares.share": lambda s, u, w: shares.share(s, u, "dataset", w.dataset, to_user=STRANGER),
    "shares.share_to": lambda s, u, w: shares.share_to(s, u, "conversation", received(s)),
    "shares.shared_with": lambda s, u, w: shares.shared_with(s, u, "conversation"),
    "shares.shares": lambda s, u, w: shares.shares(s, u, "dataset", w.dataset),
    "shares.unshare": lambda s, u, w: shares.unshare(s, u, w.share),
    "stops.stops": lambda s, u, w: stops.stops(s, u, [w.conversation]),
    "uploads.complete_upload": lambda s, u, w: uploads.complete_upload(s, u, w.upload, 1, "1", "b"),
    "uploads.delete_upload": lambda s, u, w: uploads.delete_upload(s, u, w.upload),
    "uploads.open_upload": lambda s, u, w: uploads.open_upload(s, u, "table", "new.csv"),
    "uploads.refuse_upload": lambda s, u, w: uploads.refuse_upload(s, u, w.upload, "new"),
    "uploads.same_files": lambda s, u, w: uploads.same_files(s, u, w.upload),
    "uploads.upload": lambda s, u, w: uploads.upload(s, u, w.upload),
    "usage.add_usage": lambda s, u, w: usage.add_usage(s, u, w.reply, "openai", "m", Tokens(), 1.0),
    "usage.cost_of_conversation": lambda s, u, w: usage.cost_of_conversation(s, u, w.conversation),
    "usage.spent": lambda s, u, w: usage.spent(s, u, 0),
    "usage.usage_of_conversation": lambda s, u, w: usage.usage_of_conversation(s, u, w.conversation),
    "users.set_preferences": lambda s, u, w: users.set_preferences(s, u, theme="new"),
    "users.user": lambda s, u, w: users.user(s, u),
}


def received(store: Store) -> str:
    """The conversation that somebody shares with the owner."""
    return shares.shared_with(store, OWNER, "conversation")[0].thing_id


def outcome(call: Call, store: Store, user_id: str, world: World) -> Any:
    try:
        return call(store, user_id, world)
    except AccessError as error:
        return error


@pytest.mark.parametrize("name", CALLS)
def test_a_stranger_gets_nothing_and_changes_nothing(name: str, store: Store, world: World) -> None:
    rows, files = all_rows(store), set(store.blobs.keys())
    got = outcome(CALLS[name], store, STRANGER, world)
    words = f"{got!r} {getattr(got, 'what', '')} {getattr(got, 'todo', '')}"
    for secret in (MARK, OWNER, *ids(world)):
        assert secret not in words
    assert lost_rows(rows, all_rows(store)) == {}
    assert files <= set(store.blobs.keys())

    by_owner = outcome(CALLS[name], store, OWNER, world)
    assert not isinstance(by_owner, AccessError), "the call must be one that its owner may make"
    assert all_rows(store) != rows or repr(by_owner) != repr(got), "and it must do something for its owner"


def test_every_function_is_in_the_walk_or_among_the_exceptions() -> None:
    scoped, free = public_functions()
    assert set(CALLS) == scoped, "a new function of the store needs a line in CALLS"
    assert set(SYSTEM) == free, "SYSTEM names the functions without a user, and no others"
    assert list(SYSTEM) == sorted(set(SYSTEM))


def test_a_function_is_scoped_by_its_first_two_parameters() -> None:
    assert is_scoped(datasets.version)
    assert not is_scoped(jobs.claim)
    assert not is_scoped(lambda store, user_id=None: None)
    assert not is_scoped(lambda user_id, store: None)


def public_functions() -> tuple[set[str], set[str]]:
    """The names of the store's public functions: those that take the store and a user first, and the others."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("_") or module.ispkg:
            continue
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_"):
                found[is_scoped(function)].add(f"{module.name}.{name}")
    return found[True], found[False]


def is_scoped(function: Callable[..., Any]) -> bool:
    first = list(inspect.signature(function).parameters.values())[:2]
    return [(p.name, p.default) for p in first] == [(name, inspect.Parameter.empty) for name in ("store", "user_id")]


def ids(world: World) -> list[str]:
    return [getattr(world, field.name) for field in fields(world)]


def lost_rows(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows that are no longer as they were, by table."""
    lost = {table: list((Counter(rows) - Counter(after[table])).elements()) for table, rows in before.items()}
    strangers = [row for row in lost["users"] if row[0] == repr(STRANGER)]  # what is theirs, they may change
    return {table: rows for table, rows in lost.items() if rows and rows != strangers}
