"""The built-in light model itself, asked by the measured recipe over the sample that every newcomer opens."""

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
from components.store import close_store, jobs, open_store, users
from components.tables.engine.engines import Engines
from components.tables.sample import KINDS, SAMPLE_QUESTIONS
from tests.answers.conftest import Shop
from tests.llm.builtin.conftest import require
from tests.waiting import until

pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    require("light")
    built_in = BuiltIn(Settings(home=tmp_path_factory.mktemp("home"), model="light", model_context=2048))
    (choice,) = built_in_choice(built_in)
    assert choice.drafts
    yield model_of(choice, None)
    built_in.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample, made and imported by its job."""
    from components.jobs.worker import Jobs

    settings = Settings(home=tmp_path_factory.mktemp("sample"))
    store = open_store(settings)
    owner = users.ensure_local_owner(store).id
    worker = Jobs(store, settings, KINDS)
    worker.start()
    job = worker.submit(owner, "open_sample", "Open the sample")
    until(lambda: jobs.job(store, owner, job.id).state not in ("queued", "running"), seconds=120)
    worker.close()
    assert jobs.job(store, owner, job.id).state == "done", jobs.job(store, owner, job.id).error
    engines = Engines(settings)
    yield Shop(store, engines, owner)
    engines.close()
    close_store(store)


@pytest.mark.parametrize(("question", "rows"), zip(SAMPLE_QUESTIONS, (10, 12, 6), strict=True))
def test_a_question_of_the_sample_is_answered_rightly(sample: Shop, model: Model, question: str, rows: int) -> None:
    asyncio.run(read_ahead(model, sample.bench().schema))
    pieces = sample.hear(
        ask_tables(
            sample.exchange(question),
            model=model,
            drafts=True,
            engines=sample.engines,
            store=sample.store,
            user_id=sample.user_id,
            dataset_ids=None,
        )
    )
    body = sample.evidence(pieces).body
    assert body["draft"]
    assert body["error"] is None, body["sql"]
    assert body["row_count"] == rows, body["sql"]
    assert all(name in body["sql"].lower() for name in ("net_amount", "group by")), body["sql"]
    assert body["checked"]["found"] == body["checked"]["of"] > 0
