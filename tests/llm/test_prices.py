"""Prices and abilities: known ones are right, unknown ones are None, and nothing is fetched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from components.llm import abilities, prices
from components.llm.catalogue import PROVIDERS, ModelFact, Provider, find
from components.llm.protocols.listing import models_in
from components.llm.vocabulary import Usage

ROOT = Path(__file__).resolve().parents[2]


def row(name: str) -> Provider:
    found = find(name)
    assert found
    return found


def test_cached_tokens_cost_less() -> None:
    # 3 and 15 dollars a million, 0.30 from the cache, 3.75 into it: the publisher's list for this model
    usage = Usage(input=1000, output=100, cached=400, cache_written=100)
    expected = (500 * 3 + 400 * 0.3 + 100 * 3.75 + 100 * 15) / 1e6
    assert prices.price(row("anthropic"), "claude-sonnet-4-5", usage) == pytest.approx(expected)


def test_what_runs_here_costs_nothing() -> None:
    assert prices.price("builtin", "light", Usage(1000, 1000)) == 0.0
    assert prices.price("ollama", "qwen3:8b", Usage(1000, 1000)) == 0.0
    assert prices.rates(row("ollama"), "qwen3:8b") == (0.0, 0.0)


@pytest.mark.parametrize(("provider", "model"), [("openai", "no-such-model"), ("ollama", "big:cloud"), ("Lab", "ok")])
def test_an_unknown_price_is_none_and_never_nought(provider: str, model: str) -> None:
    assert prices.price(provider, model, Usage(1000, 1000)) is None


def test_odd_counts_do_not_stop_a_reply() -> None:
    assert prices.price("openai", "gpt-4o-mini", Usage(input=10, output=1, cached=50, cache_written=50)) is not None


def test_a_list_fills_in_what_the_provider_left_out() -> None:
    fact = abilities.known(row("anthropic"), ModelFact("claude-sonnet-4-5-20250929"))
    assert fact.context == 200_000
    assert fact.can is not None
    assert {"tools", "images"} <= fact.can
    assert fact.rates == (3.0, 15.0)


def test_the_providers_own_word_wins() -> None:
    said = ModelFact("claude-sonnet-4-5", context=123, rates=(1.0, 2.0), can=frozenset())
    assert abilities.known(row("anthropic"), said) == said


def test_what_nobody_knows_stays_unknown() -> None:
    fact = abilities.known(row("openai"), ModelFact("no-such-model"))
    assert (fact.context, fact.rates, fact.can) == (None, None, None)


def test_embeddings_voices_and_pictures_are_left_out() -> None:
    names = (
        "gpt-4o",
        "text-embedding-3-small",
        "whisper-1",
        "tts-1",
        "dall-e-3",
        "gpt-image-1",
        "omni-moderation-latest",
    )
    assert [fact.name for fact in abilities.talkers(tuple(map(ModelFact, names)))] == ["gpt-4o"]


def test_the_table_of_abilities_is_about_rows_of_the_catalogue() -> None:
    told = json.loads(Path(abilities.__file__).with_suffix(".json").read_text(encoding="utf-8"))
    tables = {name: rows for name, rows in told.items() if isinstance(rows, dict)}
    assert set(tables) <= {provider.name for provider in PROVIDERS}
    letters = {letter for rows in tables.values() for _, can in rows.values() for letter in can}
    assert letters <= set(abilities.LETTERS)


def test_lists_are_read_in_every_shape_that_servers_give_them() -> None:
    bare = models_in([{"id": "a", "context_length": 4096, "display_name": "A"}])  # Together
    assert bare == [ModelFact("a", "A", 4096)]
    gemini = models_in({"data": [{"id": "models/gemini-2.5-flash"}]})
    assert gemini[0].name == "gemini-2.5-flash"
    llama = models_in({"data": [{"id": "x", "meta": {"n_ctx": 2048}}, {"no": "id"}]})
    assert llama == [ModelFact("x", "x", 2048)]
    router = models_in(
        {
            "data": [
                {
                    "id": "r/x",
                    "pricing": {"prompt": "0.000001", "completion": "0.000002"},
                    "supported_parameters": ["tools"],
                    "architecture": {"input_modalities": ["text", "image"]},
                }
            ]
        }
    )
    assert router[0].rates == pytest.approx((1.0, 2.0))
    assert router[0].can == frozenset({"tools", "images"})
    with pytest.raises(ValueError, match="not a list"):
        models_in({"error": "no"})


def test_pricing_opens_no_connection() -> None:
    """In a process of its own, in which any connection or look-up ends the run."""
    script = (
        "import sys\n"
        "def refuse(event, _):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'): raise SystemExit('reached out: ' + event)\n"
        "sys.addaudithook(refuse)\n"
        "from components.llm.prices import price\n"
        "from components.llm.vocabulary import Usage\n"
        "assert price('openai', 'gpt-4o-mini', Usage(1000, 1000)) > 0\n"
        "import threading; assert threading.active_count() == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
