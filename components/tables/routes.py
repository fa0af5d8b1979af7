"""Uploads by HTTP: from the browser straight to disk, without passing through the page's memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from components.auth.requests import changing
from components.errors import AccessError, AppError, FileError, SignInRequiredError, StorageFullError
from components.store import Store, uploads
from components.store.blobs import Blobs
from components.store.roles import require
from components.store.uploads import TooLargeError, Upload
from components.tables.downloads import send

if TYPE_CHECKING:
    from components.workbench import Workbench

BLOCK = 1 << 20


def routes(bench: Workbench) -> list[BaseRoute]:
    """The routes of tables: ``PUT /api/uploads/{upload_id}`` and ``GET /api/tables/{version_id}/{way}``."""

    async def put(request: Request) -> JSONResponse:
        return await receive(request, bench)

    async def get(request: Request) -> Response:
        try:
            return await send(request, bench)
        except AppError as error:
            return _said(error)

    return [
        Route("/api/uploads/{upload_id}", put, methods=["PUT"]),
        Route("/api/tables/{version_id}/{way}", get, methods=["GET"]),
    ]


async def receive(request: Request, bench: Workbench) -> JSONResponse:
    """Take the body of one upload, whose row the page made before; refusals are recorded and said."""
    try:
        user = changing(request)
        upload = await anyio.to_thread.run_sync(_open_upload, bench.store, user.id, request.path_params["upload_id"])
    except AppError as error:
        return _said(error)
    try:
        return JSONResponse(await _take(request, bench, upload))
    except ClientDisconnect:
        left = FileError(f"The upload of {upload.filename} broke off.", todo="Upload it again.")
        await anyio.to_thread.run_sync(_refuse, bench.store, upload, left)
        return _said(left)
    except AppError as error:
        await anyio.to_thread.run_sync(_refuse, bench.store, upload, error)
        return _said(error)


def _open_upload(store: Store, user_id: str, upload_id: str) -> Upload:
    require(store, user_id, "bring")
    found = uploads.upload(store, user_id, upload_id)
    if found.state != "open":
        raise AccessError(
            "This upload is over.", kept="What had arrived before is untouched.", todo="Choose the file again."
        )
    return found


async def _take(request: Request, bench: Workbench, upload: Upload) -> Mapping[str, Any]:
    most = bench.settings.upload_mb << 20
    _check_length(request, upload, bench.settings.upload_mb)
    key = bench.store.blobs.new_key("raw")
    digest, size = hashlib.sha256(), 0
    async with _opened(bench.store.blobs, key) as writer:
        async for block in _blocks(request):
            size += len(block)
            if size > most:
                raise TooLargeError(upload.filename, bench.settings.upload_mb)
            await anyio.to_thread.run_sync(_write, writer, digest, block)
        if size == 0:
            raise FileError(f"{upload.filename} is empty.", todo="Look whether it is whole, then choose it again.")
        _check_whole(request, upload, size)
    done = (bench.store, upload.user_id, upload.id, size, digest.hexdigest(), key)
    try:
        await anyio.to_thread.run_sync(uploads.complete_upload, *done)
    except BaseException:
        bench.store.blobs.delete(key)
        raise
    return {"bytes": size, "sha256": digest.hexdigest()}


@asynccontextmanager
async def _opened(blobs: Blobs, key: str) -> AsyncIterator[BinaryIO]:
    """``Blobs.open_writer`` off the event loop: bringing a gigabyte to the disk takes seconds."""
    writing = blobs.open_writer(key)
    writer = await anyio.to_thread.run_sync(writing.__enter__)
    try:
        yield writer
    except BaseException as error:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(writing.__exit__, type(error), error, error.__traceback__)
        raise
    await anyio.to_thread.run_sync(writing.__exit__, None, None, None)


def _check_length(request: Request, upload: Upload, megabytes: int) -> None:
    """Refuse before the first byte where the browser says how much will come."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > megabytes << 20:
        raise TooLargeError(upload.filename, megabytes)


def _check_whole(request: Request, upload: Upload, size: int) -> None:
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) != size:
        raise FileError(f"{upload.filename} has not arrived whole.", todo="Upload it again.")


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in blocks of about a megabyte: a file is written in few large steps."""
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) >= BLOCK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _write(writer: BinaryIO, digest: Any, block: bytes) -> None:
    digest.update(block)
    writer.write(block)


def _refuse(store: Store, upload: Upload, error: AppError) -> None:
    uploads.refuse_upload(store, upload.user_id, upload.id, " ".join(filter(None, (error.what, error.todo))))


def _said(error: AppError) -> JSONResponse:
    return JSONResponse(error.facts(), status_code=_status(error))


def _status(error: AppError) -> int:
    kinds = (
        (TooLargeError, 413),
        (SignInRequiredError, 401),
        (AccessError, 403),
        (StorageFullError, 507),
        (FileError, 422),
    )
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)
