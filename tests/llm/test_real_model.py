"""The same promises against a model that is real: the built-in server with the light model, through three clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from components.errors import ContextTooLongError, KeyRejectedError
from components.llm.ask import list_models, stream
from components.llm.builtin.server import BuiltIn
from components.llm.catalogue import Provider
from components.llm.choices import built_in_choice, model_of
from components.llm.vocabulary import Finish, Message, Piece, Request, Usage
from components.settings import Settings
from tests.llm.builtin.conftest import require
from tests.llm.speaking import gather, gather_until_error, text_of
from tests.servers.ollama_server import PREFIX, ollama_before
from tests.waiting import until

pytestmark = pytest.mark.model

PATIENCE = 120.0  # the machine may be busy
PARIS = (Message("system", "Answer in one word."), Message("user", "What is the capital of France?"))
PROTOCOLS = ("chat", "responses", "messages", "llamacpp", "ollama")


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltIn]:
    require("light")
    running = BuiltIn(Settings(home=tmp_path_factory.mktemp("home"), model="light", model_context=2048))
    running.ensure()
    yield running
    running.close()


@pytest.fixture(scope="module")
def ollama(built_in: BuiltIn) -> Iterator[str]:
    there = built_in.ensure()
    with ollama_before(f"{there.url}/v1", there.key, there.model) as url:
        yield url


@pytest.fixture(params=PROTOCOLS)
def row(request: pytest.FixtureRequest, built_in: BuiltIn) -> Provider:
    """The built-in server, as each protocol sees it."""
    there = built_in.ensure()
    if request.param == "ollama":
        return Provider("real", "Real", "ollama", request.getfixturevalue("ollama"))
    url = there.url if request.param == "messages" else f"{there.url}/v1"
    return Provider("real", "Real", request.param, url)


@pytest.fixture
def key(built_in: BuiltIn) -> str:
    return built_in.ensure().key


@pytest.fixture
def model(row: Provider, built_in: BuiltIn) -> str:
    name = built_in.ensure().model
    return f"{PREFIX}/{name}" if row.protocol == "ollama" else name


def test_a_real_model_answers_with_usage_and_a_last_word(row: Provider, key: str, model: str) -> None:
    pieces = gather(row, Request(PARIS, model=model, temperature=0.0, limit=20), key=key, patience=PATIENCE)
    assert "Paris" in text_of(pieces)
    assert pieces[-1] == Finish("stop")
    if row.protocol != "ollama":  # the proxy counts nothing
        (usage,) = [piece for piece in pieces if isinstance(piece, Usage)]
        assert usage.input > 10
        assert usage.output > 0


def test_a_real_limit_is_kept_and_told(row: Provider, key: str, model: str) -> None:
    asked = Request((Message("user", "Count from 1 to 100."),), model=model, temperature=0.0, limit=8)
    pieces = gather(row, asked, key=key, patience=PATIENCE)
    assert text_of(pieces)
    assert isinstance(pieces[-1], Finish)
    if row.protocol not in ("ollama", "responses"):  # the proxy, and this server's responses, say "stop" at every end
        assert pieces[-1] == Finish("length")


def test_the_real_server_lists_its_model(row: Provider, key: str, model: str) -> None:
    assert model in [fact.name for fact in asyncio.run(list_models(row, key))]


def test_a_real_stop_frees_the_slot(row: Provider, key: str, model: str, built_in: BuiltIn) -> None:
    async def stop_after_three() -> None:
        asked = Request((Message("user", "Count from 1 to 1000, one a line."),), model=model, limit=1500)
        reply = stream(row, key, asked, patience=PATIENCE)
        for _ in range(3):
            await anext(reply)
        await reply.aclose()

    asyncio.run(stop_after_three())
    until(lambda: not _busy(built_in), seconds=30)


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages"])
def test_a_wrong_key_is_refused_by_the_real_server(built_in: BuiltIn, protocol: str) -> None:
    url = built_in.ensure().url
    row = Provider("real", "Real", protocol, url if protocol == "messages" else f"{url}/v1")  # type: ignore[arg-type]
    _, error = gather_until_error(row, Request(PARIS, model="built-in"), KeyRejectedError)
    assert "127.0.0.1" in error.what


def test_a_real_context_that_is_too_small_is_called_so(built_in: BuiltIn, key: str) -> None:
    there = built_in.ensure()
    row = Provider("real", "Real", "chat", f"{there.url}/v1")
    asked = Request((Message("user", "word " * 6000),), model=there.model, limit=5)
    with pytest.raises(ContextTooLongError):
        gather(row, asked, key=key, patience=PATIENCE)


def test_the_real_server_keeps_to_a_schema(built_in: BuiltIn, key: str) -> None:
    there = built_in.ensure()
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    row = Provider("real", "Real", "chat", f"{there.url}/v1")
    asked = Request(PARIS, model=there.model, temperature=0.0, limit=60, schema=schema)
    assert "city" in json.loads(text_of(gather(row, asked, key=key, patience=PATIENCE)))


def test_a_real_answer_goes_on_as_it_was_begun(built_in: BuiltIn) -> None:
    (choice,) = built_in_choice(built_in)
    tables = "Tables:\nCREATE TABLE restaurant (\n  id BIGINT,\n  city_name VARCHAR\n);"
    asked = Request(
        (
            Message("system", f"You write DuckDB SQL. Answer with one SQL query and nothing else.\n\n{tables}"),
            Message("user", "How many restaurants are there in each city?"),
        ),
        temperature=0.0,
        limit=120,
        begin="```sql\n",
        stop=("```", ";"),
        seed=1,
    )

    async def all_pieces() -> list[Piece]:
        return [piece async for piece in model_of(choice, None)(asked)]

    pieces = asyncio.run(all_pieces())
    said = text_of(pieces).strip().lower()
    assert said.startswith("select")
    assert "group by" in said
    assert "```" not in said
    assert pieces[-1] == Finish("stop")


def _busy(built_in: BuiltIn) -> bool:
    """Whether a slot of the server is at work, as it says itself."""
    import httpx

    there = built_in.ensure()
    told = httpx.get(f"{there.url}/slots", headers={"Authorization": f"Bearer {there.key}"}, timeout=30)
    return any(slot["is_processing"] for slot in told.json())
