"""A process that works on jobs until it is killed: ``python -m tests.crash.working HOME DATABASE_URL LEASE``."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.jobs.worker import Context, Jobs, Kind
from components.settings import Settings
from components.store import open_store


def sign(context: Context, *, steps: int) -> Mapping[str, Any]:
    """Say in every step which process it is that works."""
    for number in range(1, steps + 1):
        context.tick(number, steps, f"process {os.getpid()}")
        time.sleep(0.1)
    return {"by": os.getpid()}


KINDS = (Kind("sign", sign), Kind("sign_once", sign, resumable=False))


def main(home: str, database_url: str, lease: str) -> None:
    settings = Settings(home=Path(home), database_url=database_url, job_threads=2)
    jobs = Jobs(open_store(settings), settings, KINDS, beat_seconds=float(lease) / 5, lease_seconds=float(lease))
    jobs.start()
    sys.stdout.write("working\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
