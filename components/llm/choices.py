"""What a user can choose from at this moment, and the model behind a choice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from components.errors import BuiltInModelError
from components.llm import ask
from components.llm.abilities import talkers
from components.llm.catalogue import BUILT_IN, ModelFact, Provider, find, host_of, stays_here
from components.llm.keys import keys_for
from components.llm.listings import Listing, Listings
from components.llm.own import providers_for
from components.llm.vocabulary import Model, Piece, Request
from components.settings import Settings
from components.store import Store

Wish = Mapping[str, Any] | None
"""A remembered model: its ``provider`` and ``model``, by name."""

USABLE_STATES = ("ready", "starting")


class Address(Protocol):
    """Where the built-in server listens: its address without a path, its key, the name of its model."""

    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102


class BuiltIn(Protocol):
    """What is needed of the built-in model of this process."""

    def status(self) -> Any:
        """How it stands; cheap."""

    def ensure(self) -> Address:
        """Its address; it is started first if need be. Blocks for seconds. Raises ``BuiltInModelError``."""


@dataclass(frozen=True)
class Choice:
    """One model of one provider.

    Attributes:
        model: The provider's own name of it; of the built-in one, which weights.
        label: What the user reads.
        drafts: A small model whose queries are drafts, to be looked at before they are believed.
        local: What is sent stays on this machine.
        host: Where it goes.
        address: Of the built-in server, at the moment when it is asked.
    """

    provider: Provider
    model: str
    label: str
    drafts: bool
    local: bool
    host: str
    address: Callable[[], Address] | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> dict[str, str]:
        """As it is remembered, in preferences and in a conversation's choices."""
        return {"provider": self.provider.name, "model": self.model}


@dataclass(frozen=True)
class Standing:
    """A provider as it stands for one user: its key if one is known, its list if one was asked for."""

    provider: Provider
    key: str | None
    listing: Listing | None


def standings(settings: Settings, store: Store, user_id: str, lists: Listings) -> tuple[Standing, ...]:
    """Every provider but the built-in one; lists are begun where they can be had, and nothing waits."""
    rows = [row for row in providers_for(settings, store, user_id) if row.name != BUILT_IN]
    keys = keys_for(settings, store, user_id, rows)
    return tuple(_standing(row, keys.get(row.name), user_id, lists) for row in rows)


def choices_in(
    standing: Iterable[Standing], built_in: BuiltIn | None, wishes: Iterable[Wish] = ()
) -> tuple[Choice, ...]:
    """All that can be used now: the built-in model if it can run, then what reachable providers listed.

    Args:
        wishes: Models that count already while their provider's list is on its way.
    """
    wished = {(wish.get("provider"), wish.get("model")) for wish in wishes if wish}
    found = list(built_in_choice(built_in))
    for one in standing:
        found += [choice_of(one.provider, fact) for fact in _usable(one, wished)]
    return tuple(found)


def built_in_choice(built_in: BuiltIn | None) -> Iterator[Choice]:
    """The built-in model, where it is here and can run."""
    row, status = find(BUILT_IN), built_in.status() if built_in else None
    if row and built_in and status and status.state in USABLE_STATES:
        label = f"{row.title} ({status.which})" if status.which else row.title
        yield Choice(row, status.which, label, drafts=True, local=True, host=host_of(row), address=built_in.ensure)


def choice_of(provider: Provider, fact: ModelFact) -> Choice:
    """The choice of one listed model."""
    label = f"{fact.title or fact.name} · {provider.title}"
    here, host = stays_here(provider, fact.name), host_of(provider)
    if provider.local and not here:
        host = f"ollama.com, by way of {host}"
    return Choice(provider, fact.name, label, drafts=False, local=here, host=host)


def remembered(choices: tuple[Choice, ...], *wishes: Wish) -> Choice | None:
    """The first wish that can be had, else the first choice; None where there is nothing to choose."""
    for wish in wishes:
        for choice in choices:
            if wish and choice.name == {"provider": wish.get("provider"), "model": wish.get("model")}:
                return choice
    return choices[0] if choices else None


def model_of(choice: Choice, key: str | None) -> Model:
    """The model behind a choice: a function from a request to the pieces of a reply.

    Args:
        key: What ``keys.key_for`` gave; the built-in server brings its own.
    """

    async def model(request: Request) -> AsyncIterator[Piece]:
        provider, name, secret = await _placed(choice, key)
        async with aclosing(ask.stream(provider, secret, replace(request, model=name))) as pieces:
            async for piece in pieces:
                yield piece

    return model


async def _placed(choice: Choice, key: str | None) -> tuple[Provider, str, str | None]:
    if choice.provider.name != BUILT_IN:
        return choice.provider, choice.model, key
    if choice.address is None:
        raise BuiltInModelError("The built-in model is not running.")
    there = await asyncio.to_thread(choice.address)  # starts the server if need be: seconds
    return replace(choice.provider, base_url=f"{there.url}/v1"), there.model, there.key


def _usable(standing: Standing, wished: set[tuple[Any, Any]]) -> tuple[ModelFact, ...]:
    if standing.listing is None:
        return ()
    if standing.listing.state == "fetching":
        return tuple(ModelFact(str(model)) for provider, model in wished if provider == standing.provider.name)
    return talkers(standing.listing.models)


def _standing(row: Provider, key: str | None, user_id: str, lists: Listings) -> Standing:
    return Standing(row, key, None if row.needs_key and not key else lists.look(user_id, row, key))
