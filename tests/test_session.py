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


def belongs() -> None:
    import streamlit as st

    from components.session import belong_to, session
    from components.ui.asking import OnItsWay

    owner = st.session_state.pop("next-owner", None) or "ada"
    before = belong_to(owner)
    held = session(OnItsWay)
    held.question += "x"
    st.text(f"{before} {held.question} {st.session_state.get('loose', '-')}")
    st.text_input("Draft", key="draft")
    st.text_input("Draft without a key")


def test_another_login_finds_nothing_of_what_a_tab_held() -> None:
    tab = AppTest.from_function(belongs).run()
    assert tab.text[0].value == "None x -"
    tab.session_state["loose"] = "a word of Ada's"
    tab.text_input(key="draft").set_value("Ada writes")
    tab.text_input[1].set_value("Ada writes here too")
    assert tab.run().text[0].value == "ada xx a word of Ada's"
    assert [field.value for field in tab.text_input] == ["Ada writes", "Ada writes here too"]
    tab.session_state["next-owner"] = "eve"
    tab.run()
    assert tab.text[0].value == "ada x -"
    assert [field.value for field in tab.text_input] == ["", ""]
