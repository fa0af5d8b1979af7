"""The locked engine: a guard over the query's own parse tree, and one confined process a user that runs it."""
