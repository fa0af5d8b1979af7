"""The PostgreSQL that the tests start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.servers.postgres import debian_programs, running_postgres, wheel_programs


@pytest.mark.postgres
@pytest.mark.parametrize("source", [debian_programs, wheel_programs])
def test_each_source_starts_and_leaves_nothing(source: Callable[[Path], Path | None], tmp_path: Path) -> None:
    if source(tmp_path) is None:
        pytest.skip("not installed; the other one serves")
    with running_postgres(source) as url, psycopg.connect(url) as connection:
        version = connection.execute("select version()").fetchone()
    assert version is not None and "PostgreSQL" in version[0]
    assert not Path(url.partition("host=")[2]).exists()
