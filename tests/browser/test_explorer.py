"""The explorer in a real Chromium: build a chart, keep it, find it again, in light and dark, with faults on the way."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from playwright.sync_api import Locator, Page, Request, TimeoutError, expect

from components.settings import Settings
from components.store import close_store, conversations, datasets, evidence, open_store
from components.store.users import ensure_local_owner
from tests.browser.conftest import Opened
from tests.browser.screen import shot
from tests.servers.app import running_app
from tests.waiting import until

SALES = """
    SELECT i AS order_id, ['north', 'south', 'east', 'west'][1 + i % 4] AS region,
           ['tea', 'coffee', 'cocoa'][1 + i % 3] AS product, i % 90 + 0.5 AS amount,
           TIMESTAMP '2024-01-01' + to_days((i % 360)::INT) AS sold_at
    FROM range(20000) r(i)
"""
PATIENCE = 60_000  # ms: the first front end of a busy machine
HANDS = 3  # how often a drag is tried


class Ground(NamedTuple):
    """A running app with a table, an answer over it, and the table's file on the disk."""

    url: str
    dataset_id: str
    evidence_id: str
    file: Path

    @property
    def table(self) -> str:
        return f"{self.url}/explorer?t={self.dataset_id}"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("explorer") / "home"
    dataset_id, evidence_id, file = _furnish(home)
    with running_app(home) as app:
        yield Ground(app.url, dataset_id, evidence_id, file)


def _furnish(home: Path) -> tuple[str, str, Path]:
    store = open_store(Settings(home=home))
    user_id = ensure_local_owner(store).id
    made = home / "made.parquet"
    rows = duckdb.sql(SALES)
    rows.write_parquet(str(made))
    key = store.blobs.new_key("tables", ".parquet")
    store.blobs.put(key, made)
    columns = [datasets.Column(name, str(type_)) for name, type_ in zip(rows.columns, rows.types, strict=True)]
    facts: dict[str, Any] = {"filename": "sales.csv", "raw_blob": None, "blob": key, "rows": 20000, "bytes": 1}
    table = datasets.add_version(store, user_id, name="sales", title="Sales", columns=columns, **facts)
    body = {
        "question": "How many orders by region?",
        "sql": "SELECT region, count(*) AS orders FROM sales GROUP BY region",
        "columns": [{"name": "region", "type": "string"}, {"name": "orders", "type": "int64"}],
        "rows": [],
        "tables": [{"name": "sales", "dataset_id": table.id, "version_id": table.latest.id}],
        "chart": {"kind": "bars", "mark": "bar", "encoding": {"x": {"field": "orders"}, "y": {"field": "region"}}},
    }
    talk = conversations.create_conversation(store, user_id, "tables")
    turn = conversations.add_turn(store, user_id, talk.id, "How many?", provider="p", model="m", worker_id="w")
    kept = evidence.add_evidence(store, user_id, turn[1].id, "query", body, [table.latest.id])
    file = store.blobs.local_path(key)
    close_store(store)
    return table.id, kept.id, file


@pytest.fixture
def explorer(opened: Opened, ground: Ground) -> Page:
    """A tab on the table's explorer, started."""
    return start(opened("light"), ground.table)


def start(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.get_by_text("Field List").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Starting the explorer")).to_have_count(0)
    return page


def facts(page: Page) -> Locator:
    return page.locator(".st-key-head-words")


def asked(page: Page) -> list[str]:
    """The bodies of what the tab asks of the kernel from now on."""
    bodies: list[str] = []

    def note(request: Request) -> None:
        if "/api/explorer/" in request.url:
            bodies.append(request.post_data or "")

    page.on("request", note)
    return bodies


def seen(page: Page, true: Callable[[], bool]) -> None:
    """Wait until something is true; Playwright hears the browser only while it waits itself."""

    def ask() -> bool:
        page.wait_for_timeout(50)
        return true()

    until(ask, seconds=30)


def drag(page: Page, field: str, shelf: str) -> None:
    """Drag a field of the list onto a shelf, as a hand does it: beside an axis's name, under any other's."""
    source = page.get_by_text(field, exact=True).first.bounding_box()
    target = page.get_by_text(shelf, exact=True).first.bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + 8, source["y"] + 8)
    page.mouse.down()
    page.mouse.move(source["x"] + 40, source["y"] + 30, steps=5)
    right, down = (150, 8) if shelf.endswith("-Axis") else (40, 32)
    page.mouse.move(target["x"] + right, target["y"] + down, steps=12)
    page.wait_for_timeout(250)  # its drag library measures where it is, then lets go
    page.mouse.up()


def draw(page: Page, field: str, shelf: str) -> None:
    """Drag, and wait for the rows of the view that this makes; a hand that slips on a busy machine tries again."""
    for _ in range(HANDS):
        try:
            with page.expect_response(lambda response: "/api/explorer/" in response.url, timeout=PATIENCE / HANDS):
                drag(page, field, shelf)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"{field} never reached {shelf}")


def canvas(page: Page) -> Locator:
    return page.locator(".vega-embed canvas, .vega-embed svg").first


def test_a_chart_is_built_saved_and_found_in_a_fresh_tab(explorer: Page, opened: Opened, ground: Ground) -> None:
    expect(facts(explorer)).to_contain_text("20,000 rows · no charts saved yet")
    expect(explorer.get_by_role("button", name="Save")).to_be_disabled()
    draw(explorer, "region", "X-Axis")
    draw(explorer, "amount", "Y-Axis")
    expect(canvas(explorer)).to_be_visible(timeout=PATIENCE)
    expect(facts(explorer)).to_contain_text("unsaved changes")
    explorer.get_by_role("button", name="Save").click()
    expect(facts(explorer)).to_contain_text("saved just now", timeout=PATIENCE)
    expect(explorer.get_by_role("button", name="Save")).to_be_disabled()
    shot(explorer, "explorer")
    fresh = opened("dark")
    with fresh.expect_response(lambda r: "north" in (r.text() if "/api/" in r.url else ""), timeout=PATIENCE):
        start(fresh, f"{ground.url}/explorer")
    expect(canvas(fresh)).to_be_visible(timeout=PATIENCE)
    expect(fresh.get_by_text("sum", exact=True)).to_be_visible()
    expect(facts(fresh)).to_contain_text("saved just now")
    shot(fresh, "explorer-dark")


def test_a_field_moves_by_the_keyboard(explorer: Page) -> None:
    before = asked(explorer)
    field = explorer.locator("[data-rfd-drag-handle-draggable-id], [data-rbd-drag-handle-draggable-id]").filter(
        has_text="product"
    )
    field.first.focus()
    explorer.keyboard.press("Space")
    for _ in range(6):
        explorer.keyboard.press("ArrowRight")
        explorer.wait_for_timeout(250)  # the library moves it before it hears the next key
    explorer.keyboard.press("Space")
    seen(explorer, lambda: any('"product"' in body for body in before))
    expect(facts(explorer)).to_contain_text("unsaved changes")


def test_it_follows_the_theme_without_a_new_mount_or_request(explorer: Page) -> None:
    look = explorer.locator(".App").first
    light = look.evaluate("node => getComputedStyle(node).backgroundColor")
    look.evaluate("node => { node.dataset.mark = 'the same' }")
    bodies = asked(explorer)
    explorer.emulate_media(color_scheme="dark")
    seen(explorer, lambda: look.evaluate("node => getComputedStyle(node).color") != "rgb(28, 31, 27)")
    assert look.get_attribute("data-mark") == "the same"
    assert bodies == []
    explorer.emulate_media(color_scheme="light")
    seen(explorer, lambda: look.evaluate("node => getComputedStyle(node).backgroundColor") == light)


def test_a_query_that_fails_is_said_and_the_next_one_draws(explorer: Page, ground: Ground) -> None:
    away = ground.file.with_suffix(".away")
    ground.file.rename(away)
    try:
        draw(explorer, "product", "Color")
        box = explorer.locator(".st-key-failure-view")
        expect(box).to_be_visible(timeout=PATIENCE)
        expect(box).to_contain_text("Your charts are kept as they are.")
        expect(explorer.get_by_text("Loading...")).to_have_count(0)
        assert str(ground.file.parent) not in box.inner_text()
        shot(explorer, "explorer-error")
    finally:
        away.rename(ground.file)
    draw(explorer, "sold_at", "X-Axis")
    expect(explorer.locator(".st-key-failure-view")).to_have_count(0, timeout=PATIENCE)


def test_after_leaving_no_dead_explorer_answers_to_save(explorer: Page) -> None:
    draw(explorer, "product", "X-Axis")
    expect(facts(explorer)).to_contain_text("unsaved changes")
    explorer.get_by_role("link", name="Models").click()
    expect(facts(explorer)).to_contain_text("Models")
    bodies = asked(explorer)
    explorer.keyboard.press("Control+s")
    explorer.wait_for_timeout(500)
    assert bodies == []
    explorer.get_by_role("link", name="Explorer").click()
    expect(explorer.get_by_text("Field List").first).to_be_visible(timeout=PATIENCE)
    explorer.wait_for_timeout(500)
    explorer.keyboard.press("Control+s")
    seen(explorer, lambda: any("update_spec" in body for body in bodies))
    assert sum("update_spec" in body for body in bodies) == 1


def test_a_new_chart_fills_its_frame_and_is_chosen_from_the_menu(explorer: Page) -> None:
    explorer.get_by_role("button", name="1 chart").click()
    explorer.get_by_text("New chart").click()
    expect(explorer.get_by_role("button", name="2 charts")).to_be_visible(timeout=PATIENCE)
    draw(explorer, "product", "X-Axis")
    draw(explorer, "amount", "Y-Axis")
    expect(canvas(explorer)).to_be_visible(timeout=PATIENCE)
    seen(explorer, lambda: (canvas(explorer).bounding_box() or {"width": 0})["width"] > 400)


def test_a_phone_is_for_looking(opened: Opened, ground: Ground) -> None:
    page = opened("narrow")
    page.goto(ground.table)
    expect(canvas(page)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Field List")).to_have_count(0)
    expect(page.get_by_role("button", name="Save")).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    shot(page, "explorer-narrow")


def test_an_answers_rows_open_with_its_chart_and_are_not_saved(opened: Opened, ground: Ground) -> None:
    page = start(opened("light"), f"{ground.url}/explorer?e={ground.evidence_id}")
    expect(facts(page)).to_contain_text("How many orders by region?")
    expect(facts(page)).to_contain_text("4 rows · for looking, not saved")
    expect(canvas(page)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


@pytest.mark.parametrize("query", ["t=00000000000000000000000000000000", "e=nothing"])
def test_what_is_not_there_is_said(opened: Opened, ground: Ground, query: str) -> None:
    page = opened("light")
    page.goto(f"{ground.url}/explorer?{query}")
    expect(page.locator("[class*=st-key-failure]").first).to_be_visible(timeout=PATIENCE)


STORE = """() => {
    function* all(node) {
        for (const child of (node.shadowRoot ?? node).querySelectorAll('*')) {
            yield child;
            if (child.shadowRoot) yield* all(child);
        }
    }
    const calls = ['exportCode', 'importCode', 'addVisualization', 'selectVisualization', 'setVisualLayout'];
    const wanted = [...calls, 'visIndex', 'visList', 'vizList', 'currentVis'];
    for (const node of all(document)) {
        const key = Object.keys(node).find((key) => key.startsWith('__reactContainer$'));
        if (!key || !node.classList.contains('stage')) continue;
        const todo = [node[key]];
        while (todo.length) {
            const fiber = todo.pop();
            if (!fiber) continue;
            const store = fiber.memoizedProps?.storeRef?.current;
            if (store?.exportCode) return wanted.filter((name) => !(name in store));
            todo.push(fiber.sibling, fiber.child);
        }
    }
    return ['the store itself'];
}"""


def test_the_inner_parts_that_our_script_uses_are_those_of_this_version(explorer: Page) -> None:
    """Another version must be tried by hand: the script reaches its store, its theme's switch, its key listeners."""
    assert importlib.metadata.version("pygwalker") == "0.5.0.1"
    assert explorer.evaluate(STORE) == []
    assert explorer.locator(".explorer [role=radio]").count() == 3
    assert not [link for link in explorer.locator("img[src*=runcell], a[href*=kanaries]").all() if link.is_visible()]
