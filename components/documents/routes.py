"""Pictures of pages by HTTP, for their owner alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from components.auth.requests import admitted
from components.documents.refusals import NotDrawnError
from components.errors import AccessError, AppError, FileError, SignInRequiredError
from components.store import documents

if TYPE_CHECKING:
    from starlette.requests import Request

    from components.store import User
    from components.workbench import Workbench

# The browser keeps the picture, and asks each time whether its reader may still see it.
KEPT = "private, no-cache"
THREADS = 64


def address_of(document_id: str, number: int) -> str:
    """Where the picture of a page is had; ``?sharp=1`` after it for a finer one."""
    return f"/api/documents/{document_id}/pages/{number}.jpg"


def routes(bench: Workbench) -> list[BaseRoute]:
    """The routes of documents: ``GET /api/documents/{document_id}/pages/{number}.jpg``."""
    threads = anyio.CapacityLimiter(THREADS)  # its own: whoever waits for a slow page keeps no other route waiting

    async def get(request: Request) -> Response:
        return await anyio.to_thread.run_sync(_send, request, bench, limiter=threads)

    return [Route("/api/documents/{document_id}/pages/{number:int}.jpg", get, methods=["GET"])]


def _send(request: Request, bench: Workbench) -> Response:
    try:
        return _answer(request, bench, admitted(request))
    except AppError as error:
        return _said(error)


def _answer(request: Request, bench: Workbench, user: User) -> Response:
    number, sharp = request.path_params["number"], request.query_params.get("sharp") == "1"
    found = documents.document(bench.store, user.id, request.path_params["document_id"])
    tag = f'"{found.sha256[:32]}-{number}{"s" if sharp else ""}"'
    headers = {"Cache-Control": KEPT, "ETag": tag, "Vary": "Cookie"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    picture = bench.pictures.picture(bench.store, user.id, found, number, sharp=sharp)
    documents.document(bench.store, user.id, found.id)  # a drawing takes a while, and a share may be taken back
    return Response(picture, media_type="image/jpeg", headers=headers)


def _said(error: AppError) -> JSONResponse:
    kinds = ((SignInRequiredError, 401), (AccessError, 403), (NotDrawnError, 422), (FileError, 404))
    status = next((status for kind, status in kinds if isinstance(error, kind)), 500)
    return JSONResponse(error.facts(), status_code=status, headers={"Cache-Control": "no-store"})
