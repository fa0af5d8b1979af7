"""Sharing on the screen: who else sees a thing, letting somebody see it, taking it back."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import streamlit as st

from components.auth.ui.waking import draw_anew
from components.errors import AccessError, AppError
from components.sharing import take_back
from components.store import User, shares
from components.store.shares import Receiver, Share
from components.ui.errors import error_box, plain, typed
from components.ui.opening import current_user
from components.ui.shell import icon_button
from components.workbench import workbench

SHARE, LEAVE = "Share", "Remove from my list"
"""The words in a menu: of one's own, and of what another shares."""

Kind = Literal["dataset", "document", "conversation"]
_RIGHTS = {"read": "Can read", "edit": "Can edit"}
_ONLY_READS = {False: "A viewer here: reads it only, whatever is chosen.", True: "Viewers among them read it only."}
_TELLS: dict[Kind, str] = {
    "dataset": "Who can read it looks through it, explores it, asks about it and downloads it. Who can edit it also"
    " renames it and adds versions.",
    "document": "Who can read it sees its pages and text and asks about it. Who can edit it also renames it.",
    "conversation": "Who can read it sees its questions and answers, with the rows and quotes in them; not the tables"
    " and documents behind them. Who can edit it also asks in it.",
}


def can_share() -> bool:
    """Whether anybody else can sign in here at all."""
    return workbench().settings.asks_sign_in


def sharing_words(kind: Kind, thing_id: str, *, own: bool) -> list[str]:
    """What a thing's menu holds of sharing: letting others see one's own, or letting go of another's."""
    if own:
        return [SHARE] if can_share() else []
    return [LEAVE] if shares.share_to(workbench().store, current_user().id, kind, thing_id) else []


def sharing_dialog(chosen: str, kind: Kind, thing_id: str, title: str) -> None:
    """Open the dialog of a word from ``sharing_words``."""
    if chosen == SHARE:
        share_dialog(kind, thing_id, title)
    else:
        leave_dialog(kind, thing_id, title)


def shared_badge(shared_by: str) -> None:
    """Say whose a thing is, where it is not the reader's own."""
    if shared_by:
        st.badge(f"shared by {plain(shared_by)}", icon=":material/group:", color="blue")


@st.dialog("Share")
def share_dialog(kind: Kind, thing_id: str, title: str) -> None:
    """Draw who sees a thing of the reader's own, and the fields that let others. A dialog admits its user itself."""
    user = current_user()
    st.markdown(f"**{plain(title)}**")
    st.caption(_TELLS[kind])
    try:
        _show_new(user, kind, thing_id)
        _show_given(user, kind, thing_id)
    except AppError as error:
        error_box(error, key="failure-share")


def _show_new(user: User, kind: Kind, thing_id: str) -> None:
    groups = shares.groups(workbench().store, user.id)
    with st.form(f"share-{thing_id}", border=False, clear_on_submit=True):
        who = st.text_input("With", placeholder="E-mail or full name", key=f"share-who-{thing_id}")
        group = _choose_group(groups, thing_id)
        right = st.radio(
            "Right", list(_RIGHTS), format_func=_RIGHTS.__getitem__, horizontal=True, key=f"share-right-{thing_id}"
        )
        pressed = st.form_submit_button(SHARE, type="primary", icon=":material/person_add:")
    if pressed:
        _give(user, kind, thing_id, typed(who), group, right)


def _choose_group(groups: list[Receiver], thing_id: str) -> Receiver | None:
    if not groups:
        return None
    return st.selectbox(
        "Or with a group of yours",
        groups,
        index=None,
        format_func=lambda one: one.name,
        placeholder="None",
        key=f"share-group-{thing_id}",
    )


def _give(user: User, kind: Kind, thing_id: str, who: str, group: Receiver | None, right: str) -> None:
    store = workbench().store
    if group:
        shares.share(store, user.id, kind, thing_id, to_group=group.group, right=right)
    found = shares.find_people(store, user.id, who) if who else []
    if len(found) == 1:
        shares.share(store, user.id, kind, thing_id, to_user=found[0].user_id, right=right)
    elif who:
        several = f"{len(found)} people here are called {plain(who)}: write the e-mail."
        nobody = f"Nobody here has the e-mail or full name {plain(who)}."
        st.caption(f":orange[:material/help:] {several if found else nobody}")
    elif not group:
        st.caption(":orange[:material/help:] Write an e-mail or a full name.")


def _show_given(user: User, kind: Kind, thing_id: str) -> None:
    given = shares.shares(workbench().store, user.id, kind, thing_id)
    if not given:
        st.caption("Nobody else sees it.")
    with st.container(gap=None, key=f"rows-shares-{thing_id}"):
        for share in given:
            _row(share)


def _row(share: Share) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{share.id}"):
        with st.container(width="stretch", gap=None):
            icon = "group" if share.to_group else "person"
            st.markdown(f":material/{icon}: {plain(share.name)}")
            if share.email:
                st.caption(plain(share.email))
            if share.right == "edit" and (not share.works or share.to_group):
                st.caption(f":orange[:material/help: {_ONLY_READS[bool(share.to_group)]}]")
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            st.caption(right_words(share), width="content")
            take_back_button(share)


def right_words(share: Share) -> str:
    """What a share lets its receiver do, by their role as it is now."""
    return _RIGHTS[share.right if share.works else "read"]


def take_back_button(share: Share) -> None:
    """The button that takes a share back."""
    icon_button("person_remove", "Take back", f"take-back-{share.id}", on_click=end_share, args=(share,))


def end_share(share: Share) -> None:
    """Take a share back, or let go of it. A callback: it runs before the page, and admits its user itself."""
    user = current_user()
    with suppress(AccessError):  # taken back meanwhile, in another tab
        draw_anew(take_back(workbench(), user.id, share))


def leave(kind: Kind, thing_id: str) -> None:
    """Let go of what was shared with the reader alone; nothing where it is taken back already. Fit for a callback."""
    share = shares.share_to(workbench().store, current_user().id, kind, thing_id)
    if share:
        end_share(share)


@st.dialog(LEAVE)
def leave_dialog(kind: Kind, thing_id: str, title: str) -> None:
    """Ask before a thing that another shares leaves the reader's list. A dialog admits its user itself."""
    user, store = current_user(), workbench().store
    groups = " If a group of yours sees it too, it stays by that." if shares.groups(store, user.id) else ""
    st.markdown(f"**{plain(title)}** is yours to see no more.{groups}")
    st.caption("Nothing of it is deleted, and whoever shares it can share it again. Your own answers over it stay.")
    with st.container(horizontal=True, gap="small"):
        if st.button(LEAVE, type="primary", key=f"leave-{thing_id}"):
            leave(kind, thing_id)
            st.query_params.clear()
            st.rerun()
        if st.button("Keep it", key=f"stay-{thing_id}"):
            st.rerun()
