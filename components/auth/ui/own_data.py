"""One's own data: take all of it along, or delete all of it."""

from __future__ import annotations

import time

import streamlit as st

from components.auth.ui.dialogs import close_dialog, is_open, open_dialog
from components.auth.ui.visiting import visitor_address
from components.auth.ui.waking import draw_anew
from components.belongings.deletion import delete_all
from components.belongings.export import EXPORT
from components.errors import AppError
from components.store import Store, User
from components.store.belongings import Belongings, belongings
from components.store.exports import Export, newest_export
from components.store.jobs import GOING, Job, jobs
from components.ui import current_user, error_box
from components.ui.errors import plain, typed
from components.ui.jobs import share, words
from components.ui.navigation import page_named
from components.ui.reader import counted, number, zone
from components.ui.words import ago
from components.workbench import workbench

EVERY = 0.7  # seconds between two looks while it is packed
WORD = "DELETE"  # to be typed by who has no e-mail here


def show_data(user: User) -> None:
    """Draw what there is, the export, and the way to be rid of all of it."""
    mine = belongings(workbench().store, user.id)
    others = " What others share with you is theirs, and is not counted." if workbench().settings.asks_sign_in else ""
    st.markdown(f"You have {in_words(mine)} here.{others}")
    st.space("small")
    st.subheader("Take it along", anchor=False)
    st.caption(
        "One zip with your tables as Parquet and as the files that came, your documents, conversations and charts. Keys"
        " stay here. The file is kept for a day, for you alone."
    )
    _show_export(user)
    st.space("small")
    st.subheader("Delete it", anchor=False)
    st.caption(f"All of it at once: files, rows, search index.{_what_stays(user)}")
    st.button("Delete everything ...", key="delete-all", icon=":material/delete:", on_click=open_dialog, args=("all",))
    if is_open("all"):
        st.dialog("Delete everything?", on_dismiss=close_dialog)(_delete)(mine)


def in_words(mine: Belongings) -> str:
    """``3 tables, 2 documents and 14 conversations``."""
    return (
        f"{counted(len(mine.datasets), 'table')}, {counted(len(mine.documents), 'document')} and"
        f" {counted(len(mine.conversations), 'conversation')}"
    )


def _what_stays(user: User) -> str:
    if not workbench().settings.asks_sign_in:
        return " Settings of the server stay."
    return " Your account stays, so that you can begin anew; an administrator can remove it."


def _show_export(user: User) -> None:
    going = _going(workbench().store, user.id)
    kept = newest_export(workbench().store, user.id)
    if going:
        st.fragment(_show_progress, run_every=EVERY)(going.id)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="export-ways"):
        st.button("Pack it anew" if kept else "Pack everything", key="pack", icon=":material/archive:", on_click=_pack)
        if kept:
            _show_kept(kept)
    failed = next((job for job in jobs(workbench().store, user.id, limit=20) if job.kind == EXPORT), None)
    if failed and failed.state == "failed":
        st.caption(f":red[:material/error:] {plain(words(failed))}")


def _show_kept(kept: Export) -> None:
    size = f"{number(kept.bytes / 1e6, 1)} MB" if kept.bytes >= 1e6 else f"{number(kept.bytes / 1e3)} kB"
    st.link_button(f"Download ({size})", f"/api/exports/{kept.id}", icon=":material/download:", type="primary")
    st.caption(f"packed {ago(kept.created_at, time.time(), zone())}", width="content")


def _going(store: Store, user_id: str) -> Job | None:
    return next((job for job in jobs(store, user_id) if job.kind == EXPORT and job.state in GOING), None)


def _pack() -> None:
    """A callback: it runs before the page, and admits its user itself."""
    bench, user = workbench(), current_user()
    if not _going(bench.store, user.id):
        bench.jobs.submit(user.id, EXPORT, "Pack everything of yours")


def _show_progress(job_id: str) -> None:
    bench, user = workbench(), current_user()
    job = _going(bench.store, user.id)
    if job is None or job.id != job_id:
        st.rerun()
    st.progress(share(job), text=plain(words(job)))
    st.button("Cancel", key="cancel-pack", disabled=job.cancel, on_click=bench.jobs.cancel, args=(user.id, job.id))


def _delete(mine: Belongings) -> None:
    user = current_user()
    st.markdown(
        f"{in_words(mine)} go for good, with charts, keys and everything that you share: it is gone for the others too."
    )
    st.caption("Take it along first if you may want it again. This cannot be undone.")
    wanted = user.email or WORD
    given = st.text_input(f"Type {plain(wanted)} to go on", key="delete-typed", autocomplete="off")
    with st.container(horizontal=True, gap="small"):
        sure = typed(given) == wanted
        if st.button("Delete everything", type="primary", disabled=not sure, key="delete-really") and sure:
            _deleted(user)
        if st.button("Keep it", key="delete-not"):
            close_dialog()
            st.rerun()


def _deleted(user: User) -> None:
    try:
        readers = delete_all(workbench(), user.id, address=visitor_address())
    except AppError as error:
        error_box(error)
    else:
        draw_anew(readers)
        close_dialog()
        st.switch_page(page_named("home"))
