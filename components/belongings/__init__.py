"""Everything of one user: as a file to take along, and gone for good."""
