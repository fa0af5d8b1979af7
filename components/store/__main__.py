"""Save everything into one file, or put it back: ``python -m components.store backup [FILE]``, ``... restore FILE``."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

from components.errors import AppError
from components.settings import Settings, read_settings
from components.store.backup import back_up
from components.store.restoring import restore

USAGE = "usage: python -m components.store backup [FILE] | restore FILE\n"


def main(arguments: list[str]) -> int:
    """Do it and say what was done; 0 when it is, 1 with a line that says why not, 2 for misuse."""
    try:
        match arguments:
            case ["backup"]:
                said = _back_up(read_settings(), None)
            case ["backup", file]:
                said = _back_up(read_settings(), Path(file))
            case ["restore", file]:
                said = _restore(read_settings(), Path(file))
            case _:
                sys.stderr.write(USAGE)
                return 2
    except AppError as error:
        sys.stderr.write(" ".join(filter(None, (error.what, error.kept, error.todo))) + "\n")
        return 1
    sys.stdout.write(said)
    return 0


def _back_up(settings: Settings, file: Path | None) -> str:
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    saved = back_up(settings, file or settings.home / "backups" / f"groundwork-{stamp}.zip")
    lost = f"Not in it, for missing already: {_files(saved.lost)}.\n" if saved.lost else ""
    said = f"Saved {_files(saved.count)}, {saved.bytes / 1e6:,.1f} MB, in {saved.file}\n{lost}"
    return f"{said}It opens everything, stored keys too: keep it where nobody else reads, and on another disk.\n"


def _restore(settings: Settings, file: Path) -> str:
    restored = restore(settings, file)
    made = datetime.fromtimestamp(restored.made_at).astimezone()
    before = f"What was there before is in {restored.before}; delete it when you need it no more.\n"
    said = f"Restored {_files(restored.count)}, as of {made:%d %B %Y at %H:%M:%S}.\n"
    return f"{said}{before if restored.before else ''}Start the app; everybody signs in anew.\n"


def _files(count: int) -> str:
    return f"{count:,} file" if count == 1 else f"{count:,} files"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
