"""A plain OAuth 2 provider on loopback that behaves as GitHub does: no token says who somebody is, its user API does.

Errors of its token endpoint come with status 200, lists come in pages, and PKCE is checked where a challenge was sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Json = dict[str, Any]
CLIENT, SECRET = "app", "the-secret-of-the-client"
PER_PAGE = 2


class OAuth2Provider:
    """The provider; it runs in threads from its making to ``close``. Whoever comes to it is signed in at once.

    Attributes:
        url: Its address.
        person, emails, orgs, teams: What its user API says of whoever is signed in.
        next_host: Where the next page of a list is said to be; empty: here.
        asked: The paths that were asked for, oldest first.
        refuses: Whether whoever comes to it declines.
    """

    def __init__(self) -> None:
        self.person: Json = {"id": 7, "login": "ada", "name": "Ada Lovelace", "email": "shown@example.com"}
        self.emails: Any = [
            {"email": "old@example.com", "primary": False, "verified": True},
            {"email": "Ada@Example.com", "primary": True, "verified": True},
        ]
        self.orgs = [{"login": name} for name in ("acme", "globex", "initech")]
        self.teams = [{"slug": "finance", "organization": {"login": "acme"}}]
        self.next_host, self.refuses = "", False
        self.asked: list[str] = []
        self._codes: dict[str, Json] = {}
        self._tokens: set[str] = set()
        server = type("Server", (ThreadingHTTPServer,), {"daemon_threads": True, "block_on_close": False})
        self._http = server(("127.0.0.1", 0), type("Handler", (_Handler,), {"home": self}))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def fields(self) -> dict[str, str]:
        """The fields of a row for it, beside its preset."""
        return {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "authorize_url": f"{self.url}/login/oauth/authorize",
            "token_url": f"{self.url}/login/oauth/access_token",
            "user_url": f"{self.url}/user",
            "emails_url": f"{self.url}/user/emails",
            "groups_url": f"{self.url}/user/orgs {self.url}/user/teams",
        }

    def begin(self, asked: Mapping[str, str]) -> str:
        """What a browser is sent back with."""
        if self.refuses:
            return urlencode({"error": "access_denied", "state": asked["state"]})
        code = secrets.token_hex(10)
        self._codes[code] = dict(asked)
        return urlencode({"code": code, "state": asked["state"]})

    def exchange(self, form: Mapping[str, str]) -> Json:
        """What a code is good for, once."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return {"error": "incorrect_client_credentials"}
        begun = self._codes.pop(form.get("code", ""), None)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            return {"error": "bad_verification_code"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if begun.get("code_challenge") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            return {"error": "bad_verification_code"}
        token = "gho_" + secrets.token_hex(18)
        self._tokens.add(token)
        return {"access_token": token, "scope": "read:user,user:email", "token_type": "bearer"}

    def of_person(self, path: str, token: str) -> Any:
        """What its user API says; None where the token is not its own."""
        known = {"/user": self.person, "/user/emails": self.emails, "/user/orgs": self.orgs, "/user/teams": self.teams}
        return known.get(path) if token in self._tokens else None

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> OAuth2Provider:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    home: OAuth2Provider

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever has had enough goes
            super().handle()

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(where.query).items()}
        self.home.asked.append(where.path)
        if where.path == "/login/oauth/authorize":
            self.send_response(302)
            self.send_header("location", f"{asked['redirect_uri']}?{self.home.begin(asked)}")
            self.end_headers()
            return
        found = self.home.of_person(where.path, self.headers.get("authorization", "").removeprefix("Bearer "))
        if found is None:
            self._json({"message": "Bad credentials"}, status=401)
        elif isinstance(found, list):
            self._page(where.path, found, int(asked.get("page", 1)))
        else:
            self._json(found)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.home.asked.append(self.path)
        self._json(self.home.exchange({key: values[0] for key, values in parse_qs(body).items()}))

    def _page(self, path: str, rows: list[Any], page: int) -> None:
        host, end = self.home.next_host or self.home.url, page * PER_PAGE
        link = f'<{host}{path}?page={page + 1}>; rel="next", <{host}{path}?page=9>; rel="last"'
        self._json(rows[end - PER_PAGE : end], {"link": link} if end < len(rows) else {})

    def _json(self, value: Any, more: Mapping[str, str] | None = None, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **(more or {}),
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)
