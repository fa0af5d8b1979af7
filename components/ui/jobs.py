"""The panel of a user's own jobs, on every page: how far each is, cancel, what failed and why, put away."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from components.store import User
from components.store.jobs import GOING, Job, jobs, put_away
from components.ui.errors import plain, with_settings_linked
from components.ui.reader import counted, retold
from components.ui.shell import icon_button
from components.workbench import workbench

EVERY = 1.0  # seconds between two looks while something runs
MOST_SHOWN = 5
REMEMBERED = 600  # seconds for which a job that went well stays; one that failed stays until it is put away


def show_jobs(user: User) -> None:
    """Draw the panel. It looks again by itself while a job is queued or running, and not at all otherwise."""
    shown = _shown(user)
    if not shown:
        return
    going = any(job.state in GOING for job in shown)
    st.fragment(_panel, run_every=EVERY if going else None)(going)


def _panel(was_going: bool) -> None:
    from components.ui.opening import current_user  # a fragment runs on its own, and admits its user itself

    user = current_user()
    shown = _shown(user)
    if was_going and not any(job.state in GOING for job in shown):
        st.rerun()  # the whole page: what the job made may belong on it
    if not shown:
        return
    with st.container(key="jobs", gap="xsmall"):
        _head(user, [job.id for job in shown if job.state not in GOING])
        for job in shown:
            _row(user, job)


def _head(user: User, ended: Sequence[str]) -> None:
    with st.container(key="jobs-head", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("Jobs", width="stretch")
        if len(ended) > 1:
            icon_button("clear_all", "Put away all that ended", "away-all", on_click=_put_away, args=(user.id, ended))


def _put_away(user_id: str, job_ids: Sequence[str]) -> None:
    for job_id in job_ids:
        put_away(workbench().store, user_id, job_id)


def _shown(user: User) -> list[Job]:
    store, since = workbench().store, time.time() - REMEMBERED
    found = jobs(store, user.id)
    return [j for j in found if j.state in (*GOING, "failed") or (j.ended_at or 0) > since][:MOST_SHOWN]


def _row(user: User, job: Job) -> None:
    with st.container(key=f"job-{job.id}", gap=None):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f"{_mark(job)}\N{NO-BREAK SPACE}{plain(job.title)}", width="stretch")
            _button(user, job)
        if job.state in GOING:
            st.progress(share(job), text=plain(words(job)))
        else:
            st.caption(with_settings_linked(words(job)))


def _mark(job: Job) -> str:
    marks = {"done": ":green[:material/check:]", "failed": ":red[:material/error:]", "cancelled": ":material/block:"}
    return marks.get(job.state, ":material/progress_activity:")


def _button(user: User, job: Job) -> None:
    bench = workbench()
    if job.state in GOING:
        cancel, mine = bench.jobs.cancel, (user.id, job.id)
        icon_button("close", "Cancel", f"cancel-{job.id}", disabled=job.cancel, on_click=cancel, args=mine)
    else:
        icon_button("close", "Put away", f"away-{job.id}", on_click=put_away, args=(bench.store, user.id, job.id))


def share(job: Job) -> float:
    """How much of a job is done, 0 to 1; 0 where its size is not known."""
    return min(job.done / job.total, 1.0) if job.total else 0.0


def words(job: Job) -> str:
    """One line on where a job stands: what it is doing, or how it ended."""
    if job.state == "failed":
        error = job.error or {}
        return retold(" ".join(filter(None, (error.get(part) for part in ("what", "kept", "todo")))))
    if job.cancel and job.state == "running":
        return "Stopping ..."
    fixed = {"queued": "Waiting for its turn", "done": _came_of(job), "cancelled": "Cancelled"}
    return fixed.get(job.state, retold(job.words) or "Working")


def _came_of(job: Job) -> str:
    """What a job that went well has brought: its rows, its pages, its tables, as far as it says so."""
    result = job.result or {}
    if result.get("duplicate"):
        return "Was here already"
    tables = len(result.get("dataset_ids", ()))
    counts = ((tables or None, "table"), (result.get("rows"), "row"), (result.get("pages"), "page"))
    return " · ".join(counted(count, what) for count, what in counts if count is not None) or "Done"
