"""What can be chosen, whose key is used, and what a list may show to whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from components.errors import BuiltInModelError, KeyRejectedError
from components.jobs.loop import Loop
from components.llm.catalogue import BUILT_IN, ModelFact, Provider, find
from components.llm.choices import Choice, built_in_choice, choice_of, choices_in, model_of, remembered, standings
from components.llm.keys import key_for
from components.llm.listings import Listings
from components.llm.own import providers_for, row_named, save_server
from components.llm.prices import price
from components.llm.vocabulary import Finish, Piece, Usage
from components.settings import Settings
from components.store import Store, close_store
from components.store import providers as stored
from components.store.schema import users
from components.store.users import LOCAL_OWNER_ID, ensure_local_owner
from tests.llm.speaking import KEY, provider_named, request, text_of
from tests.prepared import open_prepared
from tests.servers.dialects import TEXT
from tests.servers.fault_server import FaultServer
from tests.waiting import until

OTHER = "somebody-else"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with two users."""
    store = open_prepared(Settings(home=tmp_path / "home"))
    ensure_local_owner(store)
    with store.database.writing() as connection:
        row = {"id": OTHER, "name": "Other", "role": "analyst", "preferences": {}, "created_at": time.time()}
        connection.execute(users.insert().values(**row))
    yield store
    close_store(store)


@pytest.fixture
def lists() -> Iterator[Listings]:
    loop = Loop()
    yield Listings(loop)
    loop.close()


@pytest.fixture
def settings(tmp_path: Path, server: FaultServer) -> Settings:
    addresses = {"OPENAI_BASE_URL": f"{server.url}/v1", "ANTHROPIC_BASE_URL": server.url, "OLLAMA_HOST": server.url}
    return Settings(home=tmp_path / "home", provider_addresses=addresses)


@dataclass(frozen=True)
class There:
    url: str
    key: str = "of-the-child"
    model: str = "ok"


class BuiltInHere:
    """The built-in model as far as choices look at it."""

    @dataclass(frozen=True)
    class Status:
        state: str
        which: str = "light"

    def __init__(self, state: str, address: There) -> None:
        self.state, self.address, self.started = state, address, 0

    def status(self) -> Status:
        return self.Status(self.state)

    def ensure(self) -> There:
        self.started += 1
        return self.address


def ready(settings: Settings, store: Store, user_id: str, lists: Listings) -> set[str]:
    """The providers that offer models, once no list is on its way."""
    lists.wait(
        [(user_id, row, key_for(settings, store, user_id, row)) for row in _usable(settings, store, user_id)], 10
    )
    return {choice.provider.name for choice in choices_in(standings(settings, store, user_id, lists), None)}


def _usable(settings: Settings, store: Store, user_id: str) -> list[Provider]:
    rows = [row for row in providers_for(settings, store, user_id) if row.name != BUILT_IN]
    return [row for row in rows if not row.needs_key or key_for(settings, store, user_id, row)]


def gather(choice: Choice, key: str | None) -> list[Piece]:
    async def all_pieces() -> list[Piece]:
        return [piece async for piece in model_of(choice, key)(request("replaced"))]

    return asyncio.run(all_pieces())


def test_only_what_can_be_used_now_is_offered(settings: Settings, store: Store, lists: Listings) -> None:
    assert ready(settings, store, LOCAL_OWNER_ID, lists) == {"ollama"}
    stored.save_key(store, LOCAL_OWNER_ID, "anthropic", KEY)
    assert ready(settings, store, LOCAL_OWNER_ID, lists) == {"ollama", "anthropic"}


def test_a_provider_that_refuses_the_key_offers_nothing(settings: Settings, store: Store, lists: Listings) -> None:
    stored.save_key(store, LOCAL_OWNER_ID, "anthropic", "bad_key")
    assert "anthropic" not in ready(settings, store, LOCAL_OWNER_ID, lists)
    row = provider_named(settings, store, LOCAL_OWNER_ID, "anthropic")
    assert isinstance(lists.look(LOCAL_OWNER_ID, row, "bad_key").error, KeyRejectedError)


def test_ones_own_key_goes_before_the_servers(settings: Settings, store: Store) -> None:
    row = provider_named(settings, store, LOCAL_OWNER_ID, "openai")
    assert key_for(settings, store, LOCAL_OWNER_ID, row) is None
    shared = replace(settings, provider_keys={"OPENAI_API_KEY": "shared"})
    assert key_for(shared, store, LOCAL_OWNER_ID, row) == "shared"
    stored.save_key(store, LOCAL_OWNER_ID, "openai", "mine")
    assert key_for(shared, store, LOCAL_OWNER_ID, row) == "mine"
    assert key_for(shared, store, OTHER, row) == "shared", "never another user's"


def test_a_server_of_ones_own_never_gets_the_operators_key(
    settings: Settings, store: Store, server: FaultServer
) -> None:
    own = save_server(store, LOCAL_OWNER_ID, "Mine", "chat", server.url)
    shared = replace(settings, provider_keys={"OPENAI_API_KEY": "shared", "": "shared", "Mine": "shared"})
    assert key_for(shared, store, LOCAL_OWNER_ID, own) is None


def test_a_list_is_never_shared_between_users_or_keys(settings: Settings, store: Store, lists: Listings) -> None:
    row = provider_named(settings, store, LOCAL_OWNER_ID, "openai")
    lists.wait([(LOCAL_OWNER_ID, row, KEY)], 10)
    assert lists.look(LOCAL_OWNER_ID, row, KEY).state == "ready"
    assert lists.look(OTHER, row, KEY).state == "fetching"
    assert lists.look(LOCAL_OWNER_ID, row, "another").state == "fetching"


def test_a_forgotten_list_is_fetched_anew(
    settings: Settings, store: Store, lists: Listings, server: FaultServer
) -> None:
    row = provider_named(settings, store, LOCAL_OWNER_ID, "openai")
    lists.wait([(LOCAL_OWNER_ID, row, KEY)], 10)
    server.replies["brand-new"] = server.replies["ok"]
    assert "brand-new" not in [fact.name for fact in lists.look(LOCAL_OWNER_ID, row, KEY).models]
    lists.forget(LOCAL_OWNER_ID, row, KEY)
    until(lambda: "brand-new" in [fact.name for fact in lists.look(LOCAL_OWNER_ID, row, KEY).models])


def test_a_wished_model_counts_while_its_list_is_on_its_way(settings: Settings, store: Store, lists: Listings) -> None:
    stored.save_key(store, LOCAL_OWNER_ID, "openai", KEY)
    wish = {"provider": "openai", "model": "gpt-5"}
    first = choices_in(standings(settings, store, LOCAL_OWNER_ID, lists), None, [wish])
    assert [choice.name for choice in first if choice.provider.name == "openai"] == [wish]


def test_the_first_wish_that_can_be_had_is_taken() -> None:
    row = find("openai")
    assert row
    a, b = (choice_of(row, ModelFact(name)) for name in "ab")
    gone = {"provider": "openai", "model": "gone"}
    assert remembered((a, b), None, gone, b.name) == b
    assert remembered((a, b), gone) == a
    assert remembered((), b.name) is None


def test_a_choice_says_where_questions_go() -> None:
    ollama, openai = find("ollama"), find("openai")
    assert ollama
    assert openai
    here = choice_of(ollama, ModelFact("qwen3:8b"))
    passed_on = choice_of(ollama, ModelFact("gpt-oss:120b-cloud"))
    gateway = choice_of(replace(openai, base_url="http://localhost:4000/v1"), ModelFact("gpt-5"))
    assert (here.local, here.host) == (True, "localhost:11434")
    assert not passed_on.local
    assert "ollama.com" in passed_on.host
    assert not gateway.local, "a service behind a gateway on this machine is still elsewhere"


def test_a_chosen_model_answers_under_its_own_name(settings: Settings, store: Store, server: FaultServer) -> None:
    row = provider_named(settings, store, LOCAL_OWNER_ID, "anthropic")
    pieces = gather(choice_of(row, ModelFact("ok")), KEY)
    assert (text_of(pieces), pieces[-1]) == ("".join(TEXT), Finish("stop"))
    assert server.visits[0].model == "ok"


@pytest.mark.parametrize("state", ["ready", "starting"])
def test_the_built_in_model_is_offered_when_it_can_run_and_started_when_asked(server: FaultServer, state: str) -> None:
    built_in = BuiltInHere(state, There(server.url))
    (choice,) = built_in_choice(built_in)
    assert (choice.local, choice.drafts, built_in.started) == (True, True, 0)
    assert text_of(gather(choice, None)) == "".join(TEXT)
    assert built_in.started == 1
    assert server.visits[0].headers["authorization"] == "Bearer of-the-child"


@pytest.mark.parametrize("state", ["off", "absent", "fetching", "refused", "no_memory", "failed"])
def test_a_built_in_model_that_cannot_run_is_not_offered(server: FaultServer, state: str) -> None:
    assert list(built_in_choice(BuiltInHere(state, There(server.url)))) == []


def test_a_built_in_choice_without_its_server_says_so() -> None:
    row = find(BUILT_IN)
    assert row
    with pytest.raises(BuiltInModelError):
        gather(choice_of(row, ModelFact("light")), None)


def test_a_reply_of_ones_own_server_on_this_machine_costs_nothing(store: Store, server: FaultServer) -> None:
    save_server(store, LOCAL_OWNER_ID, "Mine", "chat", server.url)
    assert price(row_named(store, LOCAL_OWNER_ID, "Mine"), "ok", Usage(1000, 1000)) == 0.0
    assert price(row_named(store, OTHER, "Mine"), "ok", Usage(1000, 1000)) is None
    assert row_named(store, OTHER, "openai") == find("openai")
