"""The engines' folder for what need not last: rows that spill, rows of answers that are looked at."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

KEPT_SECONDS = 3600.0  # a file under ``answers`` that nobody has used for so long is deleted


def open_scratch(scratch: Path) -> None:
    """Make the folder, and clear it of what a killed app has left."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in scratch.glob("[0-9]*-*"):
        if not _runs(int(folder.name.split("-")[0])):
            shutil.rmtree(folder, ignore_errors=True)
    delete_unused(scratch)


def delete_unused(scratch: Path) -> None:
    """Delete the rows of answers that nobody has looked at for an hour."""
    for file in scratch.glob("answers/*"):
        if file.stat().st_mtime < time.time() - KEPT_SECONDS:
            file.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
