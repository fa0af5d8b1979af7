"""A process that imports uploads until it is killed: ``python -m tests.crash.importing HOME``."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import open_store
from components.tables import imports


def main(home: str) -> None:
    settings = Settings(home=Path(home), model="none", job_threads=2)
    jobs = Jobs(open_store(settings), settings, imports.KINDS, beat_seconds=0.2, lease_seconds=1.0)
    jobs.start()
    sys.stdout.write("importing\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
