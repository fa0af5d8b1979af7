"""``python -m scripts.report [FILE]``: write the report, by default in its place in the project."""

from __future__ import annotations

import sys
from pathlib import Path

from components.documents.sample import FILE
from scripts.report.layout import write_report
from scripts.report.orders import count_orders

TEXT = Path(__file__).with_name("text.txt")


def main(file: Path = FILE) -> None:
    """Count the orders and write the file."""
    write_report(file, TEXT.read_text(encoding="utf-8"), count_orders())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
