"""Exporting: a job packs everything of its user, and a route hands the file to that user alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from components.auth.requests import admitted
from components.errors import AccessError, AppError, JobError, SignInRequiredError
from components.jobs.worker import Context, Kind
from components.store import Store
from components.store.audit import note
from components.store.exports import Export, export, keep_export
from components.store.users import user

if TYPE_CHECKING:
    from components.workbench import Workbench

EXPORT = "export_everything"


def export_everything(context: Context) -> Mapping[str, Any]:
    """Pack everything of the job's user into one file, in place of the one before. It is kept for a day.

    Raises:
        JobError: Something was deleted while it was packed.
    """
    from components.belongings.packing import pack

    store, who = context.store, user(context.store, context.user_id)
    key = store.blobs.new_key("exports", ".zip")
    try:
        with store.blobs.open_writer(key) as out:
            things = pack(store, who, out, lambda done, of, words: context.tick(done, of, words))
    except (AccessError, FileNotFoundError) as error:
        raise JobError("Something was deleted while it was packed.", kept="All else is as it was.") from error
    kept = _keep(store, who.id, key)
    note(store, who.id, "exported everything", detail=f"{things:,} things, {kept.bytes:,} bytes")
    return {"export_id": kept.id}


def _keep(store: Store, user_id: str, key: str) -> Export:
    filename = f"groundwork-{datetime.now(UTC):%Y-%m-%d}.zip"
    try:
        return keep_export(store, user_id, filename=filename, bytes=store.blobs.size(key), blob=key)
    except BaseException:
        store.blobs.delete(key)  # the user was removed meanwhile
        raise


KINDS = (Kind(EXPORT, export_everything, act="look", at_once=1),)  # it reads every byte of its user


def routes(bench: Workbench) -> list[BaseRoute]:
    """The route of exports: ``GET /api/exports/{export_id}``, to their owner alone."""

    async def get(request: Request) -> Response:
        return await run_in_threadpool(_send, request, bench)

    return [Route("/api/exports/{export_id}", get, methods=["GET"])]


def _send(request: Request, bench: Workbench) -> Response:
    try:
        who = admitted(request)
        found = export(bench.store, who.id, request.path_params["export_id"])
        path = bench.store.blobs.local_path(found.blob)
    except AppError as error:
        status = 401 if isinstance(error, SignInRequiredError) else 403 if isinstance(error, AccessError) else 500
        return JSONResponse(error.facts(), status_code=status, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "no-store"}
    return FileResponse(path, filename=found.filename, media_type="application/zip", headers=headers)
