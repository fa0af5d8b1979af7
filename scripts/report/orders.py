"""The numbers of the report that come from the sample orders, counted on the table that a user gets of them."""

from __future__ import annotations

import calendar
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from components.tables.importing import read_file
from components.tables.sample_orders import CATALOGUE, FILENAME, write_orders

MONTHS = tuple(calendar.month_name[1:])
COUNTRIES = {
    "DE": "Germany",
    "AT": "Austria",
    "FR": "France",
    "NL": "Netherlands",
    "CH": "Switzerland",
    "NA": "Namibia",
}


@dataclass(frozen=True)
class Orders:
    """Each list in the order in which the report shows it; amounts in euros."""

    orders: int
    total: float
    months: list[tuple[str, int, float]]
    categories: list[tuple[str, int, float]]
    others: tuple[int, float]  # orders under none of the six categories, and their amount
    products: list[tuple[str, str, int, float]]
    countries: list[tuple[str, int, float, int]]  # name, orders, amount, returned orders
    discounts: list[tuple[float, int, float]]
    returned: tuple[int, float]
    cancelled: int
    open: tuple[int, float]
    doubled: int
    without_price: int


def count_orders() -> Orders:
    """Make the sample orders, read them as an upload is read, and count."""
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / FILENAME
        write_orders(csv)
        read = read_file(_quiet, source=str(csv), filename=FILENAME, out_folder=f"{folder}/out", memory_mb=1024)
        return _count(read["tables"][0]["parquet"])


def _quiet(**_: Any) -> None:
    """Nobody watches."""


def _count(parquet: str) -> Orders:
    connection = duckdb.connect()
    connection.execute("create macro total(amounts) as round(sum(amounts), 2)")
    connection.execute(f"create view orders as select * from '{parquet}'")  # noqa: S608 - a file that was made here

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    months = ask("select month(order_date), count(*), total(net_amount) from orders group by 1 order by 1")
    categories = {row[0]: row for row in ask("select category, count(*), total(net_amount) from orders group by 1")}
    known = sorted((categories[name] for name in CATALOGUE), key=lambda row: -row[2])
    others = [row for name, row in categories.items() if name not in CATALOGUE]
    statuses = {row[0]: row[1:] for row in ask("select status, count(*), total(net_amount) from orders group by 1")}
    returned = "count(*) filter (status = 'returned')"
    countries = ask(
        f"select country, count(*), total(net_amount), {returned} from orders group by 1 order by 3 desc"  # noqa: S608
    )
    ((count, total),) = ask("select count(*), total(net_amount) from orders")
    return Orders(
        orders=count,
        total=total,
        months=[(MONTHS[month - 1], count, amount) for month, count, amount in months],
        categories=known,
        others=(sum(row[1] for row in others), round(sum(row[2] for row in others), 2)),
        products=_products(ask("select product, count(*), total(net_amount) from orders group by 1 order by 3 desc")),
        countries=[(COUNTRIES[code], *row) for code, *row in countries],
        discounts=ask("select discount, count(*), total(net_amount) from orders group by 1 order by 1"),
        returned=statuses["returned"],
        cancelled=statuses["cancelled"][0],
        open=statuses["open"],
        doubled=ask("select count(*) - count(distinct order_id) from orders")[0][0],
        without_price=ask("select count(*) from orders where unit_price is null")[0][0],
    )


def _products(rows: list[tuple[Any, ...]]) -> list[tuple[str, str, int, float]]:
    of = {product: category for category, products in CATALOGUE.items() for product, _ in products}
    return [(product, of[product], orders, amount) for product, orders, amount in rows]
