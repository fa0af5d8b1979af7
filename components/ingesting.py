"""The jobs of documents and of the built-in models put together: the two subjects do not know each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.documents import ingest, sample
from components.documents.embedding import Embedder, follow
from components.jobs.worker import Context, Kind
from components.llm.builtin.fetch import KINDS as FETCHES
from components.settings import Settings


def can_embed(settings: Settings) -> bool:
    """Whether the built-in embeddings may run and are here. Cheap enough to ask at each run of a page."""
    from components.llm.builtin.cache import Cache
    from components.llm.builtin.weights import find

    return settings.model != "none" and Cache(settings.model_cache).has(find("embeddings"))


def _open_embedder(settings: Settings) -> Embedder:
    from components.llm.builtin.embeddings import open_embedder

    return open_embedder(settings)


def _then_embed(fetching: Kind) -> Kind:
    """A fetch of models that, once it is through, begins what the documents of its user waited for."""

    def do(context: Context, **arguments: Any) -> Mapping[str, Any] | None:
        result = fetching.do(context, **arguments)
        follow(context.store, context.user_id, ready=can_embed(context.settings))
        return result

    return replace(fetching, do=do)


KINDS: tuple[Kind, ...] = (
    *ingest.kinds(_open_embedder, can_embed),
    *sample.kinds(can_embed),
    *(_then_embed(kind) for kind in FETCHES),
)
