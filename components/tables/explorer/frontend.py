"""PyGWalker's front end, found on disk: its one JavaScript module, squeezed once and named by its content.

PyGWalker itself is never imported: that takes 4.6 s of cpu, and its server runs any SQL that a browser sends.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
from functools import cache
from pathlib import Path

ADDRESS = "/explorer/app.js"
INSIDE = Path("templates/dist/pygwalker-app.es.js")


def module_file() -> Path:
    """Where the module lies.

    Raises:
        FileNotFoundError: pygwalker is not installed, or another version keeps it elsewhere.
    """
    spec = importlib.util.find_spec("pygwalker")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("pygwalker is not installed")
    file = Path(spec.origin).parent / INSIDE
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing: is this another version of pygwalker?")
    return file


@cache
def squeezed() -> bytes:
    """The module in gzip: 9.5 MB become 2.4. The first call takes half a second."""
    return gzip.compress(module_file().read_bytes(), 7, mtime=0)


@cache
def version() -> str:
    """A name for exactly this file, by its size and time: reading 9.5 MB for a hash would hold up a first page."""
    facts = module_file().stat()
    return hashlib.sha256(f"{facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:12]


def address() -> str:
    """Where the browser finds the module: another file is another address, so each may be kept for ever."""
    return f"{ADDRESS}?v={version()}"
