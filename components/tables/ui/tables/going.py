"""Imports under way and failed ones, as boxes on the tables screen."""

from __future__ import annotations

import time

import streamlit as st

from components.store import User, jobs
from components.store.jobs import GOING, Job
from components.tables.sample import SAMPLES
from components.tables.ui.tables.uploading import put_away_refused, refused_uploads
from components.ui import current_user, error_box
from components.ui.errors import plain
from components.ui.jobs import share
from components.ui.reader import counted, number, retold
from components.workbench import Workbench, workbench

KINDS = ("import_table", *(which.kind for which in SAMPLES))
EVERY = 0.5  # seconds between two looks
MOST = 8


def imports_of(bench: Workbench, user: User) -> list[Job]:
    """The user's imports that are under way or have failed and not been put away, the newest first."""
    shown = [job for job in jobs.jobs(bench.store, user.id, limit=50) if job.kind in KINDS]
    return [job for job in shown if job.state in (*GOING, "failed")][:MOST]


def show_imports(bench: Workbench, user: User, *, dataset_id: str | None = None) -> None:
    """Draw them. While one runs, the box looks again by itself; when it ends, the page is drawn anew.

    Args:
        bench: Where the jobs are.
        user: Whose they are.
        dataset_id: Only new versions of this dataset; None for all.
    """
    for upload in () if dataset_id else refused_uploads(bench, user):
        error = {"what": upload.error or "The upload was refused.", "kept": "Your tables are untouched."}
        error_box(error, lambda: st.button("Put away", on_click=put_away_refused), key=f"failure-{upload.id}")
    found = [job for job in imports_of(bench, user) if dataset_id in (None, job.arguments.get("dataset_id"))]
    for job in found:
        if job.state == "failed":
            _failed(bench, user, job)
    going = [job.id for job in found if job.state in GOING]
    if going:
        st.fragment(_boxes, run_every=EVERY)(tuple(going))


def _failed(bench: Workbench, user: User, job: Job) -> None:
    def actions() -> None:
        away = (bench.store, user.id, job.id)
        st.button("Put away", key=f"away-import-{job.id}", on_click=jobs.put_away, args=away)

    said = dict(job.error or {"what": ""})
    if job.title not in str(said.get("what")):  # of several files one wants to know which
        said["what"] = f"{job.title} was not imported. {said.get('what', '')}".strip()
    error_box(said, actions, key=f"failure-{job.id}")


def _boxes(ids: tuple[str, ...]) -> None:
    user = current_user()  # a fragment runs on its own, and admits its user itself
    bench = workbench()
    found = [jobs.job(bench.store, user.id, job_id) for job_id in ids]
    if any(job.state not in GOING for job in found):
        st.rerun()
    for job in found:
        _box(bench, user, job)


def _box(bench: Workbench, user: User, job: Job) -> None:
    with st.container(border=True, key=f"import-{job.id}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(job.title)}**", width="stretch")
            st.button(
                "Cancel",
                key=f"stop-{job.id}",
                disabled=job.cancel,
                on_click=bench.jobs.cancel,
                args=(user.id, job.id),
            )
        st.progress(share(job))
        st.caption(plain(_words(job)))


def _words(job: Job) -> str:
    """What it is doing, how much is left, and that nobody has to wait for it."""
    if job.cancel:
        return "Stopping"
    if job.state == "queued":
        return "Waiting for its turn · you can leave this page"
    parts = [retold(job.words) or "Reading the file", _amount(job), _left(job), "you can leave this page"]
    return " · ".join(part for part in parts if part)


def _amount(job: Job) -> str:
    if not job.total or job.total < 1 << 20:
        return counted(job.done, "row") if job.done and not job.total else ""
    return f"{number(job.done / 1e6)} of {number(job.total / 1e6)} MB"


def _left(job: Job) -> str:
    passed = time.time() - job.created_at
    if not job.total or passed < 3 or job.done < job.total / 50:
        return ""
    seconds = passed * (job.total - job.done) / job.done
    return f"{seconds:.0f} s left" if seconds < 90 else f"{seconds / 60:.0f} min left"
