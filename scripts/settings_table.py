"""Write the table of settings into the README: ``python scripts/settings_table.py``. A test compares the two."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from components.settings import PREFIX, Settings  # noqa: E402

BEGIN, END = "<!-- settings: kept true by tests/test_settings.py -->", "<!-- /settings -->"


def table() -> str:
    """The settings as a Markdown table, in the order of their fields."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for item in fields(Settings):
        if "read" in item.metadata:
            lines.append(
                f"| `{PREFIX}{item.name.upper()}` | {_shown(item.default_factory())} | {item.metadata['help']} |"
            )  # type: ignore[misc]
    return "\n".join(lines)


def _shown(value: object) -> str:
    text = str(value if value not in (None, ()) else "").replace(str(Path.home()), "~")
    return f"`{text}`" if text else ""


def with_table(readme: str) -> str:
    """The README's text with the table between its two marks."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    file = ROOT / "README.md"
    file.write_text(with_table(file.read_text(encoding="utf-8")), encoding="utf-8")
