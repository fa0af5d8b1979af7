"""Embeddings: the same numbers as the model's own tokenizer gives, and nearness that means something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.errors import BuiltInModelError
from components.llm.builtin.embeddings import Embedder, open_embedder
from components.llm.builtin.wordpiece import WordPiece
from components.settings import Settings
from tests.llm.builtin.conftest import require

PIECES = WordPiece()
KNOWN = [  # what the tokenizers library gives with the same vocabulary
    ("How do I reset my password?", [2129, 2079, 1045, 25141, 2026, 20786, 1029]),
    ("Café naïve résumé ÅNGSTRÖM", [7668, 15743, 13746, 17076, 15687]),
    ("don't stop, 3.50€ (50%)!", [2123, 1005, 1056, 2644, 1010, 1017, 1012, 2753, 30102, 1006, 2753, 1003, 1007, 999]),
    ("東京タワー and 中文字", [1879, 1755, 1709, 30262, 30265, 1998, 1746, 1861, 100]),
    ("unaffable embeddings", [14477, 20961, 3468, 7861, 8270, 4667, 2015]),
    ("a\tb\r\nc\u00a0d\u2003e", [1037, 1038, 1039, 1040, 1041]),
    ("\u200bzero\u200dwidth\ufeff \ufffd\x00bad\x07", [5717, 9148, 11927, 2232, 2919]),
    ("naïve Straße ẞ", [15743, 2358, 27807, 1096]),
    ("한국어", [1469, 30006, 30021, 29991, 30014, 30020, 29999, 30008]),
    ("🙂 smile", [100, 2868]),
    ("x" * 100, [22038] + [20348] * 49),
    ("x" * 101 + " ok", [100, 7929]),
    ("a`b^c~d", [1037, 1036, 1038, 1034, 1039, 1066, 1040]),
    ("$1+2=3<4>|5", [1002, 1015, 1009, 1016, 1027, 1017, 1026, 1018, 1028, 1064, 1019]),
    ("", []),
    (" \n ", []),
]


@pytest.mark.parametrize(("text", "ids"), KNOWN, ids=[ascii(text)[:24] for text, _ in KNOWN])
def test_texts_are_cut_as_the_model_expects(text: str, ids: list[int]) -> None:
    assert PIECES.ids(text) == [101, *ids, 102]


def test_a_long_text_is_cut_at_its_limit() -> None:
    ids = PIECES.ids("word " * 1000, most=256)
    assert len(ids) == 256
    assert (ids[0], ids[-1]) == (101, 102)


def test_without_its_weights_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(BuiltInModelError, match="not here yet"):
        open_embedder(Settings(model_cache=tmp_path))


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    require("embeddings")
    return open_embedder(Settings())


@pytest.mark.model
def test_what_means_the_same_is_near(embedder: Embedder) -> None:
    rows = embedder.embed(
        ["How do I reset my password?", "I forgot my login credentials", "Our offices are closed on Sunday", "Nice day"]
    )
    assert rows.shape == (4, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    nearness = rows @ rows[0]
    assert nearness[1] > 0.5 > 0.3 > max(nearness[2], nearness[3])


@pytest.mark.model
def test_a_batch_gives_what_each_alone_gives(embedder: Embedder) -> None:
    texts = ["short", "a longer sentence about revenue in the second quarter", "", "x y z", "refund", "word " * 400]
    together = embedder.embed(texts)
    for number, text in enumerate(texts):
        alone = embedder.embed([text])[0]
        assert float(alone @ together[number]) > 0.98  # int8 activations are scaled by batch
    assert embedder.embed([]).shape == (0, 384)
