"""Questions over real tables, with models that are functions of three lines."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from components.answers.schema import NoTablesError
from components.answers.tables import ask_tables, run_sql
from components.conversations.pieces import ReplyPiece, Step
from components.errors import AccessError
from components.llm.vocabulary import Finish, Message, Request, Text, Usage
from components.settings import Settings
from components.tables.engine.engines import Engines, Result, Ticket
from tests.answers.conftest import Shop, saying

REVENUE = "SELECT category, sum(net_amount) AS revenue FROM orders GROUP BY category ORDER BY revenue DESC"


def asked(shop: Shop, question: str, *replies: str, drafts: bool = False, **more: Any) -> list[ReplyPiece]:
    exchange = shop.exchange(question, more.pop("history", ()))
    model = saying(*replies, heard=more.pop("heard", None))
    ids = more.pop("dataset_ids", None)
    return shop.hear(
        ask_tables(
            exchange,
            model=model,
            drafts=drafts,
            engines=shop.engines,
            store=shop.store,
            user_id=shop.user_id,
            dataset_ids=ids,
        )
    )


def steps(pieces: list[ReplyPiece]) -> list[str]:
    return [piece.text for piece in pieces if isinstance(piece, Step)]


def words(body: Any) -> str:
    return "".join(span["text"] for paragraph in body["sentence"] for span in paragraph)


def test_a_question_becomes_rows_words_and_evidence(shop: Shop) -> None:
    pieces = asked(shop, "What is the revenue of each category?", f"```sql\n{REVENUE};\n```")
    kept = shop.evidence(pieces)
    body = kept.body
    assert body["sql"].splitlines()[0] == "SELECT category, sum(net_amount) AS revenue"
    assert [row[0] for row in body["rows"]] == ["Storage", "Lighting", "Office", "Garden", "Kitchen"]
    assert body["row_count"] == 5
    assert words(body) == "5 rows. Revenue is highest for Storage (11,270), lowest for Kitchen (10,470)."
    assert body["checked"] == {"found": 3, "of": 3}
    assert body["chart"]["kind"] == "bars"
    assert body["origin"] == "model"
    assert not body["draft"]
    assert [table["name"] for table in body["tables"]] == ["orders"]
    assert kept.version_ids == (body["tables"][0]["version_id"],)
    assert kept.gone_version_ids == ()


def test_its_steps_are_told_in_the_past_tense_and_it_ends_with_a_last_word(shop: Shop) -> None:
    pieces = asked(shop, "Revenue?", REVENUE)
    told = steps(pieces)
    assert told[:2] == ["Read the columns of customers and orders", "Wrote a query"]
    assert told[2].startswith("Checked it and ran it: 5 rows in ")
    assert pieces[-1] == Finish("stop")
    assert Usage(input=10, output=5) in pieces
    assert [piece.text for piece in pieces if isinstance(piece, Text)] == [
        f"```sql\n{REVENUE}\n```",
        "\n\n5 rows. Revenue is highest for Storage (11,270), lowest for Kitchen (10,470).",
    ]


def test_no_row_and_no_value_goes_to_the_model(shop: Shop) -> None:
    heard: list[Request] = []
    asked(shop, "How many orders?", "SELECT count(*) FROM orders", heard=heard)
    sent = "\n".join(message.text for message in heard[0].messages)
    assert "net_amount DECIMAL(13,2)" in sent
    assert "Kitchen" not in sent
    assert "Ada" not in sent


def test_a_model_that_is_not_built_in_is_told_of_a_failure_once(shop: Shop) -> None:
    heard: list[Request] = []
    pieces = asked(shop, "Revenue?", "SELECT sum(revenue) FROM orders", REVENUE, heard=heard)
    body = shop.evidence(pieces).body
    assert len(heard) == 2
    assert "revenue" in heard[1].messages[-1].text
    assert body["told"]
    assert body["row_count"] == 5
    assert "The engine could not run it" in steps(pieces)
    assert "Wrote the query again" in steps(pieces)


def test_a_second_failure_is_evidence_too(shop: Shop) -> None:
    heard: list[Request] = []
    pieces = asked(shop, "Revenue?", "SELECT nothing FROM orders", "SELECT again FROM orders", heard=heard)
    body = shop.evidence(pieces).body
    assert len(heard) == 2
    assert body["sql"] == "SELECT again FROM orders"
    assert body["error"]["code"] == "QueryFailedError"
    assert body["rows"] == []


def test_the_built_in_model_gets_no_second_try_and_a_mended_query_is_only_a_suggestion(shop: Shop) -> None:
    heard: list[Request] = []
    pieces = asked(
        shop, "Cities by revenue", "SELECT city, sum(net_amount) FROM orders GROUP BY city", drafts=True, heard=heard
    )
    body = shop.evidence(pieces).body
    assert len(heard) == 1
    assert body["draft"]
    assert body["error"]["code"] == "QueryFailedError"
    assert body["rows"] == []
    assert body["sentence"] == []
    assert "JOIN customers" in body["suggestion"]


def test_the_built_in_model_is_asked_by_the_measured_recipe_alone(shop: Shop) -> None:
    heard: list[Request] = []
    history = (Message("user", "Revenue?"), Message("assistant", f"```sql\n{REVENUE}\n```"))
    asked(shop, "And by city?", "SELECT 1", drafts=True, history=history, heard=heard)
    assert [message.role for message in heard[0].messages] == ["system", "user"]
    assert heard[0].begin == "```sql\n"


def test_other_models_get_the_earlier_question_with_its_query(shop: Shop) -> None:
    heard: list[Request] = []
    history = (Message("user", "Revenue?"), Message("assistant", f"```sql\n{REVENUE}\n```"))
    asked(shop, "And in 2023?", REVENUE, history=history, heard=heard)
    assert [message.text for message in heard[0].messages[1:]] == [
        "Revenue?",
        f"```sql\n{REVENUE}\n```",
        "And in 2023?",
    ]


@pytest.mark.parametrize(
    ("question", "strange"),
    [
        ("What is the average blood pressure of each category?", ["blood", "pressure"]),
        ("Revenue of the category Kitchen in 2019", ["revenue", "2019"]),
        ("Orders of customers from Bern in 2024", []),
    ],
)
def test_words_that_the_data_do_not_explain_are_noted(shop: Shop, question: str, strange: list[str]) -> None:
    body = shop.evidence(asked(shop, question, "SELECT count(*) FROM orders", drafts=True)).body
    assert body["words_checked"]
    assert body["unexplained"] == strange
    assert body["rows"] == [[1000]]


def test_a_value_in_another_spelling_is_noted_and_the_right_one_suggested(shop: Shop) -> None:
    sql = "SELECT count(*) AS orders FROM orders WHERE category = 'kitchen'"
    body = shop.evidence(asked(shop, "How many kitchen orders?", sql, drafts=True)).body
    assert body["rows"] == [[0]]
    assert body["strays"] == [{"table": "orders", "column": "category", "value": "kitchen", "near": "Kitchen"}]
    assert (
        body["suggestion"]
        == "SELECT\n".replace("\n", " ") + "COUNT(*) AS orders\nFROM orders\nWHERE category = 'Kitchen'"
    )


def test_writing_is_refused_by_the_guard_and_kept_as_what_was_tried(shop: Shop) -> None:
    body = shop.evidence(asked(shop, "Delete all", "DROP TABLE orders", "DROP TABLE orders")).body
    assert body["rows"] == []
    assert body["said"] or body["error"]


def test_a_model_that_writes_no_query_is_quoted_and_nothing_is_run(shop: Shop) -> None:
    body = shop.evidence(asked(shop, "Hello", "I can only answer questions about tables.")).body
    assert body["said"] == "I can only answer questions about tables."
    assert body["sql"] == ""
    assert body["error"] is None
    assert body["rows"] == []


def test_your_own_query_runs_without_a_model(shop: Shop) -> None:
    exchange = shop.exchange("SELECT count(*) AS orders FROM orders")
    pieces = shop.hear(
        run_sql(
            exchange,
            sql="SELECT count(*) AS orders FROM orders",
            edited=False,
            engines=shop.engines,
            store=shop.store,
            user_id=shop.user_id,
            dataset_ids=None,
        )
    )
    body = shop.evidence(pieces).body
    assert body["origin"] == "written"
    assert words(body) == "Orders: 1,000."
    assert body["chart"]["kind"] == "number"


def test_no_table_is_said_before_any_model_is_asked(shop: Shop) -> None:
    with pytest.raises(NoTablesError):
        asked(shop, "Anything", dataset_ids=[])


def test_a_dataset_that_is_not_ones_own_is_not_there(shop: Shop) -> None:
    with pytest.raises(AccessError):
        asked(shop, "Anything", dataset_ids=["0" * 32])


class Watched(Engines):
    """The real engines, telling when a query begins and when one is stopped."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.begun, self.cancelled = threading.Event(), threading.Event()

    def query(self, *args: Any, **more: Any) -> Result:
        self.begun.set()
        return super().query(*args, **more)

    def cancel(self, ticket: Ticket) -> None:
        self.cancelled.set()
        super().cancel(ticket)


def test_who_goes_away_stops_the_query_too(shop: Shop, tmp_path: Path) -> None:
    engines = Watched(Settings(home=tmp_path, query_seconds=60))
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range % 7 = b.range % 11"

    async def go_away() -> None:
        answer = run_sql(
            shop.exchange("Endless"),
            sql=endless,
            edited=False,
            engines=engines,
            store=shop.store,
            user_id=shop.user_id,
            dataset_ids=None,
        )
        task = asyncio.ensure_future(anext(answer))
        await asyncio.to_thread(engines.begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(go_away(), 30))  # ends only once the thread of the query has: long before its 60 s
    assert engines.cancelled.is_set()
    engines.close()
