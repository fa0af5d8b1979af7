"""A process that makes replies until it is killed: ``python -m tests.crash.talking HOME DATABASE_URL SERVER MODEL``.

It asks once in each conversation of the user ann and says the ids of the replies on one line.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from pathlib import Path

from components.conversations.chat import chat
from components.conversations.runner import Runner
from components.jobs.loop import Loop
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import conversations, open_store
from tests.conversations.conftest import model_at

LEASE = 3.0


def main(home: str, database_url: str, server: str, model: str) -> None:
    settings = Settings(home=Path(home), database_url=database_url)
    store = open_store(settings)
    jobs = Jobs(store, settings, (), beat_seconds=LEASE / 5, lease_seconds=LEASE)
    jobs.start()
    runner = Runner(store, Loop(), jobs.worker_id)
    ids = []
    if model:
        answer = partial(chat, model=model_at(server, model))
        for talk in conversations.list_conversations(store, "ann"):
            ids.append(runner.ask("ann", talk.id, "Tell me", answer, provider="openai", model=model).id)
    sys.stdout.write(" ".join(["talking", *ids]) + "\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
