"""Help on the page: the list of shortcuts is true, and each page, setting and message leads to what is said of it."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from components.ui.errors import with_settings_linked
from components.ui.keyboard import PAGE_KEYS, SHORTCUTS, STOP
from scripts.shortcuts_table import FILE, with_shortcuts
from tests.conftest import ROOT


def test_the_documentation_lists_the_shortcuts_as_they_are() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert with_shortcuts(text) == text, "run: python scripts/shortcuts_table.py"


def test_every_key_of_a_page_is_listed_and_known_to_the_browser() -> None:
    script = (ROOT / "components/ui/page_view.js").read_text(encoding="utf-8")
    known = script.partition("const does = {")[2].partition("}[")[0]
    assert all(f'"{does}":' in known or f"{does}:" in known for does in PAGE_KEYS.values())
    listed = {key for one in SHORTCUTS if one.where.startswith("A page") for key in one.keys}
    assert len(listed) == len(PAGE_KEYS)


def test_no_screen_hears_a_key_that_is_not_listed() -> None:
    """Shortcuts of Streamlit's buttons are named in one file; so are the keys of our own components."""
    screens = [path for path in (ROOT / "components").rglob("*.py") if "ui" in path.parts]
    written = [(path.name, found) for path in screens for found in re.findall(r"shortcut=(\S+?),?\n", path.read_text())]
    assert written == [("composer.py", "STOP")]
    assert any({"Esc": "Escape"}.get(key, key) == STOP for one in SHORTCUTS for key in one.keys)
    hears = {path.name for path in (ROOT / "components").rglob("*.js") if re.search("keydown", path.read_text())}
    assert hears == {"page_view.js", "proof.js", "explorer.js"}


@pytest.fixture
def help_page(app_test: AppTest) -> AppTest:
    return app_test.run().switch_page("pages/help.py")


def shown(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.subheader, *at.caption, *at.title])


def test_it_opens_with_how_an_answer_is_read(help_page: AppTest) -> None:
    at = help_page.run()
    assert not at.exception
    assert "unverified" in shown(at)


def test_a_page_leads_to_what_is_said_of_it(app_test: AppTest) -> None:
    at = app_test.run().switch_page("pages/tables.py").run()
    link = next(one.proto for one in at.get("page_link") if one.proto.label == "Help")
    assert link.query_string == "at=using%2Ftables"
    at = at.switch_page("pages/help.py")
    at.query_params["at"] = "using/tables"
    assert "share of missing values" in shown(at.run())


def test_a_setting_stands_above_the_table_of_all(help_page: AppTest) -> None:
    help_page.query_params["setting"] = "GROUNDWORK_UPLOAD_MB"
    said = shown(help_page.run())
    assert said.index("`GROUNDWORK_UPLOAD_MB`: Largest upload") < said.index("| setting | default | meaning |")


def test_words_are_found_in_all_documents(help_page: AppTest) -> None:
    at = help_page.run()
    at.text_input[0].set_value("X-Forwarded-For").run()
    assert any("Behind a reverse proxy" in one.proto.label for one in at.get("page_link"))
    at.text_input[0].set_value("no such words anywhere <b>").run()
    assert "Nothing here holds no such words anywhere \\<b\\>." in shown(at)


def test_a_message_links_the_setting_that_it_names_and_nothing_else() -> None:
    said = with_settings_linked("Let the operator raise GROUNDWORK_UPLOAD_MB. See GROUNDWORK_NOTHING, [x](y), *z*.")
    assert "[`GROUNDWORK_UPLOAD_MB`](help?setting=GROUNDWORK_UPLOAD_MB)" in said
    assert "GROUNDWORK\\_NOTHING" in said
    assert "\\[x\\]" in said
    assert "\\*z\\*" in said


def test_a_name_of_no_setting_does_not_hide_an_address() -> None:
    assert "https\\:" not in with_settings_linked("See https://GROUNDWORK_X.a.e.example")
