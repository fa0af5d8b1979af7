"""Lists of models as servers of OpenAI's protocols tell them: each has the ids, many say more."""

from __future__ import annotations

from typing import Any

from components.llm.catalogue import ModelFact

CONTEXT_WORDS = ("context_length", "context_window", "max_context_length", "max_model_len", "inputTokenLimit")


def models_in(told: Any) -> list[ModelFact]:
    """Read a list of models, bare or under ``data``.

    Raises:
        ValueError: It is no list of models.
    """
    rows = told.get("data", told.get("models")) if isinstance(told, dict) else told
    if not isinstance(rows, list):
        raise ValueError("not a list of models")
    return [_fact(row) for row in rows if isinstance(row, dict) and row.get("id")]


def _fact(row: dict[str, Any]) -> ModelFact:
    name = str(row["id"]).removeprefix("models/")  # Gemini's ids carry their collection
    return ModelFact(
        name, str(row.get("display_name") or row.get("name") or name), _context(row), _rates(row), _can(row)
    )


def _context(row: dict[str, Any]) -> int | None:
    meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
    given = [*(row.get(word) for word in CONTEXT_WORDS), (meta or {}).get("n_ctx")]
    return next((int(number) for number in given if isinstance(number, int) and number > 0), None)


def _rates(row: dict[str, Any]) -> tuple[float, float] | None:
    """OpenRouter's prices: dollars for one token, as text; a negative one means that it varies."""
    prices = row.get("pricing")
    try:
        asked, said = float(prices["prompt"]) * 1e6, float(prices["completion"]) * 1e6  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None
    return (asked, said) if asked >= 0 and said >= 0 else None


def _can(row: dict[str, Any]) -> frozenset[str] | None:
    """What OpenRouter and Mistral say of their models."""
    given, abilities = row.get("supported_parameters"), row.get("capabilities")
    if isinstance(given, list):
        seen = (row.get("architecture") or {}).get("input_modalities") or ()
        found = {"tools": "tools" in given, "images": "image" in seen, "reasoning": "reasoning" in given}
    elif isinstance(abilities, dict):
        found = {"tools": bool(abilities.get("function_calling")), "images": bool(abilities.get("vision"))}
    else:
        return None
    return frozenset(word for word, can in found.items() if can)
