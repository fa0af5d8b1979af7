"""The samples on the home page: one press each leads to a result, by itself as soon as what it needs is here.

What a tab waits for stands in its address, and what is on its way is a job: a reload, another tab and a restart find
both again. An address alone begins nothing and asks nothing: it takes a press, and the id of the job that came of it,
which nobody else knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from components.auth.roles import may
from components.conversations.words import title_of
from components.documents.sample import FIRST_QUESTION
from components.llm.ui.live import can_answer
from components.samples import (
    ORDERS,
    PARTS,
    PRICES,
    REPORT,
    Part,
    id_of,
    last_tries,
    on_its_way,
    open_part,
    put_away,
)
from components.session import session
from components.store import User
from components.store.conversations import list_conversations
from components.store.jobs import GOING, Job
from components.tables.sample import SAMPLE_QUESTIONS
from components.ui import current_user, error_box
from components.ui.asking import ask_on
from components.ui.errors import plain
from components.ui.jobs import share, words
from components.ui.navigation import page_named
from components.ui.reader import retold
from components.workbench import workbench

WISH = "sample"  # in the address: of the home page the job that its tab waits for, of where it led the sample's name
EVERY = 0.4  # seconds between two looks while a sample is on its way
COMING = ("absent", "paused", "fetching", "starting")  # states of the built-in model of which the home page tells
ENOUGH = 200  # conversations that are looked through for one that asked this already


@dataclass(frozen=True)
class Card:
    """What a newcomer reads of a sample before it is pressed."""

    part: Part
    icon: str
    title: str
    teach: str
    button: str


CARDS = (
    Card(
        ORDERS,
        "query_stats",
        "A shop's orders",
        "A year, 104,500 rows. A question becomes a query, its rows and a chart.",
        "Ask the orders",
    ),
    Card(
        REPORT,
        "find_in_page",
        "An annual report",
        "A PDF about the same year. The answer opens the page, with its line marked.",
        "Ask the report",
    ),
    Card(
        PRICES,
        "rule",
        "A price list as it came",
        "Decimal commas, two kinds of dates, a totals line. See what was doubtful.",
        "Read the price list",
    ),
)
TO_A_CHART = replace(
    CARDS[0],
    icon="bar_chart",
    teach="A year, 104,500 rows. No model is here yet, so you see a chart of them first.",
    button="Explore the orders",
)


COMES = "On its way: you are taken there when it is ready. Leave this page if you like."


@dataclass
class Pressed:
    """The sample that was pressed in this tab and is not led to yet, by its name."""

    name: str = ""


def go_on(user: User) -> None:
    """Lead on to the sample that this tab waits for, if it is here. The home page calls it before it draws anything."""
    bench, pressed = workbench(), session(Pressed)
    waited = _waited_for(user)
    name, pressed.name = pressed.name, ""
    kind = waited.kind if waited and waited.state == "done" and not name else ""
    part = next((one for one in PARTS if name == one.name or kind == one.kind), None)
    if part and id_of(bench, user.id, part):
        put_away(bench, user.id, part)
        _lead(user, part)
    if not waited or waited.state not in GOING:
        st.query_params.pop(WISH, None)


def show_samples(user: User, *, can_ask: bool, short: bool = False) -> None:
    """Draw the three, each with how far it is while it is on its way.

    Args:
        user: For whom.
        can_ask: Whether a model is here; without one the orders lead to a chart, and say so.
        short: Their buttons alone, for somebody who has seen the cards.
    """
    if short:
        _show_buttons(user, can_ask=can_ask)
    else:
        _show_cards(user, can_ask=can_ask)
    tries = last_tries(workbench(), user.id)
    for part in PARTS:
        _show_failure(part, tries.get(part.kind))


def landed(name: str) -> bool:
    """Whether the page that is drawn was reached from this sample."""
    return st.query_params.get(WISH) == name


def show_first_steps(user: User) -> None:
    """Where a sample led to a chart or a table: say what is seen, and what can be done next."""
    if not may(user, "ask"):
        return
    if landed(ORDERS.name):
        _say_why_a_chart(user)
    elif landed(PRICES.name):
        _say("A price list as a supplier sent it. What was doubtful is listed; ask or explore what was made of it.")


def _waited_for(user: User) -> Job | None:
    """The job that this tab waits for, as its address says; nothing is looked up where it says none."""
    wish = st.query_params.get(WISH)
    if not wish:
        return None
    return next((job for job in last_tries(workbench(), user.id).values() if job.id == wish), None)


def _show_cards(user: User, *, can_ask: bool) -> None:
    grid = st.grid(3, min_column_width=230, gap="small")
    for number, card in enumerate(_cards(can_ask=can_ask)):
        with grid.container(border=True, height="stretch", gap="small", key=f"sample-{card.part.name}"):
            st.markdown(f":material/{card.icon}: **{card.title}**")
            st.markdown(f":gray[{COMES if _awaited(user, card.part) else card.teach}]")
            st.space("stretch")
            _show_way(user, card, primary=number == 0)


def _show_buttons(user: User, *, can_ask: bool) -> None:
    st.caption("The samples")
    with st.container(horizontal=True, gap="small", key="samples-short"):
        for card in _cards(can_ask=can_ask):
            _show_way(user, card)


def _cards(*, can_ask: bool) -> tuple[Card, ...]:
    return CARDS if can_ask else (TO_A_CHART, *CARDS[1:])


def _show_way(user: User, card: Card, *, primary: bool = False) -> None:
    """The button, or how far it is: this tab goes on by itself when it is there."""
    name = card.part.name
    if _awaited(user, card.part):
        st.fragment(partial(_watch, card.part), run_every=EVERY)()
        return
    st.button(
        card.button,
        key=f"try-sample-{name}",
        type="primary" if primary else "secondary",
        width="stretch",
        on_click=_press,
        args=(card.part,),
    )


def _awaited(user: User, part: Part) -> bool:
    """Whether this tab goes on to a sample that is on its way."""
    job = _waited_for(user)
    return job is not None and job.kind == part.kind and job.state in GOING


def _watch(part: Part) -> None:
    """How far it is; once it has ended, the page looks anew and leads on."""
    user = current_user()  # a fragment runs on its own, and admits its user itself
    job = on_its_way(workbench(), user.id, part)
    if job is None:
        st.rerun()
    st.progress(share(job), text=plain(retold(words(job))))


def _press(part: Part) -> None:
    """Begin what is not here, and let this tab wait for it."""
    bench, user = workbench(), current_user()
    session(Pressed).name = part.name
    if id_of(bench, user.id, part) is None:
        if not on_its_way(bench, user.id, part):
            put_away(bench, user.id, part)
        st.query_params[WISH] = open_part(bench, user.id, part).id


def _show_failure(part: Part, job: Job | None) -> None:
    if job and job.state == "failed":

        def again() -> None:
            st.button("Try again", key=f"again-{part.name}", on_click=_press, args=(part,))

        error_box(job.error or {"what": "The sample could not be opened."}, again, key=f"failure-{job.id}")


def _lead(user: User, part: Part) -> None:
    """Go to where the sample shows what it is good for; ends the run."""
    found = id_of(workbench(), user.id, part)
    assert found is not None  # it was asked before
    if part == REPORT:
        _ask(user, "ask_documents", "documents", FIRST_QUESTION, {"d": found})
    if part == PRICES:
        st.switch_page(page_named("tables"), query_params={"t": found, WISH: part.name})
    if can_answer(user):
        _ask(user, "ask_tables", "tables", SAMPLE_QUESTIONS[0], {"t": found})
    st.switch_page(page_named("explorer"), query_params={"t": found, WISH: part.name})


def _ask(user: User, page: str, kind: str, question: str, query: dict[str, str]) -> None:
    """Ask a question of one sample alone, or lead to where it was asked already: no press asks twice."""
    (asked,) = query.values()
    for talk in list_conversations(workbench().store, user.id, limit=ENOUGH, kind=kind):
        which = talk.choices.get("datasets" if kind == "tables" else "documents")
        if talk.is_own and talk.title == title_of(question) and list(which or ()) == [asked]:
            st.switch_page(page_named(page), query_params={"c": talk.id})
    ask_on(page, question, query=query)


def _say_why_a_chart(user: User) -> None:
    question = SAMPLE_QUESTIONS[0]
    if can_answer(user):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="first-steps"):
            st.caption(":material/memory: A model is here now.", width="content")
            if st.button(f"Ask: {question}", key="ask-now", type="tertiary", icon=":material/query_stats:"):
                _lead(user, ORDERS)
    else:
        coming = workbench().builtin.status().state in COMING
        where = "The home page shows how far it is." if coming else "Add one on the Models page."
        _say(f"No model is here yet, so this is a chart of the orders and no answer. {where}")


def _say(what: str) -> None:
    with st.container(key="first-steps"):
        st.caption(f":material/info: {what}")
