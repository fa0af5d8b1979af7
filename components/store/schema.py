"""The store's tables. Every row belongs to one user, directly or through the row it hangs on.

Times are seconds since 1970 as floats; ids are 32 hexadecimal digits. The migrations in ``migrations/`` make these
tables; a test compares the two. Who may sign in, and what is shared with whom, is in ``schema_people``.
"""

from __future__ import annotations

import sqlalchemy as sa

from components.store._columns import Words, id_column, json_column, metadata, owner_column, parent_column, time_column
from components.store.schema_people import users

__all__ = ["metadata", "users"]  # beside the tables below, which need no mention

installation = sa.Table(  # one row: which installation this database is, so that no other's files are swept
    "installation",
    metadata,
    id_column(),
    time_column("created_at"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("kind", sa.String(16), nullable=False),  # chat, tables, documents
    sa.Column("title", Words, nullable=False),
    json_column("choices"),  # provider, model, temperature, system prompt, datasets ...
    time_column("created_at"),
    time_column("updated_at"),
    sa.Index(None, "user_id", "updated_at"),
)

turns = sa.Table(
    "turns",
    metadata,
    id_column(),
    owner_column(),
    parent_column("conversation_id", "conversations.id", index=False),
    sa.Column("number", sa.Integer, nullable=False),  # from 1, within the conversation
    sa.Column("question", Words, nullable=False),
    json_column("attachments"),
    time_column("created_at"),
    sa.UniqueConstraint("conversation_id", "number"),
)

replies = sa.Table(  # an attempt at answering a turn; the newest is the one shown
    "replies",
    metadata,
    id_column(),
    owner_column(),
    parent_column("turn_id", "turns.id", index=False),
    sa.Column("number", sa.Integer, nullable=False),  # from 1, within the turn
    sa.Column("provider", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),  # streaming, complete, stopped, cut_off, failed, ...
    sa.Column("finish", sa.String(16)),  # the model's own reason: stop, length, filter ...
    json_column("result", nullable=True),  # what an ask found: evidence ids and the like
    json_column("error", nullable=True),  # code, what, kept, todo, retry_after
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("worker_id", sa.String(64)),
    time_column("created_at"),
    time_column("first_piece_at", nullable=True),
    time_column("ended_at", nullable=True),
    sa.UniqueConstraint("turn_id", "number"),
)

pieces = sa.Table(  # what a reply said, in the order in which the pen wrote it
    "pieces",
    metadata,
    parent_column("reply_id", "replies.id", primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),  # text, thought, step
    sa.Column("body", Words, nullable=False),
)

usage = sa.Table(
    "usage",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("reply_id", sa.String(64), sa.ForeignKey("replies.id", ondelete="SET NULL"), index=True),
    sa.Column("provider", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("input", sa.Integer, nullable=False),
    sa.Column("output", sa.Integer, nullable=False),
    sa.Column("cached", sa.Integer, nullable=False),
    sa.Column("cache_written", sa.Integer, nullable=False),
    sa.Column("reasoning", sa.Integer, nullable=False),
    sa.Column("cost", sa.Float(53)),  # US dollars; null: price unknown
    time_column("at"),
    sa.Index(None, "user_id", "at"),
)

uploads = sa.Table(  # a file on its way in: made by the page, filled by the upload route, read by a job
    "uploads",
    metadata,
    id_column(),
    owner_column(),
    sa.Column("purpose", sa.String(16), nullable=False),  # table, document
    sa.Column("filename", Words, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # open, complete, refused
    sa.Column("bytes", sa.BigInteger),
    sa.Column("sha256", sa.String(64)),
    sa.Column("blob", Words),
    sa.Column("error", Words),
    time_column("created_at"),
)

datasets = sa.Table(
    "datasets",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("name", Words, nullable=False),  # the table's name in SQL, unique for its user
    sa.Column("title", Words, nullable=False),
    sa.Column("sample", sa.Boolean, nullable=False, server_default=sa.false()),
    time_column("created_at"),
    time_column("updated_at"),
    sa.UniqueConstraint("user_id", "name"),
)

versions = sa.Table(  # one immutable Parquet file each
    "versions",
    metadata,
    id_column(),
    owner_column(),
    parent_column("dataset_id", "datasets.id", index=False),
    sa.Column("number", sa.Integer, nullable=False),  # from 1, within the dataset
    sa.Column("filename", Words, nullable=False),
    sa.Column("raw_blob", Words),
    sa.Column("blob", Words, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    json_column("columns"),  # [{"name", "type"}] in the table's order
    json_column("doubts"),  # what a user should check, in the order of weight
    json_column("profile", nullable=True),
    time_column("created_at"),
    sa.UniqueConstraint("dataset_id", "number"),
)

documents = sa.Table(
    "documents",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("filename", Words, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("blob", Words, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("page_count", sa.Integer, nullable=False),
    sa.Column("passage_count", sa.Integer, nullable=False),
    sa.Column("embedded_count", sa.Integer, nullable=False),  # how many passages can be found by meaning
    sa.Column("state", sa.String(16), nullable=False),  # reading, ready, failed
    json_column("error", nullable=True),  # code, what, kept, todo
    json_column("facts"),  # names, years, kind: what search boosts by
    sa.Column("sample", sa.Boolean, nullable=False, server_default=sa.false()),
    time_column("created_at"),
    sa.UniqueConstraint("user_id", "sha256"),
)

pages = sa.Table(  # immutable text; numbers from 1
    "pages",
    metadata,
    parent_column("document_id", "documents.id", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("text", Words, nullable=False),
)

passages = sa.Table(  # spans of a page's text, in characters, end excluded
    "passages",
    metadata,
    id_column(),
    parent_column("document_id", "documents.id"),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
)

embeddings = sa.Table(  # apart from the passages: a walk over those need not pass by these
    "embeddings",
    metadata,
    parent_column("passage_id", "passages.id", primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # 384 numbers of 16 bits, the low byte first
)

workers = sa.Table("workers", metadata, id_column(), time_column("beat_at"))

jobs = sa.Table(
    "jobs",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("title", Words, nullable=False),
    json_column("arguments"),
    sa.Column("state", sa.String(16), nullable=False, index=True),  # queued, running, done, failed, cancelled
    sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total", sa.BigInteger),
    sa.Column("words", Words, nullable=False, server_default=sa.text("''")),  # what it is doing, for the user
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    json_column("error", nullable=True),  # code, what, kept, todo
    json_column("result", nullable=True),
    sa.Column("worker_id", sa.String(64)),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seen", sa.Boolean, nullable=False, server_default=sa.false()),  # put away by its user
    time_column("created_at"),
    time_column("ended_at", nullable=True),
    sa.Index(None, "user_id", "created_at"),
)

charts = sa.Table(  # the explorer's charts: one list for each user and dataset
    "charts",
    metadata,
    id_column(),
    owner_column(index=False),
    parent_column("dataset_id", "datasets.id"),
    json_column("specs"),  # all charts of the list, as the front end gives them
    json_column("workflows"),
    sa.Column("picture", Words),  # of the current chart, a data address
    time_column("updated_at"),
    sa.UniqueConstraint("user_id", "dataset_id"),
)

evidence = sa.Table(  # what an answer rests on: enough to show it again and to run it again
    "evidence",
    metadata,
    id_column(),
    owner_column(),
    sa.Column("reply_id", sa.String(64), sa.ForeignKey("replies.id", ondelete="CASCADE"), index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # query, passages
    json_column("body"),
    time_column("created_at"),
)

evidence_versions = sa.Table(  # which dataset versions a piece of evidence rests on; it outlives them, to say so
    "evidence_versions",
    metadata,
    parent_column("evidence_id", "evidence.id", primary_key=True),
    sa.Column("version_id", sa.String(64), primary_key=True, index=True),
)

providers = sa.Table(  # a user's own rows beside the catalogue's
    "providers",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("protocol", sa.String(16), nullable=False),
    sa.Column("base_url", Words, nullable=False),
    time_column("created_at"),
    sa.UniqueConstraint("user_id", "name"),
)

provider_keys = sa.Table(
    "provider_keys",
    metadata,
    id_column(),
    owner_column(index=False),
    sa.Column("provider", Words, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),  # encrypted
    sa.Column("ending", sa.String(8), nullable=False),  # the last characters, to tell keys apart
    time_column("created_at"),
    sa.UniqueConstraint("user_id", "provider"),
)
