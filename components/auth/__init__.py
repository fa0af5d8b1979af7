"""Who is admitted: the local owner today; providers, logins and roles when sign-in comes."""
