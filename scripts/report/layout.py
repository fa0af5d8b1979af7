"""From text and tables to pages: A4, one column or two, chapters on pages of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from scripts.report.orders import Orders
from scripts.report.tables import TABLES, Rows, words

TITLE = "Annual report 2025"
INK, PINE, LINE = HexColor("#1C1F1B"), HexColor("#17614F"), HexColor("#C9CCC4")
WIDTH, HEIGHT = A4
SIDE, TOP, BOTTOM, GUTTER = 76, 84, 76, 24
PROSE = ParagraphStyle("prose", fontName="Times-Roman", fontSize=12, leading=17.5, spaceAfter=9, textColor=INK)
NARROW = ParagraphStyle("narrow", PROSE, fontSize=11.5, leading=16, spaceAfter=7)
CHAPTER = ParagraphStyle("chapter", fontName="Helvetica-Bold", fontSize=22, leading=28, spaceAfter=16, textColor=PINE)
SECTION = ParagraphStyle(
    "section",
    fontName="Helvetica-Bold",
    fontSize=13,
    leading=18,
    spaceBefore=10,
    spaceAfter=5,
    textColor=INK,
    keepWithNext=1,
)
NOTE = ParagraphStyle("note", SECTION, fontSize=11, leading=15)
CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=9.5, leading=12.5, textColor=INK)


class Report(BaseDocTemplate):  # type: ignore[misc]  # the library has no types
    """The document; it tells its table of contents where chapters and sections begin."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            str(file), pagesize=A4, invariant=1, title=f"{TITLE} of the Sample Shop", author="The Sample Shop"
        )
        body = HEIGHT - TOP - BOTTOM
        half = (WIDTH - 2 * SIDE - GUTTER) / 2
        one = [Frame(SIDE, BOTTOM, WIDTH - 2 * SIDE, body, 0, 0, 0, 0)]
        two = [Frame(SIDE + n * (half + GUTTER), BOTTOM, half, body, 0, 0, 0, 0) for n in range(2)]
        self.addPageTemplates(
            [
                PageTemplate("cover", one, onPage=_draw_cover),
                PageTemplate("one", one, onPage=_draw_foot),
                PageTemplate("two", two, onPage=_draw_foot),
            ]
        )

    def afterFlowable(self, flowable: Any) -> None:
        """Called by the library behind each part that was placed."""
        level = {"chapter": 0, "section": 1}.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is not None:
            self.notify("TOCEntry", (level, flowable.getPlainText(), self.page))


def write_report(file: Path, text: str, orders: Orders) -> None:
    """Write the PDF: the same bytes for the same text and orders."""
    contents = TableOfContents(dotsMinLevel=0)
    contents.levelStyles = [
        ParagraphStyle("one", CELL, fontName="Helvetica-Bold", fontSize=10.5, leading=15),
        ParagraphStyle("two", CELL, fontSize=9.5, leading=12, leftIndent=14),
    ]
    head = Paragraph("Contents", ParagraphStyle("contents", CHAPTER))
    story = [NextPageTemplate("one"), PageBreak(), head, contents, *_flow(text.format(**words(orders)), orders)]
    Report(file).multiBuild(story)


def _flow(text: str, orders: Orders) -> Iterator[Any]:
    parts = [part.strip() for part in re.split(r"\n\s*\n|(?<=\])\n|\n(?=[#\[])|(?<=\w)\n(?=\S)", text) if part.strip()]
    columns = "one"
    for number, part in enumerate(parts):
        if part in ("[two columns]", "[one column]"):
            columns = "two" if "two" in part else "one"
        elif part.startswith("# "):
            after = parts[number + 1 : number + 2]
            yield from (NextPageTemplate("two" if after == ["[two columns]"] else "one"), PageBreak())
            yield Paragraph(part[2:], CHAPTER)
        elif part.startswith("## "):
            yield CondPageBreak(60 if columns == "two" else 170)
            yield Paragraph(part[3:], NOTE if columns == "two" else SECTION)
        elif part.startswith("["):
            yield from _figure(part, orders)
        else:
            yield Paragraph(part, NARROW if columns == "two" else PROSE)


def _figure(part: str, orders: Orders) -> Iterator[Any]:
    kind, name = part.strip("[]").split()
    drawn = _table(TABLES[name](orders)) if kind == "table" else _chart(TABLES[name](orders))
    yield KeepTogether([Spacer(1, 6), drawn, Spacer(1, 16)])


def _table(rows: Rows) -> Table:
    wordy = len(rows[0]) == 2 and max(len(row[1]) for row in rows) > 30
    cells = [[Paragraph(cell, CELL) if wordy else cell for cell in row] for row in rows]
    table = Table(cells, colWidths=[100, 340] if wordy else None, hAlign="LEFT", repeatRows=1)
    total = [("LINEABOVE", (0, -1), (-1, -1), 0.8, INK), ("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold")]
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Helvetica", 10),
                ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
                ("TEXTCOLOR", (0, 0), (-1, -1), INK),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
                ("ALIGN", (1, 0), (-1, -1), "LEFT" if wordy else "RIGHT"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 14),
                *(total if rows[-1][0].startswith(("All", "Result")) else []),
            ]
        )
    )
    return table


def _chart(rows: Rows) -> Drawing:
    """Bars of the last amount of each row but the sums."""
    shown = [row for row in rows[1:] if row[0] not in ("All", "Other spellings")]
    drawing, chart = Drawing(WIDTH - 2 * SIDE, 190), VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 56, 34, WIDTH - 2 * SIDE - 60, 140
    chart.data = [[float(row[2].replace(",", "")) for row in shown]]
    chart.bars[0].fillColor, chart.bars[0].strokeColor = PINE, None
    chart.categoryAxis.categoryNames = [row[0][:3] if len(shown) > 8 else row[0] for row in shown]
    chart.categoryAxis.labels.fontName = chart.valueAxis.labels.fontName = "Helvetica"
    chart.categoryAxis.labels.fontSize = chart.valueAxis.labels.fontSize = 8
    chart.valueAxis.valueMin, chart.valueAxis.labelTextFormat = 0, lambda value: f"{value:,.0f}"
    chart.valueAxis.strokeColor = chart.categoryAxis.strokeColor = LINE
    drawing.add(chart)
    return drawing


def _draw_cover(canvas: Any, _document: Any) -> None:
    canvas.setFillColor(PINE)
    canvas.rect(0, HEIGHT - 250, WIDTH, 250, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#FFFFFF"))
    canvas.setFont("Helvetica-Bold", 34)
    canvas.drawString(SIDE, HEIGHT - 190, TITLE)
    canvas.setFillColor(INK)
    canvas.setFont("Helvetica", 16)
    canvas.drawString(SIDE, HEIGHT - 300, "The Sample Shop, cooperative")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(
        SIDE, 110, "An invented shop: its orders are the sample table, its report is the sample document."
    )


def _draw_foot(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.setFillColor(HexColor("#5D625B"))
    canvas.drawString(SIDE, 44, f"The Sample Shop | {TITLE}")
    canvas.drawRightString(WIDTH - SIDE, 44, str(document.page))
