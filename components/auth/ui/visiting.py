"""What is known of the browser behind a tab: where it is, and which sign-in it has under way."""

from __future__ import annotations

from components.workbench import workbench


def flow_cookie() -> str:
    """The secret that ties a full-page sign-in to this browser; empty where there is none."""
    from components.auth import ui
    from components.auth.cookies import FLOW, token_in

    return token_in(ui.facts_of_session(), workbench().settings, FLOW)


def browser_cookie() -> str:
    """By what a browser is known again in which somebody signed in before; empty where it holds nothing of it."""
    from components.auth import ui
    from components.auth.cookies import BROWSER, token_in

    return token_in(ui.facts_of_session(), workbench().settings, BROWSER)


def visitor_address() -> str:
    """The address behind this tab, for counting failures and for the audit; empty where there is none."""
    from components.auth import ui
    from components.auth.proxy import client_address

    return client_address(ui.facts_of_session(), workbench().settings)
