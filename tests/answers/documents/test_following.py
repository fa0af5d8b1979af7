"""Follow-ups carry what they only point at; questions that stand by themselves stay as they are."""

from __future__ import annotations

import pytest

from components.answers.documents.following import carried, standing
from components.llm.vocabulary import Message

BEFORE = (
    Message("user", "What was Apple's revenue in Q3 2023?"),
    Message("assistant", "It was 81,797 in the United States."),
)


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("Why did it fall?", "Why did it fall? (Apple, Q3 2023)"),
        ("And in 2022?", "And in 2022? (Apple, revenue)"),
        ("And in the year before?", "And in the year before? (Apple, Q3 2023, revenue)"),
        ("And last quarter?", "And last quarter? (Apple, Q3 2023, revenue)"),
        ("What about Amazon?", "What about Amazon? (Q3 2023, revenue)"),
        (
            "How many people work in the warehouse of Leipzig on Sundays and Mondays?",
            "How many people work in the warehouse of Leipzig on Sundays and Mondays?",
        ),
    ],
)
def test_names_and_times_are_carried_over(question: str, whole: str) -> None:
    assert carried(question, BEFORE) == whole


def test_a_first_question_stays_as_it_is() -> None:
    assert carried("Why did it fall?", ()) == "Why did it fall?"


@pytest.mark.parametrize(
    ("reply", "question"),
    [
        ("What was Apple's revenue in 2022?", "What was Apple's revenue in 2022?"),
        ('Question: "What was it in 2022?"', "What was it in 2022?"),
        ("Sure!\n\nWhat was it in 2022?\n", "What was it in 2022?"),
        ("", "And in 2022?"),
        ("It fell by a tenth.\n\nCosts rose.", "And in 2022?"),
        ("x" * 1000, "And in 2022?"),
    ],
)
def test_a_models_reply_is_taken_only_where_it_can_be_a_question(reply: str, question: str) -> None:
    assert standing(reply, "And in 2022?") == question
