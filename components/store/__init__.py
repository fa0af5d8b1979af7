"""Everything that lasts: rows in a database, files in a blob folder, each belonging to one user."""
