"""Who is admitted, by what, and in which role: the local owner, local accounts, providers, a trusted proxy."""
