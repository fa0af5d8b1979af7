"""The migrations make what the schema says, in one step or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from components.errors import StoreError
from components.settings import ROOT, Settings
from components.store import Store, close_store, migrate, open_store, users
from components.store.schema import metadata

NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "0003"
down_revision = "0002"
def upgrade():
    op.add_column("users", sa.Column("shoe_size", sa.Integer()))
    op.create_table("shoes", sa.Column("id", sa.Integer(), primary_key=True))
    {last}
"""


def test_the_tables_are_those_of_the_schema(store: Store) -> None:
    with store.database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert found == []


def test_the_comparison_can_fail(store: Store) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("drop index ix_jobs_state")
        connection.exec_driver_sql("alter table users add column shoe_size integer")
    with store.database.reading() as connection:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
    assert sorted(step[0] for step in found) == ["add_index", "remove_column"]


def test_head_is_the_newest_migration(store: Store) -> None:
    scripts = ScriptDirectory.from_config(Config(attributes={}, config_args={"script_location": str(migrate.SCRIPTS)}))
    assert scripts.get_heads() == [migrate.HEAD]
    assert migrate.revision(store.database) == migrate.HEAD


def test_a_newer_database_is_refused(store: Store, store_settings: Settings) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    close_store(store)
    with pytest.raises(StoreError, match=r"newer Groundwork .*9999.*" + migrate.HEAD):
        open_store(store_settings)


def test_strange_tables_are_left_alone(store: Store, store_settings: Settings) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("drop table alembic_version")
    close_store(store)
    with pytest.raises(StoreError, match=r"not Groundwork's: attempts, .*charts, .*users"):
        open_store(store_settings)


def test_a_new_migration_keeps_what_is_there(
    store: Store, store_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = users.ensure_local_owner(store)
    close_store(store)
    _add_migration(tmp_path, monkeypatch, last="pass")
    again = open_store(store_settings)
    assert migrate.revision(again.database) == "0003"
    assert users.user(again, kept.id) == kept
    assert _has_shoes(again)
    close_store(again)


def test_a_migration_that_fails_leaves_no_trace(
    store: Store, store_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add_migration(tmp_path, monkeypatch, last="raise RuntimeError('no')")
    close_store(store)
    with pytest.raises(RuntimeError, match="no"):
        open_store(store_settings)
    monkeypatch.undo()
    again = open_store(store_settings)
    assert migrate.revision(again.database) == "0002"
    assert not _has_shoes(again)
    close_store(again)


@pytest.mark.postgres
def test_replicas_that_start_at_once_migrate_once(postgres_url: str, tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from components.settings import Settings; from components.store import open_store\n"
        "from components.store.migrate import revision\n"
        "print(revision(open_store(Settings(home=pathlib.Path(sys.argv[1]), database_url=sys.argv[2])).database))"
    )
    replicas = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / str(n)), postgres_url], stdout=subprocess.PIPE, cwd=ROOT
        )
        for n in range(4)
    ]
    assert [replica.communicate()[0].decode().strip() for replica in replicas] == [migrate.HEAD] * 4


def _add_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts)
    (scripts / "versions" / "0003_next.py").write_text(NEXT.format(last=last))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "HEAD", "0003")


def _has_shoes(store: Store) -> bool:
    with store.database.reading() as connection:
        inspector = sa.inspect(connection)
        added = "shoe_size" in {column["name"] for column in inspector.get_columns("users")}
        assert inspector.has_table("shoes") == added
        return added
