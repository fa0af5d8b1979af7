"""Which dialog stands open in this tab. A job that ends meanwhile draws the page anew, and the dialog outlives that."""

from __future__ import annotations

from dataclasses import dataclass

from components.session import session


@dataclass
class OpenDialog:
    """The dialog's name, the id of what it is about, and the link that it has made: it is stored nowhere else."""

    name: str = ""
    about: str = ""
    link: str = ""


def open_dialog(name: str, about: str = "") -> None:
    """Open a dialog: it is drawn by the run that follows."""
    held = session(OpenDialog)
    held.name, held.about, held.link = name, about, ""


def close_dialog() -> None:
    """Close whichever dialog is open, and forget its link."""
    open_dialog("")


def is_open(name: str) -> bool:
    """Whether the dialog of this name stands open."""
    return session(OpenDialog).name == name
