"""The shared screen: what every page begins with and is made of."""

from __future__ import annotations

from components.ui.asking import ask_on, asked_elsewhere
from components.ui.errors import error_box, errors_shown
from components.ui.opening import current_user, open_page
from components.ui.shell import empty, failure, header, icon_button, icon_menu, measure

__all__ = [
    "ask_on",
    "asked_elsewhere",
    "current_user",
    "empty",
    "error_box",
    "errors_shown",
    "failure",
    "header",
    "icon_button",
    "icon_menu",
    "measure",
    "open_page",
]
