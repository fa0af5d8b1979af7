"""axe on a page: what it finds, without what belongs to others; and two things that it does not look at.

axe-core comes in a package of Python's, so that nothing is fetched while tests run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

RULES = ("wcag2a", "wcag2aa", "wcag21aa")
CONTRAST = "color-contrast"  # the one rule of these that depends on colours, and the slowest

# Runs axe, and says of each element found which entry of the list it falls under: it lies within what the entry's
# selector names, or bears it. Elements may lie in shadow roots, out of which `closest` does not lead.
_RUN = """async ({options, known}) => {
    const within = (node, selector) => {
        for (; node; node = node.getRootNode().host) if (node.closest(selector)) return true
        return false
    }
    const {violations} = await axe.run(document, {...options, elementRef: true, resultTypes: ["violations"]})
    return violations.flatMap(({id, nodes}) => nodes.map(node => ({
        rule: id,
        where: node.target.flat(3).join(" >> ").slice(0, 160),
        html: node.html.slice(0, 240),
        why: node.failureSummary.split("\\n").slice(1).join(" ").slice(0, 300),
        known: known.findIndex(entry => entry.rule === id && within(node.element, entry.selector)),
    })))
}"""


@dataclass(frozen=True)
class Known:
    """A finding that is not ours to mend.

    Attributes:
        rule: axe's name of the rule.
        selector: What the element lies in, or is.
        why: Whose it is, and why it stays.
    """

    rule: str
    selector: str
    why: str


def findings(page: Page, known: tuple[Known, ...], **options: Any) -> list[dict[str, Any]]:
    """Everything that axe finds on the page as it stands; ``known`` of each is the place in the list, or -1."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
    options = {"runOnly": {"type": "tag", "values": list(RULES)}, **options}
    found: list[dict[str, Any]] = page.evaluate(_RUN, {"options": options, "known": [asdict(one) for one in known]})
    return found


@cache
def _source() -> str:
    found = find_spec("axe_playwright_python")
    assert found and found.origin
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


CONTROLS = {
    *("button", "checkbox", "combobox", "link", "menuitem", "option", "radio", "searchbox", "slider"),
    *("spinbutton", "switch", "tab", "textbox"),
}


def nameless(page: Page, *, outside: str) -> list[str]:
    """The controls that a screen reader meets on the page and cannot name, as the browser's own tree has them.

    Args:
        outside: What lies within this selector is not looked at.
    """
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    found = [node for node in nodes if not node["ignored"] and _is(node, "role") in CONTROLS and not _is(node, "name")]
    told = [f"{_is(node, 'role')} {words}" for node in found if (words := _element(session, node, outside))]
    session.detach()
    return told


def _is(node: dict[str, Any], part: str) -> str:
    return str(node.get(part, {}).get("value", "")).strip()


_WORDS = """function(outside) {
    for (let node = this; node; node = node.getRootNode().host) if (node.closest?.(outside)) return ""
    return this.outerHTML.slice(0, 240)
}"""


def _element(session: CDPSession, node: dict[str, Any], outside: str) -> str:
    """The element of a node in words; empty where it lies in what is left out."""
    element = session.send("DOM.resolveNode", {"backendNodeId": node["backendDOMNodeId"]})["object"]
    call = {"objectId": element["objectId"], "functionDeclaration": _WORDS, "arguments": [{"value": outside}]}
    return str(session.send("Runtime.callFunctionOn", call)["result"]["value"])


def sticks_out(page: Page) -> list[str]:
    """What makes the page scroll sideways, if anything does: the widest elements that reach beyond the window."""
    found: list[str] = page.evaluate(
        """() => {
            if (document.documentElement.scrollWidth <= innerWidth) return []
            return [...document.querySelectorAll("body *")]
                .filter(node => node.getBoundingClientRect().right > innerWidth + 1)
                .slice(-3)
                .map(node => `${node.tagName} ${node.className} ${Math.round(node.getBoundingClientRect().right)}`)
                .concat(`the page is ${document.documentElement.scrollWidth} px wide`)
        }"""
    )
    return found
