"""Keys and model servers as one story: a key is tried, kept, found wrong and removed; a server is found by itself; the
model changes in the middle of a conversation."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from components.llm.catalogue import OLLAMA_PORT
from tests.browser.conftest import Opened
from tests.browser.screen import LOOKS, settled, shot, visit
from tests.servers.app import App, running_app
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

pytestmark = pytest.mark.browser

LONG = 60_000.0  # milliseconds
KEY = "sk-of-the-reader-0001"


@pytest.fixture(scope="module")
def provider() -> Iterator[FaultServer]:
    """What stands at OpenAI's address here; a key that is called ``bad_key`` is refused."""
    with FaultServer() as server:
        server.replies["schema"] = Reply(("I am the ", "second model."))
        yield server


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: FaultServer) -> Iterator[App]:
    home = tmp_path_factory.mktemp("models") / "home"
    with running_app(home, OPENAI_BASE_URL=f"{provider.url}/v1", OLLAMA_HOST="") as running:
        yield running


def card(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-provider-{name}")


def key_dialog(page: Page, button: str) -> Locator:
    card(page, "openai").get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Key", exact=True)).to_be_visible(timeout=LONG)
    settled(page)
    return dialog


def type_key(dialog: Locator, key: str, press: str) -> None:
    dialog.get_by_label("Key", exact=True).fill(key)
    dialog.get_by_role("button", name=press, exact=True).click()


def choose_model(page: Page, name: str) -> None:
    """Choose in the head of a conversation."""
    field = page.locator("[class*=st-key-model-] input").first
    field.click()
    field.fill(name)
    page.get_by_role("option", name=name).first.click()
    settled(page)


def ask(page: Page, question: str) -> None:
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=LONG)
    field.fill(question)
    field.press("Enter")


def test_a_key_is_tried_kept_found_wrong_and_removed(app: App, page: Page) -> None:
    visit(page, f"{app.url}/models")
    expect(card(page, "openai")).to_contain_text("No key")
    expect(page.get_by_text("No model can be used yet")).to_be_visible(timeout=LONG)
    dialog = key_dialog(page, "Add key")
    type_key(dialog, "bad_key", "Test this key")
    expect(dialog.get_by_text("refused the key (401)")).to_be_visible(timeout=LONG)
    shot(page, "models-walk/wrong-key.light")
    type_key(dialog, KEY, "Test this key")
    expect(dialog.get_by_text("It works")).to_be_visible(timeout=LONG)
    shot(page, "models-walk/right-key.light")
    dialog.get_by_role("button", name="Save key").click()
    expect(card(page, "openai")).to_contain_text(f"Key ends in …{KEY[-4:]}", timeout=LONG)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=LONG)

    type_key(key_dialog(page, "Change key"), "bad_key", "Save key")
    expect(card(page, "openai")).to_contain_text("Key refused", timeout=LONG)
    expect(page.get_by_text("No model can be used yet")).to_be_visible(timeout=LONG)
    settled(page)
    shot(page, "models-walk/refused.light")

    dialog = key_dialog(page, "Change key")
    dialog.get_by_role("button", name="Remove key").click()
    page.locator(".st-key-remove-really button").click()
    expect(card(page, "openai")).to_contain_text("No key", timeout=LONG)


def test_the_model_is_switched_in_the_middle_of_a_conversation(app: App, page: Page, provider: FaultServer) -> None:
    visit(page, f"{app.url}/models")
    type_key(key_dialog(page, "Add key"), KEY, "Save key")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=LONG)
    visit(page, f"{app.url}/chat")
    choose_model(page, "ok")
    ask(page, "What is the capital of France?")
    expect(page.get_by_text("Paris is the capital of France.")).to_be_visible(timeout=LONG)
    settled(page)
    choose_model(page, "schema")
    ask(page, "And who are you?")
    expect(page.get_by_text("I am the second model.")).to_be_visible(timeout=LONG)
    settled(page)
    shot(page, "models-walk/switched.light")
    first, second = provider.visits[-2:]
    assert (first.model, second.model) == ("ok", "schema")
    assert "Paris is the capital of France." in str(second.body), "the second model knows what was said before"
    page.reload()
    settled(page)
    talk = page.locator(".st-key-talk")
    for words in ("Paris is the capital of France.", "I am the second model."):
        expect(talk.get_by_text(words)).to_be_visible(timeout=LONG)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("schema · OpenAI")


@pytest.fixture
def ollama_address() -> None:
    """Ollama's usual address, free."""
    with closing(socket.socket()) as probe:
        if probe.connect_ex(("127.0.0.1", OLLAMA_PORT)) == 0:
            pytest.skip(
                f"something listens on port {OLLAMA_PORT} of this machine: an Ollama that is no part of the test"
            )


@pytest.mark.usefixtures("ollama_address")
def test_a_server_on_ollamas_address_is_found_by_itself(app: App, opened: Opened) -> None:
    page = opened("light")
    visit(page, f"{app.url}/models")
    expect(card(page, "ollama")).to_contain_text("Not running", timeout=LONG)
    shot(page, "models-walk/no-ollama.light")
    with FaultServer(OLLAMA_PORT):
        card(page, "ollama").get_by_role("button", name="Try again").click()
        expect(card(page, "ollama")).to_contain_text("Running", timeout=LONG)
        expect(card(page, "ollama")).to_contain_text("localhost:11434")
        default = page.get_by_role("combobox", name="Default for new conversations")
        expect(default).to_have_value(re.compile("Ollama"))  # it stands first; and so does the table's mark
        settled(page)
        shot(page, "models-walk/ollama.light")
        visit(page, f"{app.url}/chat")
        choose_model(page, "ok · Ollama")
        expect(page.get_by_text("Stays on this machine").first).to_be_visible(timeout=LONG)
        ask(page, "What is the capital of France?")
        expect(page.get_by_text("Paris is the capital of France.")).to_be_visible(timeout=LONG)


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_in_every_look(app: App, opened: Opened, look: str) -> None:
    page = opened(look)
    visit(page, f"{app.url}/models")
    expect(card(page, "openai")).to_be_visible(timeout=LONG)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
    shot(page, f"models-walk/page.{look}")
