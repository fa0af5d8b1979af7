"""Every shortcut there is: the screens take their keys from here, and the documentation lists them from here."""

from __future__ import annotations

from dataclasses import dataclass

STOP = "Escape"
"""Stops the reply that is being made."""

PAGE_KEYS = {
    "ArrowLeft": "before",
    "ArrowRight": "after",
    "[": "page before",
    "]": "page after",
    "z": "zoom",
    "+": "nearer",
    "-": "farther",
}
"""What each key does in a page of a document, by the words that ``page_view.js`` knows."""

SHOWN = {"ArrowLeft": "←", "ArrowRight": "→", "Escape": "Esc"}


@dataclass(frozen=True)
class Shortcut:
    """One line of the list.

    Attributes:
        where: The place in which it counts.
        keys: As they stand on the keyboard; each alone does it, unless joined by ``+`` as in ``Ctrl+S``.
        does: What it does.
    """

    where: str
    keys: tuple[str, ...]
    does: str


def _page(does: str, *words: str) -> Shortcut:
    keys = tuple(SHOWN.get(key, key.upper()) for key, word in PAGE_KEYS.items() if word in words)
    return Shortcut("A page of a document, once it is pressed or reached by Tab", keys, does)


SHORTCUTS = (
    Shortcut("The field for questions", ("Enter",), "ask"),
    Shortcut("The field for questions", ("Shift+Enter",), "a new line"),
    Shortcut("While a reply is being made", (SHOWN[STOP],), "stop it; what has arrived is kept"),
    Shortcut("A number or a citation, reached by Tab", ("Enter",), "show where it comes from"),
    Shortcut("An open slip, menu or dialog", ("Esc",), "close it"),
    _page("the marked place before, after", "before", "after"),
    _page("the page before, after", "page before", "page after"),
    _page("nearer, and back", "zoom"),
    _page("nearer, farther", "nearer", "farther"),
    Shortcut("Explorer", ("Ctrl+S",), "save all charts of the table"),
    Shortcut("Explorer, a column reached by Tab", ("Space",), "lift it; arrows move it, Space drops it"),
    Shortcut("A grid of rows", ("Ctrl+F",), "find in its cells"),
    Shortcut("A grid of rows", ("Ctrl+C",), "copy the marked cells"),
    Shortcut("Anywhere but in a field", ("R",), "draw the page anew, with what has come since"),
)


def shortcuts_table() -> str:
    """All of them as a Markdown table."""
    lines = ["| where | keys | what it does |", "|---|---|---|"]
    before = ""
    for one in SHORTCUTS:
        keys = " ".join(f"`{key}`" for key in one.keys)
        lines.append(f"| {one.where if one.where != before else ''} | {keys} | {one.does} |")
        before = one.where
    return "\n".join(lines)
