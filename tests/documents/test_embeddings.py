"""Ingest with the built-in embeddings themselves: what is near in meaning lies near."""

from __future__ import annotations

import numpy as np
import pytest

from components.documents import sample
from components.ingesting import KINDS, can_embed
from components.jobs.worker import Jobs
from components.llm.builtin import fetch
from components.llm.builtin.embeddings import open_embedder
from components.settings import Settings
from components.store import Store, documents, passages
from tests.documents.conftest import ended
from tests.llm.builtin.conftest import SHARED, require
from tests.waiting import until

pytestmark = pytest.mark.model


def test_the_report_can_be_found_by_meaning(store: Store, settings: Settings) -> None:
    require("embeddings")
    running = Settings(home=settings.home, model="light", model_cache=SHARED)
    assert can_embed(running)
    assert not can_embed(settings), "nothing is run where no model is wanted"
    jobs = Jobs(store, running, KINDS)
    jobs.start()
    assert ended(store, jobs.submit("ann", sample.OPEN, "Open the sample report")).state == "done"
    found = documents.list_documents(store, "ann")[0]
    until(lambda: documents.document(store, "ann", found.id).embedded_count == found.passage_count, seconds=120)
    jobs.close()
    kept = passages.vectors(store, "ann", found.id)
    rows = np.array([np.frombuffer(vector, "<f2") for vector in kept.values()], np.float32)
    assert rows.shape == (found.passage_count, 384)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=2e-3)
    question = open_embedder(running).embed(["Why did the rental costs go up?"])[0]
    best = list(kept)[int((rows @ question).argmax())]
    assert "The rent of all houses" in passages.passages_named(store, "ann", [best])[0].text


def test_what_was_read_before_the_embeddings_arrived_is_found_by_meaning_once_they_are(
    store: Store, settings: Settings
) -> None:
    require("embeddings")
    jobs = Jobs(store, settings, KINDS)  # with this setting nothing is embedded
    jobs.start()
    assert ended(store, jobs.submit("ann", sample.OPEN, "Open the sample report")).state == "done"
    jobs.close()
    found = documents.list_documents(store, "ann")[0]
    assert found.embedded_count == 0
    running = Settings(home=settings.home, model="light", model_cache=SHARED)
    jobs = Jobs(store, running, KINDS)
    jobs.start()
    assert ended(store, jobs.submit("ann", fetch.KIND, "Fetch", names=["embeddings"])).state == "done"
    until(lambda: documents.document(store, "ann", found.id).embedded_count == found.passage_count, seconds=120)
    jobs.close()
