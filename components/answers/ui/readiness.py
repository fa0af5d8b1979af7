"""Making ready for the question that is about to come: the engine's process, and the tables in the built-in model."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from components.answers.ahead import read_ahead
from components.answers.schema import read_schema
from components.answers.ui.picker import tables_of
from components.conversations.ui import Talk
from components.llm.choices import Choice
from components.llm.ui import model_behind
from components.session import session
from components.workbench import workbench


@dataclass
class Ahead:
    """What this tab has made ready, and the reading that still goes on."""

    versions: tuple[str, ...] = ()
    reading: Future[None] | None = None

    def stop(self) -> None:
        """The question is here: what was read is kept by the server, the rest is read with the question."""
        if self.reading:
            self.reading.cancel()
            self.reading = None


def make_ready(talk: Talk, choice: Choice) -> None:
    """Start the engine for the chosen tables, and let the built-in model read them; once for each choice of tables."""
    asked = tables_of(talk)
    versions = (choice.model, *(dataset.latest.id for dataset in asked))
    ahead = session(Ahead)
    if not asked or ahead.versions == versions:
        return
    ahead.stop()
    ahead.versions = versions
    bench = workbench()
    schema = read_schema(bench.store, talk.user.id, [dataset.id for dataset in asked])
    bench.engines.warm(talk.user.id, schema.paths)
    if choice.drafts:
        ahead.reading = bench.loop.run(read_ahead, model_behind(choice), schema)
