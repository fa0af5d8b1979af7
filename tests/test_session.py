"""What a tab holds: one value for each class, made once, its own in every tab."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def counts() -> None:
    import streamlit as st

    from components.session import session
    from components.ui.asking import OnItsWay

    held = session(OnItsWay)
    held.question += "x"
    st.text(held.question)


def test_a_tab_keeps_its_value_and_another_tab_has_its_own() -> None:
    tab, other = AppTest.from_function(counts), AppTest.from_function(counts)
    assert [tab.run().text[0].value for _ in range(3)] == ["x", "xx", "xxx"]
    assert other.run().text[0].value == "x"


def finds_an_older_version() -> None:
    import streamlit as st

    from components.session import session
    from components.ui.asking import OnItsWay

    st.session_state["components.ui.asking.OnItsWay"] = "left by an older version"
    st.text(session(OnItsWay).page == "")


def test_a_value_of_an_older_version_is_replaced() -> None:
    assert AppTest.from_function(finds_an_older_version).run().text[0].value == "True"
