"""The samples of the home page: a press leads to a result, whatever happens meanwhile; an address does nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from components.documents.sample import FIRST_QUESTION
from components.samples import ORDERS, PARTS, PRICES, REPORT, Part, id_of, open_part
from components.store.charts import charted
from components.store.conversations import list_conversations, turns
from components.store.jobs import beat, claim, end, job, jobs, submit
from components.store.providers import save_own_provider
from components.tables.sample import SAMPLE_QUESTIONS as OF_ORDERS
from components.workbench import Workbench
from tests.conftest import ROOT
from tests.servers.fault_server import FaultServer
from tests.waiting import until

ME = "local"


def press(at: AppTest, part: Part) -> AppTest:
    return at.button(key=f"try-sample-{part.name}").click().run()


def here(bench: Workbench, part: Part) -> str:
    """The part's id once it is there."""
    return until(lambda: not going(bench, part) and id_of(bench, ME, part), seconds=120) or ""


def going(bench: Workbench, part: Part) -> bool:
    return any(one.kind == part.kind and one.state in ("queued", "running") for one in jobs(bench.store, ME))


def asked(bench: Workbench) -> list[tuple[str, str]]:
    found = list_conversations(bench.store, ME)
    return [(talk.kind, turn.question) for talk in found for turn in turns(bench.store, ME, talk.id)]


def page_of(at: AppTest) -> str:
    """The title of the page that is shown."""
    return str(at.title[0].value)


def said(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption, *at.title))


def another_tab() -> AppTest:
    return AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)


def test_the_price_list_leads_to_its_doubts(bench: Workbench, app_test: AppTest) -> None:
    press(app_test.run(), PRICES)
    table = here(bench, PRICES)
    at = app_test.run()
    assert page_of(at) == "Price list of a supplier"
    assert at.query_params["t"] == table
    assert "What was doubtful is listed" in said(at)
    assert [one.kind for one in jobs(bench.store, ME)] == [], "what was seen leaves the panel"


def test_a_press_begins_once_and_a_reload_still_goes_on(bench: Workbench, app_test: AppTest) -> None:
    at = press(app_test.run(), PRICES)
    assert open_part(bench, ME, PRICES).id == at.query_params["sample"]
    assert len(jobs(bench.store, ME)) == 1
    here(bench, PRICES)
    reloaded = another_tab()
    reloaded.query_params["sample"] = at.query_params["sample"]
    assert page_of(reloaded.run()) == "Price list of a supplier"


def test_another_tab_stays_where_it_is_and_leads_when_pressed(bench: Workbench, app_test: AppTest) -> None:
    press(app_test.run(), PRICES)
    here(bench, PRICES)
    other = another_tab().run()
    assert page_of(other) == "What do you want to know?"
    assert page_of(press(other, PRICES)) == "Price list of a supplier"
    assert page_of(another_tab().run()) == "What do you want to know?"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_an_address_alone_begins_nothing(bench: Workbench, app_test: AppTest, part: Part) -> None:
    app_test.query_params["sample"] = part.name
    assert page_of(app_test.run()) == "Bring something to ask about"
    assert jobs(bench.store, ME) == []


def test_an_address_alone_asks_nothing(bench: Workbench, app_test: AppTest) -> None:
    """Also where the sample was brought by a button that asks nothing: another's link is no press."""
    app_test.run()
    open_part(bench, ME, REPORT)
    here(bench, REPORT)
    linked = another_tab()
    linked.query_params["sample"] = "report"
    linked.run()
    assert asked(bench) == []
    assert "sample" not in linked.query_params


def test_the_report_is_asked_without_a_model_and_only_once(bench: Workbench, app_test: AppTest) -> None:
    press(app_test.run(), REPORT)
    here(bench, REPORT)
    app_test.run()
    until(lambda: app_test.run() and asked(bench))
    again = press(another_tab().run(), REPORT)
    assert asked(bench) == [("documents", FIRST_QUESTION)]
    assert FIRST_QUESTION in page_of(again)


def test_without_a_model_the_orders_are_a_chart_and_say_why(bench: Workbench, app_test: AppTest) -> None:
    press(app_test.run(), ORDERS)
    table = here(bench, ORDERS)
    at = app_test.run()
    assert (page_of(at), at.query_params["t"]) == ("Orders", table)
    assert [spec["name"] for spec in charted(bench.store, ME)[table].specs] == ["Net amount by category"]
    assert "No model is here yet, so this is a chart of the orders and no answer" in said(at)
    assert asked(bench) == []


@pytest.fixture
def with_model(bench: Workbench, app_test: AppTest) -> Iterator[AppTest]:
    """The home page of a newcomer with a model server of their own."""
    app_test.run()
    with FaultServer() as server:
        save_own_provider(bench.store, ME, "Bench", "chat", f"{server.url}/v1")
        until(lambda: "Ask the orders" in [button.label for button in app_test.run().button])
        yield app_test


def test_with_a_model_the_orders_are_asked_by_themselves(bench: Workbench, with_model: AppTest) -> None:
    press(with_model, ORDERS)
    table = here(bench, ORDERS)
    with_model.run()
    until(lambda: with_model.run() and asked(bench))
    assert asked(bench) == [("tables", OF_ORDERS[0])]
    assert list_conversations(bench.store, ME)[0].choices["datasets"] == [table]


def test_one_that_fails_says_why_and_is_tried_again(bench: Workbench, app_test: AppTest) -> None:
    bench.jobs.close()
    app_test.run()
    beat(bench.store, "w")
    submit(bench.store, ME, PRICES.kind, PRICES.title, {})
    mine = claim(bench.store, "w", [PRICES.kind])
    assert mine
    error = {"code": "StorageFullError", "what": "There is no room left.", "kept": "", "todo": "Make room."}
    end(bench.store, mine.id, "w", state="failed", error=error)
    at = app_test.run()
    assert "There is no room left" in said(at)
    at.button(key="again-prices").click().run()
    assert job(bench.store, ME, mine.id).state == "failed"
    assert [one.state for one in jobs(bench.store, ME)] == ["queued"]
