"""An OpenID Connect provider on loopback that lies on demand: the code that it is asked to exchange is the fault.

::

    with FaultProvider() as server:
        server.nonce = "..."                     # what an honest token of this sign-in holds
        finish(provider, settings, flow, {"code": "wrong_aud", "state": flow.state})

A token's fault is a row of TOKENS; a fault of the token endpoint, of the discovery or of the keys is a method of the
same name. ``/authorize`` sends every browser straight back, with ``server.fault`` as the code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = dict[str, Any]
ACCESS = "access-token-of-ada"
CLIENT, SECRET = "app", "the-secret-of-the-client"
TRICKLE = 0.2  # seconds between two bytes of a slow answer

KEYS: Mapping[str, Any] = {
    "first": rsa.generate_private_key(65537, 2048),
    "second": rsa.generate_private_key(65537, 2048),
    "forger": rsa.generate_private_key(65537, 2048),
    "weak": rsa.generate_private_key(65537, 1024),
    "curve": ec.generate_private_key(ec.SECP256R1()),
    "edwards": ed25519.Ed25519PrivateKey.generate(),
}
ALGORITHMS = {"curve": "ES256", "edwards": "EdDSA"}


def public(name: str, **more: Any) -> Json:
    """A key as it stands in the list of keys."""
    algorithm = jwt.get_algorithm_by_name(ALGORITHMS.get(name, "RS256"))
    return {**algorithm.to_jwk(KEYS[name].public_key(), as_dict=True), "kid": name, "use": "sig", **more}


def without(claims: Json, *names: str) -> Json:
    return {name: value for name, value in claims.items() if name not in names}


def left_half(text: str, digest: Callable[[bytes], Any] = hashlib.sha256) -> str:
    whole = digest(text.encode()).digest()
    return base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode()


# A fault of a token: what it does to an honest one's claims.
CLAIMS: dict[str, Callable[[Json], Json]] = {
    "wrong_iss": lambda c: c | {"iss": "http://127.0.0.1:1"},
    "iss_with_a_slash": lambda c: c | {"iss": c["iss"] + "/"},
    "no_iss": lambda c: without(c, "iss"),
    "wrong_aud": lambda c: c | {"aud": "another"},
    "aud_begins_like_ours": lambda c: c | {"aud": CLIENT + "2"},
    "no_aud": lambda c: without(c, "aud"),
    "aud_of_others": lambda c: c | {"aud": ["another", "third"]},
    "two_aud_without_azp": lambda c: c | {"aud": [CLIENT, "another"]},
    "two_aud_wrong_azp": lambda c: c | {"aud": [CLIENT, "another"], "azp": "another"},
    "wrong_azp": lambda c: c | {"azp": "another"},
    "aud_is_an_object": lambda c: c | {"aud": {CLIENT: True}},
    "no_nonce": lambda c: without(c, "nonce"),
    "wrong_nonce": lambda c: c | {"nonce": "of-another-sign-in"},
    "nonce_is_a_list": lambda c: c | {"nonce": [c["nonce"]]},
    "nonce_is_null": lambda c: c | {"nonce": None},
    "nonce_is_not_ascii": lambda c: c | {"nonce": c["nonce"] + "\u00e9"},
    "expired": lambda c: c | {"exp": time.time() - 120},
    "no_exp": lambda c: without(c, "exp"),
    "exp_is_text": lambda c: c | {"exp": str(int(time.time()) + 600)},
    "exp_is_true": lambda c: c | {"exp": True},
    "exp_is_infinite": lambda c: c | {"exp": float("inf")},
    "exp_is_nan": lambda c: c | {"exp": float("nan")},
    "exp_is_huge": lambda c: c | {"exp": 10**399},
    "no_iat": lambda c: without(c, "iat"),
    "iat_in_the_future": lambda c: c | {"iat": time.time() + 600},
    "iat_long_ago": lambda c: c | {"iat": time.time() - 7200},
    "nbf_in_the_future": lambda c: c | {"nbf": time.time() + 600},
    "wrong_at_hash": lambda c: c | {"at_hash": left_half("another token")},
    "at_hash_is_a_number": lambda c: c | {"at_hash": 7},
    "at_hash_is_empty": lambda c: c | {"at_hash": ""},
    "no_sub": lambda c: without(c, "sub"),
    "sub_is_a_number": lambda c: c | {"sub": 7},
    "sub_is_empty": lambda c: c | {"sub": ""},
    "sub_is_long": lambda c: c | {"sub": "x" * 256},
    "sub_breaks_the_line": lambda c: c | {"sub": "ada\nadmin"},
    # These are honest.
    "ok": lambda c: c,
    "two_aud": lambda c: c | {"aud": [CLIENT, "another"], "azp": CLIENT},
    "aud_is_a_list": lambda c: c | {"aud": [CLIENT]},
    "no_at_hash": lambda c: without(c, "at_hash"),
    "clock_is_slow": lambda c: c | {"iat": time.time() - 45, "exp": time.time() - 15},
    "clock_is_fast": lambda c: c | {"iat": time.time() + 45},
}


def signed(claims: Json, key: str = "first", **header: Any) -> str:
    return jwt.encode(claims, KEYS[key], ALGORITHMS.get(key, "RS256"), headers={"kid": key, **header})


def hmac_with(secret: bytes, claims: Json, **header: Any) -> str:
    """A token signed with a shared secret, by hand: no library signs with a public key."""
    head = {"alg": "HS256", "typ": "JWT", "kid": "first", **header}
    parts = ".".join(_b64(json.dumps(part).encode()) for part in (head, claims))
    return f"{parts}.{_b64(hmac.digest(secret, parts.encode(), 'sha256'))}"


def none_alg(claims: Json, alg: str = "none", signature: str = "") -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": alg, "typ": "JWT", "kid": "first"}, claims))
    return ".".join([*map(_b64, parts), signature])


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _pem() -> bytes:
    pem: bytes = KEYS["first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def _altered(claims: Json) -> str:
    """An honest token whose claims were changed behind its signature."""
    head, _, signature = signed(claims).split(".")
    return f"{head}.{_b64(json.dumps(claims | {'sub': 'admin'}).encode())}.{signature}"


# A fault of a token: how it is made of honest claims.
TOKENS: dict[str, Callable[[Json], Any]] = {
    "bad_signature": lambda c: signed(c)[:-8] + "AAAAAAAA",
    "altered": _altered,
    "no_signature": lambda c: signed(c).rpartition(".")[0] + ".",
    "none_alg": none_alg,
    "none_alg_in_capitals": lambda c: none_alg(c, "NONE"),
    "none_alg_with_a_signature": lambda c: none_alg(c, "none", "c2ln"),
    "empty_alg": lambda c: none_alg(c, ""),
    "hs256_with_the_public_key": lambda c: hmac_with(_pem(), c),
    "hs256_with_the_public_key_as_jwk": lambda c: hmac_with(json.dumps(public("first")).encode(), c),
    "hs256_with_the_clients_secret": lambda c: hmac_with(SECRET.encode(), c),
    "hs256_called_rs256": lambda c: hmac_with(_pem(), c, alg="RS256"),
    "of_another_key": lambda c: signed(c, "forger", kid="first"),
    "of_a_key_that_it_brings": lambda c: signed(c, "forger", jwk=public("forger")),
    "of_a_key_elsewhere": lambda c: signed(c, "forger", jku="http://127.0.0.1:1/keys"),
    "of_an_unknown_key": lambda c: signed(c, "forger"),
    "of_another_key_without_kid": lambda c: jwt.encode(c, KEYS["forger"], "RS256"),
    "of_a_weak_key": lambda c: signed(c, "weak"),
    "of_a_key_for_encryption": lambda c: signed(c, "second", kid="for-encryption"),
    "of_a_key_of_another_algorithm": lambda c: signed(c, "second", kid="for-rs512"),
    "not_advertised": lambda c: jwt.encode(
        c | {"at_hash": left_half(ACCESS, hashlib.sha384)}, KEYS["first"], "PS384", headers={"kid": "first"}
    ),
    "critical_extension": lambda c: signed(c, crit=["exp"]),
    "unencoded": lambda c: signed(c, crit=["b64"]),
    "kid_is_a_path": lambda c: signed(c, "forger", kid="../../../../dev/null"),
    "kid_is_sql": lambda c: signed(c, "forger", kid="' UNION SELECT 'key"),
    "claims_are_a_list": lambda c: jwt.PyJWS().encode(b'["sub"]', KEYS["first"], "RS256", {"kid": "first"}),
    "claims_are_no_json": lambda c: jwt.PyJWS().encode(b"{", KEYS["first"], "RS256", {"kid": "first"}),
    "claims_twice": lambda c: jwt.PyJWS().encode(
        json.dumps(c)[:-1].encode() + b', "sub": "admin"}', KEYS["first"], "RS256", {"kid": "first"}
    ),
    "two_parts": lambda c: signed(c).rpartition(".")[0],
    "four_parts": lambda c: signed(c) + ".AAAA",
    "encrypted": lambda c: "e30.e30.e30.e30.e30",
    "garbled": lambda c: "not a token",
    "not_ascii": lambda c: "\u00e9.\u00e9.\u00e9",
    "no_id_token": lambda c: None,
    "id_token_is_a_list": lambda c: [signed(c)],
    # These are honest.
    "elliptic": lambda c: signed(c, "curve"),
    "edwards": lambda c: signed(c | {"at_hash": left_half(ACCESS, hashlib.sha512)}, "edwards"),
    "pss": lambda c: jwt.encode(c, KEYS["first"], "PS256", headers={"kid": "first"}),
    "no_kid": lambda c: jwt.encode(c, KEYS["first"], "RS256"),
    "rotated": lambda c: signed(c, "second"),
}
HONEST = (
    *("ok", "two_aud", "aud_is_a_list", "no_at_hash", "clock_is_slow", "clock_is_fast"),
    *("elliptic", "edwards", "pss", "no_kid"),
)
FALSE = sorted((set(CLAIMS) | set(TOKENS)) - set(HONEST) - {"rotated"})


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


class FaultProvider:
    """The provider; it runs in threads from its making to ``close``.

    Attributes:
        url: Its issuer.
        nonce: What an honest token of the sign-in under test holds.
        claims: More claims of an honest token.
        user: What its user API says.
        keys: Its list of keys.
        about: Laid over what it says of itself; None takes a line away.
        fault: The code that ``/authorize`` sends back.
        asked: The paths that were asked for, oldest first, with their forms.
    """

    def __init__(self) -> None:
        self.nonce, self.fault = "", "ok"
        self.claims: Json = {}
        self.user: Json = {"sub": "ada"}
        self.about: Json = {}
        self.apart = 0  # seconds by which its clock differs from ours
        self.broken = ""  # what the discovery, the keys or the user API answer in place of the truth
        self.keys = [public("first"), public("curve"), public("edwards"), public("weak")]
        self.keys += [public("second", kid="for-encryption", use="enc"), public("second", kid="for-rs512", alg="RS512")]
        self.asked: list[tuple[str, Json]] = []
        self.auth: list[str] = []
        self._http = _Http(("127.0.0.1", 0), type("Handler", (_Handler,), {"home": self}))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def discovery(self) -> Json:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/user",
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return {name: value for name, value in (said | self.about).items() if value is not None}

    def tokens(self, fault: str) -> Json:
        """What the token endpoint gives for a code."""
        now = time.time()
        honest = {"iss": self.url, "sub": "ada", "aud": CLIENT, "exp": now + 600, "iat": now, "nonce": self.nonce}
        honest |= {"at_hash": left_half(ACCESS), "email": "ada@example.com", "email_verified": True}
        honest |= {"name": "Ada Lovelace", "groups": ["finance"]} | self.claims
        claims = CLAIMS.get(fault, CLAIMS["ok"])({k: v for k, v in honest.items() if v is not None})
        make: Callable[[Json], Any] = TOKENS.get(fault, signed)
        token = make(claims)
        given = {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 600, "id_token": token}
        return {name: value for name, value in given.items() if value is not None}

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(asked == path for asked, _ in self.asked)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> FaultProvider:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    home: FaultProvider

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever has had enough goes
            super().handle()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.home.apart)

    def do_GET(self) -> None:
        where, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
        self.home.asked.append((where.path, {key: values[0] for key, values in asked.items()}))
        if where.path == "/authorize":
            answer = {"code": self.home.fault, "state": asked["state"][0]}
            self.home.nonce = asked.get("nonce", [""])[0]
            self._redirect(f"{asked['redirect_uri'][0]}?{urlencode(answer)}")
        elif self.home.broken:
            getattr(self, f"say_{self.home.broken}")()
        elif where.path.endswith("/.well-known/openid-configuration"):
            self._json(self.home.discovery())
        elif where.path == "/keys":
            self._json({"keys": self.home.keys})
        elif where.path == "/user":
            self._json(self.home.user)
        else:
            self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        self.home.asked.append((self.path, form))
        self.home.auth.append(self.headers.get("authorization", ""))
        say = getattr(self, f"say_{form['code']}", None)
        say() if say else self._json(self.home.tokens(form["code"]))

    def say_hang(self) -> None:
        """Accept, and never answer."""
        time.sleep(TRICKLE * 100)

    def say_trickle(self) -> None:
        """A byte now and then: no single wait is long."""
        self._begin(200, "application/json", 1000)
        for _ in range(100):
            self.wfile.write(b" ")
            time.sleep(TRICKLE)

    def say_trickling_headers(self) -> None:
        for _ in range(100):
            self.wfile.write(b"H")
            time.sleep(TRICKLE)

    def say_huge(self) -> None:
        """All that was asked for, and far too much besides."""
        honest = self.home.discovery() | {"keys": self.home.keys} | self.home.tokens("ok")
        self._json(honest | {"padding": "x" * 2_000_000})

    def say_endless(self) -> None:
        """No length is told, and it never ends."""
        self.send_response(200)
        self.end_headers()
        for _ in range(10_000):
            self.wfile.write(b" " * 65_536)

    def say_web_page(self) -> None:
        self._send(b"<html>Please sign in to the network</html>", "text/html")

    def say_redirect(self) -> None:
        self._redirect(f"{self.home.url}/elsewhere", 307)

    def say_a_list(self) -> None:
        self._json([])

    def say_deep(self) -> None:
        self._send(b"[" * 200_000)

    def say_digits(self) -> None:
        self._send(b'{"exp": ' + b"9" * 500_000 + b"}")

    def say_latin(self) -> None:
        self._send(b'{"access_token": "\xe9\xff"}')

    def say_compressed(self) -> None:
        self._begin(200, "application/json", 100, {"content-encoding": "gzip"})
        self.wfile.write(b"\x1f\x8b" + b"\0" * 98)

    def say_cut(self) -> None:
        self._begin(200, "application/json", 1000)
        self.wfile.write(b'{"access_token": ')

    def say_server_error(self) -> None:
        self._json({"error": "server_error"}, 500)

    def say_invalid_grant(self) -> None:
        self._json({"error": "invalid_grant"}, 400)

    def say_invalid_client(self) -> None:
        self._json({"error": "invalid_client"}, 401)

    def say_forbidden(self) -> None:
        self._json(self.home.tokens("ok"), 403)

    def say_error_in_200(self) -> None:
        self._json(self.home.tokens("ok") | {"error": "bad_verification_code"})

    def say_mac_token(self) -> None:
        self._json(self.home.tokens("ok") | {"token_type": "mac"})

    def say_no_access_token(self) -> None:
        self._json(without(self.home.tokens("ok"), "access_token"))

    def say_access_token_with_a_line(self) -> None:
        self._json(self.home.tokens("ok") | {"access_token": "a\r\nx-admin: 1"})

    def _redirect(self, to: str, status: int = 302) -> None:
        self.send_response(status)
        self.send_header("location", to)
        self.send_header("content-length", "0")
        self.end_headers()

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _send(self, body: bytes, kind: str = "application/json", status: int = 200) -> None:
        self._begin(status, kind, len(body))
        try:
            self.wfile.write(body)
        except ConnectionError:
            return  # the other side had enough

    def _begin(self, status: int, kind: str, length: int, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(length), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
