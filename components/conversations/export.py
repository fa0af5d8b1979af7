"""A conversation as one Markdown text."""

from __future__ import annotations

from components.conversations.reading import said
from components.store import Store, conversations


def as_markdown(store: Store, user_id: str, conversation_id: str) -> str:
    """Title, questions and the newest answers that said something, each with the model that gave it.

    Raises:
        AccessError: The conversation is not the user's.
    """
    parts = [f"# {conversations.conversation(store, user_id, conversation_id).title}"]
    for turn in conversations.turns(store, user_id, conversation_id):
        parts.append(f"## Question {turn.number}\n\n{turn.question}")
        for reply in reversed(turn.replies):
            if text := said(store, user_id, reply).text.strip():
                note = "" if reply.state == "complete" else f", {reply.state.replace('_', ' ')}"
                parts.append(f"### Answer of {reply.model}{note}\n\n{text}")
                break
    return "\n\n".join(parts) + "\n"
