"""What models can do: the provider's own words first, then a small table of ours, then the table of prices.

``abilities.json`` is old on the day it is made. What nobody knows is None, and is shown as unknown.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from components.llm import prices
from components.llm.catalogue import ModelFact, Provider

LETTERS = {"t": "tools", "i": "images", "r": "reasoning"}
DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|latest)$")  # a version of the model before it
NO_TALKERS = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcribe|realtime|audio|speech|voice|rerank|ocr|sora|veo|imagen|aqa"
    r"|-image|flux|stable-diffusion|babbage|davinci|guard|safeguard|orpheus|computer-use|deep-research|learnlm",
    re.IGNORECASE,
)


def talkers(models: tuple[ModelFact, ...]) -> tuple[ModelFact, ...]:
    """The models that one can talk to, told by their names: lists hold embeddings, voices and pictures too."""
    return tuple(fact for fact in models if not NO_TALKERS.search(fact.name))


def known(provider: Provider, fact: ModelFact) -> ModelFact:
    """Fill in what the provider did not say of its model, where we know it."""
    context, can = _ours(provider.name, fact.name)
    return replace(
        fact,
        context=fact.context or context or prices.context(provider, fact.name),
        can=fact.can if fact.can is not None else can,
        rates=fact.rates or prices.rates(provider, fact.name),
    )


def _ours(provider: str, model: str) -> tuple[int | None, frozenset[str] | None]:
    rows = _table().get(provider, {})
    row = rows.get(model) or rows.get(DATED.sub("", model)) or rows.get(f"{model}-latest")
    return (row[0], frozenset(LETTERS[letter] for letter in row[1])) if row else (None, None)


@cache
def _table() -> dict[str, dict[str, tuple[int | None, str]]]:
    told = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {name: rows for name, rows in told.items() if isinstance(rows, dict)}
