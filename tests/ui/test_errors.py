"""How errors are said: as they are where a user can act on them, as a numbered bug where not, and never silently."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from components.errors import FileError
from components.ui.errors import plain, typed


def says(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption)).replace("\\", "")


def raises_an_app_error() -> None:
    import streamlit as st

    from components.errors import FileError
    from components.ui import errors_shown

    st.write("drawn before")
    with errors_shown():
        raise FileError("stock.csv is [no table](http://x). It has 3 columns in row 9.", todo="Mend row 9.")
    st.write("never drawn")


def test_an_app_error_is_said_with_what_was_kept_and_what_to_do() -> None:
    at = AppTest.from_function(raises_an_app_error).run()
    said = says(at)
    for part in ("drawn before", "stock.csv is [no table](http://x)", "It has 3 columns in row 9. Mend row 9."):
        assert part in said
    assert FileError.kept in said
    assert "never drawn" not in said
    assert [button.label for button in at.button] == ["Try again"]
    assert not at.exception


def test_an_address_that_names_nothing_is_left_by_a_button() -> None:
    at = AppTest.from_function(raises_an_app_error)
    at.query_params["t"] = "nothing"
    at.run()
    assert [button.label for button in at.button] == ["Try again", "Go on without it"]
    at.button[1].click().run()
    assert not at.query_params
    assert [button.label for button in at.button] == ["Try again"]


def raises_a_bug() -> None:
    from components.ui import errors_shown

    with errors_shown():
        raise RuntimeError("the inside of a secret")


def test_a_bug_is_logged_whole_under_the_number_that_the_page_shows(caplog: pytest.LogCaptureFixture) -> None:
    at = AppTest.from_function(raises_a_bug).run()
    found = re.search(r"log as ([0-9a-f]{8})", says(at))
    assert found
    assert f"bug {found[1]}" in caplog.text
    assert "RuntimeError: the inside of a secret" in caplog.text
    assert "the inside of a secret" not in says(at)


def goes_on() -> None:
    import streamlit as st

    from components.errors import FileError
    from components.ui import errors_shown

    with errors_shown(go_on=True):
        raise FileError("One list cannot be shown.")
    st.write("the rest of the page")


def test_where_the_rest_of_a_page_stands_by_itself_it_is_drawn() -> None:
    said = says(AppTest.from_function(goes_on).run())
    assert "One list cannot be shown" in said
    assert "the rest of the page" in said


def stops() -> None:
    import streamlit as st

    from components.ui import errors_shown

    with errors_shown():
        st.write("asked for something")
        st.stop()


def test_the_end_of_a_run_is_no_error() -> None:
    at = AppTest.from_function(stops).run()
    assert says(at) == "asked for something"


def shows_a_stored_error() -> None:
    from components.ui import error_box

    error_box({"code": "SilentError", "what": "Nothing came for 60 s.", "kept": "Kept.", "todo": "Ask again."})


def test_an_error_that_was_stored_is_said_like_one_that_was_raised() -> None:
    said = says(AppTest.from_function(shows_a_stored_error).run())
    for part in ("Nothing came for 60 s", "Kept.", "Ask again."):
        assert part in said


@pytest.mark.parametrize(
    "text", ["http://e.example/x", "see HTTPS://127.0.0.1:80", "_www.e.example", "_http://e.example"]
)
def test_an_address_from_outside_is_no_link(text: str) -> None:
    """What Markdown takes for one (GitHub's rule) is not there any more, and the reader sees the same signs."""
    shown = plain(text)
    assert not re.search(r"(https?\\?://|www\.)[-\w]", shown, re.IGNORECASE)
    assert shown.replace("\\", "").replace("\N{WORD JOINER}", "") == text


@pytest.mark.parametrize("text", ["ada@example.com", "a_b+c@x-y.example.org", "to ada@example.com.", "<ada@b.c>"])
def test_an_e_mail_from_outside_is_no_link_and_can_be_copied(text: str) -> None:
    """What Markdown takes for one (GitHub's rule) is not there, and what is copied goes into a field as it was."""
    shown = plain(text)
    assert not re.search(r"[-.\w+]+@[-\w]+(\.[-\w]+)+", shown.replace("\\", ""))
    assert typed(f" {shown} ".replace("\\", "")) == text


@pytest.mark.parametrize(
    "text", ["[x](http://e.example)", ":red[x]", "**b**", "`c`", "$x^2$", "<b>", ":material/home:", "&#91;&lt;"]
)
def test_text_from_outside_is_shown_as_it_is(text: str) -> None:
    assert not re.search(r"(?<!\\)[\[\]`*$<:&]", plain(text))
