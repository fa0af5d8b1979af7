"""People who sign in, and what they share."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("users", sa.Column("state", sa.String(length=16), server_default="active", nullable=False))
    op.add_column("users", sa.Column("seen_at", sa.Float(precision=53), nullable=True))
    _fold_addresses(op.get_bind())
    op.create_index("ix_users_email", "users", ["email"], unique=True)
    _renew_logins()
    _make_ways_in()
    _make_sign_ins_under_way()
    _make_audit()
    _make_shares()


def _fold_addresses(connection):
    """Write addresses as they are now compared; where two users have one, only the older keeps it."""
    users = sa.table("users", sa.column("id"), sa.column("email"), sa.column("created_at"))
    query = sa.select(users.c.id, users.c.email).where(users.c.email.is_not(None))
    taken = set()
    for user_id, email in connection.execute(query.order_by(users.c.created_at, users.c.id)).all():
        folded = email.strip().casefold()
        new = None if not folded or folded in taken else folded
        taken.add(folded)
        connection.execute(sa.update(users).where(users.c.id == user_id).values(email=new))


def _renew_logins():
    """Nothing ever wrote a login before: the table is made anew."""
    op.drop_table("logins")
    op.create_table(
        "logins",
        _id(),
        _owner(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        _text("address"),
        _text("agent"),
        _time("created_at"),
        _time("seen_at"),
        _time("expires_at"),
        _owned_by("logins"),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
        sa.UniqueConstraint("token_hash", name="uq_logins_token_hash"),
    )
    op.create_index("ix_logins_user_id", "logins", ["user_id"])


def _make_ways_in():
    op.create_table(
        "identities",
        _id(),
        _owner(),
        sa.Column("provider", sa.String(length=64), nullable=False),
        _text("subject"),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("invited", sa.Boolean(), server_default=sa.false(), nullable=False),
        _time("created_at"),
        _time("seen_at"),
        _owned_by("identities"),
        sa.PrimaryKeyConstraint("id", name="pk_identities"),
        sa.UniqueConstraint("provider", "subject", name="uq_identities_provider_subject"),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "passwords",
        _owner(),
        _text("hash"),
        _time("changed_at"),
        _owned_by("passwords"),
        sa.PrimaryKeyConstraint("user_id", name="pk_passwords"),
    )
    op.create_table(
        "memberships",
        _owner(),
        sa.Column("provider", sa.String(length=64), nullable=False),
        _text("name"),
        _owned_by("memberships"),
        sa.PrimaryKeyConstraint("user_id", "provider", "name", name="pk_memberships"),
    )
    op.create_index("ix_memberships_name", "memberships", ["name"])


def _make_sign_ins_under_way():
    op.create_table(
        "tickets",
        _id(),
        _owner(),
        sa.Column("provider", sa.String(length=64), nullable=False),
        _time("created_at"),
        _owned_by("tickets"),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_index("ix_tickets_user_id", "tickets", ["user_id"])
    op.create_table(
        "flows",
        _id(),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        _text("back"),
        sa.Column("mode", sa.String(length=16), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_flows"),
    )
    op.create_table(
        "codes",
        _id(),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        _time("created_at"),
        _time("expires_at"),
        _owned_by("codes"),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
    )
    op.create_index("ix_codes_user_id", "codes", ["user_id"])
    op.create_table(
        "attempts",
        _id(),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_key_hash_at", "attempts", ["key_hash", "at"])


def _make_audit():
    op.create_table(
        "audit",
        _id(),
        _time("at"),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        _text("who"),
        sa.Column("did", sa.String(length=32), nullable=False),
        _text("thing"),
        _text("detail"),
        _text("address"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_user_id_at", "audit", ["user_id", "at"])


def _make_shares():
    op.create_table(
        "shares",
        _id(),
        _owner(),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("thing_id", sa.String(length=64), nullable=False),
        sa.Column("to_user", sa.String(length=64), nullable=True),
        sa.Column("to_group", sa.Text(), nullable=True),
        sa.Column("right_", sa.String(length=8), nullable=False),
        _time("created_at"),
        sa.CheckConstraint("(to_user IS NULL) <> (to_group IS NULL)", name="ck_shares_one_receiver"),
        _owned_by("shares"),
        sa.ForeignKeyConstraint(["to_user"], ["users.id"], name="fk_shares_to_user_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.UniqueConstraint("kind", "thing_id", "to_user", name="uq_shares_kind_thing_id_to_user"),
        sa.UniqueConstraint("kind", "thing_id", "to_group", name="uq_shares_kind_thing_id_to_group"),
    )
    op.create_index("ix_shares_user_id", "shares", ["user_id"])
    op.create_index("ix_shares_to_user", "shares", ["to_user"])
    op.create_index("ix_shares_to_group", "shares", ["to_group"])


def _id():
    return sa.Column("id", sa.String(length=64), nullable=False)


def _owner():
    return sa.Column("user_id", sa.String(length=64), nullable=False)


def _text(name):
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name):
    return sa.Column(name, sa.Float(precision=53), nullable=False)


def _owned_by(table):
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id_users", ondelete="CASCADE")
