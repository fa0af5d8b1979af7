"""The process in which queries run. It is started as ``python -I child.py CHOICES`` and imports nothing of ours.

It speaks frames over its pipes: one letter, eight bytes of length, the body. In come ``Q`` (a query) and ``I``
(interrupt); out go ``R`` (ready), ``A`` (all rows), ``T`` (truncated), ``F`` (failed: kind and words). When its input
ends, so does it: it never outlives the app, however that ends.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import resource
import struct
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

MB = 1 << 20
BATCH = 2048  # rows
HEADER = struct.Struct("<cQ")
UNREADABLE = ("IOException", "PermissionException", "InvalidInputException", "FileNotFoundError", "ArrowInvalid")
NOT_ALLOWED_ON_THIS_SYSTEM = (ValueError, OSError)


def main() -> None:
    """Lock this process, say ready, then answer queries until the input ends."""
    choices = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not print into the frames
    _limit(choices)
    try:
        connection = _open(choices)
    except Exception as error:  # noqa: BLE001 (it crosses to the app, which raises it there)
        _put(out, b"F", _words(error, choices))
        return
    queries: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(os.fdopen(0, "rb", 0), connection, queries), daemon=True).start()
    _put(out, b"R", b"")
    while True:
        _answer(connection, queries.get(), out, choices)


def _limit(choices: dict[str, Any]) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 128,
        resource.RLIMIT_AS: choices["address_space_mb"] * MB,
        resource.RLIMIT_FSIZE: choices["scratch_mb"] * MB,
    }
    for limit, value in wanted.items():
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (value, value))
        except NOT_ALLOWED_ON_THIS_SYSTEM:  # macOS has no limit of address space; the engine's own still holds
            continue


def _open(choices: dict[str, Any]) -> Any:
    """A connection that sees the tables as views, and nothing else; then the kernel's lock over the whole process."""
    import duckdb
    import pyarrow  # noqa: F401 (loaded before the lock closes)

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": str(choices["threads"]),
            "memory_limit": f"{choices['memory_mb']}MB",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "allow_unredacted_secrets": "false",
            "python_enable_replacements": "false",
            "temp_directory": choices["scratch"],
            "max_temp_directory_size": f"{choices['scratch_mb']}MB",
        },
    )
    connection.execute("SET max_expression_depth = 250; SET TimeZone = 'UTC'")
    version = _confine(choices) if choices["landlock"] else 0
    _show_tables(connection, choices["tables"], files_are_open=bool(version))
    connection.execute("SET lock_configuration = true")
    os.environ.clear()
    return connection


def _confine(choices: dict[str, Any]) -> int:
    place = Path(__file__).with_name("landlock.py")
    spec = importlib.util.spec_from_file_location("landlock", place)
    assert spec is not None and spec.loader is not None
    landlock = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(landlock)
    version: int = landlock.restrict(read=list(choices["tables"].values()), write=[choices["scratch"]])
    return version


def _show_tables(connection: Any, tables: dict[str, str], *, files_are_open: bool) -> None:
    """Views over the files. Without the kernel's lock the engine loses the file system, and Arrow reads for it."""
    if files_are_open:
        allowed = ", ".join(_quoted(path, "'") for path in tables.values())
        connection.execute(f"SET allowed_paths = [{allowed}]; SET enable_external_access = false")
        for name, path in tables.items():
            connection.execute(f"CREATE VIEW {_quoted(name)} AS FROM read_parquet({_quoted(path, chr(39))})")
        return
    import pyarrow.dataset

    for name, path in tables.items():
        connection.register(name, pyarrow.dataset.dataset(path, format="parquet"))
    connection.execute("SET enable_external_access = false; SET disabled_filesystems = 'LocalFileSystem'")


def _quoted(text: str, mark: str = '"') -> str:
    return mark + text.replace(mark, mark * 2) + mark


def _listen(pipe: BinaryIO, connection: Any, queries: queue.Queue[dict[str, Any]]) -> None:
    """Hear the app while a query runs; the end of its pipe is the end of this process, in the midst of a query too."""
    while True:
        header = _exactly(pipe, HEADER.size)
        if header is None:
            os._exit(0)
        kind, length = HEADER.unpack(header)
        body = _exactly(pipe, length)
        if kind == b"I":
            connection.interrupt()
        elif kind == b"Q" and body is not None:
            queries.put(json.loads(body))


def _exactly(pipe: BinaryIO, count: int) -> bytes | None:
    read = b""
    while len(read) < count:
        more = pipe.read(count - len(read))
        if not more:
            return None
        read += more
    return read


def _answer(connection: Any, query: dict[str, Any], out: BinaryIO, choices: dict[str, Any]) -> None:
    try:
        body, truncated = _run(connection, query)
    except BaseException as error:  # noqa: BLE001 (whatever it is, the app is waiting for an answer)
        _put(out, b"F", _words(error, choices))
    else:
        _put(out, b"T" if truncated else b"A", body)


def _run(connection: Any, query: dict[str, Any]) -> tuple[Any, bool]:
    """The rows as an Arrow stream of at most ``max_rows`` rows and ``max_bytes`` bytes, and whether there were more."""
    import pyarrow

    reader = connection.execute(query["sql"]).to_arrow_reader(BATCH)
    sink = pyarrow.BufferOutputStream()
    rows, truncated = 0, False
    with pyarrow.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            kept = _fitting(batch, query["max_rows"] - rows, query["max_bytes"] - sink.tell())
            if kept.num_rows:
                writer.write_batch(kept)
            rows += kept.num_rows
            truncated = kept.num_rows < batch.num_rows
            if truncated:
                break
    if truncated and not rows and query["max_rows"]:
        raise ValueError(f"A single row of this result is larger than {query['max_bytes'] // MB} MB.")
    return sink.getvalue(), truncated


def _fitting(batch: Any, rows: int, room: int) -> Any:
    """As many rows of a batch as there are still allowed; by bytes it halves, which is near enough."""
    batch = batch.slice(0, max(rows, 0))
    while batch.num_rows and batch.nbytes > room:
        batch = batch.slice(0, batch.num_rows // 2)
    return batch


def _words(error: BaseException, choices: dict[str, Any]) -> bytes:
    """What the app is told: kind, and words in which no path of this machine stands."""
    words = str(error) or type(error).__name__
    kind = _kind(error, words)
    for name, path in choices["tables"].items():
        if path in words and type(error).__name__ in UNREADABLE:
            words = f"The file of the table {name} cannot be read."
        words = words.replace(path, name)
    words = words.replace(choices["scratch"], "the scratch folder")
    return json.dumps({"kind": kind, "words": words[:2000]}).encode()


def _kind(error: BaseException, words: str) -> str:
    name = type(error).__name__
    if name == "InterruptException" or isinstance(error, KeyboardInterrupt):
        return "stopped"
    if name in ("OutOfMemoryException", "MemoryError", "ArrowMemoryError") or "bad_alloc" in words:
        return "memory"
    if "max_temp_directory_size" in words or "File too large" in words:
        return "memory"
    return "broken" if name in ("InternalException", "FatalException") else "failed"


def _put(out: BinaryIO, kind: bytes, body: Any) -> None:
    out.write(HEADER.pack(kind, len(body)))
    out.write(body)
    out.flush()


if __name__ == "__main__":
    main()
