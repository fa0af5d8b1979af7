"""A process that adds documents and indexes each at once, until it is killed: ``python -m tests.crash.indexing``."""

from __future__ import annotations

import sys
from itertools import count

from components.documents.shelf import open_shelf
from components.settings import read_settings
from components.store import documents, open_store
from tests.documents.texts import add_text


def main() -> None:
    """Tell each document that the store holds and the index knows; never end."""
    store = open_store(read_settings())
    begun = len(documents.list_documents(store, "ann"))
    for number in count(begun):
        add_text(store, "ann", f"Document {number}", *(f"Page {page} speaks of word{number}." for page in range(40)))
        open_shelf(store, "ann")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
