from __future__ import annotations

import pytest

from components.answers.prompt import ROOM, Earlier, identifier, request, system_text
from components.answers.schema import Column, Schema, Table
from tests.answers.made import schema

SHOP = schema(orders="id BIGINT, order date DATE, Group VARCHAR", customers="id BIGINT, city VARCHAR")


def test_the_tables_come_first_in_the_order_of_their_names() -> None:
    small = schema(restaurant="id BIGINT, city_name VARCHAR")
    text, left_out = system_text(small, "anything", drafts=True)
    assert text == (
        "You write DuckDB SQL. Answer with one SQL query and nothing else.\n\n"
        "Tables:\nCREATE TABLE restaurant (\n  id BIGINT,\n  city_name VARCHAR\n);"
    )
    assert left_out == 0


def test_the_text_before_the_question_does_not_depend_on_it() -> None:
    assert system_text(SHOP, "How many orders?", drafts=True) == system_text(SHOP, "Which cities?", drafts=True)


def test_the_built_in_model_gets_its_answer_begun_and_no_earlier_turns() -> None:
    sent = request("system", " How many? ", drafts=True, earlier=[Earlier("a", "SELECT 1")])
    assert [(m.role, m.text) for m in sent.messages] == [("system", "system"), ("user", "How many?")]
    assert (sent.begin, sent.stop, sent.temperature) == ("```sql\n", ("```", ";"), 0)


def test_other_models_get_the_earlier_questions_with_their_queries() -> None:
    sent = request("system", "And in May?", drafts=False, earlier=[Earlier("In April?", "SELECT 4")])
    assert [m.role for m in sent.messages] == ["system", "user", "assistant", "user"]
    assert sent.messages[2].text == "```sql\nSELECT 4\n```"
    assert (sent.begin, sent.stop) == ("", ())


def test_a_second_try_has_the_engines_words() -> None:
    sent = request("system", "q", drafts=False, failed=("SELECT x", "no column x"))
    assert sent.messages[-1].text == "DuckDB says: no column x\nWrite the corrected query."


def test_a_table_too_wide_for_the_model_keeps_the_columns_that_are_asked_for() -> None:
    wide = schema(wide=", ".join(f"column_number_{n} VARCHAR" for n in range(2000)))
    asked = Table("wide", (*wide.tables[0].columns, Column("shoe_size", "DOUBLE")), 1, wide.tables[0].path)
    text, left_out = system_text(Schema((asked,)), "What is the average shoe size?", drafts=True)
    assert len(text) < ROOM[True] + 200
    assert "shoe_size DOUBLE" in text
    assert "column_number_0 " in text
    assert left_out > 1500


@pytest.mark.parametrize(
    ("name", "written"),
    [("city", "city"), ("order", '"order"'), ("Order", '"Order"'), ("a b", '"a b"'), ('a"b', '"a""b"'), ("1a", '"1a"')],
)
def test_names_are_written_as_sql_needs_them(name: str, written: str) -> None:
    assert identifier(name) == written
