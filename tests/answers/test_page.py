"""Stories of the page, on the real app: a model server on loopback answers, the engine runs what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.store import conversations, users
from components.store.conversations import Reply as StoredReply
from components.workbench import Workbench
from tests.answers.conftest import TABLES, add_table
from tests.answers.pages import body, ended, server_that_says, words
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer

PAGE = "pages/ask_tables.py"
REVENUE = "SELECT category, sum(net_amount) AS revenue FROM orders GROUP BY category ORDER BY revenue DESC"
SAYS = {
    "revenue": Reply(("```sql\n", REVENUE, "\n```")),
    "nonsense": Reply(("SELECT city, sum(net_amount) FROM orders GROUP BY city",)),
    "talker": Reply(("I would rather not.",)),
}


@pytest.fixture
def owner(bench: Workbench) -> str:
    return users.ensure_local_owner(bench.store).id


@pytest.fixture
def shop(bench: Workbench, owner: str, tmp_path: Path) -> None:
    for name, sql in TABLES.items():
        add_table(bench.store, owner, tmp_path, name, sql)


@pytest.fixture
def server(bench: Workbench, owner: str) -> Iterator[FaultServer]:
    with server_that_says(SAYS, bench, owner) as server:
        yield server


def at(app_test: AppTest, bench: Workbench, owner: str, model: str = "") -> AppTest:
    if model:
        users.set_preferences(bench.store, owner, model_tables={"provider": "mine", "model": model})
    return app_test.switch_page(PAGE).run()


def asked(app_test: AppTest, bench: Workbench, owner: str, question: str) -> tuple[AppTest, StoredReply]:
    app_test.chat_input[0].set_value(question).run()
    reply = ended(bench, owner)
    return app_test.run(), reply


@pytest.mark.usefixtures("server")
def test_without_a_table_the_page_teaches_and_offers_the_sample(
    app_test: AppTest, bench: Workbench, owner: str
) -> None:
    page = at(app_test, bench, owner)
    assert not page.exception
    assert "There is no table yet" in words(page)
    assert [button.label for button in page.button if button.key in ("to-tables", "open-sample")] == [
        "Upload a table",
        "Open the sample",
    ]
    assert page.chat_input[0].disabled


@pytest.mark.usefixtures("shop", "server")
def test_a_question_gets_a_card_and_is_found_again(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, reply = asked(at(app_test, bench, owner, "revenue"), bench, owner, "Revenue of each category?")
    assert not page.exception
    assert body(bench, owner, reply)["row_count"] == 5
    assert "3 of 3 numbers found in the rows" in words(page)
    assert "1,000 rows of orders, version 1" in words(page)
    assert [tab.label for tab in page.tabs] == ["Chart", "5 rows", "Query"]

    again = AppTest.from_file(str(Path(PAGE).resolve().parent.parent / "Home.py"), default_timeout=60)
    again.query_params["c"] = conversations.list_conversations(bench.store, owner)[0].id
    again.switch_page(PAGE).run()
    assert "3 of 3 numbers found in the rows" in words(again)


@pytest.mark.usefixtures("shop")
def test_the_privacy_line_says_what_is_sent_and_no_row_is(
    app_test: AppTest, bench: Workbench, owner: str, server: FaultServer
) -> None:
    page, _ = asked(at(app_test, bench, owner, "revenue"), bench, owner, "Revenue of each category?")
    assert "the question and the column names" in words(page)
    sent = str([visit.body for visit in server.visits])
    assert "net_amount DECIMAL" in sent
    assert "Kitchen" not in sent


@pytest.mark.usefixtures("shop", "server")
def test_the_query_is_edited_and_run_again_in_the_same_turn(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, first = asked(at(app_test, bench, owner, "revenue"), bench, owner, "Revenue of each category?")
    kept = str((first.result or {})["evidence"])
    page.session_state[f"work-{kept}"] = "Query"
    page.run()
    page.text_area(key=f"edited-{kept}").set_value("SELECT count(*) AS orders FROM orders").run()
    page.button(key=f"run-{kept}").click().run()
    second = ended(bench, owner)
    page.run()
    assert second.turn_id == first.turn_id
    assert second.number == 2
    assert body(bench, owner, second)["origin"] == "edited"
    assert "Query edited by you" in words(page)
    assert [tab.label for tab in page.tabs] == ["Chart", "1 row", "Query"]


@pytest.mark.usefixtures("shop", "server")
def test_a_query_that_fails_is_shown_with_the_engines_words_and_a_suggestion(
    app_test: AppTest, bench: Workbench, owner: str
) -> None:
    page, reply = asked(at(app_test, bench, owner, "nonsense"), bench, owner, "Which city?")
    assert reply.state == "complete"
    assert body(bench, owner, reply)["told"]
    assert "The engine could not run the query" in words(page)
    assert "Did you mean" in words(page)
    assert not page.dataframe
    kept = str((reply.result or {})["evidence"])
    page.button(key=f"look-{kept}").click().run()
    assert not page.exception
    assert "Rows of the suggested query, not of the one above" in words(page)
    assert len(page.dataframe[0].value) == 3
    page.button(key=f"use-{kept}").click().run()
    assert body(bench, owner, ended(bench, owner))["row_count"] == 3


@pytest.mark.usefixtures("shop", "server")
def test_a_model_that_only_talks_is_quoted(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, _ = asked(at(app_test, bench, owner, "talker"), bench, owner, "Hello")
    assert "The model wrote no query" in words(page)
    assert "I would rather not" in words(page)


@pytest.mark.usefixtures("shop", "server")
def test_words_that_are_not_in_the_data_are_noted(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page, _ = asked(at(app_test, bench, owner, "revenue"), bench, owner, "Net amount of the blood of each category?")
    assert "I did not find **blood** in your data." in words(page)


@pytest.mark.usefixtures("shop")
def test_without_any_model_one_writes_the_query_oneself(app_test: AppTest, bench: Workbench, owner: str) -> None:
    page = at(app_test, bench, owner)
    assert "No model is here yet" in words(page)
    page.text_area(key="own-sql").set_value(REVENUE)
    page.button(key="run-own").click().run()
    reply = ended(bench, owner)
    page.run()
    assert not page.exception
    assert body(bench, owner, reply)["origin"] == "written"
    assert "Query written by you" in words(page)
    assert "3 of 3 numbers found in the rows" in words(page)


@pytest.mark.usefixtures("shop", "server")
def test_the_chosen_tables_stay_with_the_conversation(
    app_test: AppTest, bench: Workbench, owner: str, server: FaultServer
) -> None:
    page = at(app_test, bench, owner, "revenue")
    customers = next(box for box in page.checkbox if box.label == "customers")
    customers.uncheck().run()
    page, _ = asked(page, bench, owner, "Revenue of each category?")
    assert "customers" not in str(server.visits[-1].body)
    talk = conversations.list_conversations(bench.store, owner)[0]
    assert len(talk.choices["datasets"]) == 1


@pytest.mark.usefixtures("shop", "server")
def test_a_strangers_answer_is_not_shown(app_test: AppTest, bench: Workbench, owner: str) -> None:
    from tests.people import add_person

    add_person(bench.store, "ann")
    hers = conversations.create_conversation(bench.store, "ann", "tables", "Her secret")
    app_test.query_params["c"] = hers.id
    page = at(app_test, bench, owner)
    assert "Her secret" not in words(page)
