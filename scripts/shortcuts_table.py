"""Write the table of shortcuts into docs/using.md: ``python scripts/shortcuts_table.py``. A test compares the two."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from components.ui.keyboard import shortcuts_table  # noqa: E402

FILE = ROOT / "docs" / "using.md"
BEGIN = "<!-- shortcuts: kept true by tests/ui/test_help.py; python scripts/shortcuts_table.py writes them -->"
END = "<!-- /shortcuts -->"


def with_shortcuts(text: str) -> str:
    """The document with the table between its two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{shortcuts_table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    FILE.write_text(with_shortcuts(FILE.read_text(encoding="utf-8")), encoding="utf-8")
