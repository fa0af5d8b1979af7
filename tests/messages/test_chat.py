"""What somebody reads in the chat when a provider, the built-in model or the app itself fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from components.conversations.chat import chat
from components.llm.builtin.server import BuiltIn
from components.llm.catalogue import BUILT_IN, ModelFact, Provider, find
from components.llm.choices import Choice, choice_of, model_of
from components.llm.vocabulary import Model, Piece, Request, Text
from components.settings import Settings
from components.store import conversations
from components.store.providers import save_own_provider
from components.workbench import Workbench
from tests.llm.builtin.hosts import made_up, weights_of
from tests.llm.builtin.tables import laid
from tests.messages.asking import asked
from tests.messages.bringing import ME
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.people import add_person
from tests.servers.dialects import Reply as Spoken
from tests.servers.fault_server import FaultServer
from tests.waiting import until

JUNK = made_up(50_000)
# By the name of the model, which is the fault of the test's server.
FAULTS = {
    "bad_key": "llm: {who} refused the key{status}.",
    "forbidden": "llm: {who} does not allow this key to do that{status}.{quote}",
    "quota": "llm: {who} says that the account has no money left{status}.",
    "rate_limited": "llm: {who} asks to slow down{status}.{wait}",
    "server_error": "llm: {who} has a fault or too much to do{status}.{quote}",
    "context": "llm: {who} says that question and conversation are too long for {model}{status}.{quote}",
    "blocked": "llm: {who} refused the content{status}.{quote}",
    "html": "llm: {who} sent something that is not a model's reply.",
    "cut_clean": "llm: {who} broke off before the reply's last word.",
    "not_found": "llm: {who} has no model {model}{status}.",
    "odd": "llm: {who} did not understand the request{status}.{quote}",
}
READ = {
    *FAULTS.values(),
    "llm: {who} cannot be reached: {words}.",
    "llm: {who} has said nothing for {words}{status}.",
    "llm: {who} needs a key, and none is known.",
    "conversations: The reply ended without its last word.",
    "conversations: A fault of the app itself ended this reply.",
    "conversations/ui: This conversation belongs on another page.",
    "store: This {what} does not exist, or is not yours.",
    "llm: The built-in model is not running.",
    "llm/builtin: *the words of what failed*",
    "llm/builtin: The built-in model ({title}) is not here yet.",
    "llm/builtin: The file of {title} was damaged and is removed; it has to be fetched again.",
    "llm/builtin: {title} needs {memory} GB of free memory; {_free} GB are free on this machine.",
    "llm/builtin: The built-in model did not start. Its server says: {join}.",
    "llm/builtin: GROUNDWORK_MODEL_FILE names {file}, which is not there.",
    "llm/builtin: {file} is none of the built-in models: its size is another.",
    "llm/builtin: {own} is not {title}: its checksum is another.",
}


@pytest.fixture(scope="module")
def server(desk: Workbench) -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.replies |= {name: Spoken() for name in (*FAULTS, "hang")}
        save_own_provider(desk.store, ME, "Bench", "chat", f"{server.url}/v1")
        yield server


def asked_of(desk: Workbench, show: Show, model: str, provider: str = "Bench") -> str:
    """What the chat says when a model of this name was asked."""
    talk = conversations.create_conversation(desk.store, ME, "chat", model, {"provider": provider, "model": model})
    at = show("chat", c=talk.id)
    until(lambda: at.run() and not at.chat_input[0].disabled and at.selectbox)
    return page_words(asked(desk, at, "What is the capital of France?"))


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_provider_does_is_said(desk: Workbench, show: Show, fault: str) -> None:
    assert_read(asked_of(desk, show, fault), FAULTS[fault])


def told(desk: Workbench, show: Show, model: Model) -> str:
    """What the chat says when this model was asked, whatever the page would offer."""
    talk = conversations.create_conversation(desk.store, ME, "chat", "A question", {})
    reply = desk.runner.ask(ME, talk.id, "Why?", partial(chat, model=model), provider="Bench", model="ok")
    until(lambda: conversations.reply(desk.store, ME, reply.id).state != "streaming")
    return page_words(show("chat", c=talk.id))


def of(provider: Provider, key: str | None = None, model: str = "ok") -> Model:
    """The model of a provider, with a key or without."""
    return model_of(choice_of(provider, ModelFact(model)), key)


def test_a_server_that_is_away_is_said(desk: Workbench, show: Show) -> None:
    away = Provider("lab", "Lab", "chat", "http://127.0.0.1:9/v1")
    assert_read(told(desk, show, of(away)), "llm: {who} cannot be reached: {words}.")


def test_a_server_that_says_nothing_is_said(desk: Workbench, show: Show, server: FaultServer) -> None:
    silent = Provider("lab", "Lab", "chat", f"{server.url}/v1", patience=0.2)
    assert_read(told(desk, show, of(silent, model="hang")), "llm: {who} has said nothing for {words}{status}.")


def test_a_key_that_was_removed_meanwhile_is_said_to_be_missing(desk: Workbench, show: Show) -> None:
    openai = find("openai")
    assert openai
    assert_read(told(desk, show, of(openai)), "llm: {who} needs a key, and none is known.")


async def breaks_off(_: Request) -> AsyncIterator[Piece]:
    """A model whose last word never comes."""
    yield Text("It is ")


async def breaks(_: Request) -> AsyncIterator[Piece]:
    """A model with a fault that nobody has thought of."""
    yield Text("It is ")
    raise RuntimeError("the inside of the app")


def test_a_reply_without_its_last_word_is_said_to_be_cut_off(desk: Workbench, show: Show) -> None:
    said = told(desk, show, breaks_off)
    assert_read(said, "conversations: The reply ended without its last word.")
    assert "It is" in said


def test_a_fault_of_ours_is_said_to_be_one(desk: Workbench, show: Show) -> None:
    said = told(desk, show, breaks)
    assert_read(said, "conversations: A fault of the app itself ended this reply.")
    assert "the inside of the app" not in said


def test_a_conversation_of_another_page_is_not_shown(desk: Workbench, show: Show) -> None:
    talk = conversations.create_conversation(desk.store, ME, "tables", "Of tables")
    key = "conversations/ui: This conversation belongs on another page."
    assert_read(page_words(show("chat", c=talk.id)), key)


def test_what_is_not_there_and_what_is_somebody_elses_look_alike(desk: Workbench, show: Show) -> None:
    theirs = conversations.create_conversation(desk.store, add_person(desk.store, "eve"), "chat", "Hers")
    for address in (theirs.id, "0" * 32):
        key = "store: This {what} does not exist, or is not yours."
        assert_read(page_words(show("chat", c=address)), key)


@pytest.fixture
def builtin(tmp_path: Path) -> Iterator[Callable[..., BuiltIn]]:
    """Makes a built-in model of 50,000 bytes that mean nothing."""
    made: list[BuiltIn] = []

    def make(*, free: int = 20_000_000_000, **settings: Any) -> BuiltIn:
        given: dict[str, Any] = {"home": tmp_path / "home", "model_cache": tmp_path / "cache", "model": "light"}
        made.append(BuiltIn(Settings(**given | settings), free=lambda: free))
        return made[-1]

    (tmp_path / "cache").mkdir()
    with laid(tmp_path, weights_of(JUNK)):
        yield make
    for one in made:
        one.close()


def built_in(one: BuiltIn | None) -> Model:
    """The model that stands for the built-in one."""
    row = find(BUILT_IN)
    assert row
    return model_of(Choice(row, "light", "Built-in", True, True, "", one.ensure if one else None), None)


def put(tmp_path: Path, content: bytes) -> Path:
    """A file in the place of the model's."""
    file = tmp_path / "cache" / weights_of(JUNK).file
    file.write_bytes(content)
    return file


def test_a_built_in_model_that_is_not_here_says_so(desk: Workbench, show: Show, builtin: Any) -> None:
    key = "llm/builtin: The built-in model ({title}) is not here yet."
    assert_read(told(desk, show, built_in(builtin())), key)
    assert_read(told(desk, show, built_in(None)), "llm: The built-in model is not running.")


def test_a_model_that_the_operator_keeps_away_is_said(desk: Workbench, show: Show, builtin: Any) -> None:
    said = told(desk, show, built_in(builtin(model="none")))
    assert "The operator chose to run no built-in model" in said
    assert_read(said, "llm/builtin: *the words of what failed*")


@pytest.mark.parametrize("content", [JUNK[:-1], JUNK[:-1] + b"x", b""], ids=["cut short", "altered", "emptied"])
def test_a_model_file_that_was_damaged_is_removed_and_said(
    desk: Workbench, show: Show, builtin: Any, tmp_path: Path, content: bytes
) -> None:
    file = put(tmp_path, content)
    key = "llm/builtin: The file of {title} was damaged and is removed; it has to be fetched again."
    assert_read(told(desk, show, built_in(builtin())), key)
    assert not file.exists()


def test_a_model_that_has_too_little_memory_says_how_much_it_needs(
    desk: Workbench, show: Show, builtin: Any, tmp_path: Path
) -> None:
    put(tmp_path, JUNK)
    key = "llm/builtin: {title} needs {memory} GB of free memory; {_free} GB are free on this machine."
    assert_read(told(desk, show, built_in(builtin(free=500))), key)


def test_a_model_that_is_none_does_not_start_and_says_why(
    desk: Workbench, show: Show, builtin: Any, tmp_path: Path
) -> None:
    put(tmp_path, JUNK)
    key = "llm/builtin: The built-in model did not start. Its server says: {join}."
    assert_read(told(desk, show, built_in(builtin())), key)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (None, "llm/builtin: GROUNDWORK_MODEL_FILE names {file}, which is not there."),
        (JUNK + b"more", "llm/builtin: {file} is none of the built-in models: its size is another."),
        (JUNK[:-1] + b"x", "llm/builtin: {own} is not {title}: its checksum is another."),
    ],
)
def test_an_operators_file_that_is_another_is_named(
    desk: Workbench, show: Show, builtin: Any, tmp_path: Path, content: bytes | None, key: str
) -> None:
    own = tmp_path / "own.gguf"
    if content is not None:
        own.write_bytes(content)
    assert_read(told(desk, show, built_in(builtin(model_file=own))), key)
