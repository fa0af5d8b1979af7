"""The conversation that a page shows, as it stands in this run: stored, or not yet begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.auth.roles import may
from components.errors import AccessError, AppError
from components.session import session
from components.store import User
from components.store.conversations import Conversation, conversation, set_choices
from components.ui import current_user
from components.workbench import workbench

ADDRESS = "c"  # the conversation's id in the page's address


@dataclass
class Drafts:
    """What this tab chose for conversations that have not begun, by kind."""

    choices: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Asked:
    """The reply that this tab asked for last: its reader is taken to it."""

    reply_id: str = ""


@dataclass
class Refused:
    """Why the question that this tab sent last could not be taken, until it has been said."""

    error: AppError | None = None


@dataclass
class Looking:
    """Whether the conversation that this tab shows is shared with its reader for reading only."""

    only: bool = False


@dataclass(frozen=True)
class Talk:
    """A conversation of a kind; ``conversation`` is None until its first question is asked.

    Attributes:
        choices: What was chosen for it: ``provider`` and ``model``, and whatever else its kind keeps here.
    """

    user: User
    kind: str
    conversation: Conversation | None
    choices: Mapping[str, Any]

    @property
    def asks(self) -> bool:
        """Whether its reader may ask on here: who may only look is drawn no field and no button that asks."""
        return may(self.user, "ask") and (self.conversation is None or self.conversation.may_edit)

    def change(self, **changes: Any) -> None:
        """Keep choices for this conversation, from the next run on; None removes one."""
        if self.conversation:
            set_choices(workbench().store, self.user.id, self.conversation.id, **changes)
            return
        draft = session(Drafts).choices.setdefault(self.kind, {})
        draft.update(changes)
        for name in [name for name, value in draft.items() if value is None]:
            del draft[name]


@dataclass(frozen=True)
class Sends:
    """What a question would send, and where: the line under the composer.

    Attributes:
        what: Ends the sentence "Goes to host: ...": "this conversation".
        exactly: Rows of what is sent, each with its size, and of what never is: {"System prompt": "214 words"}.
        request: What is sent, as it is sent; shown as JSON.
    """

    what: str
    exactly: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)


def open_talk(user: User, kind: str) -> Talk:
    """The conversation that the address names, or the one that is about to begin.

    Raises:
        AccessError: The address names none of the user's, or one of another kind.
    """
    conversation_id = st.query_params.get(ADDRESS, "")
    if not conversation_id:
        session(Looking).only = False
        return Talk(user, kind, None, session(Drafts).choices.get(kind, {}))
    found = conversation(workbench().store, user.id, conversation_id)
    if found.kind != kind:
        raise AccessError("This conversation belongs on another page.", todo="Open it from the list at the left.")
    talk = Talk(user, kind, found, found.choices)
    session(Looking).only = not talk.asks
    return talk


def may_ask_here() -> bool:
    """Whether the reader may ask on in the conversation that this tab shows, for what a card offers."""
    return may(current_user(), "ask") and not session(Looking).only
