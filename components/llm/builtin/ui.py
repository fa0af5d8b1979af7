"""The built-in model on the page: a card while it is on its way or in trouble, one quiet line once it is here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from components.auth.roles import may
from components.llm.builtin import fetch
from components.llm.builtin.server import Status
from components.llm.builtin.weights import find
from components.llm.builtin.wish import Answer, read_wish
from components.session import session
from components.store.jobs import Job
from components.ui import current_user
from components.ui.errors import error_box, plain
from components.ui.navigation import page_named
from components.ui.reader import number
from components.workbench import workbench

POLL_SECONDS = 0.7  # so often is a moving card drawn again; a still one never
PACE_SECONDS = 8.0  # speed is taken over so long
SLOWEST = 5e4  # bytes a second below which nothing is foretold: it has just begun, or it stands


@dataclass
class _Pace:
    """How fast bytes arrive, from this tab's last looks."""

    looks: deque[tuple[float, int]] = field(default_factory=deque)

    def look(self, done: int) -> float:
        """Note where it stands; bytes a second over the last eight, 0 while that is not known."""
        now = time.monotonic()
        if self.looks and done < self.looks[-1][1]:
            self.looks.clear()
        self.looks.append((now, done))
        while now - self.looks[0][0] > PACE_SECONDS:
            self.looks.popleft()
        since, before = self.looks[0]
        return (done - before) / (now - since) if now - since > 1 else 0.0


def model_card() -> None:
    """Draw how the built-in model stands. On first start its fetch begins here by itself, and can be paused or refused.

    Only while something moves is the card drawn again and again, and it alone, not the page.
    """
    bench, user = workbench(), current_user()
    fetch.begin_by_itself(bench.builtin, bench.store, bench.jobs, user.id)
    moving = _moves(bench.builtin.status(), _job(user.id))
    st.fragment(partial(_card, moving), run_every=POLL_SECONDS if moving else None)()


def _card(drawn_as_moving: bool) -> None:
    builtin, user = workbench().builtin, current_user()
    status, job = builtin.status(), _job(user.id)
    if _moves(status, job) != drawn_as_moving:
        st.rerun()  # the page draws the card anew, with or without its clock
    if status.state in _SHOW:
        _SHOW[status.state](status)
    else:
        _show_coming(status, job)


def _job(user_id: str) -> Job | None:
    return fetch.under_way(workbench().store, user_id)


def _moves(status: Status, job: Job | None) -> bool:
    return status.state in ("fetching", "starting") or (job is not None and status.state != "ready")


def _show_coming(status: Status, job: Job | None) -> None:
    """On its way, paused, or not begun: how far, how fast, and what can be done about it."""
    weights = find(status.which)
    moving = _moves(status, job)
    with st.container(border=True, gap="small", key="built-in-model"):
        st.markdown(f":material/memory: **{_title(status, moving)}**")
        st.caption(
            f"{weights.title} runs on this machine, and what you ask it stays here. It is small: good for "
            f"{weights.good_for}. Tables and the explorer work without it."
        )
        if moving or status.done:
            st.progress(status.done / status.total, text=_how_far(status, job, moving))
        with st.container(horizontal=True, gap="small"):
            _show_choices(status, moving, own=job is not None)


def _title(status: Status, moving: bool) -> str:
    if moving:
        return "The built-in model is arriving"
    return "The built-in model is paused" if status.state == "paused" else "There is no built-in model yet"


def _show_choices(status: Status, moving: bool, *, own: bool) -> None:
    if not may(current_user(), "administer"):
        return  # it is one model for everybody here
    rest = f"{number((status.total - status.done) / 1e6)} MB"
    if moving and not own:
        st.caption("Another process on this machine is fetching it.")
        return
    if moving:
        st.button("Pause", key="model-pause", icon=":material/pause:", on_click=_halt, args=("paused",))
    else:
        word = "Resume" if status.done else "Download"
        st.button(f"{word} ({rest})", key="model-begin", icon=":material/download:", on_click=_begin)
    tip = "It stays away until you ask for it. What has arrived is kept."
    st.button("Not now", key="model-refuse", type="tertiary", help=tip, on_click=_halt, args=("refused",))


def _how_far(status: Status, job: Job | None, moving: bool) -> str:
    far = f"{number(status.done / 1e6)} of {number(status.total / 1e6)} MB"
    if not moving:
        return far
    if status.done == status.total:
        return f"{far} · checking that it is whole"
    if job is not None and job.state == "queued":
        return f"{far} · waiting for its turn"
    return far + pace_words(status.total - status.done, session(_Pace).look(status.done))


def pace_words(left: int, speed: float) -> str:
    """How fast bytes come and how long the rest takes; nothing where they hardly come, as at the very beginning."""
    return f" · {number(speed / 1e6, 1)} MB/s · {_span(left / speed)} left" if speed >= SLOWEST else ""


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds)):d} s"
    return f"{round(seconds / 60):d} min" if seconds < 5400 else f"{number(seconds / 3600, 1)} h"


def _show_ready(status: Status) -> None:
    weights = find(status.which)
    words = f"Answers can come from the built-in model ({weights.title}), which runs here. It is small: good for"
    with _line():
        st.caption(f":material/memory: {words} {weights.good_for}.", width="content")
        _link_to_models("Add a larger one")


def _show_starting(status: Status) -> None:
    with _line():
        st.caption(f":material/memory: :shimmer[{plain(status.words)}]", width="content")


def _show_refused(status: Status) -> None:
    with _line():
        st.caption(":material/memory: You keep the built-in model away. Questions need another model.", width="content")
        size = (status.total - status.done) / 1e6
        if may(current_user(), "administer"):
            st.button(f"Fetch it ({number(size)} MB)", key="model-begin", type="tertiary", on_click=_begin)
        _link_to_models("Add a key")


def _show_missing(status: Status) -> None:
    """Off, or no memory for it: why, and that all else works."""
    with _line():
        st.caption(
            f":material/memory: {plain(status.words)} Tables and the explorer work without it; questions need a model.",
            width="content",
        )
        _link_to_models("Add a key")


def _show_failed(status: Status) -> None:
    failure = read_wish(workbench().settings.home).failure or {
        "what": status.words,
        "kept": "Everything else works without it.",
        "todo": "",
    }
    error_box(failure, actions=partial(_show_ways_on, status), key="failure-model")


def _show_ways_on(status: Status) -> None:
    if not may(current_user(), "administer"):
        return
    st.button("Try again", key="model-begin", on_click=_begin)
    if status.done < status.total:
        st.button("Not now", key="model-refuse", type="tertiary", on_click=_halt, args=("refused",))


_SHOW: dict[str, Callable[[Status], None]] = {
    "ready": _show_ready,
    "starting": _show_starting,
    "refused": _show_refused,
    "off": _show_missing,
    "no_memory": _show_missing,
    "failed": _show_failed,
}


def _line() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key="built-in-model-line")


def _link_to_models(label: str) -> None:
    st.page_link(page_named("models"), label=label, icon=":material/arrow_forward:", icon_position="right")


def _begin() -> None:
    bench, user = workbench(), current_user()
    bench.builtin.forgive()
    fetch.begin(bench.builtin, bench.store, bench.jobs, user.id)


def _halt(answer: Answer) -> None:
    bench, user = workbench(), current_user()
    fetch.halt(bench.builtin, bench.store, bench.jobs, user.id, answer)
