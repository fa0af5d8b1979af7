"""What the stories of both pages that answer share: the newest reply, its evidence, the words on the page."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from components.store import conversations, evidence
from components.store.conversations import Reply as StoredReply
from components.workbench import Workbench
from tests.waiting import until


def ended(bench: Workbench, owner: str) -> StoredReply:
    """The newest reply, once it has ended."""

    def newest() -> StoredReply | None:
        talk = conversations.list_conversations(bench.store, owner)[0]
        reply = conversations.turns(bench.store, owner, talk.id)[-1].replies[-1]
        return None if reply.state == "streaming" else reply

    found = until(newest)
    assert found
    return found


def body(bench: Workbench, owner: str, reply: StoredReply) -> Any:
    assert reply.result, reply.error
    return evidence.evidence(bench.store, owner, reply.result["evidence"]).body


def words(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*page.markdown, *page.caption))
