"""The server behind the pages: routes, headers, start and end of the process."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit import config, delta_generator
from streamlit.runtime.pages_manager import PagesManager

from components.auth.admission import is_loopback_name
from components.auth.peers import keep_peers
from components.auth.setup import first_steps
from components.auth.ui.messages import Sifting
from components.errors import AppError, ConfigurationError
from components.frontend import FrontEnd
from components.headers import Around
from components.settings import Settings
from components.ui.theme import keep_theme
from components.warming import settle, warm_behind_first_page
from components.workbench import Workbench, close_workbench, workbench

MUST_BE_ON = ("server.enableCORS", "server.enableXsrfProtection")  # they hold other sites' pages off the sessions
MUST_BE_OFF = ("global.developmentMode", "server.enableAgentApi")


def build() -> dict[str, Any]:
    """Open the workbench and return what ``st.App`` takes; where that fails, say one line and end the process.

    Raises:
        SystemExit: The app cannot start; its text says why and what to do.
    """
    PagesManager.uses_pages_directory = False  # else a cold server runs any file of pages/ without asking Home.py
    delta_generator._use_warning_has_been_displayed = True  # its question walks the files of all modules: 50 ms
    keep_theme()
    keep_peers()
    try:
        bench = workbench()
        refuse_open_doors(bench.settings)
        if bench.settings.asks_sign_in:  # on a laptop nothing of signing in is loaded
            check_ways_in(bench)
    except AppError as error:
        close_workbench()
        said = " ".join(filter(None, (error.what, error.kept, error.todo)))
        raise SystemExit(f"Groundwork did not start. {said}") from None
    _accept_own_name_only(bench.settings)
    settle()
    base = st.get_option("server.baseUrlPath")
    return {
        "routes": routes(bench),
        "middleware": [
            Middleware(Around, bench=bench, sifting=Sifting, base=base),
            Middleware(FrontEnd, base=base),
        ],
        "lifespan": lifespan,
        "on_script_error": _say_error,
    }


def refuse_open_doors(settings: Settings) -> None:
    """Refuse what would let strangers in.

    Raises:
        ConfigurationError: The address is another than this machine's while nobody has to sign in, a part of a host is
            ours while somebody has to, or one of Streamlit's own protections is off.
    """
    address = st.get_option("server.address") or "0.0.0.0"  # noqa: S104 - Streamlit's default, refused here
    if not settings.asks_sign_in and not is_loopback_name(address):
        raise ConfigurationError(
            f"server.address is {address}, where other machines reach it, and nobody would have to sign in.",
            todo="Set server.address to 127.0.0.1, or set GROUNDWORK_SIGN_IN=required.",
        )
    if settings.asks_sign_in and st.get_option("server.baseUrlPath").strip("/"):
        raise ConfigurationError(
            "server.baseUrlPath is set, and people sign in at the root of a host.",
            todo="Give the workbench a host name of its own.",
        )
    for name, wanted in (*((n, True) for n in MUST_BE_ON), *((n, False) for n in MUST_BE_OFF)):
        if bool(st.get_option(name)) is not wanted:
            raise ConfigurationError(
                f"{name} is {'off' if wanted else 'on'}.", todo=f"Set {name} to {str(wanted).lower()}."
            )


def _accept_own_name_only(settings: Settings) -> None:
    """Where the address in the browser is known, no session is opened under another name."""
    name = urlsplit(settings.public_url).hostname
    if name and settings.asks_sign_in and not st.get_option("server.allowedHosts"):
        config.set_option("server.allowedHosts", [name])


def check_ways_in(bench: Workbench) -> None:
    """Refuse settings under which nobody, or the wrong people, could sign in. Raises ``ConfigurationError``."""
    from components.auth.providers import check_sign_in
    from components.store.people import has_administrator

    check_sign_in(bench.settings, has_administrator=has_administrator(bench.store))


def routes(bench: Workbench) -> list[BaseRoute]:
    """Every HTTP route of ours; each admits its caller itself."""
    from components.belongings.export import routes as of_exports
    from components.documents.routes import routes as of_documents
    from components.tables.explorer.routes import routes as of_explorer
    from components.tables.routes import routes as of_tables

    found = [*of_tables(bench), *of_explorer(bench), *of_documents(bench), *of_exports(bench)]
    if bench.settings.asks_sign_in:
        from components.auth.routes import routes as of_sign_in

        found += of_sign_in()
    return found


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """From the first request to the last: say where the app is, warm the imports, close everything at the end."""
    if config._server_mode != "asgi-server":  # such a server says itself where it is, and does not tell us
        print(f"Groundwork is at {_shown_address()}", file=sys.stderr)  # noqa: T201
    bench = workbench()
    said = first_steps(bench.settings, bench.store)
    if said:
        print(said, file=sys.stderr)  # noqa: T201
    warm_behind_first_page()
    yield
    close_workbench()


def _shown_address() -> str:
    address, base = st.get_option("server.address") or "", st.get_option("server.baseUrlPath").strip("/")
    name = "localhost" if address in ("", "127.0.0.1", "0.0.0.0", "::", "::1") else address  # noqa: S104
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{name}:{st.get_option('server.port')}{'/' + base if base else ''}"


def _say_error(error: Exception) -> bool:
    """Whatever a page let through is said on the page as any other error."""
    from components.ui.errors import show_error

    return show_error(error)
