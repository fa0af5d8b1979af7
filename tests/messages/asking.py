"""Asking on the pages that answer, and reading what they say once the reply has ended."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.store import conversations
from components.store.conversations import Reply
from components.workbench import Workbench
from tests.messages.bringing import ME
from tests.waiting import until


def newest(desk: Workbench) -> Reply | None:
    """The newest reply of the newest conversation, once it has ended; None before."""
    talks = conversations.list_conversations(desk.store, ME)
    found = conversations.turns(desk.store, ME, talks[0].id) if talks else []
    reply = found[-1].replies[-1] if found and found[-1].replies else None
    return reply if reply and reply.state != "streaming" else None


def ended(desk: Workbench, at: AppTest, *, but: str = "") -> AppTest:
    """The page after the newest reply, another one than ``but``, has ended."""
    until(lambda: (found := newest(desk)) and found.id != but, seconds=60)
    return at.run()


def asked(desk: Workbench, at: AppTest, question: str) -> AppTest:
    """Ask in the page's field and wait for the end."""
    before = newest(desk)
    at.chat_input[0].set_value(question).run()
    return ended(desk, at, but=before.id if before else "")
