"""What somebody reads on the page of models: keys and servers that cannot be, and a model that does not arrive."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from streamlit.testing.v1 import AppTest

from components.auth.facts import RequestFacts
from components.llm.addresses import require_public
from components.llm.builtin import bring, fetch
from components.llm.builtin.embeddings import open_embedder
from components.llm.builtin.weights import find
from components.llm.builtin.wish import read_wish
from components.settings import Settings
from components.store.providers import own_providers, save_key, save_own_provider
from components.workbench import Workbench
from tests.conftest import AT_HOME, ROOT
from tests.llm.builtin.hosts import Host, host, made_up, weights_of
from tests.llm.builtin.tables import laid
from tests.messages.bringing import ME
from tests.messages.conftest import Show
from tests.messages.reading import assert_read, page_words
from tests.messages.test_people import met
from tests.servers.fault_server import FaultServer
from tests.waiting import until
from tests.workbenches import workbench_with

MODEL, EMBEDDINGS = made_up(3_000_000), made_up(100_000, seed=8)
KEYS = {
    "llm/ui: No key is given yet.": "",
    "llm/ui: This is no key: it holds a space or a sign that no key has.": "sk-\u2026",
}
SERVERS = {
    "llm: {text} is no address of a server.": ("Lab", "ftp://example.org"),
    "llm: {text}: {error}.": ("Lab", "http://127.0.0.1:99999999"),
    "llm: An address holds no name, no password and no question.": ("Lab", "http://me:secret@127.0.0.1"),
    "llm: {name} is the name of another provider.": ("OpenAI", "http://127.0.0.1:1"),
    "llm: A server needs a name of 1 to {LONGEST_NAME} characters.": ("", "http://127.0.0.1:1"),
}
ARRIVING = {
    "llm/builtin: {title} could not be fetched. {upper}{said}.": "gone",
    "llm/builtin: A fault of the app ended the fetching. The server's log says more.": "fault",
    "llm/builtin: The disk with {folder} became full.": "full",
    "llm/builtin: {title} needs {missing} MB in {folder}; {free} MB are free.": "small",
    "llm/builtin: The folder for the built-in model, {folder}, cannot be written{reason}.": "closed",
}
READ = {
    *ARRIVING,
    "auth/ui: Nobody signs in to this workbench: there are no people to manage.",
    "auth: Without a sign-in provider this workbench answers only on its own machine. {reason}",
    "llm/builtin: The built-in embeddings ({title}) are not here yet.",
    "llm/builtin: There is no built-in model {name}; there are {known}.",
    *KEYS,
    *SERVERS,
    "llm: {host} is not on the public network, and this is a shared server.",
    "llm: {who} has no list of models at this address{status}.",
    "store: A stored key was encrypted with another encryption key than the present one.",
    "store: The key file {_file} is damaged.",
}


def test_where_nobody_signs_in_there_are_no_people(show: Show) -> None:
    key = "auth/ui: Nobody signs in to this workbench: there are no people to manage."
    assert_read(page_words(show("administration")), key)


def test_where_nobody_signs_in_another_machine_is_turned_away(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    away = RequestFacts("203.0.113.9", AT_HOME.headers)
    monkeypatch.setattr("components.auth.ui.facts_of_session", lambda: away)
    key = "auth: Without a sign-in provider this workbench answers only on its own machine. {reason}"
    assert_read(page_words(show("home")), key)


@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_key(show: Show, key: str) -> None:
    at = show("models")
    at.button("key-openai").click().run()
    at.text_input("given-openai").input(KEYS[key])
    assert_read(page_words(at.button("save-key").click().run()), key)


def added(at: AppTest, name: str, address: str) -> str:
    """What the dialog says of a server."""
    at.button("add-server").click().run()
    at.text_input("server-name").input(name)
    at.text_input("server-address").input(address)
    return page_words(at.button("save-server").click().run())


@pytest.mark.parametrize("key", SERVERS)
def test_what_is_no_server(desk: Workbench, show: Show, key: str) -> None:
    assert_read(added(show("models"), *SERVERS[key]), key)
    assert own_providers(desk.store, ME) == []


def test_a_shared_server_asks_no_host_of_its_network() -> None:
    """Where people sign in; the dialog draws it as any other refusal."""
    key = "llm: {host} is not on the public network, and this is a shared server."
    assert_read(met(lambda: require_public("http://10.0.0.7:8000/v1")), key)


def test_a_server_without_a_list_says_so(desk: Workbench, show: Show) -> None:
    with FaultServer() as server:
        save_own_provider(desk.store, ME, "Listless", "chat", f"{server.url}/v1")
        save_key(desk.store, ME, "Listless", "not_found")
        at = show("models")
        said = until(lambda: found if "no list" in (found := page_words(at.run())) else "")
    assert_read(said, "llm: {who} has no list of models at this address{status}.", within=True)
    assert "Your question is kept" not in said, "none was asked here"


def test_a_key_of_another_encryption_key_says_so(desk: Workbench, show: Show) -> None:
    save_key(desk.store, ME, "openai", "sk-test-0123456789abcd")
    secrets = desk.store.secrets
    before = secrets.__dict__.copy()
    secrets.__dict__["_fernet"] = Fernet(Fernet.generate_key())
    try:
        at = show("chat")
        said = page_words(at)
    finally:
        secrets.__dict__.clear()
        secrets.__dict__.update(before)
    assert_read(said, "store: A stored key was encrypted with another encryption key than the present one.")


def test_a_key_file_that_is_damaged_says_so(desk: Workbench, show: Show) -> None:
    secrets, file = desk.store.secrets, desk.settings.home / "groundwork.key"
    before, cached = file.read_bytes(), secrets.__dict__.copy()
    file.write_bytes(before[:7])
    for name in ("_fernet", "_sealing", "_checked_key"):
        secrets.__dict__.pop(name, None)
    try:
        assert_read(page_words(show("chat")), "store: The key file {_file} is damaged.")
    finally:
        file.write_bytes(before)
        secrets.__dict__.update(cached)


class Coming:
    """A workbench to which a model is to come, and what goes wrong with it."""

    def __init__(self, tmp_path: Path, publisher: Host, patch: pytest.MonkeyPatch) -> None:
        self.cache, self.publisher, self._patch = tmp_path / "cache", publisher, patch
        self.settings = {"GROUNDWORK_MODEL": "light", "GROUNDWORK_MODEL_CACHE": str(self.cache)}

    def gone(self) -> None:
        """A part of the file has arrived; the rest is not served any more."""
        self.cache.mkdir()
        (self.cache / (weights_of(MODEL).file + ".part")).write_bytes(MODEL[:2_000_000])
        del self.publisher.files["/model"]

    def fault(self) -> None:
        """Something that nobody has thought of."""
        self._patch.setattr(fetch, "bring", partial(_raise, RuntimeError("the inside of the app")))

    def full(self) -> None:
        """The disk becomes full in the middle."""
        self._patch.setattr(bring, "fetch_from_publisher", partial(_raise, OSError(errno.ENOSPC, "No space left")))

    def small(self) -> None:
        """The disk has too little room from the beginning."""
        usage = shutil.disk_usage(self.cache.parent)._replace(free=1_000_000)
        self._patch.setattr("components.llm.builtin.cache.shutil.disk_usage", lambda _: usage)

    def closed(self) -> None:
        """The folder is one of the kernel's: nobody writes there."""
        self.settings["GROUNDWORK_MODEL_CACHE"] = "/proc/groundwork-models"


def _raise(error: Exception, *_: object) -> None:
    raise error


@pytest.mark.parametrize("key", ARRIVING)
def test_a_model_that_does_not_arrive_says_why(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visitor: Callable[[RequestFacts], None]
) -> None:
    visitor(AT_HOME)
    with host() as publisher:
        publisher.files |= {"/model": MODEL, "/embeddings": EMBEDDINGS}
        row = weights_of(MODEL, publisher=f"{publisher.url}/model")
        coming = Coming(tmp_path, publisher, monkeypatch)
        with laid(tmp_path, row, weights_of(EMBEDDINGS, name="embeddings", publisher=f"{publisher.url}/embeddings")):
            getattr(coming, ARRIVING[key])()
            with workbench_with(monkeypatch, tmp_path / "home", **coming.settings) as opened:
                at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
                until(lambda: read_wish(opened.settings.home).failure)
                assert_read(page_words(at.run()), key)


def test_embeddings_that_are_not_here_say_so(tmp_path: Path) -> None:
    away = Settings(home=tmp_path, model_cache=tmp_path / "cache")
    key = "llm/builtin: The built-in embeddings ({title}) are not here yet."
    assert_read(met(lambda: open_embedder(away)), key)


def test_a_model_that_there_is_not_is_named() -> None:
    assert_read(met(lambda: find("huge")), "llm/builtin: There is no built-in model {name}; there are {known}.")
