"""Where a visitor comes from."""

from __future__ import annotations

from components.workbench import workbench


def visitor_address() -> str:
    """The address behind this tab, for counting failures and for the audit; empty where there is none."""
    from components.auth import ui
    from components.auth.proxy import client_address

    return client_address(ui.facts_of_session(), workbench().settings)
