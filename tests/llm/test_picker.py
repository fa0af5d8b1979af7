"""The picker as a page uses it: only what can be used, the conversation's own model first, and it remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.store import providers as stored
from components.store.users import LOCAL_OWNER_ID, ensure_local_owner, set_preferences, user
from components.workbench import Workbench
from tests.conftest import AT_HOME
from tests.servers.fault_server import FaultServer
from tests.waiting import until
from tests.workbenches import workbench_with

SCRIPT = """
import streamlit as st
from components.llm.ui import choose_model
from components.ui.navigation import navigate
navigate()
choice = choose_model("{kind}", {wish})
st.markdown(f"chosen: {{choice.provider.name}}/{{choice.model}}" if choice else "chosen: nothing")
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultServer) -> Iterator[Workbench]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    servers = {"OPENAI_BASE_URL": f"{server.url}/v1", "OLLAMA_HOST": "http://127.0.0.1:9"}
    with workbench_with(monkeypatch, tmp_path / "home", **servers) as opened:
        ensure_local_owner(opened.store)
        yield opened


@pytest.fixture
def draw(bench: Workbench, visitor: Callable[[RequestFacts], None]) -> Callable[..., AppTest]:
    visitor(AT_HOME)

    def drawn(kind: str = "chat", wish: dict[str, str] | None = None) -> AppTest:
        page = AppTest.from_string(SCRIPT.format(kind=kind, wish=wish), default_timeout=60).run()
        assert not page.exception
        return page

    return drawn


@pytest.fixture
def with_models(draw: Callable[..., AppTest], bench: Workbench) -> None:
    """A key is saved, and the list of models has come."""
    stored.save_key(bench.store, LOCAL_OWNER_ID, "openai", "sk-test-0123456789")
    until(lambda: draw().selectbox)


def chosen(page: AppTest) -> str:
    return next(str(element.value) for element in page.markdown if str(element.value).startswith("chosen: "))


def test_without_any_model_the_picker_leads_to_the_page_of_models(draw: Callable[..., AppTest]) -> None:
    page = draw()
    assert not page.selectbox
    assert chosen(page) == "chosen: nothing"


@pytest.mark.usefixtures("with_models")
def test_a_choice_is_remembered_for_its_kind(draw: Callable[..., AppTest], bench: Workbench) -> None:
    page = draw()
    page.selectbox[0].select("openai/slow").run()
    assert chosen(page) == "chosen: openai/slow"
    assert user(bench.store, LOCAL_OWNER_ID).preferences["model_chat"] == {"provider": "openai", "model": "slow"}
    assert chosen(draw()) == "chosen: openai/slow", "in a new tab too"
    assert chosen(draw("tables")) != "chosen: openai/slow"


@pytest.mark.usefixtures("with_models")
def test_the_conversations_own_model_goes_before_all(draw: Callable[..., AppTest], bench: Workbench) -> None:
    set_preferences(bench.store, LOCAL_OWNER_ID, model={"provider": "openai", "model": "many"})
    assert chosen(draw()) == "chosen: openai/many"
    assert chosen(draw(wish={"provider": "openai", "model": "tool"})) == "chosen: openai/tool"
    assert chosen(draw(wish={"provider": "gone", "model": "x"})) == "chosen: openai/many"
