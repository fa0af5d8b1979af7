"""The page of models as its owner uses it: keys and servers come and go, lists are live, nothing is shown twice."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.llm.keys import key_for
from components.store import providers as stored
from components.store.users import LOCAL_OWNER_ID, ensure_local_owner, set_preferences, user
from components.workbench import Workbench
from tests.conftest import AT_HOME
from tests.llm.speaking import provider_named
from tests.servers.fault_server import FaultServer
from tests.waiting import until
from tests.workbenches import workbench_with

HOME = str(Path(__file__).resolve().parents[2] / "Home.py")
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens
KEY = "sk-test-0123456789abcd"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultServer) -> Iterator[Workbench]:
    """An empty workbench; Anthropic and OpenAI are spoken to at the test server, Ollama is not running."""
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    servers = {"ANTHROPIC_BASE_URL": server.url, "OPENAI_BASE_URL": f"{server.url}/v1", "OLLAMA_HOST": NOWHERE}
    with workbench_with(monkeypatch, tmp_path / "home", **servers) as opened:
        ensure_local_owner(opened.store)
        yield opened


@pytest.fixture
def page(bench: Workbench, visitor: Callable[[RequestFacts], None]) -> AppTest:
    visitor(AT_HOME)
    return AppTest.from_file(HOME, default_timeout=60).switch_page("pages/models.py").run()


def shown(page: AppTest) -> str:
    """All words of the page."""
    assert not page.exception
    return "\n".join(str(element.value) for element in (*page.markdown, *page.caption, *page.subheader))


def run_until(page: AppTest, words: str) -> str:
    """Run again, as the page does by itself, until it says something."""
    return until(lambda: text if words in (text := shown(page.run())) else "")


def test_a_fresh_installation_says_what_is_there_and_what_is_missing(page: AppTest) -> None:
    text = run_until(page, "Not running")
    for title in ("Built-in", "Ollama", "Anthropic", "OpenAI", "Other server"):
        assert f"**{title}**" in text
    assert "refused the connection" in text.lower()
    assert "No model can be used yet" in text
    assert "nowhere else" in text


def test_a_key_is_tested_saved_and_removed(page: AppTest, bench: Workbench) -> None:
    page.button("key-anthropic").click().run()
    page.text_input("given-anthropic").input(KEY)
    page.button("test-key").click().run()
    assert "It works" in shown(page)
    assert stored.key(bench.store, LOCAL_OWNER_ID, "anthropic") is None, "testing keeps nothing"

    page.button("save-key").click().run()
    text = run_until(page, "Key ends in")
    assert "…abcd" in text
    assert KEY not in text
    assert stored.key(bench.store, LOCAL_OWNER_ID, "anthropic") == KEY

    page.button("key-anthropic").click().run()
    page.button("remove-really").click().run()
    assert stored.key(bench.store, LOCAL_OWNER_ID, "anthropic") is None
    assert "Key ends in" not in run_until(page, "No key")


def test_a_wrong_key_is_said_in_the_dialog_and_on_the_card(page: AppTest) -> None:
    page.button("key-anthropic").click().run()
    page.text_input("given-anthropic").input("bad_key")
    page.button("test-key").click().run()
    assert "refused the key (401)" in shown(page).replace("\\", "")
    page.button("save-key").click().run()
    text = run_until(page, "Key refused")
    assert "refused the key (401)" in text.replace("\\", "")
    assert page.button("again-anthropic")


@pytest.mark.parametrize(("given", "words"), [("", "No key is given yet"), ("sk-\u2026", "This is no key")])
def test_what_is_no_key_is_not_kept(page: AppTest, bench: Workbench, given: str, words: str) -> None:
    page.button("key-openai").click().run()
    page.text_input("given-openai").input(given)
    page.button("save-key").click().run()
    assert words in shown(page)
    assert stored.keys(bench.store, LOCAL_OWNER_ID) == {}


def test_a_dialog_whose_provider_is_gone_closes(page: AppTest, bench: Workbench, server: FaultServer) -> None:
    stored.save_own_provider(bench.store, LOCAL_OWNER_ID, "Lab", "chat", f"{server.url}/v1")
    page.run().button("change-Lab").click().run()
    assert page.text_input("server-name")
    stored.delete_own_provider(bench.store, LOCAL_OWNER_ID, "Lab")
    assert "**Lab**" not in shown(page.run())
    assert not [field for field in page.text_input if field.key == "server-name"]


def test_the_catalogue_shows_live_models_and_remembers_the_default(page: AppTest, bench: Workbench) -> None:
    page.button("key-openai").click().run()
    page.text_input("given-openai").input(KEY)
    page.button("save-key").click().run()
    run_until(page, "Key ends in")
    until(lambda: page.run().dataframe)
    frame = page.dataframe[0].value
    assert {"ok", "slow"} <= set(frame["model"])
    assert frame["in"].isna().all(), "nobody knows the price of these"
    set_preferences(bench.store, LOCAL_OWNER_ID, model_chat={"provider": "openai", "model": "slow"})
    default = next(box for box in page.selectbox if str(box.key).startswith("default-model"))
    default.select("openai/ok").run()
    assert user(bench.store, LOCAL_OWNER_ID).preferences["model"] == {"provider": "openai", "model": "ok"}
    frame = page.dataframe[0].value
    assert [row["model"] for _, row in frame.iterrows() if "default" in list(row["used"])] == ["ok"]
    assert "model_chat" not in user(bench.store, LOCAL_OWNER_ID).preferences, "the default is meant for all"
    page.segmented_control("where").set_value("Stays here").run()
    assert not page.dataframe
    assert "No such model" in shown(page)


def test_a_server_of_ones_own_is_added_tested_changed_and_removed(
    page: AppTest, bench: Workbench, server: FaultServer
) -> None:
    page.button("add-server").click().run()
    page.text_input("server-name").input("Lab")
    page.text_input("server-address").input(f"{server.url}/v1/")
    page.button("test-server").click().run()
    assert "It works" in shown(page)
    page.button("save-server").click().run()
    assert "**Lab**" in run_until(page, "Running")
    lab = provider_named(bench.settings, bench.store, LOCAL_OWNER_ID, "Lab")
    assert (lab.base_url, lab.protocol, lab.local) == (f"{server.url}/v1", "chat", True)
    until(lambda: page.run().dataframe)
    assert set(page.dataframe[0].value["where"]) == {"stays here"}

    page.button("change-Lab").click().run()
    page.text_input("server-key").input(KEY)
    page.button("save-server").click().run()
    assert key_for(bench.settings, bench.store, LOCAL_OWNER_ID, lab) == KEY

    page.button("change-Lab").click().run()
    page.button("remove-really").click().run()
    assert stored.own_providers(bench.store, LOCAL_OWNER_ID) == []
    assert stored.keys(bench.store, LOCAL_OWNER_ID) == {}


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("Lab", "ftp://example.org", "is no address of a server"),
        ("Lab", "http://me:secret@127.0.0.1", "no password"),
        ("OpenAI", "http://127.0.0.1:1", "the name of another provider"),
        ("", "http://127.0.0.1:1", "needs a name"),
    ],
)
def test_what_is_no_server_is_said_in_the_dialog(
    page: AppTest, bench: Workbench, name: str, address: str, words: str
) -> None:
    page.button("add-server").click().run()
    page.text_input("server-name").input(name)
    page.text_input("server-address").input(address)
    page.button("save-server").click().run()
    assert words in shown(page).replace("\\", "")
    assert stored.own_providers(bench.store, LOCAL_OWNER_ID) == []


def test_a_silent_provider_does_not_hold_up_the_page(bench: Workbench, visitor: Callable[[RequestFacts], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stored.save_own_provider(
            bench.store, LOCAL_OWNER_ID, "Mute", "chat", f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        )
        visitor(AT_HOME)
        page = AppTest.from_file(HOME, default_timeout=60).switch_page("pages/models.py").run()
        assert "Asking" in shown(page)
        assert "**Mute**" in run_until(page, "has said nothing")


def test_no_key_lies_in_the_data_folder_as_it_was_typed(page: AppTest, bench: Workbench) -> None:
    page.button("key-anthropic").click().run()
    page.text_input("given-anthropic").input(KEY)
    page.button("save-key").click().run()
    files = [file for file in bench.settings.home.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if KEY.encode() in file.read_bytes()]


def test_a_key_leaves_the_tab_once_it_is_saved(page: AppTest) -> None:
    page.button("key-anthropic").click().run()
    page.text_input("given-anthropic").input(KEY).run()
    assert KEY in repr(page.session_state)
    page.button("save-key").click().run()
    assert KEY not in repr(page.run().session_state)
