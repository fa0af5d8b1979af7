"""The app is killed while it indexes: whatever the store holds is found afterwards, each passage once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from components.documents.search import search
from components.settings import ROOT, Settings, child_environment
from components.store import close_store, documents, open_store
from tests.people import add_person

KILLS = 6


def index_and_be_killed(home: Path, after: float) -> None:
    """Index documents, and be killed some time after the first one is there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.indexing"],
        cwd=ROOT,
        env=child_environment(GROUNDWORK_HOME=str(home), GROUNDWORK_MODEL="none"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline()
    time.sleep(after)  # so that the kill falls anywhere; nothing is hoped for
    child.kill()
    child.wait()
    child.stdout.close()


def test_nothing_is_lost_or_doubled_by_kills_in_the_middle(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", model="none")
    store = open_store(settings)
    add_person(store, "ann")
    close_store(store)
    chance = random.Random(7)
    for _ in range(KILLS):
        index_and_be_killed(settings.home, chance.uniform(0, 0.3))
    store = open_store(settings)
    ready = [found for found in documents.list_documents(store, "ann") if found.state == "ready"]
    assert len(ready) >= KILLS
    for found in ready:
        number = found.title.removeprefix("Document ")
        hits = search(store, "ann", f"word{number}", limit=100)
        assert len(hits) == len({hit.passage_id for hit in hits}) == found.passage_count
        assert {hit.document_id for hit in hits} == {found.id}
    close_store(store)
