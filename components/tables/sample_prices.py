"""The sample price list, as a supplier sent it: small, and with most of what makes such files doubtful.

Semicolons, decimal commas, two ways of writing dates, blank rows between groups, a totals line, articles that come
twice, two lines above the header, and an encoding of old Windows programs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from components.tables.sample_orders import CATALOGUE

FILENAME, ENCODING, SEED = "price_list_2026.csv", "cp1252", 20_260_101
COLUMNS = ("Article", "Description", "Group", "Pack", "List price", "Discount %", "Valid from", "Colour")
COLOURS = ("naturweiß", "anthracite", "café au lait", "grün", "bordeaux", "")
SIZES = ("S", "M", "L", "XL", "Ø 20 cm", "½ l")
TWICE, OTHER_DATE, UNPRICED = 0.03, 0.06, 0.015  # shares of articles: a second time, an ISO date, no price

Chance = Callable[[], float]


def write_prices(file: Path) -> None:
    """Write the price list: 190 lines, about 15 kB, byte for byte the same wherever it runs."""
    file.write_bytes("".join(f"{line}\r\n" for line in _lines()).encode(ENCODING))


def _lines() -> Iterator[str]:
    chance = random.Random(SEED).random  # noqa: S311 - a sample, no secret; random() is the same in every version
    yield "Adler & Söhne GmbH · Großhandel"
    yield "Price list 2026, all prices net in €"
    yield ";".join(COLUMNS)
    number, total = 0, 0.0
    for group, products in CATALOGUE.items():
        for product, price in products:
            for size in SIZES:
                number += 1
                line, cost = _article(number, group, product, price, size, chance)
                total += cost
                yield line
                if chance() < TWICE:
                    yield line
        yield ";" * (len(COLUMNS) - 1)
        if group == "Office":
            yield "please note: new prices for textiles from March"  # a line that is no row
    yield f"Total;{number} articles;;;{_comma(total, thousands=True)};;;"


def _article(number: int, group: str, product: str, price: float, size: str, chance: Chance) -> tuple[str, float]:
    cost = round(price * (0.42 + 0.3 * chance()) * (1 + SIZES.index(size) / 4), 2)
    pack = (1, 1, 6, 10, 12, 1000)[int(chance() * 6)]
    shown = "n/a" if chance() < UNPRICED else _comma(cost, thousands=True)
    day = date(2026, 1, 1) + timedelta(days=int(chance() * 150))
    cells = (
        f"{number:05d}",
        f"{product}, {size}",
        group,
        _comma(pack, thousands=True, places=0),
        shown,
        _comma(int(chance() * 5) * 2.5, places=1) if chance() < 0.7 else "",
        f"{day:%Y-%m-%d}" if chance() < OTHER_DATE else f"{day:%d.%m.%Y}",
        COLOURS[int(chance() * len(COLOURS))],
    )
    return ";".join(cells), cost


def _comma(number: float, *, thousands: bool = False, places: int = 2) -> str:
    """``1.234,50``: a comma before the decimals, points between thousands where they are wanted."""
    text = f"{number:,.{places}f}" if thousands else f"{number:.{places}f}"
    return text.translate(str.maketrans(",.", ".,"))
