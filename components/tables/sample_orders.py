"""The sample orders: a year of a shop's orders with the faults that real data has, the same bytes at every making."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

YEAR, ORDERS, SEED = 2025, 104_500, 20_250_101
FILENAME = "orders_2025.csv"
COLUMNS = (
    *("order_id", "order_date", "customer", "country", "category", "product"),
    *("quantity", "unit_price", "discount", "net_amount", "status", "note"),
)
CATALOGUE = {  # category: products with their prices in euros
    "Kitchen": (("Chef's knife", 39.9), ("Cutting board", 24.5), ("Saucepan", 54.0), ("Whisk", 8.9), ("Teapot", 32.0)),
    "Garden": (("Watering can", 19.9), ("Pruning shears", 27.5), ("Rake", 22.0), ("Seed box", 12.4), ("Hose", 44.9)),
    "Office": (("Notebook", 4.9), ("Desk lamp", 49.0), ("Pen set", 14.9), ("Paper tray", 11.5), ("Stapler", 9.8)),
    "Textiles": (("Linen cloth", 17.9), ("Wool blanket", 79.0), ("Cushion", 23.5), ("Towel", 12.9), ("Curtain", 36.0)),
    "Lighting": (
        ("Pendant lamp", 89.0),
        ("Candle", 6.5),
        ("Lantern", 28.9),
        ("Light bulb", 5.4),
        ("Floor lamp", 119.0),
    ),
    "Storage": (("Basket", 18.5), ("Shelf box", 13.9), ("Coat rack", 64.0), ("Jar", 7.2), ("Trunk", 98.0)),
}
POPULAR = {"Kitchen": 1.5, "Garden": 1.0, "Office": 1.1, "Textiles": 1.2, "Lighting": 0.8, "Storage": 0.7}
COUNTRIES = (("DE", 0.46), ("AT", 0.62), ("FR", 0.76), ("NL", 0.86), ("CH", 0.95), ("NA", 1.0))  # NA is Namibia
FIRST = (
    *("Adler", "Berg", "Castell", "Dorn", "Eiche", "Feld", "Garten", "Hafen", "Insel", "Jura", "Kiesel", "Linde"),
    *("Morgen", "Nord", "Olive", "Platane", "Quelle", "Rosen", "Sommer", "Tal", "Ufer", "Veilchen", "Wald", "Zeder"),
)
SECOND = ("Haus", "Laden", "Handel", "Werkstatt", "Markt", "Hof", "Studio", "Kontor", "Atelier", "Depot")
NOTES = ("gift wrap", "leave at the door", "call before delivery", "second attempt", "fragile", "invoice by post")
MISSPELT = {"Kitchen": "Kichen", "Textiles": "textiles", "Lighting": "Lightning", "Office": "Office "}


def write_orders(file: Path) -> None:
    """Write the sample as CSV: about 11 MB in about a second, byte for byte the same wherever it runs."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(_lines())


def _lines() -> Iterator[str]:
    chance = random.Random(SEED).random  # noqa: S311 - a sample, no secret; random() is the same in every version
    yield ",".join(COLUMNS) + "\n"
    line = ""
    for number in range(ORDERS):
        again = line and chance() < 0.0004
        line = line if again else ",".join(_order(number, chance)) + "\n"
        yield line
        if number in (17_019, 61_400, 88_112):
            yield f"SO-{200_000 + number},{_day(number)},Import broken off\n"  # rows that do not fit


def _day(number: int) -> date:
    """The day of an order: more towards the end of the year."""
    share = number / ORDERS
    return date(YEAR, 1, 1) + timedelta(days=int(365 * (1.25 * share - 0.25 * share * share)))


def _order(number: int, chance: Any) -> list[str]:
    day = _day(number)
    category = _category(day, chance)
    product, price = CATALOGUE[category][int(chance() * 5)]
    price = round(price * (1.04 if day.month >= 7 else 1.0), 2)
    quantity = 1 + int(-2.2 * math.log(1 - 0.999 * chance()))
    discount = (0, 0, 0, 0, 0, 0.05, 0.05, 0.1, 0.1, 0.15)[int(chance() * 10)]
    status = _status(day, chance)
    signed = -quantity if status == "returned" else quantity
    customer, country = _customer(chance)
    amount = f"{signed * price * (1 - discount) + 0.0:.2f}"
    return [
        f"SO-{100_000 + number}",
        day.isoformat(),
        customer,
        country,
        _spelt(category, chance),
        product,
        _measured(signed, product, day, chance),
        "n/a" if chance() < 0.0002 else f"{price:.2f}",
        f"{discount:g}",
        amount,
        status,
        NOTES[int(chance() * len(NOTES))] if chance() < 0.19 else "",
    ]


def _category(day: date, chance: Any) -> str:
    """Garden sells in spring, lighting in winter."""
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 140) / 365)
    weights = {**POPULAR, "Garden": POPULAR["Garden"] * (1 + 0.7 * season)}
    weights["Lighting"] *= 1 - 0.6 * season
    left = chance() * sum(weights.values())
    for category, weight in weights.items():
        left -= weight
        if left <= 0:
            return category
    return "Storage"


def _status(day: date, chance: Any) -> str:
    drawn = chance()
    if day >= date(YEAR, 12, 27) and drawn < 0.5:
        return "open"
    return "returned" if drawn < 0.042 else "cancelled" if drawn < 0.055 else "shipped"


def _customer(chance: Any) -> tuple[str, str]:
    """A few customers order often, most of them seldom; each lives in one country."""
    number = int(2400 * chance() ** 2.2)
    first, second = FIRST[number % len(FIRST)], SECOND[number // len(FIRST) % len(SECOND)]
    lives = (number * 7919 % 1000) / 1000
    country = next(name for name, upto in COUNTRIES if lives < upto)
    return f"{first} {second} {number // 240 + 1}", country


def _spelt(category: str, chance: Any) -> str:
    return MISSPELT.get(category, category) if chance() < 0.0015 else category


def _measured(quantity: int, product: str, day: date, chance: Any) -> str:
    """From October on some linen is sold by the metre: a whole number becomes a decimal late in the file."""
    if product == "Linen cloth" and day.month >= 10 and chance() < 0.02:
        return f"{quantity}.5" if quantity > 0 else str(quantity)
    return str(quantity)
