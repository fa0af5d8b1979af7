"""The sample in its parts: what brings each, how far that is, and whether it is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.store import datasets, jobs
from components.store.jobs import GOING, Job

if TYPE_CHECKING:
    from components.workbench import Workbench


@dataclass(frozen=True)
class Part:
    """One part: its name in an address, the kind of the job that brings it, what the user reads of that job."""

    name: str
    kind: str
    title: str


ORDERS = Part("orders", "open_sample", "Open the sample")
REPORT = Part("report", "open_sample_report", "Open the sample report")
PRICES = Part("prices", "open_sample_prices", "Open the sample price list")
PARTS = (ORDERS, REPORT, PRICES)
TOGETHER = (ORDERS, REPORT)
"""What one button that opens the sample brings: a table of orders, and the report about them."""


def opening(bench: Workbench, user_id: str) -> bool:
    """Whether a part of what is opened together is on its way."""
    return bool(jobs.going(bench.store, user_id, [part.kind for part in TOGETHER]))


def open_sample(bench: Workbench, user_id: str) -> None:
    """Bring together what is not on its way already; a part that is here stays as it is."""
    for part in TOGETHER:
        open_part(bench, user_id, part)


def open_part(bench: Workbench, user_id: str, part: Part) -> Job:
    """Bring one part, unless it is on its way already; the job that does. Raises ``RoleError``."""
    going = jobs.going(bench.store, user_id, [part.kind])
    return going[0] if going else bench.jobs.submit(user_id, part.kind, part.title)


def last_tries(bench: Workbench, user_id: str) -> dict[str, Job]:
    """By its kind, the newest job that brings or brought each part and that its user has not put away."""
    kinds = {part.kind for part in PARTS}
    return {job.kind: job for job in reversed(jobs.jobs(bench.store, user_id)) if job.kind in kinds}


def last_try(bench: Workbench, user_id: str, part: Part) -> Job | None:
    """The one of a part."""
    return last_tries(bench, user_id).get(part.kind)


def on_its_way(bench: Workbench, user_id: str, part: Part) -> Job | None:
    """The job that brings a part, while it waits or runs."""
    found = last_try(bench, user_id, part)
    return found if found and found.state in GOING else None


def put_away(bench: Workbench, user_id: str, part: Part) -> None:
    """Take the ended jobs that brought a part off its user's list: what they did is seen, or tried again."""
    for job in jobs.jobs(bench.store, user_id):
        if job.kind == part.kind and job.state not in GOING:
            jobs.put_away(bench.store, user_id, job.id)


def id_of(bench: Workbench, user_id: str, part: Part) -> str | None:
    """The table or the document that a part is, where the user has it and it can be used."""
    from components.documents.sample import sample_of
    from components.tables.sample import SAMPLES, sample_among

    if part == REPORT:
        document = sample_of(bench.store, user_id)
        return document.id if document and document.state == "ready" else None
    which = next(sample for sample in SAMPLES if sample.kind == part.kind)
    table = sample_among(datasets.list_datasets(bench.store, user_id), which)
    return table.id if table else None
