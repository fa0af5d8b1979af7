"""The tables of the report: those of the orders, and those that only the report knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scripts.report.orders import Orders

Rows = Sequence[Sequence[str]]
"""The first row is the head."""

INCOME = (
    ("Goods", None),
    ("Wages and social security", 2_180_000),
    ("Rent", 452_000),
    ("Shipping and packaging", 520_000),
    ("Energy and vans", 98_000),
    ("Training", 41_000),
    ("Depreciation", 86_000),
    ("Catalogue and advertising", 74_000),
    ("Other", 61_600),
    ("Interest", 19_600),
)
GOODS_SHARE = 0.539


def result(orders: Orders) -> int:
    """The result before tax, in euros."""
    return round(orders.total) - goods(orders) - sum(cost for _, cost in INCOME if cost is not None)


def goods(orders: Orders) -> int:
    """What the goods cost that were sold, in euros."""
    return round(orders.total * GOODS_SHARE)


def money(amount: float) -> str:
    """``1,957,797.76``."""
    return f"{amount:,.2f}"


def whole(amount: float) -> str:
    """``1,957,798``."""
    return f"{amount:,.0f}"


def _glance(orders: Orders) -> Rows:
    mean = orders.total / orders.orders
    return (
        ("", "2025", "2024"),
        ("Orders", whole(orders.orders), "97,212"),
        ("Net amount, euros", money(orders.total), "7,412,680.15"),
        ("Net amount for each order, euros", f"{mean:.2f}", "76.25"),
        ("Orders returned", whole(orders.returned[0]), "4,521"),
        ("Gross margin", "46.1 %", "47.3 %"),
        ("Result before tax, euros", whole(result(orders)), "291,400"),
        ("People at the end of the year", "64", "58"),
        ("Complaints about late delivery", "588", "212"),
    )


def _years(orders: Orders) -> Rows:
    return (
        ("Year", "Orders", "Net amount, euros", "Result before tax, euros", "People"),
        ("2021", "81,940", "5,903,118", "198,700", "49"),
        ("2022", "88,305", "6,540,772", "224,100", "53"),
        ("2023", "89,118", "6,688,904", "187,250", "55"),
        ("2024", "97,212", "7,412,680", "291,400", "58"),
        ("2025", whole(orders.orders), whole(orders.total), whole(result(orders)), "64"),
    )


def _months(orders: Orders) -> Rows:
    return (("Month", "Orders", "Net amount, euros"), *((m, whole(n), money(a)) for m, n, a in orders.months))


def _categories(orders: Orders) -> Rows:
    return (
        ("Category", "Orders", "Net amount, euros", "Share"),
        *((c, whole(n), money(a), f"{a / orders.total:.1%}") for c, n, a in orders.categories),
        ("Other spellings", whole(orders.others[0]), money(orders.others[1]), f"{orders.others[1] / orders.total:.1%}"),
        ("All", whole(orders.orders), money(orders.total), "100.0%"),
    )


def _products(orders: Orders) -> Rows:
    return (
        ("Product", "Category", "Orders", "Net amount, euros"),
        *((p, c, whole(n), money(a)) for p, c, n, a in orders.products),
    )


def _countries(orders: Orders) -> Rows:
    return (
        ("Country", "Orders", "Net amount, euros", "Share"),
        *((c, whole(n), money(a), f"{a / orders.total:.1%}") for c, n, a, _ in orders.countries),
    )


def _returns(orders: Orders) -> Rows:
    return (
        ("Country", "Orders", "Returned", "Share"),
        *((c, whole(n), whole(back), f"{back / n:.1%}") for c, n, _, back in orders.countries),
    )


def _discounts(orders: Orders) -> Rows:
    return (
        ("Discount", "Orders", "Net amount, euros"),
        *((f"{discount:.0%}", whole(n), money(a)) for discount, n, a in orders.discounts),
    )


def _income(orders: Orders) -> Rows:
    costs = ((name, goods(orders) if cost is None else cost) for name, cost in INCOME)
    return (
        ("", "2025, euros"),
        ("Net amount of orders", whole(orders.total)),
        *((name, f"-{whole(cost)}") for name, cost in costs),
        ("Result before tax", whole(result(orders))),
    )


def _fixed(*rows: tuple[str, ...]) -> Callable[[Orders], Rows]:
    return lambda _: rows


TABLES: dict[str, Callable[[Orders], Rows]] = {
    "glance": _glance,
    "years": _years,
    "months": _months,
    "categories": _categories,
    "products": _products,
    "countries": _countries,
    "returns": _returns,
    "discounts": _discounts,
    "income": _income,
    "deliveries": _fixed(
        ("Country", "Days, usual", "Days, September", "Damaged"),
        ("Germany", "2.1", "4.4", "1.7 %"),
        ("Austria", "2.4", "4.9", "1.8 %"),
        ("France", "3.8", "7.2", "2.4 %"),
        ("Netherlands", "3.1", "6.0", "1.9 %"),
        ("Switzerland", "5.6", "9.8", "2.6 %"),
        ("Namibia, by air", "9.0", "15.5", "3.1 %"),
        ("Namibia, by ship", "34.0", "-", "2.2 %"),
    ),
    "people": _fixed(
        ("Where", "2025", "2024", "Part time"),
        ("Warehouse", "27", "23", "6"),
        ("Shop and office", "14", "14", "8"),
        ("Purchasing and pictures", "11", "10", "3"),
        ("Customer care", "7", "6", "4"),
        ("Website", "5", "5", "1"),
        ("All", "64", "58", "22"),
    ),
    "warehouse": _fixed(
        ("Passau, euros", "Approved", "Spent"),
        ("Shelves and lifts", "310,000", "318,000"),
        ("Sprinklers", "45,000", "97,000"),
        ("Rent of two houses at once", "20,000", "59,000"),
        ("Moving", "65,000", "92,000"),
        ("Computers and network", "90,000", "84,000"),
        ("Everything else", "110,000", "108,000"),
        ("All", "640,000", "758,000"),
    ),
    "balance": _fixed(
        ("At the end of 2025", "Euros"),
        ("Stock", "1,148,000"),
        ("Shelves, lifts, vans, solar plant", "702,000"),
        ("Customers owe us", "264,000"),
        ("Bank and cash", "311,000"),
        ("All that we own", "2,425,000"),
        ("Shares and reserves", "921,500"),
        ("Loan of the bank", "520,000"),
        ("We owe suppliers", "638,000"),
        ("Provisions", "103,600"),
        ("Taxes and other debts", "241,900"),
        ("All that we owe, with equity", "2,425,000"),
    ),
    "suppliers": _fixed(
        ("Supplier", "Goods", "Share", "Since"),
        ("Lamp factory, Nove Sady", "Lamps", "16 %", "2009"),
        ("Knife works, Solingen", "Knives", "11 %", "1998"),
        ("Mill in the Allgäu", "Blankets, towels", "9 %", "2014"),
        ("Foundry, Charleroi", "Saucepans", "6 %", "2017"),
        ("Joinery, Rauris", "Trunks, coat racks", "5 %", "2020"),
        ("78 others", "", "53 %", ""),
    ),
    "risks": _fixed(
        ("Risk", "How likely", "How large", "Who watches it"),
        ("One factory for pendant lamps", "low", "600,000 euros a year", "Purchasing"),
        ("Orders kept by hand", "high", "40,000 euros a year", "Office"),
        ("Lease of the shop", "medium", "90,000 euros a year", "Management"),
        ("Customs with Switzerland", "certain", "11,000 euros a year", "Customer care"),
    ),
    "plan": _fixed(
        ("Plan for 2026", "Low", "High"),
        ("Orders", "106,600", "107,600"),
        ("Net amount, euros", "8,350,000", "8,450,000"),
        ("Gross margin", "46.6 %", "47.2 %"),
        ("Result before tax, euros", "260,000", "310,000"),
        ("Investment, euros", "240,000", "240,000"),
    ),
    "words": _fixed(
        ("Word", "What it means here"),
        ("Complaint", "A letter, message or call that was written down as one."),
        ("Gross margin", "Net amount less the cost of goods, as a share of the net amount."),
        ("Net amount", "Quantity times unit price, less discount; negative for what was returned."),
        ("Order", "One line of the list of orders: one product for one customer on one day."),
        ("Part time", "Less than 35 hours a week."),
        ("Returned", "Sent back by the customer and paid back by us."),
        ("Usual", "The average of the year without September."),
    ),
}


def words(orders: Orders) -> dict[str, str]:
    """What the text names by ``{name}``."""
    by_amount = sorted(orders.months, key=lambda month: month[2])
    first = sum(amount for _, _, amount in orders.months[:6])
    return {
        "orders": whole(orders.orders),
        "total": money(orders.total),
        "best_month": by_amount[-1][0],
        "best_month_amount": money(by_amount[-1][2]),
        "worst_month": by_amount[0][0],
        "worst_month_amount": money(by_amount[0][2]),
        "first_half": money(first),
        "second_half": money(orders.total - first),
        "other_orders": whole(orders.others[0]),
        "other_amount": money(orders.others[1]),
        "floor_lamp_orders": whole(next(n for p, _, n, _ in orders.products if p == "Floor lamp")),
        "returned": whole(orders.returned[0]),
        "returned_share": f"{orders.returned[0] / orders.orders * 100:.2f}",
        "returned_amount": money(-orders.returned[1]),
        "double_lines": whole(orders.doubled),
        "unknown_prices": whole(orders.without_price),
        "open_orders": whole(orders.open[0]),
        "open_amount": money(orders.open[1]),
        "result": whole(result(orders)),
    }
