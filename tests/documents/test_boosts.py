"""Which documents a question means, by names, periods and kinds that were read from the documents."""

from __future__ import annotations

import pytest

from components.documents.boosts import Signs, boosts, signs_of_name, signs_of_text
from components.documents.periods import latest_of, periods_of, wants_latest, words_of_period


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Q3 2022", {"2022", "2022q3"}),
        ("2022 Q3 ACME", {"2022", "2022q3"}),
        ("FY22 Q4", {"2022", "2022q4"}),
        ("3Q22", {"2022", "2022q3"}),
        ("Q1'23", {"2023", "2023q1"}),
        ("In the first quarter of 2023, how", {"2023", "2023q1"}),
        ("the 2nd quarter of fiscal year 2021", {"2021", "2021q2"}),
        ("quarterly period ended June 25, 2022", {"2022", "2022-06"}),
        ("31 December 2020", {"2020", "2020-12"}),
        ("report-2021-07.pdf", {"2021", "2021-07"}),
        ("Q2 2022 against Q2 2023", {"2022", "2023", "2022q2", "2023q2"}),
        ("$2,023 million and 12022 units", set()),
        ("the third quarter", set()),
        ("May I ask?", set()),
    ],
)
def test_periods_are_read(text: str, signs: set[str]) -> None:
    assert set(periods_of(text)) == signs


def test_the_latest_period_sorts_by_time() -> None:
    assert latest_of({"2022": 1.0, "2022q3": 1.0}) < latest_of({"2023": 1.0, "2023q1": 1.0})
    assert latest_of({"2022q3": 1.0, "2042": 0.1}) == "2022-09", "a year named in passing is not the document's"
    assert latest_of({}) == ""


def test_words_that_name_a_period_are_known() -> None:
    assert words_of_period("Net sales in the third quarter of 2022, in the latest report") == {
        "third", "quarter", "2022", "latest",
    }  # fmt: skip
    assert wants_latest("the most recent filing")
    assert not wants_latest("the first filing")


def report(name: str, year: int) -> Signs:
    body = f"{name} Incorporated\nAnnual report for the year ended December 31, {year}\n{name} grew. Total Sales grew."
    pages = [body, f"{name} sells boats. total sales and total costs", f"{name} buys wood. total"]
    return signs_of_text(pages).joined(signs_of_name(f"{year} {name[:3].upper()}", f"{year} {name[:3].upper()}.pdf"))


@pytest.fixture
def shelf() -> dict[str, Signs]:
    return {f"{name} {year}": report(name, year) for name in ("Harbor", "Willow", "Granite") for year in (2021, 2022)}


def spread(word: str) -> int:
    return {"harbor": 6, "willow": 6, "granite": 6, "total": 18}.get(word, 0)


def lifted(question: str, shelf: dict[str, Signs]) -> list[str]:
    """The documents that are lifted most."""
    found = boosts(question, shelf, spread).documents
    return sorted(key for key, lift in found.items() if lift == max(found.values()))


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("How did Willow do?", ["Willow 2021", "Willow 2022"]),
        ("How did willow's sales do in 2022?", ["Willow 2022"]),
        ("What did GRA say in 2021?", ["Granite 2021"]),
        ("Sales of Harbor in the latest report?", ["Harbor 2022"]),
        ("What changed in 2021?", ["Granite 2021", "Harbor 2021", "Willow 2021"]),
        ("How are the total sales?", []),
        ("", []),
    ],
)
def test_a_question_lifts_the_documents_it_names(question: str, meant: list[str], shelf: dict[str, Signs]) -> None:
    assert lifted(question, shelf) == meant


def test_a_name_lifts_more_than_a_year_that_others_share(shelf: dict[str, Signs]) -> None:
    found = boosts("Willow in 2022", shelf, spread).documents
    assert found["Willow 2022"] > found["Willow 2021"] > found.get("Harbor 2022", 0.0) > 0


def test_a_sign_that_every_document_bears_lifts_none(shelf: dict[str, Signs]) -> None:
    same = {key: signs for key, signs in shelf.items() if key.startswith("Harbor")}
    assert lifted("How did Harbor do?", {"Harbor 2021": same["Harbor 2021"]}) == []
    assert boosts("the annual report of Harbor", same, lambda word: 6).documents == {}


def test_words_understood_as_signs_are_told(shelf: dict[str, Signs]) -> None:
    assert boosts("Did Willow's sales grow in 2022?", shelf, spread).words == {"willow", "2022"}
    assert boosts("Did total sales grow?", shelf, spread).words == frozenset()


def test_a_word_written_small_elsewhere_is_no_name() -> None:
    signs = report("Harbor", 2021)
    assert "harbor" in signs.names
    assert "total" not in signs.names


def test_a_single_letter_of_a_title_is_no_name(shelf: dict[str, Signs]) -> None:
    named = {**shelf, "Granite 2022": shelf["Granite 2022"].joined(signs_of_name("Form 10-Q of Granite", "g.pdf"))}
    assert lifted("How did Willow's sales do, in its 10-Q of 2022?", named) == ["Willow 2022"]


def test_nothing_is_known_of_an_empty_document() -> None:
    assert signs_of_text([]) == signs_of_text([""]) == Signs()
    assert signs_of_name("", "") == Signs()
