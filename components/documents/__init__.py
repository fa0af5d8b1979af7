"""Documents: reading PDFs, cutting pages into passages, bringing them in, finding them again."""
