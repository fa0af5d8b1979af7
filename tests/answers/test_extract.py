import time

import pytest

from components.answers.extract import extract_sql


@pytest.mark.parametrize(
    ("reply", "sql"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT 1;", "SELECT 1"),
        ("```sql\nSELECT a\nFROM t;\n```", "SELECT a\nFROM t"),
        ("```sql\nSELECT a\nFROM t", "SELECT a\nFROM t"),
        ("Here is it:\n\n```SQL\r\nSELECT 1\r\n```\nIt counts.", "SELECT 1"),
        ("```\nWITH a AS (SELECT 1) SELECT * FROM a\n```", "WITH a AS (SELECT 1) SELECT * FROM a"),
        ("```python\nprint('SELECT')\n```\n```sql\nSELECT 2\n```", "SELECT 2"),
        ("<think>SELECT wrong?</think>\nSELECT right_one FROM t", "SELECT right_one FROM t"),
        ("<think>never ends SELECT 1", ""),
        ("The query is:\nSELECT a FROM t;\nIt selects a.", "SELECT a FROM t"),
        ("I cannot answer that from these tables.", ""),
        ("", ""),
        ("```sql\n\n```", ""),
        ("SELECT ';' AS a FROM t", "SELECT ';' AS a FROM t"),
    ],
)
def test_the_query_is_found_in_a_reply(reply: str, sql: str) -> None:
    assert extract_sql(reply) == sql


@pytest.mark.parametrize("reply", ["```" + "\t" * 300_000, "```sql" + " " * 300_000 + "x", "`" * 300_000])
def test_a_reply_that_repeats_itself_takes_no_time(reply: str) -> None:
    began = time.monotonic()
    assert extract_sql(reply) == ""
    assert time.monotonic() - began < 2
