"""The built-in model and embeddings: weights by checksum, their fetching, a server in a child process."""
