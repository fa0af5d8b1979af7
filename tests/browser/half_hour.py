"""A newcomer's first half hour as a walk of steps: every press is counted, every step clocked, and written down.

A test walks it on the installed app, ``make walk`` on a fresh clone with its own installation.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import ARTIFACTS, settled, shot
from tests.browser.test_explorer import canvas, draw, facts

LONG = 180_000.0  # milliseconds for what works behind a page
CARD = "[class*=st-key-card-answer]"
PANE = ".st-key-page-pane"
MARK = f"{PANE} #marks i"
ROW = "[class*=st-key-row-]"


@dataclass
class Step:
    """One step: what it was, how many presses it took (a question typed is one, a drag is one), how long."""

    name: str
    presses: int = 0
    seconds: float = 0.0


@dataclass
class Walk:
    """A tab of the app, and what has been walked in it so far.

    Attributes:
        pictures: Folder below ``artifacts`` where each step's last view goes; empty: nowhere.
    """

    page: Page
    url: str
    pictures: str = ""
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step begins; it ends where its result is seen."""
        now = Step(name)
        self.steps.append(now)
        began = time.monotonic()
        try:
            yield
        finally:
            now.seconds = time.monotonic() - began
        if self.pictures:
            settled(self.page, 60)
            shot(self.page, f"{self.pictures}/{len(self.steps):02d}")

    def press(self, what: Locator) -> None:
        """Press something once it is there."""
        what.click(timeout=LONG)
        self.steps[-1].presses += 1

    def button(self, name: str) -> None:
        """Press a button by its words."""
        self.press(self.page.get_by_role("button", name=name, exact=True).first)

    def go(self, page: str) -> None:
        """Press a page's name in the sidebar."""
        self.press(self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=page, exact=True))
        expect(self.page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)

    def ask(self, question: str) -> None:
        """Type a question and send it."""
        field_ = self.page.get_by_test_id("stChatInputTextArea")
        expect(field_).to_be_enabled(timeout=LONG)
        field_.fill(question)
        field_.press("Enter")
        self.steps[-1].presses += 1

    def bring(self, *files: Path) -> None:
        """Choose files with the field of the page that is open."""
        with self.page.expect_file_chooser() as chooser:
            self.press(self.page.locator("#upload button").first)
        chooser.value.set_files([str(file) for file in files])

    def sees(self, what: Locator) -> None:
        """Wait until something is seen."""
        expect(what.first).to_be_visible(timeout=LONG)


@dataclass(frozen=True)
class Own:
    """What the newcomer brings: a clean table, awkward ones, a PDF and a question about it."""

    clean: Path
    awkward: Sequence[Path]
    pdfs: Sequence[Path]
    question: str


def until_a_model_has_come(walk: Walk, own: Own) -> None:
    """All that needs no model: a chart, a marked line, a list of doubts, files of one's own."""
    first_page(walk)
    a_chart_of_the_orders(walk)
    a_chart_saved(walk)
    a_marked_line(walk)
    a_list_of_doubts(walk)
    own_tables(walk, own)
    own_documents(walk, own)


def with_a_model(walk: Walk) -> str:
    """A question with its SQL, a chat, a refresh; the chat's address."""
    a_question_with_its_query(walk)
    return a_chat(walk)


def first_page(walk: Walk) -> None:
    """The page that a newcomer sees first."""
    with walk.step("First page"):
        walk.page.goto(walk.url, wait_until="domcontentloaded")
        walk.sees(walk.page.get_by_role("heading", name="Bring something to ask about"))
        walk.sees(walk.page.get_by_role("button", name="Begin to chat"))


def a_chart_of_the_orders(walk: Walk) -> None:
    """One press on the first sample, without a model: a chart that is drawn."""
    with walk.step("Sample orders, seen as a chart"):
        walk.button("Explore the orders")
        walk.sees(walk.page.get_by_text("Field List"))
        walk.sees(canvas(walk.page))


def a_chart_saved(walk: Walk) -> None:
    """A field more on the chart, and kept."""
    with walk.step("The chart changed and saved"):
        draw(walk.page, "status", "Color")
        walk.steps[-1].presses += 1
        walk.button("Save")
        expect(facts(walk.page)).to_contain_text("saved just now", timeout=LONG)


def a_marked_line(walk: Walk) -> None:
    """One press on the second sample: an answer, and the page with its line marked."""
    with walk.step("Sample report, a question and its marked line"):
        walk.go("Home")
        walk.button("Ask the report")
        walk.sees(walk.page.locator(MARK))


def a_list_of_doubts(walk: Walk) -> None:
    """One press on the third sample: its table, with what was doubtful."""
    with walk.step("Sample price list, its doubts"):
        walk.go("Home")
        walk.button("Read the price list")
        walk.sees(walk.page.locator(".st-key-rows-doubts").get_by_text("did not fit"))


def own_tables(walk: Walk, own: Own) -> None:
    """A clean table of one's own, then awkward ones at once, and what was doubtful in the last of them."""
    with walk.step("Own clean table, its columns"):
        walk.go("Tables")
        walk.bring(own.clean)
        walk.press(_row(walk.page, own.clean).get_by_role("link"))
        walk.sees(walk.page.get_by_test_id("stDataFrame"))
    with walk.step(f"{len(own.awkward)} awkward tables, the doubts of one"):
        walk.button("All tables")
        walk.bring(*own.awkward)
        for file in own.awkward:
            walk.sees(_row(walk.page, file))
        walk.press(_row(walk.page, own.awkward[0]).get_by_role("link"))
        walk.press(walk.page.get_by_role("tab", name="Doubts"))
        walk.sees(walk.page.locator(".st-key-rows-doubts"))


def own_documents(walk: Walk, own: Own) -> None:
    """PDFs of one's own, a question, and the marked line."""
    with walk.step(f"Own PDF ({len(own.pdfs)}), a question and its marked line"):
        walk.go("Documents")
        walk.bring(*own.pdfs)
        ready = walk.page.locator(ROW).filter(has_text=re.compile("Ready"))  # between an icon and a menu
        expect(ready).to_have_count(len(own.pdfs) + 1, timeout=LONG)
        walk.press(walk.page.locator(ROW).filter(has_text=own.pdfs[0].name).get_by_role("link"))
        walk.button("Ask")
        walk.ask(own.question)
        walk.sees(walk.page.locator(MARK))


def a_question_with_its_query(walk: Walk) -> None:
    """The sample's own question, asked of its table; the query that answered it."""
    with walk.step("A question of the orders, with its SQL"):
        walk.go("Tables")
        walk.press(walk.page.locator(ROW).filter(has_text="orders_2025.csv").get_by_role("button", name="Ask"))
        walk.press(walk.page.get_by_role("button", name="What is the total net amount by category?"))
        walk.sees(walk.page.locator(CARD))
        walk.press(walk.page.locator(CARD).get_by_role("tab", name="Query"))
        walk.sees(walk.page.locator("[class*=st-key-sql-] textarea"))


def a_chat(walk: Walk) -> str:
    """A reply that is whole, and there again after a refresh; its address."""
    with walk.step("A chat"):
        walk.go("Chat")
        walk.ask("Name two ways to compare months of unlike length.")
        walk.sees(walk.page.get_by_role("button", name="Ask again"))
    address = walk.page.url
    with walk.step("A refresh"):
        walk.page.reload(wait_until="domcontentloaded")
        walk.sees(walk.page.get_by_role("button", name="Ask again"))
    return address


def all_is_there(walk: Walk, own: Own, address: str) -> None:
    """After a restart: what was made is on the home page, the chat at its address, the chart in the explorer."""
    with walk.step("Started again: home, with everything"):
        walk.page.goto(walk.url, wait_until="domcontentloaded")
        walk.sees(walk.page.get_by_role("heading", name="What do you want to know?"))
        for name in (own.clean.stem, "Name two ways to compare", "Orders", "Price list"):
            walk.sees(walk.page.get_by_test_id("stMain").get_by_role("link", name=name))
    with walk.step("... the chat"):
        walk.page.goto(walk.url + "/chat?" + address.partition("?")[2], wait_until="domcontentloaded")
        walk.sees(walk.page.get_by_role("button", name="Ask again"))
    with walk.step("... the saved chart"):
        walk.go("Home")
        walk.press(walk.page.locator(".st-key-list-charts").get_by_role("link").first)
        walk.sees(canvas(walk.page))


def _row(page: Page, file: Path) -> Locator:
    return page.locator(ROW).filter(has_text=f"from {file.name}")


def table(columns: Sequence[tuple[str, Sequence[Step]]]) -> str:
    """Walks side by side as a table in Markdown: for each its presses and seconds, by the steps of the last one."""
    names = list(dict.fromkeys(step.name for _, steps in reversed(columns) for step in steps))
    head = "| step |" + "".join(f" {title}: presses | seconds |" for title, _ in columns)
    lines = [head, "|---|" + "--:|--:|" * len(columns)]
    for name in names:
        lines.append(f"| {name} |" + "".join(_cells(name, steps) for _, steps in columns))
    total = "".join(f" {sum(s.presses for s in steps)} | {sum(s.seconds for s in steps):.0f} |" for _, steps in columns)
    return "\n".join([*lines, f"| **in all** |{total}"]) + "\n"


def _cells(name: str, steps: Sequence[Step]) -> str:
    found = next((step for step in steps if step.name == name), None)
    return f" {found.presses} | {found.seconds:.1f} |" if found else "  |  |"


def write_down(columns: Sequence[tuple[str, Sequence[Step]]]) -> Path:
    """Write the table into ``artifacts/first-half-hour.md``."""
    file = ARTIFACTS / "first-half-hour.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(table(columns), encoding="utf-8")
    return file


Makes = Callable[[Path], Path]


def _text(name: str, text: str, encoding: str = "utf-8") -> Makes:
    def make(folder: Path) -> Path:
        file = folder / name
        file.write_bytes(text.encode(encoding))
        return file

    return make


CLEAN = _text("stock.csv", "article,shelf,pieces\n" + "".join(f"A{n},{n % 7},{n * 3 % 50}\n" for n in range(400)))
AWKWARD: tuple[Makes, ...] = (
    _text(
        "semicolons.csv",
        "Größe;Preis;Tag\n" + "".join(f"{n};1.0{n:02d},50;0{n % 9 + 1}.03.2025\n" for n in range(1, 60)) + "3\n",
        "cp1252",
    ),
    _text("wide letters.tsv", "name\tcity\n" + "Zoë\tKöln\nBjörn\tMalmö\n" * 20, "utf-16"),
    _text("late change.csv", "id,amount\n" + "".join(f"{n},{n}\n" for n in range(3000)) + "3000,n/a\n3001,2.5\n"),
    _text("nested.json", '[{"id": 1, "who": {"name": "Ada"}, "tags": ["a", "b"]}, {"id": 2, "who": {"name": "Bo"}}]'),
    _text("export.xls", "<html><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x</td></tr></table></html>"),
)
