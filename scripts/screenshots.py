"""Photograph every page in light, dark and narrow, and the pictures of the documentation: ``make screenshots``.

One app is furnished with the sample (``tests/browser/gallery.py``) and walked through once for each look. Its pictures
go to ``artifacts/screenshots``, those of the documentation to ``docs/pictures``, and each page's outline to
``tests/browser/outlines``, with which the tests compare what they see.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.gallery import VIEWS, Gallery, gallery  # noqa: E402
from tests.browser.outlines import FOLDER, PICTURES, keep, keep_stamps, kept, outline, stamp  # noqa: E402
from tests.browser.screen import LOOKS, in_look, shot, started  # noqa: E402

IN_DOCUMENTS = {  # width and height of the window in pixels, for each picture of the documentation
    "home": (1240, 760),
    "chat": (1240, 700),
    "ask-tables": (1240, 960),
    "ask-documents": (1240, 960),
    "tables": (1360, 760),
    "explorer": (1440, 860),
    "documents": (1240, 560),
    "models": (1240, 860),
    "people": (1240, 660),
    "profile": (1240, 830),
}


def photograph(browser: Browser, hall: Gallery) -> int:
    """Take every page in every look, keep the outlines of the first; the number of pictures."""
    for look in LOOKS:
        page = in_look(browser, look).new_page()
        for name, view in VIEWS.items():
            hall.admit(page, view.who)
            hall.open(page, name)
            if look == "light":
                keep(name, outline(page))
            print(shot(page, f"screenshots/{name}.{look}").relative_to(ROOT))  # noqa: T201
        page.context.close()
    for left in FOLDER.glob("*.yml"):
        if left.stem not in VIEWS:
            left.unlink()
    return len(LOOKS) * len(VIEWS)


def picture(page: Page, hall: Gallery, name: str, width: int, height: int) -> None:
    """Take one picture of the documentation."""
    page.set_viewport_size({"width": width, "height": height})
    hall.admit(page, VIEWS[name].who)
    hall.open(page, name)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")  # noqa: T201


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder, gallery(Path(folder)) as hall, sync_playwright() as play:
        browser = started(play)
        taken = photograph(browser, hall)
        page = in_look(browser, "light").new_page()
        for name, (width, height) in IN_DOCUMENTS.items():
            picture(page, hall, name, width, height)
        keep_stamps({name: stamp(kept(name)) for name in IN_DOCUMENTS})
        print(f"{taken} pictures in artifacts/screenshots, {len(IN_DOCUMENTS)} in docs/pictures")  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
