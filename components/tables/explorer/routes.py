"""The explorer's two ways over HTTP: its front end's file, and what that asks of the kernel."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from components.auth.requests import admitted, changing
from components.errors import AccessError, AppError, SignInRequiredError
from components.tables.explorer import frontend
from components.tables.explorer.explored import Explored, answer_explored, dataset_explored, require_readable
from components.tables.explorer.kernel import KEPT, Kernel

if TYPE_CHECKING:
    from starlette.requests import Request

    from components.store import User
    from components.workbench import Workbench

log = logging.getLogger("groundwork")

LARGEST_BODY = 8_000_000  # bytes; saving 200 charts over 300 columns
AT_ONCE = 3  # requests of one user that are computed
WAITING = 12  # requests of one user that are computed or wait
FOR_EVER = "private, max-age=31536000, immutable"


class CrowdedError(AppError):
    """One user asks for more at once than is computed."""

    kept = "Your charts are kept as they are."
    todo = "Wait until the views before it are drawn."


class RequestTooLargeError(AppError):
    """A request's body is larger than any that the explorer sends."""

    kept = "The charts that were saved before are kept."
    todo = "Remove some charts, then save again."


def routes(bench: Workbench) -> list[BaseRoute]:
    """The explorer's routes over this process's workbench; each admits its caller itself."""
    desk = _Desk(bench)
    return [
        Route(frontend.ADDRESS, _module),
        Route("/api/explorer/evidence/{id}", desk.answer, methods=["POST"]),
        Route("/api/explorer/{id}", desk.table, methods=["POST"]),
    ]


async def _module(request: Request) -> Response:
    try:
        await run_in_threadpool(admitted, request)
    except AppError as error:
        return _failed(error)
    body = await run_in_threadpool(frontend.squeezed)
    headers = {"Content-Encoding": "gzip", "Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    return Response(body, media_type="text/javascript", headers=headers)


class _Desk:
    """Takes requests in order: a user's own wait for each other, nobody waits for a stranger's."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._lines: dict[str, asyncio.Semaphore] = {}
        self._waiting: dict[str, int] = {}

    async def table(self, request: Request) -> Response:
        """``POST /api/explorer/{dataset}``: an action over the newest version of a dataset of the caller's."""
        return await self._serve(request, self._table)

    async def answer(self, request: Request) -> Response:
        """``POST /api/explorer/evidence/{evidence}``: an action over the rows of an answer of the caller's."""
        return await self._serve(request, self._answer)

    def _table(self, user_id: str, id_: str) -> Explored:
        return dataset_explored(self._bench.store, user_id, id_)

    def _answer(self, user_id: str, id_: str) -> Explored:
        return answer_explored(self._bench.store, self._bench.engines, user_id, id_)

    async def _serve(self, request: Request, find: Any) -> Response:
        try:
            user = await run_in_threadpool(changing, request)
            asked = _read(await _body(request))
            with self._place(user):
                async with self._lines[user.id]:
                    found = await run_in_threadpool(self._ask, user, request.path_params["id"], asked, find)
        except AppError as error:
            return _failed(error)
        except Exception:
            number = secrets.token_hex(4)
            log.exception("bug %s in the explorer", number)
            return _failed(
                AppError(
                    f"This is a fault of ours. It is written to the server's log as {number}.",
                    kept=KEPT,
                    todo="Try again; if it comes back, report it with this number.",
                )
            )
        return Response(found, media_type="application/json", headers={"Cache-Control": "no-store"})

    def _ask(self, user: User, id_: str, asked: dict[str, Any], find: Any) -> bytes:
        explored = find(user.id, id_)
        kernel = Kernel(self._bench.store, self._bench.engines, explored)
        body = asked.get("data")
        answer = kernel.answer(str(asked.get("action")), body if isinstance(body, dict) else {})
        require_readable(self._bench.store, explored)
        return json.dumps({"code": 0, "data": answer, "message": ""}, allow_nan=False).encode()

    @contextmanager
    def _place(self, user: User) -> Iterator[None]:
        """A place in the user's line; the line is forgotten when the last one leaves it."""
        waiting = self._waiting.get(user.id, 0)
        if waiting >= WAITING:
            raise CrowdedError("Too many views are being drawn at once.")
        self._waiting[user.id] = waiting + 1
        self._lines.setdefault(user.id, asyncio.Semaphore(AT_ONCE))
        try:
            yield
        finally:
            self._waiting[user.id] -= 1
            if not self._waiting[user.id]:
                del self._waiting[user.id], self._lines[user.id]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise RequestTooLargeError(f"This request is larger than {LARGEST_BODY // 1_000_000} MB.")
    return bytes(body)


def _read(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise AppError("The explorer sent something that cannot be read.", kept=KEPT, todo="Reload the page.")
    return asked


def _failed(error: AppError) -> Response:
    """An error with its code and its words. The front end settles only on a number, so there is one: not 0."""
    told = {"code": 1, "data": None, "message": error.what, "error": error.code, "kept": error.kept, "todo": error.todo}
    statuses = ((SignInRequiredError, 401), (AccessError, 403), (RequestTooLargeError, 413), (CrowdedError, 429))
    status = next((number for kind, number in statuses if isinstance(error, kind)), 200)
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(told), status_code=status, media_type="application/json", headers=headers)
