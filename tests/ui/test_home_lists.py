"""The home page of one who comes back: where conversations stopped, what runs, what needs them, what was opened."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.store import charts, conversations, pen, users
from components.store.datasets import rename_dataset
from components.store.jobs import beat, claim, end, submit
from components.workbench import Workbench
from tests.tables.test_routes import add_table

ME = "local"


def said(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption, *at.subheader))


def links(at: AppTest) -> list[str]:
    return [link.proto.label for link in at.main.get("page_link")]


def test_a_conversation_says_how_it_stopped_and_the_last_one_what_was_asked(
    bench: Workbench, app_test: AppTest
) -> None:
    app_test.run()
    talk = conversations.create_conversation(bench.store, ME, "chat", "Comparing months").id
    asked = conversations.add_turn(bench.store, ME, talk, "And [years](x)?", provider="p", model="m", worker_id="w")
    pen.end_reply(bench.store, asked[1].id, "w", state="interrupted")
    at = app_test.run()
    assert ":orange[interrupted] · just now" in said(at)
    assert r"Asked last: And \[years\](x)?" in said(at)


def test_saved_charts_are_listed_with_their_table(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    table = add_table(bench, ME)
    charts.save_charts(bench.store, ME, table.id, [{"name": "By month"}, {"name": "By day"}], [])
    at = app_test.run()
    assert "By month and 1 more" in links(at)
    assert "Charts" in said(at)


def test_what_was_opened_last_stands_first(bench: Workbench, app_test: AppTest) -> None:
    at = app_test.run()
    first, second = add_table(bench, ME), add_table(bench, ME)
    for table, title in ((first, "First"), (second, "Second")):
        rename_dataset(bench.store, ME, table.id, title)
    at.query_params["t"] = first.id
    at.switch_page("pages/tables.py").run()
    before = users.user(bench.store, ME).preferences
    at.run()
    assert users.user(bench.store, ME).preferences == before, "a second look writes nothing"
    assert [one[0] for one in before["opened"]["table"]] == [first.id]
    home = AppTest.from_file(at._script_path, default_timeout=60).run()
    assert [label for label in links(home) if label in ("First", "Second")] == ["First", "Second"]
    assert second.created_at > first.created_at


def test_work_that_runs_and_work_that_failed_stand_on_the_page(bench: Workbench, app_test: AppTest) -> None:
    app_test.run()
    add_table(bench, ME)
    beat(bench.store, "w")
    for kind in ("of another process", "and another"):
        submit(bench.store, ME, kind, f"Import {kind}", {})
    job = claim(bench.store, "w", ["and another"])
    assert job
    error = {"code": "FileError", "what": "stock.csv is not a table.", "kept": "", "todo": "Check it."}
    end(bench.store, job.id, "w", state="failed", error=error)
    at = app_test.run()
    for words in ("Under way", "Needs you", "Waiting for its turn", "stock.csv is not a table. Check it."):
        assert words in said(at)
    assert {"Import of another process", "Import and another"} <= set(links(at))
