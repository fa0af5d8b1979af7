"""Encodings: exact for Unicode, else guessed and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tables.importing.reading import csv_of, read

WORDS = {
    "german": ["München", "Köln", "Größe", "Straße 5", "Übung"],
    "french": ["été", "Noël", "garçon", "œuvre", "à côté"],
    "spanish": ["Ñandú", "José", "corazón", "¿qué?", "pingüino"],
    "nordic": ["Ålesund", "Tromsø", "smörgås", "blåbær", "København"],
    "polish": ["Łódź", "Kraków", "źdźbło", "pięć", "żółw", "ąę"],
    "czech": ["Říčany", "Žižkov", "Děčín", "příliš", "žluťoučký", "kůň"],
    "turkish": ["İstanbul", "ağaç", "Şişli", "çığ", "ışık"],
    "russian": ["Москва", "Санкт-Петербург", "привет", "данные", "ёлка"],
    "greek": ["Αθήνα", "καλημέρα", "Θεσσαλονίκη", "δεδομένα"],
    "hebrew": ["שלום", "ירושלים", "נתונים"],
    "chinese": ["北京", "上海市", "数据", "人民", "中国的城市"],
    "traditional": ["臺北市", "資料", "中華民國", "城市的名字"],
    "japanese": ["東京", "データ", "ひらがな", "カタカナの表"],
    "korean": ["서울", "부산광역시", "데이터", "한국어"],
}
LEGACY = [
    ("german", "cp1252"),
    ("german", "mac_roman"),
    ("german", "cp850"),
    ("french", "cp1252"),
    ("spanish", "cp1252"),
    ("nordic", "cp1252"),
    ("polish", "cp1250"),
    ("polish", "iso8859_2"),
    ("czech", "cp1250"),
    ("turkish", "cp1254"),
    ("russian", "cp1251"),
    ("russian", "koi8_r"),
    ("russian", "cp866"),
    ("greek", "cp1253"),
    ("hebrew", "cp1255"),
    ("chinese", "gb18030"),
    ("traditional", "big5"),
    ("japanese", "cp932"),
    ("japanese", "euc_jp"),
    ("korean", "cp949"),
]


def lines(language: str, number: int = 40) -> tuple[str, list[str]]:
    """A CSV of words of a language, and the words."""
    words = [WORDS[language][n % len(WORDS[language])] for n in range(number)]
    return csv_of("id,name", [f"{n},{word}" for n, word in enumerate(words)]), words


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_exactly(tmp_path: Path, language: str, encoding: str) -> None:
    if encoding in ("utf-16-le", "utf-16-be") and language in ("chinese", "traditional", "japanese", "korean"):
        pytest.skip("without a mark, only text that is mostly Latin shows that it is UTF-16")
    text, words = lines(language)
    found = read(tmp_path, text.encode(encoding))
    assert found.types == {"id": "BIGINT", "name": "VARCHAR"}
    assert found.column("name") == words


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_a_guess_is_right_and_said(tmp_path: Path, language: str, encoding: str) -> None:
    text, words = lines(language)
    found = read(tmp_path, text.encode(encoding))
    assert found.column("name") == words
    assert "We read this file as" in found.doubt("encoding")["text"]


def test_few_letters_are_enough(tmp_path: Path) -> None:
    rows = [f"{n},José {n},München" for n in range(30)]
    for encoding in ("cp1252", "gb18030"):
        text = csv_of(
            "id,name,city", [row.replace("München", "北京") if encoding == "gb18030" else row for row in rows]
        )
        folder = tmp_path / encoding
        folder.mkdir()
        assert read(folder, text.encode(encoding)).column("name")[3] == "José 3"


def test_one_letter_at_the_end_of_a_long_file(tmp_path: Path) -> None:
    text = csv_of("id,name", [*(f"{n},plain" for n in range(60_000)), "60000,José"])
    assert read(tmp_path, text.encode("latin-1")).column("name")[-1] == "José"


def test_utf8_with_some_windows_lines(tmp_path: Path) -> None:
    rows = [f"{n},Größe".encode() for n in range(50)] + ["50,Straße".encode("cp1252")]
    found = read(tmp_path, b"id,name\n" + b"\n".join(rows) + b"\n")
    assert found.column("name")[0] == "Größe"
    assert found.column("name")[-1] == "Straße"
    assert "some Windows-1252" in found.doubt("encoding")["text"]


def test_the_euro_sign(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of("id;price", [f"{n};{n},50 €" for n in range(1, 9)]).encode("cp1252"))
    assert found.column("price")[:2] == [1.5, 2.5]
