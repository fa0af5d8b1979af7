"""A store of an earlier release, with rows in every table, opens in this one, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from components.settings import Settings
from components.store import Store, close_store, identities, logins, migrate, open_store, users
from components.store.database import Database, open_database
from components.store.opening import _database_url
from components.store.schema import metadata
from tests.store.earlier import make_tables

PEOPLE = (  # id, address, made at
    ("local", None, 1.0),
    ("ada", " Ada@Example.org", 2.0),
    ("twin", "ada@example.ORG", 3.0),
    ("empty", "  ", 4.0),
    ("mei", "mei@example.org", 5.0),
)


@pytest.fixture
def old(fresh_settings: Settings) -> Iterator[Database]:
    """A database as the first release left it."""
    fresh_settings.home.mkdir()
    database = open_database(_database_url(fresh_settings))
    with database.writing() as connection:
        make_tables(connection, "0001")
    yield database
    database.close()


@pytest.fixture
def filled(old: Database) -> dict[str, list[dict[str, Any]]]:
    """A row in each of its tables, and some people."""
    with old.writing() as connection:
        found = sa.MetaData()
        found.reflect(connection)
        tables = [table for table in found.sorted_tables if table.name != "alembic_version"]
        for number, (user_id, email, made) in enumerate(PEOPLE):
            connection.execute(
                sa.insert(found.tables["users"]).values(
                    _row(found.tables["users"], number)
                    | {"id": user_id, "email": email, "created_at": made, "role": "administrator"}
                )
            )
        for table in tables:
            if table.name != "users":
                connection.execute(sa.insert(table).values(_row(table, 0)))
        return {table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))] for table in tables}


def test_every_row_of_every_table_is_kept(
    old: Database, filled: dict[str, list[dict[str, Any]]], fresh_settings: Settings
) -> None:
    assert len(filled) == 22 and all(filled.values())
    old.close()
    store = open_store(fresh_settings)
    for name, before in filled.items():
        after = _rows(store, name)
        if name == "logins":  # of which none was ever written by the first release
            assert after == []
        elif name == "users":
            assert [row | {"email": None, "state": "active", "seen_at": None} for row in before] == [
                row | {"email": None} for row in after
            ]
        else:
            assert after == before
    close_store(store)


def test_people_can_sign_in_afterwards(
    old: Database, filled: dict[str, list[dict[str, Any]]], fresh_settings: Settings
) -> None:
    old.close()
    store = open_store(fresh_settings)
    assert {row["id"]: row["email"] for row in _rows(store, "users")} == {
        "local": None,
        "ada": "ada@example.org",
        "twin": None,
        "empty": None,
        "mei": "mei@example.org",
    }
    ada = identities.user_of_email(store, "ADA@example.org")
    assert ada and ada.id == "ada" and ada.state == "active"
    identities.add_identity(store, ada.id, "google", "1", ada.email)
    login = logins.redeem_ticket(store, logins.open_ticket(store, ada.id, "google"), agent="", address="", hours=1)
    assert login and logins.login_of(store, login[0], 60)
    assert users.ensure_local_owner(store).id == "local"
    close_store(store)


def test_its_tables_are_then_those_of_the_schema(
    old: Database, filled: dict[str, list[dict[str, Any]]], fresh_settings: Settings
) -> None:
    assert migrate.revision(old) == "0001"
    old.close()
    store = open_store(fresh_settings)
    assert migrate.revision(store.database) == migrate.HEAD
    with store.database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    close_store(store)


def _rows(store: Store, name: str) -> list[dict[str, Any]]:
    with store.database.reading() as connection:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def _row(table: sa.Table, number: int) -> dict[str, Any]:
    return {column.name: _cell(column, number) for column in table.columns}


def _cell(column: sa.Column[Any], number: int) -> Any:
    """A value that the column takes; a key to another table leads to the row made before."""
    for key in column.foreign_keys:
        return "ada" if key.column.table.name == "users" else f"{key.column.table.name}-0"
    if column.name == "id":
        return f"{column.table.name}-{number}"
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {"kept": [1, None, "ä"]}
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.LargeBinary):
        return b"\x00\xff"
    if isinstance(kind, sa.String):
        return f"ä{number}"
    return 7
