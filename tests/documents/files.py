"""PDFs for the tests, made here: each says what it is for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SIZE = (612.0, 792.0)
SENTENCES = (
    "The shop sold more kettles than lamps.",
    "Rent rose in May, and wages in June.",
    "Nobody returned a single rake.",
    "Stock was counted twice, on 3 March and on 9 October.",
)


def write(file: Path, pages: Iterable[Sequence[str]], *, title: str = "", encrypt: object = None) -> Path:
    """A plain PDF: on each page its lines, from the top, 14 points apart."""
    canvas = Canvas(str(file), pagesize=SIZE, invariant=1, encrypt=encrypt)
    if title:
        canvas.setTitle(title)
    for lines in pages:
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(lines):
            canvas.drawString(72, 720 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return file


def plain(file: Path, pages: int = 3, *, title: str = "") -> Path:
    """Some pages, each of which names itself."""
    return write(file, ([f"Page {n} of a report.", *SENTENCES] for n in range(1, pages + 1)), title=title)


def locked(file: Path) -> Path:
    """A PDF that asks for a password before it shows anything."""
    return write(file, [SENTENCES], encrypt=StandardEncryption("secret", "owner", strength=128))


def owner_locked(file: Path) -> Path:
    """A PDF that anybody may open; only changing it asks for a password."""
    return write(file, [SENTENCES], encrypt=StandardEncryption("", "owner", canModify=0, strength=128))


def cut_off(file: Path, share: float = 0.5) -> Path:
    """The beginning of a PDF."""
    whole = plain(file, 20).read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    return file


def fuzzed(file: Path, seed: int, share: float = 0.02) -> Path:
    """A PDF of which some bytes were overwritten."""
    chance = random.Random(seed)
    body = bytearray(plain(file, 5).read_bytes())
    for _ in range(int(len(body) * share)):
        body[chance.randrange(9, len(body))] = chance.randrange(256)
    file.write_bytes(body)
    return file


def scanned(file: Path, pages: int = 2, *, with_text: int = 0) -> Path:
    """Pages that are pictures, and after them some that have text."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (400, 500), 255)
    ImageDraw.Draw(picture).text((40, 40), "A picture of words", fill=0)
    canvas = Canvas(str(file), pagesize=SIZE, invariant=1)
    for number in range(pages + with_text):
        if number < pages:
            canvas.drawImage(ImageReader(picture), 72, 100, 400, 500)
        else:
            canvas.drawString(72, 700, SENTENCES[0])
        canvas.showPage()
    canvas.save()
    return file


def without_pages(file: Path) -> Path:
    """A well-formed PDF that has no page."""
    file.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
    return file


def named_only(file: Path) -> Path:
    """A web page that calls itself a PDF."""
    file.write_bytes(b"<!doctype html><title>Not found</title><p>404")
    return file


def empty(file: Path) -> Path:
    """Nothing."""
    file.write_bytes(b"")
    return file


def bomb(file: Path, megabytes: int = 600) -> Path:
    """A small file whose page is a stream of text operators that unpacks to hundreds of megabytes."""
    import zlib

    packer = zlib.compressobj(9)
    line = b"(" + b"A" * 1000 + b") Tj\n"
    packed = packer.compress(b"BT /F1 1 Tf 10 10 Td\n")
    for _ in range(megabytes):
        packed += packer.compress(line * 1000)
    packed += packer.compress(b"ET\n") + packer.flush()
    return _one_page(file, packed)


def tangle(file: Path, points: int = 1_200_000) -> Path:
    """A page with a word and one line through very many points: it reads quickly, and takes minutes to draw."""
    import zlib

    chance = random.Random(1)
    steps = (b"%d %d l\n" % (chance.randrange(612), chance.randrange(792)) for _ in range(points))
    return _one_page(file, zlib.compress(_WORDS + b"0.1 w 0 0 m\n" + b"".join(steps) + b"S\n", 1))


_WORDS = b"BT /F1 12 Tf 72 700 Td (A page with a very long line.) Tj ET\n"


def _one_page(file: Path, packed: bytes) -> Path:
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    file.write_bytes(assembled(parts))
    return file


def assembled(parts: Sequence[bytes]) -> bytes:
    """A PDF of these objects, the first of which is the catalogue, with a right table of places."""
    out, places = BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, part))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start))
    return out.getvalue()


def right_to_left(file: Path, words: Sequence[str]) -> Path:
    """A line of Hebrew as PDF programs write it: its letters from left to right in the order they are seen."""
    pdfmetrics.registerFont(TTFont("Sans", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))
    canvas = Canvas(str(file), pagesize=SIZE, invariant=1)
    canvas.setFont("Sans", 14)
    canvas.drawRightString(540, 700, " ".join(words)[::-1])
    canvas.showPage()
    canvas.save()
    return file


@dataclass(frozen=True)
class Marked:
    """A page with some words in red, and those words."""

    file: Path
    words: str


Draw = Callable[[Canvas], str]


def marked(file: Path, draw: Draw, *, turned: int = 0, cropped: bool = False) -> Marked:
    """A page that ``draw`` fills and that is read upright: where its /Rotate turns it, its content lies on its side.

    Cropped, its /CropBox cuts off 100 points at the left of what is shown, 60 at the right, 150 below and 130 above.
    """
    canvas = Canvas(str(file), pagesize=SIZE, invariant=1)
    canvas.setPageRotation(turned)  # reportlab swaps width and height of a page that is turned by 90 or 270
    width, height = SIZE
    edges = {0: (100, 150, 60, 130), 90: (130, 100, 150, 60), 180: (60, 130, 100, 150), 270: (150, 60, 130, 100)}
    left, bottom, right, top = edges[turned]
    if cropped:
        wide, high = SIZE if turned in (0, 180) else SIZE[::-1]
        canvas.setCropBox((left, bottom, wide - right, high - top))
    canvas.translate(*{0: (0, 0), 90: (height, 0), 180: (width, height), 270: (0, width)}[turned])
    canvas.rotate(turned)
    words = draw(canvas)
    canvas.showPage()
    canvas.save()
    return Marked(file, words)


def in_red(canvas: Canvas, x: float, y: float, before: str, red: str, after: str = "", size: float = 11) -> str:
    """A line of black, red, black; its red words."""
    text = canvas.beginText(x, y)
    text.setFont("Times-Roman", size)
    for part, colour in ((before, (0, 0, 0)), (red, (1, 0, 0)), (after, (0, 0, 0))):
        text.setFillColorRGB(*colour)
        text.textOut(part)
    canvas.drawText(text)
    return red


def draw_lines(canvas: Canvas) -> str:
    """Lines above and below, close together; in the middle one some words are red."""
    for number in range(9):
        in_red(canvas, 180, 560 - 13 * number, f"Line {number} jumps quickly by (glyph), ", "", "a gap and a pen.")
    red = in_red(canvas, 180, 560 - 13 * 9, "Line 9 has the ", "gross margin of 44.5 %,", " (of July).")
    in_red(canvas, 180, 560 - 13 * 10, "Line 10 jumps quickly by (glyph), ", "", "a gap and a pen.")
    return red


def draw_columns(canvas: Canvas) -> str:
    """Two columns whose lines are level; the red words run over a line's end, within the left column."""
    red = {5: ("left 5 says that ", "prepaid plans grew", ""), 6: ("", "by eighty percent", " in all of Spain")}
    for side, x in (("left", 110), ("right", 330)):
        for number in range(12):
            usual = (f"{side} {number} jumping quays, big pages", "", "")
            in_red(canvas, x, 580 - 13 * number, *(red.get(number, usual) if side == "left" else usual))
    return "prepaid plans grew\nby eighty percent"


def draw_upright(canvas: Canvas) -> str:
    """Lines that run from the bottom to the top, as beside a chart."""
    canvas.translate(400, 200)
    canvas.rotate(90)
    in_red(canvas, 0, 13, "An upright line above, with pens ", "")
    red = in_red(canvas, 0, 0, "An upright line has ", "gross margin", " and pens")
    in_red(canvas, 0, -13, "An upright line below, with pens ", "")
    return red


def draw_large(canvas: Canvas) -> str:
    """A heading with spread letters, and a row of a table with wide gaps."""
    canvas.setFont("Helvetica", 11)
    canvas.drawString(150, 500, "Revenue")
    canvas.drawString(300, 500, "1,204")
    canvas.drawString(420, 500, "1,377")
    canvas.setFillColorRGB(1, 0, 0)
    canvas.setFont("Helvetica-Bold", 30)
    canvas.drawString(150, 550, "Outlook", charSpace=6)
    return "Outlook"


def draw_margin(canvas: Canvas) -> str:
    """A note in the margin, which a crop cuts off."""
    canvas.drawString(180, 500, "Within the crop.")
    return in_red(canvas, 20, 500, "", "In the margin")
