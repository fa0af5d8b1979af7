"""What the stories of both pages that answer share: a model server, the newest reply, its evidence, the words shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from streamlit.testing.v1 import AppTest

from components.llm.own import save_server
from components.store import conversations, evidence
from components.store.conversations import Reply as StoredReply
from components.workbench import Workbench
from tests.servers.dialects import Reply
from tests.servers.fault_server import FaultServer
from tests.waiting import until


@contextmanager
def server_that_says(says: Mapping[str, Reply], bench: Workbench, owner: str) -> Iterator[FaultServer]:
    """A server of the owner's, named ``mine``, whose models answer by their names."""
    with FaultServer() as server:
        server.replies |= says
        save_server(bench.store, owner, "mine", "chat", f"{server.url}/v1")
        yield server


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
