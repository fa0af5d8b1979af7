"""The words of the panel of jobs."""

from __future__ import annotations

from typing import Any

import pytest

from components.store.jobs import Job
from components.ui.jobs import words


def job(state: str, **facts: Any) -> Job:
    known = {
        "words": "",
        "cancel": False,
        "error": None,
        "result": None,
        "tries": 1,
        "created_at": 0.0,
        "ended_at": None,
    }
    return Job("j", "u", "kind", "Title", {}, state, 0, None, **{**known, **facts})


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (
            job("done", words="Keeping the table", result={"dataset_ids": ["a"], "rows": 104_500}),
            "1 table · 104,500 rows",
        ),
        (job("done", result={"dataset_ids": ["a", "b"], "rows": 1}), "2 tables · 1 row"),
        (job("done", result={"dataset_ids": ["a"]}), "1 table"),
        (job("done", words="Reading", result={"document_id": "d", "pages": 24}), "24 pages"),
        (job("done", result={"document_id": "d", "pages": 24, "duplicate": True}), "Was here already"),
        (job("done", words="Checking", result={}), "Done"),
        (job("done"), "Done"),
        (job("cancelled", words="Reading"), "Cancelled"),
        (job("failed", error={"what": "It is empty.", "todo": "Choose another."}), "It is empty. Choose another."),
        (job("running", words="Reading"), "Reading"),
        (job("running", cancel=True), "Stopping ..."),
    ],
)
def test_a_job_says_what_it_does_or_what_came_of_it(ended: Job, said: str) -> None:
    assert words(ended) == said
