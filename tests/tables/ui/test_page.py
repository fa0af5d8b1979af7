"""The tables page as stories: empty, with tables, one table, what an upload becomes, delete."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.store import datasets, jobs, uploads
from components.store.datasets import Dataset
from components.store.users import LOCAL_OWNER_ID
from components.tables.ui.tables.table import _said
from components.ui import uploading
from components.workbench import Workbench
from tests.people import add_person
from tests.tables.test_routes import add_table
from tests.waiting import until

ME = LOCAL_OWNER_ID
CSV = "id;amount\n1;1.234,56\n2;n/a\n3\n4;7,5\n"


def words(at: AppTest) -> str:
    """Everything that the page says."""
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.button]
    return "\n".join(str(getattr(element, "value", "")) + str(getattr(element, "label", "")) for element in shown)


@pytest.fixture
def page(app_test: AppTest) -> AppTest:
    return app_test.run().switch_page("pages/tables.py").run()


@pytest.fixture
def shop(bench: Workbench, page: AppTest) -> Dataset:
    return add_table(bench, ME)


def imported(bench: Workbench, content: str, filename: str) -> Dataset:
    """A table that a real import made of this content."""
    upload = uploads.open_upload(bench.store, ME, "table", filename)
    key = bench.store.blobs.new_key("raw")
    bench.store.blobs.put(key, content.encode())
    uploads.complete_upload(bench.store, ME, upload.id, len(content), "-", key)
    job = bench.jobs.submit(ME, "import_table", filename, upload_id=upload.id)
    until(lambda: jobs.job(bench.store, ME, job.id).state in ("done", "failed"), seconds=60)
    found = jobs.job(bench.store, ME, job.id)
    assert found.result is not None, found.error
    return datasets.dataset(bench.store, ME, found.result["dataset_ids"][0])


def test_empty_it_says_what_it_is_for_and_offers_the_sample(page: AppTest) -> None:
    assert not page.exception
    assert "No tables yet" in words(page)
    assert "Open the sample" in [button.label for button in page.button]


def test_the_sample_is_opened_once(bench: Workbench, page: AppTest) -> None:
    page.button(key="open-sample").click().run()
    assert [job.kind for job in jobs.jobs(bench.store, ME)].count("open_sample") == 1
    assert "Open the sample" in words(page)


def test_tables_are_listed_with_their_facts(shop: Dataset, page: AppTest) -> None:
    page.run()
    assert "1 table · 2 rows" in words(page)
    assert "2 rows · 2 columns · version 1, just now · from Läden.csv" in words(page)


def test_another_users_table_is_not_shown(bench: Workbench, page: AppTest) -> None:
    theirs = add_table(bench, add_person(bench.store, "bob"))
    page.run()
    assert "No tables yet" in words(page)
    page.query_params["t"] = theirs.id
    page.run()
    assert "Shop" not in words(page)
    assert "There is no such table" in words(page) or "not" in words(page)


def test_a_table_shows_columns_rows_doubts_and_versions(bench: Workbench, page: AppTest) -> None:
    found = imported(bench, CSV, "orders.csv")
    page.query_params["t"] = found.id
    page.run()
    assert not page.exception
    assert [tab.label for tab in page.tabs] == ["Columns", "Rows", f"Doubts ({len(found.latest.doubts)})", "Versions"]
    assert "1 of 4 rows did not fit\\: line 4 has too few values. Left out." in words(page)
    assert "were read as empty" in words(page)
    columns, first = page.dataframe[0].value, page.dataframe[1].value
    assert list(columns["column"]) == ["id", "amount"]
    assert list(first["id"]) == [1, 2, 4]


def test_a_missing_profile_is_made_behind_the_page(bench: Workbench, shop: Dataset, page: AppTest) -> None:
    page.query_params["t"] = shop.id
    page.run()
    assert "Looking over the columns" in words(page)
    until(lambda: datasets.dataset(bench.store, ME, shop.id).latest.profile is not None, seconds=60)
    page.run()
    assert list(page.dataframe[0].value["column"]) == ["id", "name"]


def test_a_failed_import_is_said_until_it_is_put_away(bench: Workbench, page: AppTest) -> None:
    job = bench.jobs.submit(ME, "import_table", "lost.csv", upload_id="0" * 32)
    until(lambda: jobs.job(bench.store, ME, job.id).state == "failed", seconds=60)
    page.run()
    (away,) = [button for button in page.button if button.key == f"away-import-{job.id}"]
    away.click().run()
    assert f"away-import-{job.id}" not in [button.key for button in page.button]


class Told:
    """What the component would tell."""

    def __init__(self, chosen: Any = None, done: Any = (), failed: Any = ()) -> None:
        self.chosen, self.done, self.failed = chosen, done, failed


def tell(monkeypatch: pytest.MonkeyPatch, told: Told) -> list[Mapping[str, Any]]:
    """Let the field tell this in every run; what the page gave it is collected."""
    given: list[Mapping[str, Any]] = []

    def field(*, data: Mapping[str, Any], **_: Any) -> Told:
        given.append(data)
        now = Told(told.chosen, told.done, told.failed)
        told.chosen = None  # a trigger lasts one run
        return now

    monkeypatch.setattr(uploading, "_field", field)
    return given


def test_chosen_files_get_tickets_and_too_large_ones_are_refused(
    bench: Workbench, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [{"key": "a", "name": "C:\\x\\orders.csv", "bytes": 5}, {"key": "b", "name": "big.csv", "bytes": 1 << 50}]
    given = tell(monkeypatch, Told(chosen))
    page.run()
    tickets = given[-1]["tickets"]
    assert uploads.upload(bench.store, ME, tickets["a"]["id"]).filename == "orders.csv"
    assert "larger than 4,096 MB" in tickets["b"]["refused"]
    assert "big.csv is larger than 4,096 MB" in words(page)


def test_an_arrived_file_is_imported_once_and_what_the_browser_makes_up_is_not(
    bench: Workbench, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploads.open_upload(bench.store, ME, "table", "orders.csv")
    key = bench.store.blobs.new_key("raw")
    bench.store.blobs.put(key, CSV.encode())
    uploads.complete_upload(bench.store, ME, upload.id, 9, "-", key)
    theirs = uploads.open_upload(bench.store, add_person(bench.store, "bob"), "table", "secret.csv")
    tell(monkeypatch, Told(done=[upload.id, theirs.id, "nonsense", 5]))
    page.run()
    page.run()
    assert [job.title for job in jobs.jobs(bench.store, ME)] == ["orders.csv"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`a` is text", "`a` is text"),
        ("“[x](http://evil)” was read as **1 May**", r"“\[x\](http\://evil)” was read as **1 May**"),
        ("one ` tick", r"one \` tick"),
        ("a ** star", r"a \*\* star"),
    ],
)
def test_words_of_a_file_are_never_formatting(text: str, shown: str) -> None:
    assert _said(text) == shown


def test_the_script_sets_text_never_html() -> None:
    script = (Path(uploading.__file__).parent / "upload.js").read_text()
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script
