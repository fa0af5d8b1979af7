"""OpenID Connect: what the provider says of itself, and the token in which it says who somebody is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeGuard

from components.auth.exchange import exchange
from components.auth.facts import is_loopback_name
from components.auth.groups import groups_at, qualified
from components.auth.http import ask, parts_of
from components.auth.identity import LONGEST, Identity, SignInFailedError, plain_email, plain_groups, plain_name
from components.auth.jwks import ALGORITHMS, BadTokenError, Keys
from components.auth.providers import Provider
from components.recent import Recent

KEPT = 3600.0  # seconds that what a provider says of itself counts
LEEWAY = 60.0  # seconds by which its clock may differ from ours
LATEST = 2.0**53  # seconds since 1970; beyond lie infinity and what no float holds
OLDEST = 300.0  # seconds by which a token may seem older than the question for it
GMAIL = ("@gmail.com", "@googlemail.com")
METHODS = ("client_secret_basic", "client_secret_post")
HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512, "DSA": hashlib.sha512}


@dataclass(frozen=True)
class Discovery:
    """What a provider says of itself.

    Attributes:
        algorithms: With which it signs, symmetric ones left out.
        methods: How it takes the client's secret.
        says_issuer: Whether it names itself when it sends the browser back (RFC 9207); then it must.
    """

    authorize_url: str
    token_url: str
    keys_url: str
    user_url: str
    algorithms: tuple[str, ...]
    methods: tuple[str, ...]
    says_issuer: bool


_DISCOVERED: Recent[str, tuple[float, Discovery]] = Recent(100)  # providers; a workbench has a few


def discovered(provider: Provider) -> Discovery:
    """What the provider says of itself, as of the last hour.

    Raises:
        SignInFailedError: It does not answer, calls itself otherwise, or names unsafe addresses.
    """
    found = _DISCOVERED.get(provider.issuer)
    if found is None or time.monotonic() - found[0] > KEPT:
        found = time.monotonic(), discover(provider)
        _DISCOVERED.put(provider.issuer, found)
    return found[1]


def discover(provider: Provider) -> Discovery:
    """Ask the provider now what it says of itself; raises as ``discovered``."""
    said = ask(provider.issuer.rstrip("/") + "/.well-known/openid-configuration").body
    if not isinstance(said, dict) or said.get("issuer") != provider.issuer:
        named = said.get("issuer") if isinstance(said, dict) else None
        raise _wrong(provider, f"it calls itself {named!r:.200}, not {provider.issuer!r}")
    algorithms = tuple(a for a in _listed(said, "id_token_signing_alg_values_supported", ("RS256",)) if a in ALGORITHMS)
    if not algorithms:
        raise _wrong(provider, "it signs with shared secrets alone")
    methods = _listed(said, "token_endpoint_auth_methods_supported", METHODS[:1])
    return Discovery(
        authorize_url=_address(provider, said, "authorization_endpoint"),
        token_url=_address(provider, said, "token_endpoint"),
        keys_url=_address(provider, said, "jwks_uri"),
        user_url=_address(provider, said, "userinfo_endpoint") if said.get("userinfo_endpoint") else "",
        algorithms=algorithms,
        methods=tuple(m for m in METHODS if m in methods) or METHODS,
        says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
    )


def identity(
    provider: Provider, code: str, back: str, verifier: str, nonce: str, begun_at: float, issuer: str | None
) -> Identity:
    """Exchange the code, verify the token, gather what it does not say.

    Args:
        begun_at: When the sign-in was begun; a token from before is not of it.
        issuer: The provider that the browser says it came from; None where it says none.

    Raises:
        SignInFailedError: The provider is silent, or something is not as it must be.
    """
    about = discovered(provider)
    if (issuer is not None and issuer != provider.issuer) or (issuer is None and about.says_issuer):
        raise BadTokenError(f"the answer came from {issuer!r:.200}")
    tokens = exchange(provider, about.token_url, code, back, verifier, about.methods)
    access = tokens["access_token"]
    claims = verify(provider, tokens.get("id_token"), nonce=nonce, access_token=access, begun_at=begun_at)
    more = _more(provider, about, claims, access)
    return Identity(
        provider.name,
        claims["sub"],
        _email(provider, claims, more),
        _name(claims, more),
        _groups(provider, claims, more, access),
    )


def verify(
    provider: Provider, id_token: object, *, nonce: str, access_token: str = "", begun_at: float = 0.0
) -> dict[str, Any]:
    """The claims of an id_token, if it is this provider's, for us, of now and of this sign-in.

    Raises:
        SignInFailedError: It is not (``BadTokenError``), or the keys cannot be fetched.
    """
    if not isinstance(id_token, str):
        raise BadTokenError("no id_token came")
    about = discovered(provider)
    header, claims = keys_at(about.keys_url).payload(id_token, about.algorithms)
    _require_parties(provider, claims)
    _require_times(claims, begun_at)
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise BadTokenError("nonce of another sign-in")
    if access_token and "at_hash" in claims:
        _require_hash(claims["at_hash"], access_token, header["alg"])
    return claims


@cache
def keys_at(url: str) -> Keys:
    """The keys at an address, the same for all sign-ins of this process."""
    return Keys(url)


def _require_parties(provider: Provider, claims: Mapping[str, Any]) -> None:
    if claims.get("iss") != provider.issuer:
        raise BadTokenError(f"iss is {claims.get('iss')!r:.200}")
    named = claims.get("aud")
    audience = [named] if isinstance(named, str) else named
    if not isinstance(audience, list) or provider.client_id not in audience:
        raise BadTokenError("aud does not name us")
    if (len(audience) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise BadTokenError("azp is another client")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST or not subject.isprintable():
        raise BadTokenError("sub is missing or malformed")


def _require_times(claims: Mapping[str, Any], begun_at: float) -> None:
    now = time.time()
    expires, issued, begins = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not _is_time(expires) or expires <= now - LEEWAY:
        raise BadTokenError("exp is missing or over")
    if not _is_time(issued) or not begun_at - OLDEST <= issued <= now + LEEWAY:
        raise BadTokenError("iat is missing, in the future, or before this sign-in")
    if begins is not None and (not _is_time(begins) or begins > now + LEEWAY):
        raise BadTokenError("nbf is in the future")


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LATEST


def _require_hash(said: object, access_token: str, algorithm: str) -> None:
    digest = HASHES[algorithm[-3:]](access_token.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), wanted):
        raise BadTokenError("at_hash is of another access token")


def _more(provider: Provider, about: Discovery, claims: Mapping[str, Any], access: str) -> Mapping[str, Any]:
    """What the user API adds where the token is silent; it must speak of the same person."""
    silent = "email" not in claims or "name" not in claims or _lacks_groups(provider, claims)
    if not about.user_url or not silent:
        return {}
    body = ask(about.user_url, token=access).body
    if not isinstance(body, dict) or body.get("sub") != claims["sub"]:
        raise BadTokenError("the user API speaks of another person")
    return body


def _lacks_groups(provider: Provider, claims: Mapping[str, Any]) -> bool:
    return bool(provider.groups_claim) and claim_at(claims, provider.groups_claim) is None and not _overflows(claims)


def _email(provider: Provider, claims: Mapping[str, Any], more: Mapping[str, Any]) -> str | None:
    """The e-mail, if it is verified. Which words say so is the provider's own."""
    said = claims if "email" in claims else more
    email = plain_email(said.get("email"))
    if email is None or provider.trust_email:
        return email
    if provider.preset == "entra":  # there a directory may write any e-mail; this claim says that its domain is proved
        return email if said.get("xms_edov") in (True, 1, "1", "true") else None
    if provider.preset == "google" and not (said.get("hd") or email.endswith(GMAIL)):
        return None  # verified once, by somebody who may have left that domain since
    return email if said.get("email_verified") in (True, "true") else None


def _name(claims: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    sources = ((said, key) for key in ("name", "preferred_username", "nickname") for said in (claims, more))
    return next((name for said, key in sources if (name := plain_name(said.get(key)))), "")


def _groups(provider: Provider, claims: Mapping[str, Any], more: Mapping[str, Any], access: str) -> tuple[str, ...]:
    if not provider.groups_claim:
        return ()
    listed = claim_at(claims, provider.groups_claim)
    if listed is None and provider.groups_urls and (_overflows(claims) or provider.preset != "entra"):
        listed = groups_at(provider, access)  # our own address, not the one that the token names
    if listed is None:
        listed = claim_at(more, provider.groups_claim)
    if listed is None and _overflows(claims):
        raise _wrong(provider, "too many groups for the token, and no groups_url")
    return qualified(provider, plain_groups(listed))


def _overflows(claims: Mapping[str, Any]) -> bool:
    """Whether the token says that the groups did not fit into it."""
    names = claims.get("_claim_names")
    return (isinstance(names, dict) and "groups" in names) or claims.get("hasgroups") in (True, "true")


def claim_at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by names joined by dots (``realm_access.roles``); None where there is none."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _listed(said: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = said.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else default


def _address(provider: Provider, said: Mapping[str, Any], key: str) -> str:
    address = said.get(key)
    parts = parts_of(address)
    local = parts.scheme == "http" and is_loopback_name(parts.netloc) and provider.issuer.startswith("http://")
    if (parts.scheme != "https" and not local) or not parts.hostname or parts.username or parts.fragment:
        raise _wrong(provider, f"its {key} is {address!r:.200}")
    return str(address)


def _wrong(provider: Provider, why: str) -> SignInFailedError:
    error = SignInFailedError(f"{provider.title} did not answer as it should.")
    error.__cause__ = ValueError(f"{provider.issuer}: {why}")
    return error
