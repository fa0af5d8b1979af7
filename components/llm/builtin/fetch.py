"""The job that fetches the built-in model and the embeddings, beside the page; pausing and refusing it."""

from __future__ import annotations

from collections.abc import Sequence

from components.errors import AppError, JobError
from components.jobs.worker import Cancelled, Context, Jobs, Kind
from components.llm.builtin.bring import ARRIVED, bring
from components.llm.builtin.cache import Cache
from components.llm.builtin.server import BuiltIn
from components.llm.builtin.weights import Weights, find
from components.llm.builtin.wish import Answer, Wish, read_wish, remember
from components.store import Store
from components.store import jobs as rows
from components.store.jobs import Job, LostError

KIND = "fetch_model"


def fetch_model(context: Context, names: Sequence[str]) -> None:
    """Bring the named weights in their order; progress is in bytes over all of them.

    A cancel from wherever pauses the fetch for this installation, so that it does not begin again by itself; what has
    arrived is kept. A failure is remembered for the same reason, until somebody tries again.
    """
    wanted = [find(name) for name in names]
    total = sum(weights.size for weights in wanted)
    cache, home, before = Cache(context.settings.model_cache), context.settings.home, 0
    remember(home, failure=None)
    try:
        for weights in wanted:
            start = before
            bring(weights, cache, lambda done, words: context.tick(start + done, total, words))  # noqa: B023  called at once
            before += weights.size
        context.tick(total, total, "Here")
    except Cancelled:
        if read_wish(home).answer == "open":
            remember(home, answer="paused")
        raise
    except AppError as error:
        remember(home, failure=error.facts())
        raise
    except LostError:
        raise
    except Exception:  # a bug: it must not begin again by itself, and again
        fault = JobError("A fault of the app ended the fetching. The server's log says more.", kept=ARRIVED)
        remember(home, failure=fault.facts())
        raise


KINDS = (Kind(KIND, fetch_model, act="ask"),)


def missing(builtin: BuiltIn) -> list[Weights]:
    """What is still to come: the model for this machine and the embeddings; nothing where no model is to run."""
    which = builtin.status().which
    if not which:
        return []
    wanted = [find(which), find("embeddings")] if builtin.settings.model_file is None else [find("embeddings")]
    return [weights for weights in wanted if not builtin.cache.has(weights)]


def under_way(store: Store, user_id: str) -> Job | None:
    """The user's fetch that waits or runs, if there is one."""
    return next(iter(rows.going(store, user_id, [KIND])), None)


def begin(builtin: BuiltIn, store: Store, jobs: Jobs, user_id: str) -> None:
    """Start or resume fetching what is missing, unless that is under way already."""
    remember(builtin.settings.home, answer="open", failure=None)
    _put_away(store, user_id, "cancelled", "failed")
    wanted = missing(builtin)
    if wanted and not under_way(store, user_id):
        size = sum(weights.size for weights in wanted) / 1e6
        jobs.submit(user_id, KIND, f"Fetch the built-in model ({size:,.0f} MB)", names=[w.name for w in wanted])


def begin_by_itself(builtin: BuiltIn, store: Store, jobs: Jobs, user_id: str) -> None:
    """Start fetching what is missing, unless somebody paused or refused it, or the last try failed.

    A page calls this each time it shows how the model stands: an ended try then needs no line of its own any more.
    """
    _put_away(store, user_id, "cancelled", "failed")
    if read_wish(builtin.settings.home) == Wish() and missing(builtin):
        begin(builtin, store, jobs, user_id)


def halt(builtin: BuiltIn, store: Store, jobs: Jobs, user_id: str, answer: Answer) -> None:
    """Stop fetching and remember why: ``paused`` or ``refused``. What has arrived is kept."""
    remember(builtin.settings.home, answer=answer, failure=None)
    if job := under_way(store, user_id):
        jobs.cancel(user_id, job.id)


def _put_away(store: Store, user_id: str, *states: str) -> None:
    for job in rows.jobs(store, user_id):
        if job.kind == KIND and job.state in states:
            rows.put_away(store, user_id, job.id)
