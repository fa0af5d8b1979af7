"""The audit on the screen: who did what; narrowed by words, time and kind; all of it as a file."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import streamlit as st

from components.auth.ui.visiting import visitor_address
from components.store import User
from components.store.audit import Entry, audit, audit_kinds, note
from components.ui.reader import zone
from components.workbench import workbench

DAY = 86_400.0
SPANS = {"Today": 0.0, "7 days": 7 * DAY, "30 days": 30 * DAY, "All": None}
MOST = 500  # lines on the page; the file holds all
ANYTHING = "Anything"
WIDTHS = {"Who": 170, "Did": 150, "To": 190, "Detail": 250, "From": 110}  # pixels
COLUMNS = ("at", "who", "did", "thing", "detail", "address")


@dataclass(frozen=True)
class Wanted:
    """What the filters say: from when (seconds since 1970), which words, what was done."""

    since: float | None
    words: str
    did: str | None

    def read(self, user_id: str, limit: int | None) -> list[Entry]:
        """The lines, the newest first."""
        store = workbench().store
        return audit(store, user_id, since=self.since, words=self.words, did=self.did, limit=limit)


def show_audit(user: User) -> None:
    """Draw the filters and the lines."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="audit-tools"):
        wanted = _filters(user)
        _export(user, wanted)
    found = wanted.read(user.id, MOST + 1)
    if not found:
        st.caption("Nothing of this was done." if wanted.words or wanted.did else "Nothing was done in this time.")
        return
    _grid(found[:MOST], short=wanted.since is not None and wanted.since == _midnight(zone()))
    if len(found) > MOST:
        st.caption(f"The newest {MOST} lines. Narrow them, or export all.")


def _filters(user: User) -> Wanted:
    icon = ":material/search:"
    words = st.text_input(
        "Find",
        placeholder="Person, thing, action",
        label_visibility="collapsed",
        width=240,
        icon=icon,
        key="audit-words",
    )
    span = st.selectbox("When", list(SPANS), label_visibility="collapsed", width=110, key="audit-span")
    kinds = [ANYTHING, *audit_kinds(workbench().store, user.id)]
    did = st.selectbox("What", kinds, label_visibility="collapsed", width=200, key="audit-did")
    return Wanted(_since(span), (words or "").strip(), None if did == ANYTHING else did)


def _since(span: str) -> float | None:
    seconds = SPANS[span]
    return None if seconds is None else _midnight(zone()) if seconds == 0 else time.time() - seconds


def _midnight(where: tzinfo) -> float:
    return datetime.now(where).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _grid(found: Sequence[Entry], *, short: bool) -> None:
    import pandas as pd

    form = "%H:%M:%S" if short else "%d %b %Y, %H:%M:%S"
    rows = [
        {
            "Time": datetime.fromtimestamp(one.at, zone()).strftime(form),
            "Who": one.who,
            "Did": one.did,
            "To": one.thing,
            "Detail": one.detail,
            "From": one.address,
        }
        for one in (line.as_cells() for line in found)  # the grid itself offers to save it as CSV
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content" if len(rows) <= 15 else 560,
        alt="What was done, the newest first",
        column_config={
            name: st.column_config.TextColumn(width=width)
            for name, width in {**WIDTHS, "Time": 80 if short else 160}.items()
        },
    )


def _export(user: User, wanted: Wanted) -> None:
    address = visitor_address()
    st.download_button(
        "Export",
        lambda: _exported(user.id, wanted, address),
        file_name=f"audit-{datetime.now(zone()):%Y-%m-%d}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        key="audit-export",
        on_click="ignore",
        help="Every line that the filters let through, as CSV; times are UTC.",
    )


def _exported(user_id: str, wanted: Wanted, address: str) -> bytes:
    """The lines as a file. It is made when the button is pressed, and whoever is no administrator by then gets none."""
    found = wanted.read(user_id, None)
    note(workbench().store, user_id, "exported the audit", detail=f"{len(found):,} lines", address=address)
    return as_csv(found)


def as_csv(found: Iterable[Entry]) -> bytes:
    """The lines as CSV, UTF-8 with a mark so that Excel reads it. Whatever a visitor typed runs as no formula there."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        at, cells = datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"), one.as_cells()
        writer.writerow([at, *(getattr(cells, name) for name in COLUMNS[1:])])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
