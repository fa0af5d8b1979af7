"""The tables of people: who they are, how they sign in, what they did, and what they share.

What would open a door (a cookie's token, a ticket, a code, a state) stands here only as its SHA-256: whoever reads
the database can go in with none of it.
"""

from __future__ import annotations

import sqlalchemy as sa

from components.store._columns import Words, id_column, json_column, metadata, owner_column, parent_column, time_column

users = sa.Table(
    "users",
    metadata,
    id_column(),
    sa.Column("name", Words, nullable=False),
    sa.Column("email", Words),  # casefolded
    sa.Column("role", sa.String(16), nullable=False),  # viewer, analyst, administrator
    json_column("preferences"),
    time_column("created_at"),
    sa.Column("state", sa.String(16), nullable=False, server_default="active"),  # active, invited, barred
    time_column("seen_at", nullable=True),
    sa.Index(None, "email", unique=True),
)

identities = sa.Table(  # who a user is at a provider
    "identities",
    metadata,
    id_column(),
    owner_column(),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("subject", Words, nullable=False),
    sa.Column("email", Words),  # verified by the provider, casefolded
    sa.Column("invited", sa.Boolean, nullable=False, server_default=sa.false()),  # no rule need let it in
    time_column("created_at"),
    time_column("seen_at"),
    sa.UniqueConstraint("provider", "subject"),
)

passwords = sa.Table(
    "passwords",
    metadata,
    parent_column("user_id", "users.id", primary_key=True),
    sa.Column("hash", Words, nullable=False),
    time_column("changed_at"),
)

logins = sa.Table(
    "logins",
    metadata,
    id_column(),  # for lists and links; it opens nothing
    owner_column(),
    sa.Column("token_hash", sa.String(64), nullable=False),
    sa.Column("provider", sa.String(64), nullable=False),  # "local" for a password
    sa.Column("address", Words, nullable=False),
    sa.Column("agent", Words, nullable=False),
    time_column("created_at"),
    time_column("seen_at"),
    time_column("expires_at"),
    sa.UniqueConstraint("token_hash"),
)

memberships = sa.Table(  # the groups that a provider said a user is in, as of the last sign-in there
    "memberships",
    metadata,
    parent_column("user_id", "users.id", primary_key=True),
    sa.Column("provider", sa.String(64), primary_key=True),
    sa.Column("name", Words, primary_key=True),
    sa.Index(None, "name"),
)

tickets = sa.Table(  # a sign-in that is done, on its way to becoming a login; id: the ticket's hash
    "tickets",
    metadata,
    id_column(),
    owner_column(),
    sa.Column("provider", sa.String(64), nullable=False),
    time_column("created_at"),
)

flows = sa.Table(  # a sign-in under way at a provider; id: the state's hash
    "flows",
    metadata,
    id_column(),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("nonce", sa.String(64), nullable=False),
    sa.Column("verifier", sa.String(128), nullable=False),
    sa.Column("browser_hash", sa.String(64), nullable=False),
    sa.Column("back", Words, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    time_column("created_at"),
)

codes = sa.Table(  # what lets somebody in once; id: the hash of purpose and code
    "codes",
    metadata,
    id_column(),
    sa.Column("purpose", sa.String(16), nullable=False),  # set-up, invitation, reset
    sa.Column("user_id", sa.String(64), sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    time_column("created_at"),
    time_column("expires_at"),
)

attempts = sa.Table(  # failed sign-ins
    "attempts",
    metadata,
    id_column(),
    sa.Column("key_hash", sa.String(64), nullable=False),  # of an account or an address
    time_column("at"),
    sa.Index(None, "key_hash", "at"),
)

audit = sa.Table(  # outlives the users of whom it tells
    "audit",
    metadata,
    id_column(),
    time_column("at"),
    sa.Column("user_id", sa.String(64)),
    sa.Column("who", Words, nullable=False),
    sa.Column("did", sa.String(32), nullable=False),
    sa.Column("thing", Words, nullable=False),
    sa.Column("detail", Words, nullable=False),
    sa.Column("address", Words, nullable=False),
    sa.Index(None, "at"),
    sa.Index(None, "user_id", "at"),
)

shares = sa.Table(  # what its owner lets others see: one user, or everybody in a group
    "shares",
    metadata,
    id_column(),
    owner_column(),
    sa.Column("kind", sa.String(16), nullable=False),  # dataset, document, conversation
    sa.Column("thing_id", sa.String(64), nullable=False),
    sa.Column("to_user", sa.String(64), sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    sa.Column("to_group", Words, index=True),
    sa.Column("right_", sa.String(8), nullable=False),  # read, edit
    time_column("created_at"),
    sa.CheckConstraint("(to_user IS NULL) <> (to_group IS NULL)", name="ck_shares_one_receiver"),
    sa.UniqueConstraint("kind", "thing_id", "to_user"),
    sa.UniqueConstraint("kind", "thing_id", "to_group"),
)
