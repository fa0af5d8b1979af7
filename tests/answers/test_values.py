from __future__ import annotations

from components.answers.keys import Key, guess_keys, singular
from components.answers.values import missing, read_values
from tests.answers.conftest import Shop


def test_common_values_unique_columns_and_years_are_read_from_the_engine(shop: Shop) -> None:
    values = read_values(shop.bench())
    assert set(values["orders"].common["category"]) == {"Kitchen", "Garden", "Office", "Lighting", "Storage"}
    assert values["orders"].years == {"ordered_at": (2023, 2024)}
    assert values["customers"].unique == {"id", "name"}
    assert "net_amount" not in values["orders"].common


def test_a_version_is_read_once(shop: Shop) -> None:
    first = read_values(shop.bench())
    assert all(read_values(shop.bench())[name] is values for name, values in first.items())


def test_keys_are_guessed_from_names_and_values(shop: Shop) -> None:
    bench = shop.bench()
    assert guess_keys(bench.schema, read_values(bench)) == (Key("orders", "customer_id", "customers", "id"),)


def test_a_word_is_missing_only_if_no_row_has_it(shop: Shop) -> None:
    assert missing(shop.bench(), ["bern", "cleo", "kitch", "zürich", "it's"]) == ("zürich", "it's")


def test_singular() -> None:
    assert [singular(word) for word in ("cities", "orders", "stock")] == ["city", "order", "stock"]
