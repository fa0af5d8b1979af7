"""Heavy libraries are imported behind the first page: they cost seconds, and nobody waits for them."""

from __future__ import annotations

import gc
import importlib
import logging
import threading
import time

log = logging.getLogger("groundwork")

HEAVY = ("pandas", "duckdb", "sqlglot", "altair", "openai", "anthropic", "ollama", "genai_prices")
PAUSE = 2.0  # seconds after the first page, in which the browser fetches fonts and scripts

first_page = threading.Event()  # set by the first session that has run a page


def warm_behind_first_page() -> None:
    """Start the thread that waits for the first page and then imports ``HEAVY``, once in a process."""
    threading.Thread(target=_warm, name="groundwork-warming", daemon=True).start()


def _warm() -> None:
    first_page.wait()
    time.sleep(PAUSE)
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except ImportError:
            log.exception("%s cannot be imported; what needs it will say so", name)
    gc.collect()
    settle()


def settle() -> None:
    """Take what is loaded out of the garbage collector's rounds: later collections look at new objects alone."""
    gc.freeze()
