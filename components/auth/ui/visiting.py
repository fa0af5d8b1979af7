"""Where a visitor comes from, and where this workbench is for them."""

from __future__ import annotations

from components.workbench import workbench


def visitor_address() -> str:
    """The address behind this tab, for counting failures and for the audit; empty where there is none."""
    from components.auth import ui
    from components.auth.proxy import client_address

    return client_address(ui.facts_of_session(), workbench().settings)


def address_of_workbench() -> str:
    """What stands before every path of ours in a link for somebody else: the public address, else this tab's own."""
    from components.auth import ui

    facts, settings = ui.facts_of_session(), workbench().settings
    return settings.public_url or facts.one("origin") or f"http://{facts.one('host')}"
