"""A process that reads documents until it is killed: ``python -m tests.crash.ingesting HOME``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.documents import ingest
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import open_store
from tests.documents.conftest import Lengths


class Slow(Lengths):
    """An embedder that can be killed in the middle."""

    def embed(self, texts: Sequence[str]) -> Any:
        """As the real one: about 15 passages a second."""
        threading.Event().wait(len(texts) / 150)
        return super().embed(texts)


def main(home: str) -> None:
    settings = Settings(home=Path(home), job_threads=3)
    jobs = Jobs(open_store(settings), settings, ingest.kinds(lambda _: Slow(), lambda _: True))
    jobs.start()
    sys.stdout.write("ingesting\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
