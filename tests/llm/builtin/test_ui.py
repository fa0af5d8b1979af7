"""The card on the home page, as its user meets it: arriving, paused, refused, failed, here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.llm.builtin.ui import pace_words
from components.llm.builtin.wish import read_wish
from components.workbench import Workbench, close_workbench, workbench
from tests.conftest import AT_HOME, ROOT
from tests.llm.builtin.hosts import Host, made_up, weights_of
from tests.llm.builtin.tables import laid
from tests.waiting import until

MODEL, EMBEDDINGS = made_up(3_000_000), made_up(100_000, seed=8)


@pytest.fixture
def bench(tmp_path: Path, publisher: Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """The app on an empty data folder, with a model to fetch from a slow host."""
    publisher.files |= {"/model": MODEL, "/embeddings": EMBEDDINGS}
    publisher.pause = 0.05
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GROUNDWORK_MODEL", "light")
    monkeypatch.setenv("GROUNDWORK_MODEL_CACHE", str(tmp_path / "cache"))
    model = weights_of(MODEL, publisher=f"{publisher.url}/model")
    close_workbench()
    with laid(tmp_path, model, weights_of(EMBEDDINGS, name="embeddings", publisher=f"{publisher.url}/embeddings")):
        yield workbench()
        close_workbench()


@pytest.fixture
def home(bench: Workbench, visitor: Callable[[RequestFacts], None]) -> AppTest:
    visitor(AT_HOME)
    return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)


def words(page: AppTest) -> str:
    assert not page.exception
    return "\n".join([*(m.value for m in page.markdown), *(c.value for c in page.caption)])


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button if button.key and button.key.startswith("model-")}


def arrives(page: AppTest, bench: Workbench) -> None:
    page.run()
    until(lambda: bench.builtin.status().state == "fetching" and bench.builtin.status().done > 0)
    page.run()


def test_it_arrives_by_itself_and_can_be_paused_and_resumed(home: AppTest, bench: Workbench, publisher: Host) -> None:
    arrives(home, bench)
    assert "The built-in model is arriving" in words(home)
    assert keys(home) == {"model-pause", "model-refuse"}
    press(home, "model-pause")
    until(lambda: bench.builtin.status().state == "paused")
    home.run()
    assert "The built-in model is paused" in words(home)
    publisher.pause = 0.0
    press(home, "model-begin")
    until(lambda: bench.builtin.status().state == "ready")
    home.run()
    assert "Answers can come from the built-in model (Made-up 0.1B), which runs here" in words(home)
    assert keys(home) == set()


def test_while_it_arrives_chat_says_so(home: AppTest, bench: Workbench) -> None:
    arrives(home, bench)
    home.switch_page("pages/chat.py").run()
    assert "the built-in one is on its way" in words(home)


@pytest.mark.parametrize(
    ("speed", "said"),
    [(0.0, ""), (52.0, ""), (1_400_000.0, " · 1.4 MB/s · 13 min left"), (20_000_000.0, " · 20.0 MB/s · 56 s left")],
)
def test_no_time_is_foretold_before_anything_arrives(speed: float, said: str) -> None:
    assert pace_words(1_117_000_000, speed) == said


def test_it_can_be_refused_and_asked_for_again(home: AppTest, bench: Workbench) -> None:
    arrives(home, bench)
    press(home, "model-refuse")
    until(lambda: bench.builtin.status().state == "refused")
    home.run()
    assert "You keep the built-in model away" in words(home)
    assert keys(home) == {"model-begin"}
    press(home, "model-begin")
    assert read_wish(bench.settings.home).answer == "open"
    until(lambda: bench.builtin.status().state == "fetching")


def test_a_failure_says_why_and_offers_another_try(home: AppTest, bench: Workbench, publisher: Host) -> None:
    publisher.files.pop("/model")
    home.run()
    until(lambda: bench.builtin.status().state == "failed")
    home.run()
    assert "Made-up 0.1B could not be fetched" in words(home)
    assert "refused (404)" in words(home).replace("\\", "")
    assert keys(home) == {"model-begin", "model-refuse"}
    publisher.files["/model"], publisher.pause = MODEL, 0.0
    press(home, "model-begin")
    until(lambda: bench.builtin.status().state == "ready")


def test_too_little_memory_is_said(home: AppTest, bench: Workbench, publisher: Host) -> None:
    publisher.pause = 0.0
    home.run()
    until(lambda: bench.builtin.status().state == "ready")
    bench.builtin._free = lambda: 0
    home.run()
    assert "needs 0.0 GB of free memory" in words(home)
    assert "questions need a model" in words(home)


def test_switched_off_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visitor: Callable[[RequestFacts], None]
) -> None:
    monkeypatch.setenv("GROUNDWORK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GROUNDWORK_MODEL", "none")
    close_workbench()
    visitor(AT_HOME)
    page = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
    assert "The operator chose to run no built-in model" in words(page)
    assert keys(page) == set()
    close_workbench()
