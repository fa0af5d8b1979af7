"""Which tables are asked: chosen in a small menu, kept with the conversation."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.answers.choosing import chosen_datasets
from components.answers.numerals import listed
from components.conversations.ui import Talk
from components.store.datasets import Dataset, list_datasets
from components.ui.reader import number
from components.workbench import workbench

WISH = "datasets"  # among a conversation's choices


def tables_of(talk: Talk) -> list[Dataset]:
    """The tables that this conversation asks."""
    return chosen_datasets(list_datasets(workbench().store, talk.user.id), talk.choices.get(WISH))


def choose_tables(talk: Talk) -> None:
    """Draw the menu; a change holds from the next question on."""
    mine = list_datasets(workbench().store, talk.user.id)
    asked = {dataset.id for dataset in chosen_datasets(mine, talk.choices.get(WISH))}
    with st.popover(_label(mine, asked), icon=":material/table_rows:", key="asked-tables"):
        st.caption("Tables that are asked")
        kept = [dataset.id for dataset in mine if _is_kept(talk, dataset, dataset.id in asked)]
    if set(kept) != asked and kept:
        talk.change(**{WISH: kept})
        st.rerun()


def _is_kept(talk: Talk, dataset: Dataset, now: bool) -> bool:
    place = talk.conversation.id if talk.conversation else "new"
    facts = f"{number(dataset.latest.rows)} rows, {len(dataset.latest.columns)} columns"
    return st.checkbox(dataset.name, now, key=f"ask-{place}-{dataset.id}", help=facts)


def _label(mine: Sequence[Dataset], asked: set[str]) -> str:
    names = [dataset.name for dataset in mine if dataset.id in asked]
    return " and ".join(names) if len(names) < 3 else f"{len(names)} of {len(mine)} tables"


def facts_of(asked: Sequence[Dataset]) -> str:
    """The tables in words: ``orders (105,432 rows) and customers (3,000 rows)``."""
    told = [f"{dataset.name} ({number(dataset.latest.rows)} rows)" for dataset in asked[:4]]
    return listed([*told, f"{len(asked) - 4} more"] if len(asked) > 4 else told)
