"""How an error is said on the page: what happened, what was kept, what to do. A bug says that it is one, with an id."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st

from components.errors import AppError
from components.manual import setting_names
from components.ui.reader import retold
from components.ui.shell import failure, measure

log = logging.getLogger("groundwork")

Draw = Callable[[], object]
Told = AppError | Mapping[str, Any]  # an error as it was raised, or as it was stored with a reply or a job

_WITHOUT_WIDTH = dict.fromkeys(map(ord, "\N{WORD JOINER}\N{ZERO WIDTH SPACE}"))
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$:&])")
_SETTING = re.compile(r"GROUNDWORK(?:\\_[A-Z]+)+")  # as ``plain`` writes it
_MAIL = re.compile(r"(?<=[-.\w+])@(?=[-\w]+\.[-\w])")
_ADDRESS = re.compile(r"(?<![^\W_])(?:https?(?=://[-.\w]*\.\w)|www(?=\.\w))", re.IGNORECASE)


def error_box(error: Told, actions: Draw | None = None, *, key: str = "failure") -> None:
    """Draw an error as a box: its first sentence as the title, then what was kept and what to do, and the buttons."""
    what, kept, todo = (retold(part) for part in _parts(error))
    title, _, rest = what.partition(". ")
    said = " ".join(part for part in (rest, todo) if part)
    failure(plain(title.rstrip(".")), with_settings_linked(said), plain(kept), actions=actions, key=key)


@contextmanager
def errors_shown(*, go_on: bool = False) -> Iterator[None]:
    """Show an error of the block in its place, and end the run there unless ``go_on``; what was drawn before stays.

    An ``AppError`` says what happened. Any other exception is a bug: logged whole under an id that the page shows.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the one place where every error of a page is said
        if go_on:
            show_error(error)
            return
        with measure(key=f"measure-{secrets.token_hex(4)}"):
            show_error(error, actions=_ways_on)
        st.stop()


def show_error(error: Exception, actions: Draw | None = None) -> bool:
    """Say an error on the page; log it whole where it is a bug. Returns True: it has been shown."""
    told = error if isinstance(error, AppError) else _bug(error)
    error_box(told, actions=actions or _try_again, key=f"failure-{secrets.token_hex(4)}")
    return True


def plain(text: str) -> str:
    """Text from outside as Markdown that shows it as it is: nothing in it is formatting, a link or an icon.

    An address would become a link by itself: a sign without width keeps its parts apart. ``typed`` takes it out of what
    a reader copies into a field.
    """
    apart = _MAIL.sub("@\N{ZERO WIDTH SPACE}", _ADDRESS.sub("\\g<0>\N{WORD JOINER}", text))
    return _SPECIAL.sub(r"\\\1", apart)


def typed(text: str) -> str:
    """What was typed into a field, or copied there from a page: without the signs of ``plain`` and spaces around."""
    return text.translate(_WITHOUT_WIDTH).strip()


def with_settings_linked(text: str) -> str:
    """Text from outside as ``plain`` makes it, but for names of settings: they lead to what is said of them."""
    names = setting_names()

    def lead(found: re.Match[str]) -> str:
        name = found[0].replace("\\", "")
        return f"[`{name}`](help?setting={name})" if name in names else found[0]

    return _SETTING.sub(lead, plain(text))


def _parts(error: Told) -> tuple[str, str, str]:
    if isinstance(error, AppError):
        return error.what, error.kept, error.todo
    return str(error.get("what", "")), str(error.get("kept", "")), str(error.get("todo", ""))


def _bug(error: Exception) -> dict[str, str]:
    number = secrets.token_hex(4)
    log.error("bug %s", number, exc_info=error)
    return {
        "what": f"This is a fault of ours. It is written to the server's log as {number}.",
        "kept": "What was saved before is untouched.",
        "todo": "Try again; if it comes back, report it with this number.",
    }


def _try_again() -> None:
    st.button("Try again", key=f"again-{secrets.token_hex(4)}")


def _ways_on() -> None:
    _try_again()
    if st.query_params:  # the address names something, which may be what went wrong
        st.button("Go on without it", key=f"without-{secrets.token_hex(4)}", on_click=st.query_params.clear)
