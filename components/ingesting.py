"""The jobs of documents with the built-in embeddings in them: the two subjects do not know each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.documents import ingest, sample
from components.documents.embedding import Embedder
from components.settings import Settings

if TYPE_CHECKING:
    from components.jobs.worker import Kind


def can_embed(settings: Settings) -> bool:
    """Whether the built-in embeddings may run and are here. Cheap enough to ask at each run of a page."""
    from components.llm.builtin.cache import Cache
    from components.llm.builtin.weights import find

    return settings.model != "none" and Cache(settings.model_cache).has(find("embeddings"))


def _open_embedder(settings: Settings) -> Embedder:
    from components.llm.builtin.embeddings import open_embedder

    return open_embedder(settings)


KINDS: tuple[Kind, ...] = (*ingest.kinds(_open_embedder, can_embed), *sample.kinds(can_embed))
