"""The documentation as the app shows it: every page and setting is in it, and what it links to is there."""

from __future__ import annotations

import re

import pytest

from components.llm.catalogue import PROVIDERS
from components.manual import (
    BOOKS,
    SETTINGS,
    anchor,
    describe_setting,
    find_section,
    sections,
    setting_names,
)
from components.settings import ROOT
from components.ui.navigation import ROWS

BOOK_NAMES = [book.name for book in BOOKS]


def test_every_document_of_the_folder_is_shown() -> None:
    assert {book.file for book in BOOKS} == {"README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))}


@pytest.mark.parametrize("name", BOOK_NAMES)
def test_a_document_loses_no_word_but_pictures(name: str) -> None:
    file = next(book.file for book in BOOKS if book.name == name)
    shown = "\n".join(f"{one.title}\n{one.text}" for one in sections(name))
    written = (ROOT / file).read_text(encoding="utf-8")
    written = re.sub(r"^!\[.*$|<!--.*?-->|\]\([^)]*\)|^# .*$", "", written, flags=re.M)
    words = set(re.findall(r"\w{4,}", written)) - set(re.findall(r"\w{4,}", shown))
    assert words == set()


@pytest.mark.parametrize("name", BOOK_NAMES)
def test_its_links_lead_to_sections_that_are_there(name: str) -> None:
    for section in sections(name):
        for at in re.findall(r"\]\(help\?at=([^)]+)\)", section.text):
            found = find_section(at)
            book, _, heading = at.partition("/")
            assert found.address.startswith(f"{book}/")
            assert not heading or heading in {
                anchor(found.title),
                *map(anchor, re.findall(r"^#+ (.+)$", found.text, re.M)),
            }


@pytest.mark.parametrize("name", BOOK_NAMES)
def test_nothing_in_it_would_be_read_as_a_formula(name: str) -> None:
    """Two dollar signs in running text would become mathematics."""
    for section in sections(name):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", section.text, flags=re.S)
        assert text.count("$") < 2, section.address


def test_every_page_is_described() -> None:
    described = {section.title for section in sections("using")}
    assert {row.title for row in ROWS} <= described


def test_every_setting_is_described_and_stands_in_the_table() -> None:
    table = find_section(SETTINGS).text
    for name in setting_names():
        assert name in describe_setting(name)
        assert f"`{name}`" in table
    assert describe_setting("upload_mb") == describe_setting("GROUNDWORK_UPLOAD_MB") != ""
    assert describe_setting("GROUNDWORK_NO_SUCH_THING") == describe_setting("") == ""


def test_the_readme_names_every_key_that_a_server_can_have() -> None:
    text = find_section(SETTINGS).text
    assert [row.key_name for row in PROVIDERS if row.key_name and f"`{row.key_name}`" not in text] == []


@pytest.mark.parametrize(
    "address", ["", "nothing", "nothing/here", "using/nothing", "../README", "using/" + "x" * 5000]
)
def test_an_address_that_leads_nowhere_shows_the_first_section(address: str) -> None:
    assert find_section(address) == sections("using")[0]


def test_a_heading_within_a_section_leads_to_it() -> None:
    assert find_section("sign-in/keycloak").title == "Complete examples"
    assert find_section("readme/sharing").title == "Signing in"
