"""A question over documents: the passages, the quotes, a model's words, and what became of each claim."""
