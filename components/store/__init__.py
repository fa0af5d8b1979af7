"""Everything that lasts: rows in a database, files in a blob folder, each belonging to one user.

Every public function takes the store and a user first, and gives nothing of another user's. ``SYSTEM`` names the
few that act for no user; a test holds that there are no others.
"""

from components.store.opening import Store, close_store, open_store
from components.store.users import User

SYSTEM = (
    "attempts.failures",
    "attempts.forget_failures",
    "attempts.note_failure",
    "backup.back_up",
    "blobs.open_blobs",
    "codes.code_for",
    "codes.new_code",
    "database.new_id",
    "database.open_database",
    "faults.of_database",
    "faults.of_disk",
    "faults.of_sqlite",
    "flows.begin_flow",
    "flows.take_flow",
    "handover.left_by_local_owner",
    "identities.add_user",
    "identities.add_user_at",
    "identities.identity",
    "identities.user_of_email",
    "identities.way_in",
    "jobs.beat",
    "jobs.claim",
    "jobs.end",
    "jobs.sweep",
    "jobs.tick",
    "logins.close_login",
    "logins.login_of",
    "logins.redeem_ticket",
    "migrate.known_revisions",
    "migrate.migrate",
    "migrate.revision",
    "opening.close_store",
    "opening.open_store",
    "owner.make_owner",
    "passages.users_with_passages",
    "passwords.accept_invitation",
    "passwords.password_of",
    "passwords.reset",
    "pen.end_reply",
    "pen.write_pieces",
    "people.has_administrator",
    "restoring.restore",
    "sweeping.sweep_indexes",
    "sweeping.sweep_sign_ins",
    "uploads.sweep_uploads",
    "users.ensure_local_owner",
)
"""The store's functions that take no user: opening, migrations, the local owner, the pen, the workers, the sweeps,
making search indexes again, and the door, where nobody is admitted yet."""

__all__ = ["SYSTEM", "Store", "User", "close_store", "open_store"]
