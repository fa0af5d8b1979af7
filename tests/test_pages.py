"""One law for all pages, and the stories of the home page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow.parquet import write_table
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.store.conversations import create_conversation, list_conversations, turns
from components.store.datasets import Column, add_version
from components.store.jobs import beat, claim, end, submit
from components.store.providers import save_own_provider
from components.tables.sample import ORDERS, SAMPLE_QUESTIONS
from components.workbench import Workbench
from tests.conftest import AT_HOME, ROOT
from tests.servers.fault_server import FaultServer
from tests.waiting import until

PAGES = sorted((ROOT / "pages").glob("*.py"))
STRANGER = RequestFacts("203.0.113.9", AT_HOME.headers)
DOOR = "Nobody is signed in"
OWNER = "local"


def words(at: AppTest) -> str:
    """Everything that the page says."""
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.button]
    return "\n".join(str(getattr(element, "value", "")) + str(getattr(element, "label", "")) for element in shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_stranger_sees_only_the_door(bench: Workbench, visitor: Callable[[RequestFacts], None], page: Path) -> None:
    visitor(STRANGER)
    at = AppTest.from_file(str(page), default_timeout=60).run()  # without Home.py before it: the page admits by itself
    assert [title.value for title in at.title] == [DOOR]
    assert not (at.button or at.text_input or at.dataframe or at.exception or at.chat_input or at.sidebar.markdown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_owner_sees_every_page(app_test: AppTest, page: Path) -> None:
    at = app_test.run().switch_page(f"pages/{page.name}").run()
    assert not at.exception
    assert DOOR not in words(at)
    assert "This machine only" in words(at)
    assert "fault of ours" not in words(at)


def test_a_newcomer_is_offered_a_table_a_chat_and_the_samples(app_test: AppTest) -> None:
    at = app_test.run()
    assert at.title[0].value == "Bring something to ask about"
    labels = [button.label for button in at.button]
    for label in ("Upload a table", "Begin to chat", "Explore the orders", "Ask the report", "Read the price list"):
        assert label in labels


def add_table(bench: Workbench, name: str, rows: int, *, sample: bool = False) -> None:
    blob = bench.store.blobs.new_key("tables", ".parquet")
    parquet = pa.BufferOutputStream()
    write_table(pa.table({"a": [1, 2, 3]}), parquet)
    bench.store.blobs.put(blob, parquet.getvalue().to_pybytes())
    add_version(
        bench.store,
        OWNER,
        name=name,
        title=name,
        filename=ORDERS.filename if sample else f"{name}.csv",
        raw_blob=None,
        blob=blob,
        rows=rows,
        bytes=4,
        columns=(Column("a", "BIGINT"),),
        doubts=(),
        sample=sample,
    )


def test_who_comes_back_goes_on_where_they_stopped(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    create_conversation(bench.store, OWNER, "chat", "Comparing months fairly")
    add_table(bench, "orders", 48_211)
    at = app_test.run()
    assert at.title[0].value == "What do you want to know?"
    said = words(at)
    for part in ("Go on with", "Tables", "48,211 rows", "just now"):
        assert part in said
    assert at.chat_input(key="home-ask").disabled, "no model is here: no question is taken and lost"
    assert [link.proto.label for link in at.get("page_link")].count(
        "Comparing months fairly"
    ) == 2  # and in the sidebar


@pytest.fixture
def with_model(bench: Workbench, app_test: AppTest) -> Iterator[AppTest]:
    """The home page of an owner with a table of the sample and a model server of their own."""
    app_test.run()
    add_table(bench, "orders", 3, sample=True)
    with FaultServer() as server:
        save_own_provider(bench.store, OWNER, "Bench", "chat", f"{server.url}/v1")
        until(lambda: not app_test.run().chat_input(key="home-ask").disabled)  # its list of models arrives beside
        yield app_test


def asked(bench: Workbench) -> list[tuple[str, str]]:
    """Every question of the owner with its conversation's kind."""
    found = list_conversations(bench.store, OWNER)
    return [(talk.kind, turn.question) for talk in found for turn in turns(bench.store, OWNER, talk.id)]


def test_a_question_typed_at_home_is_asked_in_the_chat(bench: Workbench, with_model: AppTest) -> None:
    with_model.pills(key="home-way").select("Just chat")
    with_model.chat_input(key="home-ask").set_value("How do I compare months?").run()
    until(lambda: with_model.run() and asked(bench))
    assert asked(bench) == [("chat", "How do I compare months?")]


def test_a_question_typed_at_home_is_asked_of_the_tables(bench: Workbench, with_model: AppTest) -> None:
    with_model.chat_input(key="home-ask").set_value("How many orders?").run()
    until(lambda: with_model.run() and asked(bench))
    assert asked(bench) == [("tables", "How many orders?")]


def test_the_sample_comes_with_three_questions(with_model: AppTest, bench: Workbench) -> None:
    labels = [button.label for button in with_model.button]
    assert len(SAMPLE_QUESTIONS) == 3
    assert [label for label in labels if label in SAMPLE_QUESTIONS] == list(SAMPLE_QUESTIONS)
    with_model.button(key=f"try-{SAMPLE_QUESTIONS[1]}").click().run()
    until(lambda: with_model.run() and asked(bench))
    assert asked(bench) == [("tables", SAMPLE_QUESTIONS[1])]


def failed_import(bench: Workbench, name: str) -> str:
    """The id of a job that failed in another process."""
    beat(bench.store, "another-process")
    submit(bench.store, OWNER, "of another process", f"Import {name}", {})
    job = claim(bench.store, "another-process", ["of another process"])
    assert job is not None
    error = {"code": "FileError", "what": f"{name} is not a table.", "kept": "", "todo": "Check it [here](x)."}
    end(bench.store, job.id, "another-process", state="failed", error=error, result=None)
    return job.id


def test_a_failed_job_says_why_until_it_is_put_away(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    job_id = failed_import(bench, "stock.csv")
    at = app_test.run()
    assert "stock.csv is not a table" in words(at).replace("\\", "")
    assert "[here](x)" not in words(at), "a job's words are shown as they are, never as links"
    at.button(key=f"away-{job_id}").click().run()
    assert "stock.csv" not in words(at)


def test_all_jobs_that_ended_are_put_away_at_once(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    for name in ("stock.csv", "sales.csv"):
        failed_import(bench, name)
    submit(bench.store, OWNER, "of another process", "Import orders.csv", {})
    at = app_test.run()
    at.button(key="away-all").click().run()
    assert "stock.csv" not in words(at)
    assert "sales.csv" not in words(at)
    assert "Import orders.csv" in words(at)


def test_a_waiting_job_can_be_cancelled_from_the_panel(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    job = submit(bench.store, OWNER, "of another process", "Import stock.csv", {})
    app_test.run().button(key=f"cancel-{job.id}").click().run()
    assert "Cancelled" in words(app_test.run())
