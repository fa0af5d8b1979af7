"""What a reply costs, from a table that came with the installation; nothing is fetched. Unknown is None, never 0.

The one file that imports genai-prices. Its ``UpdatePrices`` goes to the network and is not used.
"""

from __future__ import annotations

from typing import Any

from components.llm.catalogue import Provider, find, stays_here
from components.llm.vocabulary import Usage


def price(provider: Provider | str | None, model: str, usage: Usage) -> float | None:
    """US dollars for one reply; 0 where it was made on this machine, None where the price is not known."""
    row = find(provider) if isinstance(provider, str) else provider
    if row is None:
        return None
    return 0.0 if stays_here(row, model) else _price(row.price_name, model, usage)


def rates(provider: Provider, model: str) -> tuple[float, float] | None:
    """US dollars for a million tokens sent, and said; larger requests may cost more. None: not known."""
    if stays_here(provider, model):
        return 0.0, 0.0
    asked = _price(provider.price_name, model, Usage(input=1000))
    said = _price(provider.price_name, model, Usage(output=1000))
    return None if asked is None or said is None else (asked * 1000, said * 1000)


def context(provider: Provider, model: str) -> int | None:
    """Tokens that fit into the model's context, as the table of prices knows it; None: not known."""
    found = _find(provider.price_name, model)
    return found.context_window if found else None


def _price(name: str, model: str, usage: Usage) -> float | None:
    from genai_prices import Usage as Counted
    from genai_prices import calc_price

    if not name:
        return None
    counted = Counted(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_read_tokens=min(usage.cached, usage.input),
        cache_write_tokens=min(usage.cache_written, usage.input - min(usage.cached, usage.input)),
    )
    try:
        return float(calc_price(counted, model, provider_id=name).total_price)
    except LookupError:  # its word for a model that it does not know
        return None


def _find(name: str, model: str) -> Any:
    from genai_prices.data_snapshot import get_snapshot

    if not name:
        return None
    try:
        return get_snapshot().find_provider_model(model, None, name, None)[1]
    except LookupError:
        return None
