"""Users, usage, charts, evidence, providers and their keys, documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from components.errors import AccessError
from components.store import Store, charts, conversations, evidence, providers, usage, users
from tests.store.counting import rows_in
from tests.store.test_datasets import bring

KEY = "sk-proj-abcdefghijklmnop-WXYZ"


@dataclass(frozen=True)
class Tokens:
    input: int = 100
    output: int = 50
    cached: int = 40
    cache_written: int = 0
    reasoning: int = 5


@pytest.fixture
def reply_id(store: Store, owner: str) -> str:
    talk = conversations.create_conversation(store, owner, "chat")
    return conversations.add_turn(store, owner, talk.id, "?", provider="p", model="m", worker_id="w")[1].id


def conversation_of(store: Store, owner: str) -> str:
    return conversations.list_conversations(store, owner)[0].id


def test_the_local_owner_is_made_once(store: Store) -> None:
    made = users.ensure_local_owner(store)
    assert (made.id, made.role) == (users.LOCAL_OWNER_ID, "administrator")
    users.set_preferences(store, made.id, theme="dark")
    assert users.ensure_local_owner(store).preferences == {"theme": "dark"}
    assert rows_in(store)["users"] == 1


def test_preferences_change_one_by_one(store: Store, owner: str) -> None:
    users.set_preferences(store, owner, theme="dark", model={"provider": "builtin"})
    assert users.set_preferences(store, owner, theme=None).preferences == {"model": {"provider": "builtin"}}
    assert users.user(store, owner).preferences == {"model": {"provider": "builtin"}}


def test_an_unknown_user_is_nobody(store: Store) -> None:
    with pytest.raises(AccessError):
        users.user(store, "nobody")
    with pytest.raises(AccessError):
        users.set_preferences(store, "nobody", theme="dark")


def test_the_calls_of_a_reply_are_added_up(store: Store, owner: str, reply_id: str) -> None:
    usage.add_usage(store, owner, reply_id, "openai", "m", Tokens(), 0.25)
    usage.add_usage(store, owner, reply_id, "openai", "m", Tokens(), 0.5)
    found = usage.usage_of_conversation(store, owner, conversation_of(store, owner))
    assert found == {reply_id: usage.UsageRow("openai", "m", 200, 100, 80, 0, 10, 0.75)}


def test_a_price_that_is_partly_unknown_is_unknown(store: Store, owner: str, reply_id: str) -> None:
    usage.add_usage(store, owner, reply_id, "openai", "m", Tokens(), 0.25)
    usage.add_usage(store, owner, reply_id, "openai", "m", Tokens(), None)
    assert usage.usage_of_conversation(store, owner, conversation_of(store, owner))[reply_id].cost is None
    assert usage.spent(store, owner, 0) == [usage.Spent("openai", 2, 1, 200, 100, 0.25)]
    assert usage.cost_of_conversation(store, owner, conversation_of(store, owner)) == usage.Cost(0.25, 1)


def test_usage_is_told_from_a_turn_on(store: Store, owner: str, reply_id: str) -> None:
    usage.add_usage(store, owner, reply_id, "openai", "m", Tokens(), 0.25)
    talk = conversation_of(store, owner)
    assert list(usage.usage_of_conversation(store, owner, talk, 1)) == [reply_id]
    assert usage.usage_of_conversation(store, owner, talk, 2) == {}
    assert usage.cost_of_conversation(store, owner, talk) == usage.Cost(0.25, 0)


def test_what_was_spent_is_told_by_provider_from_a_time_on(store: Store, owner: str, reply_id: str) -> None:
    usage.add_usage(store, owner, reply_id, "cheap", "m", Tokens(), 0.25)
    usage.add_usage(store, owner, reply_id, "dear", "m", Tokens(), 2.0)
    assert [row.provider for row in usage.spent(store, owner, 0)] == ["dear", "cheap"]
    assert usage.spent(store, owner, 2**40) == []


def test_usage_of_a_reply_that_is_gone_still_counts(store: Store, owner: str, reply_id: str) -> None:
    conversations.delete_conversation(store, owner, conversation_of(store, owner))
    usage.add_usage(store, owner, reply_id, "openai", "m", Tokens(), 1.0)
    assert usage.spent(store, owner, 0)[0].cost == 1.0


def test_charts_are_saved_as_one_list(store: Store, owner: str) -> None:
    table = bring(store, owner).id
    assert charts.charts(store, owner, table) is None
    charts.save_charts(store, owner, table, [{"name": "a"}], [[]], "data:image/png;base64,AA==")
    saved = charts.save_charts(store, owner, table, [{"name": "b"}, {"name": "c"}], [])
    found = charts.charts(store, owner, table)
    assert found == saved
    assert (found.specs, found.workflows, found.picture) == ([{"name": "b"}, {"name": "c"}], [], None)
    assert rows_in(store)["charts"] == 1


def test_evidence_is_found_by_its_reply(store: Store, owner: str, reply_id: str) -> None:
    made = [evidence.add_evidence(store, owner, reply_id, "query", {"sql": f"select {n}"}) for n in range(3)]
    assert evidence.evidence_of_reply(store, owner, reply_id) == made
    assert evidence.evidence(store, owner, made[1].id) == made[1]


def test_evidence_rests_on_ones_own_tables_only(store: Store, owner: str, stranger: str, reply_id: str) -> None:
    theirs = bring(store, stranger).latest.id
    with pytest.raises(AccessError):
        evidence.add_evidence(store, owner, reply_id, "query", {}, [theirs])
    assert rows_in(store)["evidence"] == 0


def test_own_servers_are_changed_by_name(store: Store, owner: str) -> None:
    providers.save_own_provider(store, owner, "box", "chat", "http://10.0.0.2:8080/v1")
    providers.save_own_provider(store, owner, "attic", "ollama", "http://10.0.0.3:11434")
    changed = providers.save_own_provider(store, owner, "box", "chat", "http://10.0.0.4:8080/v1")
    assert [row.name for row in providers.own_providers(store, owner)] == ["attic", "box"]
    assert changed in providers.own_providers(store, owner)


def test_a_deleted_server_takes_its_key_along(store: Store, owner: str) -> None:
    providers.save_own_provider(store, owner, "box", "chat", "http://10.0.0.2:8080/v1")
    providers.save_key(store, owner, "box", KEY)
    providers.delete_own_provider(store, owner, "box")
    assert (providers.own_providers(store, owner), providers.keys(store, owner)) == ([], {})


def test_a_key_is_kept_and_only_its_ending_shown(store: Store, owner: str) -> None:
    providers.save_key(store, owner, "openai", "sk-an-older-key-0000")
    fact = providers.save_key(store, owner, "openai", KEY)
    assert providers.keys(store, owner) == {"openai": fact}
    assert fact.ending == "WXYZ"
    assert providers.key(store, owner, "openai") == KEY
    assert providers.save_key(store, owner, "groq", "short").ending == ""
    providers.delete_key(store, owner, "openai")
    assert providers.key(store, owner, "openai") is None


def test_no_key_is_readable_in_the_database(store: Store, owner: str) -> None:
    providers.save_key(store, owner, "openai", KEY)
    if not store.database.is_sqlite:
        with store.database.reading() as connection:
            assert KEY.encode() not in connection.exec_driver_sql("select secret from provider_keys").scalar_one()
        return
    file = Path(str(store.database.engine.url.database))
    raw = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    assert b"openai" in raw, "the row is there"
    for piece in (KEY, KEY[3:], KEY[:16]):
        assert piece.encode() not in raw
