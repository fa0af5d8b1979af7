"""The embedder of this process for questions, where its weights are here."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import BuiltInModelError
from components.settings import Settings

if TYPE_CHECKING:
    from components.llm.builtin.embeddings import Embedder

_lock = threading.Lock()
_opened: dict[Path, Embedder] = {}


def embedder_of(settings: Settings) -> Embedder | None:
    """The built-in embeddings, opened once; None while they are not here, or where no model may run."""
    from components.llm.builtin.cache import Cache
    from components.llm.builtin.embeddings import open_embedder
    from components.llm.builtin.weights import find

    if settings.model == "none" or not Cache(settings.model_cache).has(find("embeddings")):
        return None
    with _lock:
        if settings.model_cache not in _opened:
            try:
                _opened[settings.model_cache] = open_embedder(settings)
            except BuiltInModelError:  # damaged: search goes by words, and the home page offers them again
                return None
        return _opened[settings.model_cache]
