"""A viewer looks: every page can be opened, and none offers to bring, ask or keep anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from streamlit.testing.v1 import AppTest

from components.store import conversations, datasets, pen, shares
from components.store.datasets import Dataset
from components.store.people import set_role
from components.ui.navigation import ROWS
from components.workbench import Workbench
from tests.auth.conftest import Seen
from tests.auth.people_here import Here
from tests.conftest import ROOT

PAGES = sorted((ROOT / "pages").glob("*.py"))
BEGINNINGS = (  # words of buttons that begin something
    *("Upload", "Upload a table", "Add documents", "Open the sample", "Begin to chat", "Ask"),
    *("Explore the orders", "Ask the orders", "Ask the report", "Read the price list"),
    *("Save key", "Add address", "Add key", "Write SQL", "Run this query", "Ask again", "New conversation", "Download"),
    "Fetch it",
)
LEADING = ("Bring a table", "Open the sample", "Add a key")  # links to where something is begun


def said(at: AppTest) -> str:
    assert not at.exception
    shown = [*at.title, *at.subheader, *at.markdown, *at.caption]
    questions = [element.proto.body for element in at.get("html")]
    return "\n".join([*(str(element.value) for element in shown), *questions]).replace("\\", "")


@pytest.fixture
def shared(signing: Workbench, jonas: Here, sam: Here) -> tuple[Dataset, str]:
    """A table and a conversation of an analyst's, which the viewer sees."""
    store = signing.store
    out = pa.BufferOutputStream()
    parquet.write_table(pa.table({"a": [1, 2, 3]}), out)
    blob = store.blobs.new_key("tables", ".parquet")
    store.blobs.put(blob, out.getvalue().to_pybytes())
    facts: dict[str, Any] = {
        "name": "orders",
        "title": "Orders",
        "filename": "orders.csv",
        "raw_blob": None,
        "blob": blob,
    }
    columns = (datasets.Column("a", "BIGINT"),)
    table = datasets.add_version(store, jonas.id, rows=3, bytes=1, columns=columns, **facts)
    talk = conversations.create_conversation(store, jonas.id, "chat", "Margins")
    _, reply = conversations.add_turn(
        store, jonas.id, talk.id, "Why did they fall?", provider="p", model="m", worker_id="w"
    )
    pen.write_pieces(store, [pen.PieceRow(reply.id, 0, "text", "Because of freight.")], "w")
    pen.end_reply(store, reply.id, "w", state="complete", finish="stop")
    shares.share(store, jonas.id, "dataset", table.id, to_user=sam.id)
    shares.share(store, jonas.id, "conversation", talk.id, to_user=sam.id)
    return table, talk.id


def offers(at: AppTest) -> list[str]:
    """The buttons that begin something, and the fields that ask."""
    found = [button.label for button in at.button if button.label in BEGINNINGS]
    return found + ["a field"] * len(at.chat_input) + ["a form for keys"] * len(at.get("file_uploader"))


@pytest.mark.parametrize("page", [p for p in PAGES if p.stem != "profile"], ids=lambda page: page.stem)
def test_no_page_offers_a_viewer_to_begin_anything(page: Path, sam: Here, shared: object, seen_by: Seen) -> None:
    at = seen_by(sam).switch_page(f"pages/{page.name}").run()
    assert not at.exception
    assert offers(at) == []
    assert "fault of ours" not in said(at)
    assert not [c for c in at.get("bidi_component") if "upload" in str(c)]


def test_the_same_pages_do_offer_it_to_an_analyst(jonas: Here, seen_by: Seen) -> None:
    """The test above can fail: what it looks for is there for somebody else."""
    at = seen_by(jonas)
    assert {"Upload a table", "Begin to chat", "Ask the report"} <= set(offers(at))
    assert "Open the sample" in offers(at.switch_page("pages/tables.py").run())
    at.switch_page("pages/chat.py").run()
    assert "a field" in offers(at)


def test_the_home_page_lists_what_is_shared(sam: Here, shared: object, seen_by: Seen) -> None:
    at = seen_by(sam)
    assert at.title[0].value == "What is shared with you"
    links = [link.proto.label for link in at.get("page_link")]
    assert "Orders" in links
    assert "Margins" in links


@pytest.mark.parametrize("page", [p for p in PAGES if p.stem != "profile"], ids=lambda page: page.stem)
def test_a_viewer_with_nothing_is_led_to_no_beginning(page: Path, sam: Here, seen_by: Seen) -> None:
    at = seen_by(sam).switch_page(f"pages/{page.name}").run()
    assert offers(at) == []
    assert [link.proto.label for link in at.get("page_link") if link.proto.label in LEADING] == []


def test_a_shared_conversation_is_read_without_a_field(
    sam: Here, shared: tuple[Dataset, str], seen_by: Seen, signing: Workbench
) -> None:
    at = seen_by(sam)
    at.query_params["c"] = shared[1]
    at.switch_page("pages/chat.py").run()
    text = said(at)
    assert "Why did they fall?" in text
    assert "Because of freight." in text
    assert offers(at) == []


def test_without_a_conversation_the_chat_lists_those_to_read(sam: Here, shared: object, seen_by: Seen) -> None:
    at = seen_by(sam).switch_page("pages/chat.py").run()
    assert "Margins" in [link.proto.label for link in at.get("page_link")]


def test_the_models_page_says_why_it_is_empty(sam: Here, seen_by: Seen) -> None:
    assert "Your role here is to look" in said(seen_by(sam).switch_page("pages/models.py").run())


def test_a_button_that_was_drawn_before_does_nothing_any_more(
    signing: Workbench, ada: Here, jonas: Here, seen_by: Seen
) -> None:
    """An analyst's page stands open while they are made a viewer: its button begins nothing."""
    from components.store.jobs import jobs

    at = seen_by(jonas)
    set_role(signing.store, ada.id, jonas.id, "viewer")
    at.button(key="try-sample-report").click().run()
    assert jobs(signing.store, jonas.id) == []


@pytest.mark.parametrize(
    ("who", "hidden"),
    [
        ("sam", {"chat", "ask_tables", "ask_documents", "models", "administration"}),
        ("jonas", {"administration"}),
        ("ada", set()),
    ],
)
def test_the_sidebar_lists_what_a_role_has_a_use_for(
    who: str, hidden: set[str], request: pytest.FixtureRequest, signing: Workbench
) -> None:
    here: Here = request.getfixturevalue(who)
    by_the_person = {"profile", "help"}  # they stand at the sidebar's foot
    assert {row.name for row in ROWS if not row.is_listed(here.user)} == hidden | by_the_person
