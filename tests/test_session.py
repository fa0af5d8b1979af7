"""What a tab holds: one value for each class, made once, its own in every tab."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def counts() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from components import session as module

    @dataclass
    class Count:
        number: int = 0

    Count.__module__, Count.__qualname__ = "tests.test_session", "Count"
    module.Count = getattr(module, "Count", Count)  # type: ignore[attr-defined]  # the same class in every run
    held = module.session(module.Count)  # type: ignore[attr-defined]
    held.number += 1
    st.write(held.number)


def test_a_tab_keeps_its_value_and_another_tab_has_its_own() -> None:
    tab, other = AppTest.from_function(counts), AppTest.from_function(counts)
    assert [tab.run().markdown[0].value for _ in range(3)] == ["1", "2", "3"]
    assert other.run().markdown[0].value == "1"
