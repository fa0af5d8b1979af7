"""The kinds of columns that the store's tables are made of, and the collection that the tables are in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Words(sa.TypeDecorator[str]):
    """Text as people and models write it: what no database can hold (NUL, half of a surrogate pair) becomes U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Mend the text on its way in; plain text passes as it is."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def id_column() -> sa.Column[str]:
    return sa.Column("id", sa.String(64), primary_key=True)


def owner_column(*, index: bool = True) -> sa.Column[str]:
    """The user whom a row belongs to; ``index=False`` where an index of more columns begins with it."""
    key = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", sa.String(64), key, nullable=False, index=index)


def parent_column(name: str, target: str, *, primary_key: bool = False, index: bool = True) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.String(64), key, nullable=False, primary_key=primary_key, index=index and not primary_key)


def json_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def time_column(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(53), nullable=nullable)
