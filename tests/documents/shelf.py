"""Documents on a shelf: small real PDFs, read as the app reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from components.documents.passages import split
from components.documents.reading import read_pages
from components.store import Store, documents
from components.store.documents import Document, Page, Span
from tests.documents.files import write


def add_pdf(store: Store, user_id: str, folder: Path, title: str, pages: Sequence[str]) -> Document:
    """Bring a PDF with these pages: its file, its text as PDFium reads it, its passages. A line feed begins a line."""
    file = write(folder / f"{title}.pdf", (page.split("\n") for page in pages))
    blob = store.blobs.new_key("documents", ".pdf")
    store.blobs.put(blob, file)
    read = list(read_pages(file))
    new = documents.add_document(
        store,
        user_id,
        title=title,
        filename=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        blob=blob,
        bytes=file.stat().st_size,
    )
    spans = [Span(span.page, span.start, span.end) for span in split(read)]
    return documents.set_pages(store, user_id, new.id, [Page(page.number, page.text) for page in read], spans)
