"""What stands around the routes of a test's own server: the same headers and the same facts as in the app."""

from __future__ import annotations

from starlette.middleware import Middleware

from components.headers import Around
from components.workbench import Workbench


def around(bench: Workbench) -> Middleware:
    """The middleware for a server that has routes alone: there are no tabs whose messages are to be sifted."""
    return Middleware(Around, bench=bench, sifting=lambda: lambda message, _standing: message)
