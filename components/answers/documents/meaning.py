"""The embedder of this process for questions, where its weights are here."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import BuiltInModelError
from components.settings import Settings

if TYPE_CHECKING:
    from components.llm.builtin.embeddings import Embedder


class Embedders:
    """The embedders that this process has opened, each for its folder of weights. Thread-safe."""

    def __init__(self) -> None:
        self._opened: dict[Path, Embedder] = {}
        self._lock = threading.Lock()

    def embedder(self, settings: Settings) -> Embedder:
        """The embedder, opened on first use. Raises ``BuiltInModelError``."""
        from components.llm.builtin.embeddings import open_embedder

        with self._lock:
            if settings.model_cache not in self._opened:
                self._opened[settings.model_cache] = open_embedder(settings)
            return self._opened[settings.model_cache]


_here = Embedders()


def embedder_of(settings: Settings) -> Embedder | None:
    """The built-in embeddings, opened once; None while they are not here, or where no model may run."""
    from components.llm.builtin.cache import Cache
    from components.llm.builtin.weights import find

    if settings.model == "none" or not Cache(settings.model_cache).has(find("embeddings")):
        return None
    try:
        return _here.embedder(settings)
    except BuiltInModelError:  # damaged: search goes by words, and the home page offers them again
        return None
