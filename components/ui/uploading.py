"""The upload field: files go to the upload route; the page gives tickets and begins the work on what arrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from components.errors import AccessError, AppError
from components.session import session
from components.store import User, jobs, uploads
from components.store.uploads import TooLargeError, Upload
from components.workbench import Workbench

_HERE = Path(__file__).parent
LONGEST_NAME = 300

_field = st.components.v2.component(
    "groundwork_upload",
    html='<div id="upload"></div>',
    css=(_HERE / "upload.css").read_text(encoding="utf-8"),
    js=(_HERE / "upload.js").read_text(encoding="utf-8"),
)


@dataclass
class Tickets:
    """What this tab uploads, by the browser's own key of each file; and which uploads are dealt with."""

    given: dict[str, dict[str, str]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)  # upload ids whose refusal is shown


def show_upload(
    bench: Workbench,
    user: User,
    *,
    key: str,
    purpose: str,
    kinds: str,
    begin: Callable[[Upload], object],
    label: str = "Upload",
    primary: bool = True,
    several: bool = True,
    accept: str = "",
) -> bool:
    """Draw the field, and begin the work on every file that has arrived.

    Args:
        bench: Where the uploads are kept.
        user: Whose files they are.
        key: The field's own key.
        purpose: What the files are for: table or document.
        kinds: Which kinds of files are read, for the user.
        begin: Called once with each upload that has arrived whole.
        label: The word on the button.
        primary: Whether the button is the one action of the screen.
        several: Whether more than one file may be chosen.
        accept: The endings that the browser's own dialog offers, such as ``.pdf``; it shows all where empty.

    Returns:
        True where work was begun in this run.
    """
    tickets = session(Tickets)
    data = {
        "label": label,
        "primary": primary,
        "several": several,
        "accept": accept,
        "hint": f"or drop {'files' if several else 'a file'} here: {kinds}, up to {_most(bench)}",
        "tickets": tickets.given,
    }
    told = _field(
        key=key,
        data=data,
        default={"done": [], "failed": []},
        on_chosen_change=_nothing,
        on_done_change=_nothing,
        on_failed_change=_nothing,
    )
    if told.chosen and _give(bench, user, tickets, purpose, told.chosen):
        st.rerun()
    tickets.refused += [i for i in told.failed or () if isinstance(i, str) and i not in tickets.begun]
    tickets.begun.update(tickets.refused)
    begun = [_begin(bench, user, tickets, upload_id, begin) for upload_id in told.done or ()]
    return any(begun)


def _nothing() -> None:
    """A value of the component changed: the run that follows reads it."""


def _most(bench: Workbench) -> str:
    megabytes = bench.settings.upload_mb
    return f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"


def _give(bench: Workbench, user: User, tickets: Tickets, purpose: str, chosen: Any) -> bool:
    """A ticket for every chosen file that has none yet; what the browser says is checked, never trusted."""
    fresh = [item for item in chosen if isinstance(item, Mapping) and str(item.get("key")) not in tickets.given]
    for item in fresh:
        name = Path(str(item.get("name") or purpose).replace("\\", "/")).name[:LONGEST_NAME] or purpose
        upload = uploads.open_upload(bench.store, user.id, purpose, name)
        size = item.get("bytes")
        most = bench.settings.upload_mb << 20
        if isinstance(size, int | float) and size > most:
            error = TooLargeError(name, bench.settings.upload_mb)
            said = f"{error.what} {error.todo}"
            uploads.refuse_upload(bench.store, user.id, upload.id, said)
            tickets.given[str(item["key"])] = {"refused": said}
            tickets.refused.append(upload.id)
        else:
            tickets.given[str(item["key"])] = {"id": upload.id}
    return bool(fresh)


def _begin(bench: Workbench, user: User, tickets: Tickets, upload_id: Any, begin: Callable[[Upload], object]) -> bool:
    """Begin the work on a file that has arrived, once.

    A browser names it again to a server that was started anew: what was begun before is known from its job.
    """
    if not isinstance(upload_id, str) or upload_id in tickets.begun:
        return False
    tickets.begun.add(upload_id)
    try:
        upload = uploads.upload(bench.store, user.id, upload_id)
    except AccessError:  # the browser named what is not this user's
        return False
    if upload.state != "complete" or jobs.begun_with(bench.store, user.id, upload_id):
        return False
    try:
        begin(upload)
    except AppError:  # no room for a job, say: the file is here, and the next run begins with it
        tickets.begun.discard(upload_id)
        raise
    return True


def refused_uploads(bench: Workbench, user: User, purpose: str) -> list[Upload]:
    """The refused uploads of this tab that are still to be shown."""
    found = []
    for upload_id in session(Tickets).refused:
        try:
            found.append(uploads.upload(bench.store, user.id, upload_id))
        except AccessError:
            continue
    return [upload for upload in found if upload.state == "refused" and upload.purpose == purpose]


def put_away_refused() -> None:
    """Stop showing refused uploads."""
    session(Tickets).refused.clear()
