"""The screen that every kind of conversation shares: head, turns, composer; what was asked goes to the runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from components.conversations.pieces import Answer
from components.conversations.ui.composer import show_composer
from components.conversations.ui.feet import Feet
from components.conversations.ui.following import bring_into_view
from components.conversations.ui.header import show_header
from components.conversations.ui.looking import show_lookers_place
from components.conversations.ui.talk import ADDRESS, Asked, Refused, Sends, Talk, open_talk
from components.conversations.ui.turns import Show, show_turn
from components.conversations.words import title_of
from components.errors import AccessError, AppError
from components.llm.choices import Choice
from components.llm.own import providers_for
from components.llm.ui import choose_model
from components.session import session
from components.store import User
from components.store.conversations import Conversation, Reply, Turn, create_conversation, turns
from components.store.usage import UsageRow, cost_of_conversation, usage_of_conversation
from components.ui import error_box, measure
from components.ui.asking import asked_elsewhere
from components.workbench import workbench

LAST = 16  # turns drawn at first: each costs 0.2 ms of cpu in every run of the page
EARLIER = "earlier"  # how many more were asked for, in the address

MakeAnswer = Callable[[Talk, Choice], Answer]
Width = int | Literal["stretch"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a page brings to the shared screen: who answers, and what is drawn around it.

    Attributes:
        name: Of the conversation's kind, as it is stored: ``chat``, ``tables``.
        page: The page's name, for questions that were typed on the home page.
        make_answer: What answers, given the conversation (it has begun) and the model that is chosen. Called on the
            page, run behind it: it must hold nothing of Streamlit's.
        show_empty: Draws the empty state; returns a question to ask at once (an example that was pressed), if any.
        sends: What a question would send; it is called in every run and must be cheap.
        show_result: Draws ``reply.result`` of an ended reply in place of its text. Without a result the text is drawn.
        show_options: Draws one more action in the head, with ``talk.choices`` and ``talk.change``.
        placeholder: In the empty field.
        width: Of the column, in pixels; ``stretch`` takes the window.
        busy: What a reply is doing until its first word.
        can_ask: Whether anything can be asked now; else the field is shut, and the empty state says why.
        look: Told of the turns before they are drawn.
        beside: Draws what stands beside the talk: the talk takes 5/12 of the width, and on a phone this comes below it.
            ``show_result`` then also draws what was found while the reply is still being made.
        without: The choice to ask no model, where a question can be answered without one.
        credit: Who is noted as the one that answers, where it is not the chosen model.
    """

    name: str
    page: str
    make_answer: MakeAnswer
    show_empty: Callable[[Talk], str | None]
    sends: Callable[[Talk, Choice], Sends]
    show_result: Callable[[Reply], None] | None = None
    show_options: Callable[[Talk], None] | None = None
    placeholder: str = "Reply"
    width: Width = 760
    busy: str = "Thinking"
    can_ask: bool = True
    look: Callable[[Talk, Sequence[Turn]], None] | None = None
    beside: Callable[[Talk, Sequence[Turn]], None] | None = None
    without: Choice | None = None
    credit: Callable[[Choice], Mapping[str, str]] | None = None


@dataclass(frozen=True)
class _Shown:
    """What the upper part of the screen came to: the model that is chosen, the reply that runs, what was pressed."""

    choice: Choice | None
    running: Reply | None = None
    pressed: str = ""


def show_conversation(kind: Kind, user: User) -> None:
    """Draw the conversation that the address names (``?c=ID``), or the empty state, and ask what its user asks.

    The page admits ``user`` before this (``open_page``), calls this outside of any container (only there does Streamlit
    follow the talk to its end), and draws nothing below it. A reply is made behind the page by the runner and drawn
    from the store, so refresh, a second tab and a restart find all of it again.

    Raises:
        AccessError: The address names a conversation that is not the user's, or of another kind.
    """
    talk = open_talk(user, kind.name)
    with measure(kind.width, key="thread"):
        shown = _show_begun(talk, talk.conversation, kind) if talk.conversation else _show_new(talk, kind)
        _show_refusal()
    if not talk.asks:
        return
    _composer(talk, kind, shown)
    question = shown.pressed
    if not question and shown.choice:  # what was typed on the home page waits until a model is here
        question = asked_elsewhere(kind.page)
    if question and shown.choice:
        _ask(talk, kind, shown.choice, question)
        st.rerun()


def _show_new(talk: Talk, kind: Kind) -> _Shown:
    if not talk.asks:
        show_lookers_place(talk)
        return _Shown(None)
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="new-actions"):
        choice = choose_model(talk.kind, talk.choices, without=kind.without)
        if kind.show_options:
            kind.show_options(talk)
    return _Shown(choice, pressed=kind.show_empty(talk) or "")


def _show_begun(talk: Talk, conversation: Conversation, kind: Kind) -> _Shown:
    store = workbench().store
    earlier = _earlier()
    found = turns(store, talk.user.id, conversation.id, last=LAST + earlier)
    usage = usage_of_conversation(store, talk.user.id, conversation.id, found[0].number) if found else {}
    chosen: list[Choice | None] = []
    options = kind.show_options
    show_header(
        talk,
        conversation,
        found,
        cost_of_conversation(store, talk.user.id, conversation.id),
        picker=lambda: chosen.append(
            choose_model(talk.kind, talk.choices, without=kind.without, on_pick=lambda name: _remember(talk, name))
        ),
        options=(lambda: options(talk)) if options else None,
    )
    choice = chosen[0] if chosen else None
    with _talk_column(talk, kind, found):
        if found and found[0].number > 1:
            _show_earlier(found[0].number - 1, earlier)
        _show_turns(talk, kind, choice, found, usage)
    return _Shown(choice, running=_running(found))


def _hear(show: Show, found: Sequence[Turn]) -> None:
    asked = show.feet.pressed()
    turn = next((one for one in found if asked in [reply.id for reply in one.replies]), None)
    if turn and show.again:
        show.again(turn)


@contextmanager
def _talk_column(talk: Talk, kind: Kind, found: Sequence[Turn]) -> Iterator[None]:
    """Where the turns go: the whole width, or what is left beside something else."""
    if kind.beside is None:
        yield
        return
    if kind.look:
        kind.look(talk, found)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        yield
    with right:
        kind.beside(talk, found)


def _show_turns(
    talk: Talk, kind: Kind, choice: Choice | None, found: Sequence[Turn], usage: Mapping[str, UsageRow]
) -> None:
    bench = workbench()
    providers = providers_for(bench.settings, bench.store, talk.user.id)
    titles = {provider.name: provider.title for provider in providers}
    show = Show(
        result=kind.show_result,
        early=kind.show_result if kind.beside else None,
        again=(lambda turn: _again(talk, kind, choice, turn, found)) if choice else None,
        title_of=lambda provider, model: (
            f"{model} · {titles.get(provider, provider)}" if model else titles.get(provider, provider)
        ),
        local=frozenset(provider.name for provider in providers if provider.local),
        busy=kind.busy,
        feet=Feet(),
    )
    with st.container(key="talk"):
        for turn in found:
            show_turn(talk, turn, usage, show)
        show.feet.draw_rest()
    _hear(show, found)
    asked = session(Asked).reply_id
    if found and asked in [reply.id for reply in found[-1].replies]:
        bring_into_view(asked, alone=kind.beside is None)


def _composer(talk: Talk, kind: Kind, shown: _Shown) -> None:
    def ask(question: str) -> bool:
        try:
            if shown.choice:
                _ask(talk, kind, shown.choice, question)
        except AppError as error:  # nothing can be drawn yet: the run that follows says it
            session(Refused).error = error
            return False
        return True

    show_composer(
        talk,
        running=shown.running,
        choice=shown.choice,
        placeholder=kind.placeholder,
        width=kind.width,
        sends=lambda chosen: kind.sends(talk, chosen),
        ask=ask,
        can_ask=kind.can_ask,
    )


def _show_refusal() -> None:
    refused = session(Refused)
    if refused.error:
        error_box(refused.error)
        refused.error = None


def _show_earlier(hidden: int, earlier: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button(f"Show earlier ({hidden} more)", type="tertiary", key="earlier", icon=":material/history:"):
            st.query_params[EARLIER] = str(earlier + LAST)
            st.rerun()


def _earlier() -> int:
    asked = st.query_params.get(EARLIER, "")
    return min(int(asked), 100_000) if asked.isdecimal() else 0


def _running(found: Sequence[Turn]) -> Reply | None:
    streaming = [turn.replies[-1] for turn in found if turn.replies and turn.replies[-1].state == "streaming"]
    return streaming[-1] if streaming else None


def _remember(talk: Talk, name: Mapping[str, str]) -> None:
    """A conversation keeps the model that was picked or asked last in it; not one that only stands in for it."""
    if any(talk.choices.get(word) != value for word, value in name.items()):
        with suppress(AccessError):  # deleted meanwhile, in another tab: the run that follows says so
            talk.change(**name)


def _ask(talk: Talk, kind: Kind, choice: Choice, question: str) -> None:
    """Begin the conversation if need be, and hand the question to the runner."""
    bench = workbench()
    if talk.conversation is None:
        choices = {**talk.choices, **choice.name}
        begun = create_conversation(bench.store, talk.user.id, talk.kind, title_of(question), choices)
        talk = Talk(talk.user, talk.kind, begun, choices)
        st.query_params[ADDRESS] = begun.id
    else:
        begun = talk.conversation
        _remember(talk, choice.name)
        _stop_running(talk, turns(bench.store, talk.user.id, begun.id, last=LAST))
    answer = kind.make_answer(talk, choice)
    credit = _credit(kind, choice)
    reply = bench.runner.ask(
        talk.user.id, begun.id, question, answer, provider=credit["provider"], model=credit["model"]
    )
    session(Asked).reply_id = reply.id


def _again(talk: Talk, kind: Kind, choice: Choice, turn: Turn, found: Sequence[Turn]) -> None:
    _remember(talk, choice.name)
    _stop_running(talk, found)
    workbench().runner.again(talk.user.id, turn.id, kind.make_answer(talk, choice), **_credit(kind, choice))
    st.rerun()


def _credit(kind: Kind, choice: Choice) -> Mapping[str, str]:
    return kind.credit(choice) if kind.credit else choice.name


def _stop_running(talk: Talk, found: Sequence[Turn]) -> None:
    """One reply at a time in a conversation: who asks on does not wait for the one before."""
    if running := _running(found):
        workbench().runner.stop(talk.user.id, running.id)
