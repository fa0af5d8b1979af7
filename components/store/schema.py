"""The store's tables. Every row belongs to one user, directly or through the row it hangs on.

Times are seconds since 1970 as floats; ids are 32 hexadecimal digits. The migrations in ``migrations/`` make these
tables; a test compares the two.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(64), primary_key=True)


def _owner() -> sa.Column[str]:
    return sa.Column(
        "user_id", sa.String(64), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    )


def _parent(name: str, target: str, *, primary_key: bool = False, index: bool = True) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.String(64), key, nullable=False, primary_key=primary_key, index=index and not primary_key)


def _time(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(53), nullable=nullable)


users = sa.Table(
    "users",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("role", sa.String(16), nullable=False),  # viewer, analyst, administrator
    sa.Column("preferences", sa.JSON, nullable=False),
    _time("created_at"),
)

logins = sa.Table(
    "logins",
    metadata,
    _id(),  # the hash of the cookie's token
    _owner(),
    _time("created_at"),
    _time("seen_at"),
    _time("expires_at"),
    sa.Column("agent", sa.Text, nullable=False, server_default=""),
)

conversations = sa.Table(
    "conversations",
    metadata,
    _id(),
    _owner(),
    sa.Column("kind", sa.String(16), nullable=False),  # chat, tables, documents
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("choices", sa.JSON, nullable=False),  # provider, model, temperature, system prompt, datasets ...
    _time("created_at"),
    _time("updated_at"),
)

turns = sa.Table(
    "turns",
    metadata,
    _id(),
    _owner(),
    _parent("conversation_id", "conversations.id"),
    sa.Column("number", sa.Integer, nullable=False),  # from 1, within the conversation
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("attachments", sa.JSON, nullable=False),
    _time("created_at"),
    sa.UniqueConstraint("conversation_id", "number"),
)

replies = sa.Table(  # an attempt at answering a turn; the newest is the one shown
    "replies",
    metadata,
    _id(),
    _owner(),
    _parent("turn_id", "turns.id"),
    sa.Column("number", sa.Integer, nullable=False),  # from 1, within the turn
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),  # streaming, complete, stopped, cut_off, failed, ...
    sa.Column("finish", sa.String(16)),  # the model's own reason: stop, length, filter ...
    sa.Column("result", sa.JSON),  # what an ask found: evidence ids and the like
    sa.Column("error", sa.JSON),  # code, what, kept, todo, retry_after
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("worker_id", sa.String(64)),
    _time("created_at"),
    _time("first_piece_at", nullable=True),
    _time("ended_at", nullable=True),
    sa.UniqueConstraint("turn_id", "number"),
)

pieces = sa.Table(  # what a reply said, in the order in which the pen wrote it
    "pieces",
    metadata,
    _parent("reply_id", "replies.id", primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),  # text, thought, step
    sa.Column("body", sa.Text, nullable=False),
)

usage = sa.Table(
    "usage",
    metadata,
    _id(),
    _owner(),
    sa.Column("reply_id", sa.String(64), sa.ForeignKey("replies.id", ondelete="SET NULL"), index=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("input", sa.Integer, nullable=False),
    sa.Column("output", sa.Integer, nullable=False),
    sa.Column("cached", sa.Integer, nullable=False),
    sa.Column("cache_written", sa.Integer, nullable=False),
    sa.Column("reasoning", sa.Integer, nullable=False),
    sa.Column("cost", sa.Float(53)),  # US dollars; null: price unknown
    _time("at"),
)

uploads = sa.Table(  # a file on its way in: made by the page, filled by the upload route, read by a job
    "uploads",
    metadata,
    _id(),
    _owner(),
    sa.Column("purpose", sa.String(16), nullable=False),  # table, document
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # open, complete, refused
    sa.Column("bytes", sa.BigInteger),
    sa.Column("sha256", sa.String(64)),
    sa.Column("blob", sa.Text),
    sa.Column("error", sa.Text),
    _time("created_at"),
)

datasets = sa.Table(
    "datasets",
    metadata,
    _id(),
    _owner(),
    sa.Column("name", sa.Text, nullable=False),  # the table's name in SQL, unique for its user
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("sample", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("created_at"),
    _time("updated_at"),
    sa.UniqueConstraint("user_id", "name"),
)

versions = sa.Table(  # one immutable Parquet file each
    "versions",
    metadata,
    _id(),
    _owner(),
    _parent("dataset_id", "datasets.id"),
    sa.Column("number", sa.Integer, nullable=False),  # from 1, within the dataset
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("raw_blob", sa.Text),
    sa.Column("blob", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),  # [{"name", "type"}] in the table's order
    sa.Column("doubts", sa.JSON, nullable=False),  # what a user should check, in the order of weight
    sa.Column("profile", sa.JSON),
    _time("created_at"),
    sa.UniqueConstraint("dataset_id", "number"),
)

documents = sa.Table(
    "documents",
    metadata,
    _id(),
    _owner(),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("blob", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("page_count", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),  # names, years, kind: what search boosts by
    sa.Column("sample", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("created_at"),
    sa.UniqueConstraint("user_id", "sha256"),
)

pages = sa.Table(  # immutable text; numbers from 1
    "pages",
    metadata,
    _parent("document_id", "documents.id", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

passages = sa.Table(  # spans of a page's text, in characters, end excluded
    "passages",
    metadata,
    _id(),
    _parent("document_id", "documents.id"),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("embedding", sa.LargeBinary),
)

workers = sa.Table("workers", metadata, _id(), _time("beat_at"))

jobs = sa.Table(
    "jobs",
    metadata,
    _id(),
    _owner(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),  # queued, running, done, failed, cancelled
    sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total", sa.BigInteger),
    sa.Column("words", sa.Text, nullable=False, server_default=""),  # what it is doing, for the user
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("error", sa.JSON),  # code, what, kept, todo
    sa.Column("result", sa.JSON),
    sa.Column("worker_id", sa.String(64)),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seen", sa.Boolean, nullable=False, server_default=sa.false()),  # put away by its user
    _time("created_at"),
    _time("ended_at", nullable=True),
)

charts = sa.Table(  # the explorer's charts: one list for each user and dataset
    "charts",
    metadata,
    _id(),
    _owner(),
    _parent("dataset_id", "datasets.id"),
    sa.Column("specs", sa.JSON, nullable=False),  # all charts of the list, as the front end gives them
    sa.Column("workflows", sa.JSON, nullable=False),
    sa.Column("picture", sa.Text),  # of the current chart, a data address
    _time("updated_at"),
    sa.UniqueConstraint("user_id", "dataset_id"),
)

evidence = sa.Table(  # what an answer rests on: enough to show it again and to run it again
    "evidence",
    metadata,
    _id(),
    _owner(),
    sa.Column("reply_id", sa.String(64), sa.ForeignKey("replies.id", ondelete="CASCADE"), index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # query, passages
    sa.Column("body", sa.JSON, nullable=False),
    _time("created_at"),
)

evidence_versions = sa.Table(  # which dataset versions a piece of evidence rests on
    "evidence_versions",
    metadata,
    _parent("evidence_id", "evidence.id", primary_key=True),
    _parent("version_id", "versions.id", primary_key=True),
)

providers = sa.Table(  # a user's own rows beside the catalogue's
    "providers",
    metadata,
    _id(),
    _owner(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("protocol", sa.String(16), nullable=False),
    sa.Column("base_url", sa.Text, nullable=False),
    _time("created_at"),
    sa.UniqueConstraint("user_id", "name"),
)

provider_keys = sa.Table(
    "provider_keys",
    metadata,
    _id(),
    _owner(),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),  # encrypted
    sa.Column("ending", sa.String(8), nullable=False),  # the last characters, to tell keys apart
    _time("created_at"),
    sa.UniqueConstraint("user_id", "provider"),
)
