"""The built-in light model itself, asked by the measured recipe over real tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from components.answers.ahead import read_ahead
from components.answers.tables import ask_tables
from components.llm.builtin.server import BuiltIn
from components.llm.choices import built_in_choice, model_of
from components.llm.vocabulary import Model
from components.settings import Settings
from tests.answers.conftest import Shop
from tests.llm.builtin.conftest import require

pytestmark = pytest.mark.model

EASY = (
    "How many orders are there?",
    "What is the total net amount of each category?",
    "Which city has the most customers?",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    require("light")
    built_in = BuiltIn(Settings(home=tmp_path_factory.mktemp("home"), model="light", model_context=2048))
    (choice,) = built_in_choice(built_in)
    assert choice.drafts
    yield model_of(choice, None)
    built_in.close()


@pytest.mark.parametrize("question", EASY)
def test_an_easy_question_becomes_a_query_that_runs(shop: Shop, model: Model, question: str) -> None:
    asyncio.run(read_ahead(model, shop.bench().schema))
    pieces = shop.hear(
        ask_tables(
            shop.exchange(question),
            model=model,
            drafts=True,
            engines=shop.engines,
            store=shop.store,
            user_id=shop.user_id,
            dataset_ids=None,
        )
    )
    body = shop.evidence(pieces).body
    assert body["draft"]
    assert body["error"] is None, body["sql"]
    assert body["row_count"] >= 1
    assert body["checked"]["found"] == body["checked"]["of"]
