"""One law for all pages, and the stories of the home page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.auth.admission import RequestFacts
from components.store.conversations import create_conversation
from components.store.datasets import Column, add_version
from components.store.jobs import beat, claim, end, submit
from components.workbench import Workbench
from tests.conftest import AT_HOME, ROOT

PAGES = sorted((ROOT / "pages").glob("*.py"))
STRANGER = RequestFacts("203.0.113.9", AT_HOME.headers)
DOOR = "Nobody is signed in"
OWNER = "local"


def words(at: AppTest) -> str:
    """Everything that the page says."""
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.button]
    return "\n".join(str(getattr(element, "value", "")) + str(getattr(element, "label", "")) for element in shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_stranger_sees_only_the_door(
    bench: Workbench, visitor: Callable[[RequestFacts], None], page: Path
) -> None:
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


def test_a_newcomer_is_offered_a_table_a_chat_and_the_sample(app_test: AppTest) -> None:
    at = app_test.run()
    assert at.title[0].value == "Bring something to ask about"
    labels = [button.label for button in at.button]
    for label in ("Upload a table", "Begin to chat", "Open the sample"):
        assert label in labels


def test_one_press_opens_the_sample_and_a_second_does_not_begin_again(bench: Workbench, app_test: AppTest) -> None:
    from components.store.jobs import jobs

    app_test.run().button(key="sample").click().run()
    app_test.run()
    assert [job.kind for job in jobs(bench.store, OWNER)].count("open_sample") == 1


def add_table(bench: Workbench, name: str, rows: int, *, sample: bool = False) -> None:
    blob = bench.store.blobs.new_key("tables", ".parquet")
    bench.store.blobs.put(blob, b"PAR1")
    add_version(
        bench.store,
        OWNER,
        name=name,
        title=name,
        filename=f"{name}.csv",
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
    assert at.chat_input(key="home-ask").placeholder == "Ask your tables, or just talk"
    assert [link.proto.label for link in at.get("page_link")].count("Comparing months fairly") == 2  # and in the sidebar


def test_a_question_typed_at_home_is_asked_where_it_belongs(bench: Workbench, app_test: AppTest) -> None:
    from components.store.conversations import list_conversations, turns

    app_test.run()
    add_table(bench, "orders", 3)
    at = app_test.run()
    at.pills(key="home-way").select("Just chat")
    at.chat_input(key="home-ask").set_value("How do I compare months?").run()
    found = list_conversations(bench.store, OWNER)
    assert [conversation.kind for conversation in found] == ["chat"]
    assert [turn.question for turn in turns(bench.store, OWNER, found[0].id)] == ["How do I compare months?"]


def test_the_sample_comes_with_three_questions(bench: Workbench, app_test: AppTest) -> None:
    from components.tables.sample import SAMPLE_QUESTIONS

    app_test.run()
    add_table(bench, "orders", 3, sample=True)
    labels = [button.label for button in app_test.run().button]
    assert len(SAMPLE_QUESTIONS) == 3
    assert [label for label in labels if label in SAMPLE_QUESTIONS] == list(SAMPLE_QUESTIONS)


def test_a_failed_job_says_why_until_it_is_put_away(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    beat(bench.store, "another-process")
    submit(bench.store, OWNER, "of another process", "Import stock.csv", {})
    job = claim(bench.store, "another-process", ["of another process"])
    assert job is not None
    error = {"code": "FileError", "what": "stock.csv is not a table.", "kept": "", "todo": "Check it [here](x)."}
    end(bench.store, job.id, "another-process", state="failed", error=error, result=None)
    at = app_test.run()
    assert "stock.csv is not a table" in words(at).replace("\\", "")
    assert "[here](x)" not in words(at), "a job's words are shown as they are, never as links"
    at.button(key=f"away-{job.id}").click().run()
    assert "stock.csv" not in words(at)


def test_a_waiting_job_can_be_cancelled_from_the_panel(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    job = submit(bench.store, OWNER, "of another process", "Import stock.csv", {})
    app_test.run().button(key=f"cancel-{job.id}").click().run()
    deadline = time.monotonic() + 10
    while "Cancelled" not in words(app_test.run()):
        assert time.monotonic() < deadline
