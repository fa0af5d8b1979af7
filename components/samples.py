"""The sample, of which every button that opens it brings all parts: a table of orders, and the report about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.store import jobs

if TYPE_CHECKING:
    from components.workbench import Workbench

PARTS = {"open_sample": "Open the sample", "open_sample_report": "Open the sample report"}
"""The kinds of jobs that bring a part each, with the words that the user reads; a part that is there stays as it is."""


def opening(bench: Workbench, user_id: str) -> bool:
    """Whether a part of the sample is on its way."""
    return bool(_going(bench, user_id))


def open_sample(bench: Workbench, user_id: str) -> None:
    """Bring every part that is not on its way already."""
    for kind in PARTS.keys() - _going(bench, user_id):
        bench.jobs.submit(user_id, kind, PARTS[kind])


def _going(bench: Workbench, user_id: str) -> set[str]:
    return {job.kind for job in jobs.going(bench.store, user_id, list(PARTS))}
