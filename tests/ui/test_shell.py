"""The frame that every screen shares."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _icons() -> None:
    from components.ui import icon_button, icon_menu

    icon_button("close", "Put away", "away")
    icon_menu(("Rename", "Delete"))


def test_a_button_that_shows_an_icon_alone_is_named_by_its_tooltip() -> None:
    button = AppTest.from_function(_icons).run().button(key="away")
    assert (button.label, button.help, button.icon) == ("Put away", "Put away", ":material/close:")
