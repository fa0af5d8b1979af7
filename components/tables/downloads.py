"""Tables back out: as CSV, as Parquet, as the file that came, and the rows that did not fit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from components.auth.requests import admitted
from components.errors import AccessError
from components.store import datasets
from components.store.datasets import Version
from components.tables.importing.naming import stem

if TYPE_CHECKING:
    from components.workbench import Workbench

AT_ONCE = 20_000  # rows of one written piece
BLOCK = 1 << 20  # bytes of one piece of a file


async def send(request: Request, bench: Workbench) -> Response:
    """Answer ``GET /api/tables/{version_id}/{way}``: csv, parquet, original or left-out, to whom may read it.

    A download of what another user shares breaks off where the share is taken back meanwhile.

    Raises:
        AccessError: The caller may not read the version, or there is no such file; ``SignInRequiredError`` for a
            stranger.
    """
    return await run_in_threadpool(_answer, request, bench)


def _answer(request: Request, bench: Workbench) -> Response:
    user = admitted(request)
    version = datasets.version(bench.store, user.id, request.path_params["version_id"])
    dataset = datasets.dataset(bench.store, user.id, version.dataset_id)
    way, blobs = request.path_params["way"], bench.store.blobs
    still = None if dataset.is_own else partial(datasets.version, bench.store, user.id, version.id)
    if way == "parquet":
        return _file(blobs.local_path(version.blob), f"{dataset.name}.parquet", still)
    if way == "csv":
        pieces = csv_pieces(blobs.local_path(version.blob))
        return _stream(pieces, "text/csv", f"{dataset.name}.csv", still)
    if way == "original" and version.raw_blob:
        return _file(blobs.local_path(version.raw_blob), version.filename, still)
    if way == "left-out":
        return Response(
            _left_out(version), media_type="text/csv", headers=_named(f"{stem(version.filename)}-left-out.csv")
        )
    raise AccessError("There is no such file.", todo="Go back to the table.")


def _file(path: Path, filename: str, still: Callable[[], object] | None) -> Response:
    if still is None:
        return FileResponse(path, headers=_named(filename))
    return _stream(_blocks(path), "application/octet-stream", filename, still)


def _stream(pieces: Iterator[bytes], kind: str, filename: str, still: Callable[[], object] | None) -> Response:
    allowed = pieces if still is None else _while_allowed(pieces, still)
    return StreamingResponse(allowed, media_type=kind, headers=_named(filename))


def _while_allowed(pieces: Iterator[bytes], still: Callable[[], object]) -> Iterator[bytes]:
    """The pieces, as long as ``still`` raises nothing: what it raises breaks the connection off."""
    for piece in pieces:
        still()
        yield piece


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _named(filename: str) -> dict[str, str]:
    """Headers that make the browser save the file, never show it."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", filename)
    shown = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    return {"Content-Disposition": shown, "Cache-Control": "no-store"}


def csv_pieces(file: Path) -> Iterator[bytes]:
    """A Parquet file as CSV, UTF-8 with a mark so that Excel reads it, piece by piece."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(file) as source:
        names = io.StringIO()
        csv.writer(names, lineterminator="\n").writerow(source.schema_arrow.names)
        yield b"\xef\xbb\xbf" + names.getvalue().encode()
        for batch in source.iter_batches(batch_size=AT_ONCE):
            out = pa.BufferOutputStream()
            arrow_csv.write_csv(batch, out, arrow_csv.WriteOptions(include_header=False, quoting_style="needed"))
            yield out.getvalue().to_pybytes()


def _left_out(version: Version) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["line", "why", "text"])
    writer.writerows(row for doubt in version.doubts for row in doubt.get("rows", ()))
    return out.getvalue()
