"""What an import makes of a file: tables on disk, and what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from components.tables.importing.doubts import Doubt

MOST_COLUMNS = 5000  # of a table: each costs the engine memory, and time that grows with their square


@dataclass(frozen=True)
class ImportedTable:
    """One table that was read.

    Attributes:
        name: A name for SQL: small letters, digits, underscores.
        title: What a user calls it: the file's name, with the sheet or member where it has several.
        parquet: Path of its Parquet file.
        rows, bytes: Its rows, and the size of the Parquet file.
        columns: Name and type of each column, in order.
        doubts: What the user should know, the weightiest first.
        set_aside: Path of a CSV (line, why, text) with the rows that did not fit, or "".
    """

    name: str
    title: str
    parquet: str
    rows: int
    bytes: int
    columns: tuple[tuple[str, str], ...]
    doubts: tuple[Doubt, ...] = ()
    set_aside: str = ""


@dataclass
class Imported:
    """All tables of one upload.

    Attributes:
        tables: In the order in which they lie in the file.
        left_out: What of the file could not be read, and why: sheets, members of an archive.
    """

    tables: list[ImportedTable] = field(default_factory=list)
    left_out: list[Doubt] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """The same as plain values, for the way back from the child process."""
        return {"tables": [asdict(table) for table in self.tables], "left_out": list(self.left_out)}


@dataclass(frozen=True)
class Workplace:
    """Where an import works and what it may take.

    Attributes:
        folder: An empty folder of its own; everything it writes lies there.
        memory_mb: Memory of the whole child process.
        unpacked_bytes: Most bytes that an archive may unpack to.
    """

    folder: Path
    memory_mb: int = 2048
    unpacked_bytes: int = 8 << 30

    def new(self, suffix: str) -> Path:
        """A path that does not exist yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{len(list(self.folder.iterdir())):04d}{suffix}"
