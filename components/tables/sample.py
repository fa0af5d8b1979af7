"""The sample tables: each is made here by a seeded script, then read and kept as any upload is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.jobs.worker import Context, Kind
from components.store import charts, datasets
from components.store.datasets import Dataset
from components.tables import sample_orders, sample_prices

if TYPE_CHECKING:
    from components.tables.importing import Report


@dataclass(frozen=True)
class Sample:
    """One of them.

    Attributes:
        kind: Of the job that brings it.
        filename: Of the file that is made; by it the table is known again, whatever its user calls it.
        name: In SQL.
        title: For people.
        write: Writes the file, byte for byte the same wherever it runs.
        words: What the job says meanwhile.
        questions: What can be asked of it.
        chart: With which the explorer opens it, as a declaration; none: with an empty one.
    """

    kind: str
    filename: str
    name: str
    title: str
    write: Callable[[Path], None]
    words: str
    questions: tuple[str, ...]
    chart: Mapping[str, Any] = field(default_factory=dict)


SAMPLE_QUESTIONS = (  # both built-in models answer them rightly
    "What is the total net amount by category?",
    "What is the total net amount by month?",
    "What is the average net amount by country?",
)
ORDERS = Sample(
    kind="open_sample",
    filename=sample_orders.FILENAME,
    name="orders",
    title="Orders",
    write=sample_orders.write_orders,
    words="Writing a year of orders",
    questions=SAMPLE_QUESTIONS,
    chart={
        "title": "Net amount by category",
        "mark": "bar",
        "encoding": {
            "x": {"field": "net_amount", "aggregate": "sum"},
            "y": {"field": "category", "sort": "-x"},
        },
    },
)
PRICES = Sample(
    kind="open_sample_prices",
    filename=sample_prices.FILENAME,
    name="price_list",
    title="Price list of a supplier",
    write=sample_prices.write_prices,
    words="Writing the price list",
    questions=("What is the average price by group?", "How many articles are there in each group?"),
)
SAMPLES = (ORDERS, PRICES)


def sample_among(mine: Iterable[Dataset], which: Sample = ORDERS) -> Dataset | None:
    """This sample among a user's tables, if it is open and their own."""
    found = (one for one in mine if one.sample and one.is_own)
    return next((one for one in found if one.versions[0].filename == which.filename), None)


def questions_over(asked: Iterable[Dataset]) -> tuple[str, ...]:
    """Questions to try over these tables: those of the first sample among them; none where there is none."""
    mine = list(asked)
    return next((which.questions for which in SAMPLES if sample_among(mine, which)), ())


def make_and_read(
    report: Report, *, write: Callable[[Path], None], filename: str, words: str, out_folder: str, allowed_mb: int
) -> dict[str, Any]:
    """Make a sample and read it as any upload is read; runs in a child process."""
    from components.tables.imports import read_upload

    folder = Path(out_folder)
    folder.mkdir(parents=True, exist_ok=True)
    report(words=words)
    write(folder / filename)
    source, out = str(folder / filename), str(folder / "out")
    return read_upload(report, source=source, filename=filename, out_folder=out, allowed_mb=allowed_mb)


def open_sample(context: Context, *, which: Sample) -> Mapping[str, Any]:
    """The job: bring a sample into the user's tables, once; a second call finds it there."""
    from components.tables.imports import workplace

    found = sample_among(datasets.list_datasets(context.store, context.user_id), which)
    if found:
        return {"dataset_ids": [found.id]}
    folder = workplace(context)
    try:
        return _bring(context, which, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bring(context: Context, which: Sample, folder: Path) -> Mapping[str, Any]:
    from components.tables.imports import keep

    memory, filename = context.settings.import_memory_mb, which.filename
    context.tick(words=which.words)  # the child needs a second to begin
    read = context.in_process(
        make_and_read,
        memory_mb=memory,
        seconds=context.settings.import_seconds,
        write=which.write,
        filename=filename,
        words=which.words,
        out_folder=str(folder),
        allowed_mb=memory,
    )
    raw = context.store.blobs.new_key("raw", ".csv")
    context.store.blobs.put(raw, folder / filename, move=True)
    kept = keep(context, read, filename=filename, raw_blob=raw, sample=True, name=which.name, title=which.title)
    _draw(context, which, kept["dataset_ids"][0])
    return kept


def _draw(context: Context, which: Sample, dataset_id: str) -> None:
    """Keep the sample's chart with it, so that the explorer opens with something drawn."""
    from components.tables.charts import to_explorer

    if which.chart:
        latest = datasets.dataset(context.store, context.user_id, dataset_id).latest
        spec = to_explorer(which.chart, {column.name: column.type for column in latest.columns})
        charts.save_charts(context.store, context.user_id, dataset_id, [spec], [])


KINDS = tuple(Kind(which.kind, partial(open_sample, which=which)) for which in SAMPLES)
