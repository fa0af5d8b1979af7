"""Bringing a document in: a job for each file reads it in a child process, another lets it be found by meaning.

What is read is kept in one commit, so a document is either unread or whole. A job whose process was killed begins
again; where one is cancelled, the document stays with its file, unread, and may be read again. Words can be searched
as soon as a document is ready; embeddings come behind, one batch after the other, and go on where they stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from components.documents.embedding import EMBED, READS, Embedder, embed_documents, follow
from components.errors import AccessError, AppError, FileError
from components.jobs.worker import Cancelled, Context, Jobs, Kind
from components.settings import Settings
from components.store import Store, documents, shares, uploads
from components.store import jobs as job_rows
from components.store.database import new_id
from components.store.documents import Document, Page, Span
from components.store.jobs import Job
from components.store.uploads import Upload

INGEST = READS[0]
LONGEST_TEXT = 50_000_000  # characters of one document; the Bible has 4.5 million

LONGEST_PAGE = 200_000  # of one page; a dense one has 10,000. A quote is looked for on all of its page

_SENSE = re.compile(r"[^\W_]")  # a letter or a digit
_WORK_NAME = re.compile(r"untitled|\bdocument$|microsoft \w+ - |^\d[\d\-. ]*$|\.\w{2,4}$", re.IGNORECASE)


def kinds(open_embedder: Callable[[Settings], Embedder], can_embed: Callable[[Settings], bool]) -> tuple[Kind, ...]:
    """The kinds of jobs of documents.

    Args:
        open_embedder: Gives the embedder; raises an ``AppError`` where it cannot run.
        can_embed: Whether there is one at all. Without, documents are found by their words alone.
    """
    read = partial(ingest_document, can_embed=can_embed)
    return (
        Kind(INGEST, read, at_once=2, did=_did),  # each may take document_memory_mb
        Kind(EMBED, partial(embed_documents, open_embedder=open_embedder), at_once=1),  # it takes every core there is
    )


def _did(result: Mapping[str, Any]) -> str:
    return "" if result.get("duplicate") else "added a document"  # what was here already was not brought


def bring(store: Store, jobs: Jobs, user_id: str, upload_id: str) -> Job:
    """Begin to read a complete upload; it is a document from now on. Raises ``AccessError``."""
    upload, document_id, added = uploads.upload(store, user_id, upload_id), new_id(), False
    with suppress(FileError):  # the job says it
        added = _add(store, upload, document_id).id == document_id
    return jobs.submit(user_id, INGEST, upload.filename, upload_id=upload_id, document_id=document_id, added=added)


def read_again(jobs: Jobs, user_id: str, document: Document) -> Job:
    """Begin to read once more what failed or broke off."""
    return jobs.submit(user_id, INGEST, document.filename, document_id=document.id)


def going(store: Store, user_id: str) -> dict[str, Job]:
    """The jobs that read documents and wait or run, by the document's id, the newest first."""
    return {str(job.arguments["document_id"]): job for job in reversed(job_rows.going(store, user_id, [INGEST]))}


def delete(store: Store, jobs: Jobs, user_id: str, document_id: str) -> None:
    """Delete a document with all that was made of it; a job that still reads it is stopped. Raises ``AccessError``."""
    if job := going(store, user_id).get(document_id):
        jobs.cancel(user_id, job.id)
    readers = shares.receivers(store, user_id, "document", document_id)
    documents.delete_document(store, user_id, document_id)
    _index(store, user_id)  # its words leave the indexes now, not with the next search
    _clear_gone(store, readers)


def ingest_document(
    context: Context,
    *,
    document_id: str,
    upload_id: str | None = None,
    added: bool = False,
    can_embed: Callable[[Settings], bool] = lambda settings: False,
) -> Mapping[str, Any]:
    """Read a document in a child process and keep its pages and passages.

    The user's very same file is not added twice: the result then names the document that is there, as a duplicate.

    Args:
        document_id: The document to read again, or the id under which the upload becomes one.
        upload_id: A complete upload; None reads a document that is there.
        added: Whether the upload is that document already. Where it is not there any more, it was deleted meanwhile.

    Raises:
        FileError: The file cannot be read; the document says why, and is kept as failed.
        JobError: Reading it took too long or too much memory; likewise.
        AccessError: The upload or the document is not the user's.
    """
    store, user_id = context.store, context.user_id
    if upload_id and not added:
        found = _add(store, uploads.upload(store, user_id, upload_id), document_id)
    else:
        found = _still_there(store, user_id, document_id)
    known = found.id != document_id
    duplicate = known and (found.state == "ready" or found.id in going(store, user_id))
    result = _facts(found) if duplicate else finish(context, found, can_embed)
    if known and upload_id:
        uploads.delete_upload(store, user_id, upload_id)
    return {**result, "duplicate": duplicate}


def _still_there(store: Store, user_id: str, document_id: str) -> Document:
    try:
        return documents.document(store, user_id, document_id)
    except AccessError:
        raise Cancelled from None  # deleted before it was read


def finish(context: Context, found: Document, can_embed: Callable[[Settings], bool]) -> Mapping[str, Any]:
    """Read a document that is not ready, and see that its embeddings follow. Raises as ``ingest_document``."""
    if found.state != "ready":
        found = _read(context, documents.begin_reading(context.store, context.user_id, found.id))
        _index(context.store, context.user_id)  # so that the first search need not wait for the index
    follow(context.store, context.user_id, ready=can_embed(context.settings))
    context.tick(found.page_count, found.page_count, f"{found.page_count:,} pages")
    return _facts(found)


def _facts(found: Document) -> dict[str, Any]:
    return {"document_id": found.id, "title": found.title, "pages": found.page_count}


def _index(store: Store, user_id: str) -> None:
    """Bring the user's index up to date with the store."""
    from components.documents.shelf import open_shelf  # numpy and tantivy, which no page before needs

    open_shelf(store, user_id)


def _clear_gone(store: Store, user_ids: Collection[str]) -> None:
    from components.documents.shelf import clear_gone

    clear_gone(store, user_ids)


def _add(store: Store, upload: Upload, document_id: str) -> Document:
    """The document of an upload: a new one of this id, or the one that is this very file already."""
    if upload.state != "complete" or not upload.blob or not upload.sha256:
        raise FileError(f"{upload.filename} has not arrived whole.", todo="Upload it again.")
    return documents.add_document(
        store,
        upload.user_id,
        document_id=document_id,
        title=title_of(upload.filename),
        filename=upload.filename,
        sha256=upload.sha256,
        blob=upload.blob,
        bytes=upload.bytes or 0,
    )


def _read(context: Context, found: Document) -> Document:
    store, user_id, settings = context.store, context.user_id, context.settings
    try:
        read = context.in_process(
            read_file,
            memory_mb=settings.document_memory_mb,
            seconds=settings.document_seconds,
            path=str(store.blobs.local_path(found.blob)),
            most_pages=settings.document_pages,
        )
        pages = [Page(number, text) for number, text in enumerate(read["pages"], 1)]
        title = title_of(found.filename, read["facts"].get("title", ""))
        return documents.set_pages(
            store, user_id, found.id, pages, [Span(*span) for span in read["spans"]], title=title, facts=read["facts"]
        )
    except AccessError:
        raise Cancelled from None  # deleted while it was read
    except AppError as error:
        documents.fail_document(store, user_id, found.id, error.facts())
        raise


def read_file(report: Callable[..., object], *, path: str, most_pages: int) -> dict[str, Any]:
    """Read a PDF; runs in a child process.

    Returns:
        ``pages`` (the text of each), ``spans`` (page, start, end of each passage) and ``facts``: the file's own title
        and author where it has them, and ``pages_without_text``, how many pages are pictures only.

    Raises:
        FileError: It is no PDF, locked, damaged, too long, or has no text at all.
    """
    from components.documents.passages import split
    from components.documents.reading import read_facts, read_pages

    facts = read_facts(path)
    if facts.page_count > most_pages:
        raise _too_long(f"{facts.page_count:,} pages; {most_pages:,}", "GROUNDWORK_DOCUMENT_PAGES")
    pages, length = [], 0
    for page in read_pages(path):
        pages.append(page)
        length += len(page.text)
        if len(page.text) > LONGEST_PAGE:
            raise _too_long(f"more than {LONGEST_PAGE:,} characters on page {page.number:,}; so many", "")
        if length > LONGEST_TEXT:
            raise _too_long(f"more than {LONGEST_TEXT:,} characters of text; so many", "")
        report(done=page.number, total=facts.page_count, words=f"Page {page.number:,} of {facts.page_count:,}")
    bare = sum(not _SENSE.search(page.text) for page in pages)
    if bare == len(pages):
        raise _no_text(len(pages))
    said = {"title": facts.title, "author": facts.author, "pages_without_text": bare}
    spans = [(span.page, span.start, span.end) for span in split(pages)]
    return {
        "pages": [page.text for page in pages],
        "spans": spans,
        "facts": {name: fact for name, fact in said.items() if fact},
    }


def _too_long(what: str, setting: str) -> FileError:
    raising = f", or let the operator raise {setting}" if setting else ""
    return FileError(f"The file has {what} is the most that is read.", todo=f"Split it and add the parts{raising}.")


def _no_text(pages: int) -> FileError:
    where = "its page" if pages == 1 else f"its {pages:,} pages"
    return FileError(
        f"There is no text on {where}. Scans are pictures of text: reading them (OCR) is not part of Groundwork yet.",
        todo="Add it with a text layer, which scanners and PDF programs can make.",
    )


def title_of(filename: str, own: str = "") -> str:
    """What a document is called: its own title where that reads like one, else the name of its file."""
    own = " ".join(own.split())
    if 6 <= len(own) <= 200 and " " in own and not _WORK_NAME.search(own):
        return own
    return re.sub(r"[_\s]+", " ", Path(filename).stem).strip() or filename
