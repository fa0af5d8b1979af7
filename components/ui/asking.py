"""A question on its way from one page to another: typed on the home page, answered where it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from components.session import session
from components.ui.navigation import page_named


@dataclass
class OnItsWay:
    """The question that this tab carries to a page, if any."""

    page: str = ""
    question: str = ""


def ask_on(page: str, question: str, *, query: Mapping[str, str] | None = None) -> None:
    """Go to a page (``chat``, ``ask_tables``) and ask it ``question`` in a new conversation. Ends the run.

    Args:
        page: Its row's name.
        question: What is asked there as soon as a model is here.
        query: Of the page's address: what is asked, where it is not all (``t``, ``d``).
    """
    carried = session(OnItsWay)
    carried.page, carried.question = page, question
    st.switch_page(page_named(page), query_params=query)


def asked_elsewhere(page: str) -> str:
    """Return the question that was asked for this page on another one, once; empty where there is none."""
    carried = session(OnItsWay)
    if carried.page != page:
        return ""
    question, carried.page, carried.question = carried.question, "", ""
    return question
