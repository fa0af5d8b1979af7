"""This process's workbench under settings of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.workbench import Workbench, close_workbench, workbench
from tests.prepared import lay_tables


@contextmanager
def workbench_with(monkeypatch: pytest.MonkeyPatch, home: Path, **variables: str) -> Iterator[Workbench]:
    """The workbench on an empty data folder, without a model; other variables of the environment by their names."""
    for name, value in {"GROUNDWORK_HOME": str(home), "GROUNDWORK_MODEL": "none", **variables}.items():
        monkeypatch.setenv(name, value)
    close_workbench()
    if "GROUNDWORK_DATABASE_URL" not in variables:
        lay_tables(home)
    try:
        yield workbench()
    finally:
        close_workbench()
