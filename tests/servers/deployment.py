"""The app as a deployment has it: behind nginx with TLS, and with panva's provider to sign in at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.servers.app import App, running_app
from tests.servers.nginx import Nginx, nginx_program, running_nginx
from tests.servers.openid import SECRET, client, free_port, running_panva

OWN_ADDRESS = "127.0.0.2"  # from which browsers without a window come


@dataclass
class Deployment:
    """The app and what stands before it."""

    app: App
    nginx: Nginx

    @property
    def back(self) -> str:
        """The redirect address that the provider knows."""
        return f"{self.nginx.url}/api/sign-in/back"

    def browser(self) -> httpx.Client:
        """A browser without a window and without cookies, which follows no redirect by itself."""
        transport = httpx.HTTPTransport(verify=self.nginx.trust, local_address=OWN_ADDRESS)
        return httpx.Client(base_url=self.nginx.url, transport=transport, timeout=30)


@contextmanager
def running_deployment(
    folder: Path, accounts: Mapping[str, Mapping[str, Any]] | None = None, **more: str
) -> Iterator[Deployment]:
    """Start provider, nginx and app. The provider's row is ``op``, and ``ada@example.com`` is an administrator."""
    nginx_program()  # without one the test is skipped before anything starts
    outer, inner = free_port(), free_port()
    url = f"https://localhost:{outer}"
    with running_panva([client(f"{url}/api/sign-in/back")], accounts) as issuer:
        row = {"ISSUER": issuer, "CLIENT_ID": "app", "CLIENT_SECRET": SECRET, "TITLE": "the test provider"}
        settings = {f"GROUNDWORK_PROVIDER_OP_{key}": value for key, value in row.items()}
        settings |= {"GROUNDWORK_PUBLIC_URL": url, "GROUNDWORK_TRUSTED_PROXIES": "127.0.0.1"}
        settings |= {"GROUNDWORK_ADMINISTRATORS": "ada@example.com"} | more
        with (
            running_nginx(folder / "nginx", outer, inner) as nginx,
            running_app(folder / "home", "--server.port", str(inner), **settings) as app,
        ):
            yield Deployment(app, nginx)
