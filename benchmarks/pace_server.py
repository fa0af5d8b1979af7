"""A model server at a steady pace, in a process of its own: 160 pieces of a chat completion, one each 25 ms.

``python -m benchmarks.pace_server PORT [CHARACTERS]``; CHARACTERS a piece, 5 unless told.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

PIECES, PAUSE = 160, 0.025


def _frame(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "pace", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


async def _pieces(size: int) -> AsyncIterator[bytes]:
    words = ("word " * (size // 5 + 1))[:size]
    started = asyncio.get_running_loop().time()
    for number in range(PIECES):
        late = started + number * PAUSE - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, late))
        yield _frame({"content": words + ("\n\n" if number % 10 == 9 else "")})
    yield _frame({}, "stop")
    yield b"data: [DONE]\n\n"


def serve(port: int, size: int) -> None:
    """Serve until the process is ended."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    async def complete(_: Request) -> Response:
        return StreamingResponse(_pieces(size), media_type="text/event-stream")

    async def models(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "pace", "object": "model"}]})

    routes = [Route("/v1/chat/completions", complete, methods=["POST"]), Route("/v1/models", models)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
