"""The chat in a real browser, over a real model server: send, stream, refresh, stop, second tab, rename, delete."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.settings import Settings
from components.store import close_store, conversations, open_store, users
from components.store.providers import save_own_provider
from tests.browser.conftest import Opened
from tests.browser.screen import LOOKS, settled, shot, visit
from tests.crash.processes import reading
from tests.servers.app import App, running_app
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer
from tests.waiting import until

SHAPES = """Divide by trading days first, then compare:

| | Feb | Mar | Change |
|---|--:|--:|--:|
| Trading days | 20 | 21 | +1 |
| **Per day, €** | **152,500** | **200,476** | **+31.5 %** |

So about **6.6 points** of the rise is only the calendar, between $5 and $10.

```sql
SELECT month, revenue / trading_days AS per_day

FROM   months
```

![see](http://elsewhere.example/?q=secret) <img src="http://elsewhere.example/i.png">
"""
COUNTED = tuple(f"{number} " for number in range(400))
WAIT = 30_000  # milliseconds


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.replies["shapes"] = Reply(tuple(re.findall(r"\s*\S+", SHAPES)), thoughts=("Two things ", "are mixed."))
        server.replies["slow"] = Reply(COUNTED)
        server.replies["hang"] = Reply()
        yield server


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, server: FaultServer) -> Iterator[App]:
    """The app, with the model server as the owner's own provider."""
    home = tmp_path_factory.mktemp("chat") / "home"
    _furnish(home, server)
    with running_app(home) as running:
        yield running


def _furnish(home: Path, server: FaultServer) -> None:
    store = open_store(Settings(home=home))
    owner = users.ensure_local_owner(store).id
    save_own_provider(store, owner, "Bench", "chat", f"{server.url}/v1")
    close_store(store)


def _begin(home: Path, model: str) -> str:
    """A conversation that will ask this model, made beside the running app: its id."""
    with reading(Settings(home=home)) as store:
        owner, choices = users.LOCAL_OWNER_ID, {"provider": "Bench", "model": model}
        return conversations.create_conversation(store, owner, "chat", f"Talk with {model}", choices).id


def _open(page: Page, app: App, model: str) -> str:
    """Show a new conversation with a model; its address."""
    address = f"{app.url}/chat?c={_begin(app.home, model)}"
    visit(page, address)
    return address


def _ask(page: Page, question: str) -> None:
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_enabled(timeout=WAIT)
    field.fill(question)
    field.press("Enter")


def _ended(page: Page, times: int = 1) -> None:
    """Wait until the cost line of so many replies is there."""
    expect(page.get_by_text("first word")).to_have_count(times, timeout=WAIT)
    settled(page)


@pytest.mark.parametrize("look", LOOKS)
def test_a_reply_is_drawn_in_all_its_shapes(app: App, opened: Opened, look: str) -> None:
    page = opened(look)
    visit(page, f"{app.url}/chat")
    shot(page, f"chat/empty.{look}")
    _open(page, app, "shapes")
    _ask(page, "How do I compare March with February fairly?")
    _ended(page)
    answer = page.locator(".st-key-talk")
    expect(answer.get_by_role("table")).to_contain_text("200,476")
    expect(answer).to_contain_text("between $5 and $10")
    expect(answer.get_by_test_id("stCode")).to_contain_text("FROM   months")
    expect(answer.get_by_text("Thought for")).to_be_visible()
    expect(answer.get_by_role("link", name="see")).to_be_visible()
    expect(answer.locator("img")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
    shot(page, f"chat/shapes.{look}")


def test_words_appear_while_they_are_made_and_stand_in_view(app: App, page: Page) -> None:
    _open(page, app, "slow")
    _ask(page, "Count")
    expect(page.get_by_text(" 60 61 62 ")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    assert page.get_by_text("399").count() == 0
    shot(page, "chat/streaming")
    _ended(page)
    expect(page.get_by_text("398 399")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_refresh_in_the_middle_finds_the_reply_going_on(app: App, page: Page, server: FaultServer) -> None:
    _open(page, app, "slow")
    asked = len(server.visits)
    _ask(page, "Count")
    expect(page.get_by_text(" 20 21 22 ")).to_be_visible(timeout=WAIT)
    page.reload(wait_until="domcontentloaded")
    expect(page.get_by_text(" 20 21 22 ")).to_be_visible(timeout=WAIT)
    _ended(page)
    expect(page.get_by_text("397 398 399")).to_be_visible()
    assert len(server.visits) == asked + 1, "the model was asked once"


def test_a_second_tab_sees_the_same_reply(app: App, page: Page) -> None:
    address = _open(page, app, "slow")
    _ask(page, "Count")
    expect(page.get_by_text(" 20 21 22 ")).to_be_visible(timeout=WAIT)
    second = page.context.new_page()
    second.goto(address, wait_until="domcontentloaded")
    expect(second.get_by_text(" 100 101 ")).to_be_visible(timeout=WAIT)
    for tab in (page, second):
        _ended(tab)
        expect(tab.get_by_text("397 398 399")).to_be_visible()


def _happens(page: Page, happened: Callable[[], bool], press: str = "", seconds: float = 20) -> bool:
    """Wait while the browser goes on: whoever blocks this thread also holds up what the page asks for.

    A key is pressed again and again: it is deaf while its button is being drawn.
    """
    until_then = time.monotonic() + seconds
    while not happened() and time.monotonic() < until_then:
        if press:
            page.keyboard.press(press)
        page.wait_for_timeout(300)
    return happened()


@pytest.mark.parametrize("how", ["Escape", "button"])
@pytest.mark.parametrize("model", ["slow", "hang"])
def test_stop_closes_the_providers_connection(app: App, page: Page, server: FaultServer, model: str, how: str) -> None:
    server.replies["slow"] = Reply(tuple(f"{number} " for number in range(5000)))  # two minutes: none ends by itself
    _open(page, app, model)
    asked = len(server.visits)
    _ask(page, "Go on")
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible(timeout=WAIT)
    assert _happens(page, lambda: len(server.visits) > asked)
    if model == "slow":
        expect(page.get_by_text(" 20 21 22 ")).to_be_visible(timeout=WAIT)
    if how == "button":
        stop.click()
    assert _happens(page, lambda: server.visits[asked].left, press="Escape" if how == "Escape" else "")
    server.replies["slow"] = Reply(COUNTED)
    expect(page.get_by_text(re.compile("^Stopped"))).to_be_visible(timeout=WAIT)
    expect(stop).to_have_count(0)
    if model == "slow":
        expect(page.get_by_text(" 20 21 22 ")).to_be_visible()


def test_a_conversation_is_renamed_while_its_reply_runs(app: App, page: Page) -> None:
    """A dialog is a fragment: the loop that draws the reply must let it run."""
    _open(page, app, "slow")
    _ask(page, "Count")
    expect(page.get_by_text(" 10 11 12 ")).to_be_visible(timeout=WAIT)
    page.get_by_test_id("stMenuButton").get_by_role("button").click()
    page.get_by_text("Rename", exact=True).click()
    page.get_by_label("Title").fill("Counting slowly")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Counting slowly")).to_be_visible(
        timeout=6_000
    )  # it counts for eight seconds
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    _ended(page)
    expect(page.get_by_test_id("stSidebar").get_by_role("link", name="Counting slowly")).to_be_visible()


def test_delete_asks_first_and_then_nothing_is_left(app: App, page: Page) -> None:
    address = _open(page, app, "ok")
    _ask(page, "What is the capital?")
    _ended(page)
    for answer in ("Keep it", "Delete"):
        page.get_by_test_id("stMenuButton").get_by_role("button").click()
        page.get_by_text("Delete", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name=answer, exact=True).click()
        settled(page)
        expect(page.get_by_text("Paris is the capital")).to_have_count(1 if answer == "Keep it" else 0)
    expect(page.get_by_text("New conversation")).to_be_visible()
    visit(page, address)
    expect(page.get_by_text("This conversation does not exist")).to_be_visible()


def test_ask_again_gives_another_reply_to_the_same_question(app: App, page: Page, server: FaultServer) -> None:
    _open(page, app, "ok")
    _ask(page, "What is the capital?")
    _ended(page)
    server.replies["ok"] = Reply(("Another ", "answer."))
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("Another answer.")).to_be_visible(timeout=WAIT)
    server.replies["ok"] = Reply()
    _ended(page)
    expect(page.get_by_text("What is the capital?")).to_have_count(1)
    expect(page.get_by_text("Paris is the capital")).to_have_count(0)


def test_an_answer_is_copied_as_the_model_wrote_it(app: App, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(page, app, "shapes")
    _ask(page, "How?")
    _ended(page)
    page.get_by_role("button", name="Copy", exact=True).last.click()
    until(lambda: page.evaluate("navigator.clipboard.readText()").strip() == SHAPES.strip())


def test_what_is_sent_can_be_seen_before_it_is_sent(app: App, page: Page) -> None:
    _open(page, app, "ok")
    _ask(page, "What is the capital?")
    _ended(page)
    page.get_by_role("button", name="See exactly what").click()
    expect(page.get_by_text("your tables, other conversations, your name")).to_be_visible(timeout=WAIT)
    expect(page.get_by_test_id("stPopoverBody").get_by_text("Paris is the capital of France.")).to_be_visible()
    shot(page, "chat/exactly")


def test_after_a_kill_the_half_reply_is_there_and_can_be_asked_again(
    tmp_path: Path, page: Page, server: FaultServer
) -> None:
    home = tmp_path / "home"
    _furnish(home, server)
    with running_app(home) as first:
        address = _open(page, first, "slow").removeprefix(first.url)
        _ask(page, "Count")
        expect(page.get_by_text(" 20 21 22 ")).to_be_visible(timeout=WAIT)
        first.process.kill()
        first.process.wait()
    with running_app(home) as second:
        visit(page, second.url + address)
        expect(page.get_by_text("This reply was interrupted")).to_be_visible()
        expect(page.get_by_text(" 20 21 22 ")).to_be_visible()
        shot(page, "chat/interrupted")
        expect(page.get_by_role("button", name="Ask again").first).to_be_visible(timeout=WAIT)
        server.replies["slow"] = Reply(("Done ", "now."))
        page.locator("[class*=st-key-retry-] button").click()
        expect(page.get_by_text("Done now.")).to_be_visible(timeout=WAIT)
        server.replies["slow"] = Reply(COUNTED)
        expect(page.get_by_text("This reply was interrupted")).to_have_count(0)
