"""Everything that lasts: rows in a database, files in a blob folder, each belonging to one user.

Every public function takes the store and a user first, and gives nothing of another user's. ``SYSTEM`` names the
few that act for no user; a test holds that there are no others.
"""

from components.store.opening import Store, close_store, open_store
from components.store.users import User

SYSTEM = (
    "blobs.open_blobs",
    "database.new_id",
    "database.open_database",
    "faults.of_database",
    "faults.of_disk",
    "jobs.beat",
    "jobs.claim",
    "jobs.end",
    "jobs.sweep",
    "jobs.tick",
    "migrate.migrate",
    "migrate.revision",
    "opening.close_store",
    "opening.open_store",
    "passages.users_with_passages",
    "pen.end_reply",
    "pen.write_pieces",
    "uploads.sweep_uploads",
    "users.ensure_local_owner",
)
"""The store's functions that take no user: opening, migrations, the local owner, the pen, the workers, the sweep, and
making search indexes again."""

__all__ = ["SYSTEM", "Store", "User", "close_store", "open_store"]
