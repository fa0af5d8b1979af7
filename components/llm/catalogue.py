"""Who serves models: a provider is a row of this table; only a wire protocol is code.

A server that speaks chat completions and is not in the table is a user's own row (see ``own.py``).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

Protocol = Literal["chat", "responses", "messages", "ollama", "llamacpp"]
BUILT_IN = "builtin"
OLLAMA_PORT = 11434
LOOPBACK_NAMES = ("localhost", "ip6-localhost", "ip6-loopback")


@dataclass(frozen=True)
class Provider:
    """Who serves models, and how to talk to it.

    Attributes:
        name: Our own word for it: it stands in the store, in choices and in prices.
        title: What the user reads.
        protocol: The wire format spoken.
        base_url: Where; empty where it is known only at run time (the built-in server).
        key_name: Environment variable or secret with a key for everybody on this server; empty where none is needed.
        address_name: Variable that puts another address in place of ``base_url``.
        price_name: The provider's name in the table of prices; empty where it has none.
        limit_word: What the protocol's limit on the reply's tokens is called here.
        seed_word: What the seed of the dice is called here.
        key_path: Asked first where the list of models is public, so that a wrong key is noticed.
        asks_usage: Whether usage in a stream must be asked for; some servers refuse the question.
        patience: Seconds to wait for each next piece; a local server may first load its model.
        about: A few words for the page.
        own: A user's own row.
        guarded: Only the public network may be reached, as whoever gave the address does not own this machine.
        extra: Sent along with each request as it stands.
    """

    name: str
    title: str
    protocol: Protocol
    base_url: str = ""
    key_name: str = ""
    address_name: str = ""
    price_name: str = ""
    limit_word: str = "max_tokens"
    seed_word: str = "seed"
    key_path: str = ""
    asks_usage: bool = True
    patience: float = 60.0
    about: str = ""
    own: bool = False
    guarded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def needs_key(self) -> bool:
        """Whether nothing works without a key."""
        return bool(self.key_name)

    @property
    def local(self) -> bool:
        """Whether what is sent stays on the machine that this app runs on.

        A row that needs a key is a service elsewhere: at an address of this machine stands a gateway to it.
        """
        return self.name == BUILT_IN or (self.loopback and not self.needs_key)

    @property
    def loopback(self) -> bool:
        """Whether the address itself is this machine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


@dataclass(frozen=True)
class ModelFact:
    """What a provider says of one of its models; None is unknown.

    Attributes:
        name: As it is asked for.
        title: As it is shown.
        context: Tokens of question and conversation that fit.
        rates: US dollars for a million tokens in, and out.
        can: What it can do beyond words: ``tools``, ``images``, ``reasoning``.
    """

    name: str
    title: str = ""
    context: int | None = None
    rates: tuple[float, float] | None = None
    can: frozenset[str] | None = None


PROVIDERS: tuple[Provider, ...] = (
    Provider(BUILT_IN, "Built-in", "llamacpp", patience=300.0, about="Runs here, needs no network"),
    Provider(
        "ollama",
        "Ollama",
        "ollama",
        f"http://localhost:{OLLAMA_PORT}",
        address_name="OLLAMA_HOST",
        patience=300.0,
        about="your own models",
    ),
    Provider(
        "anthropic",
        "Anthropic",
        "messages",
        "https://api.anthropic.com",
        "ANTHROPIC_API_KEY",
        address_name="ANTHROPIC_BASE_URL",
        price_name="anthropic",
        about="Claude",
    ),
    Provider(
        "openai",
        "OpenAI",
        "responses",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        address_name="OPENAI_BASE_URL",
        price_name="openai",
        about="GPT",
    ),
    Provider(
        "gemini",
        "Google Gemini",
        "chat",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        price_name="google",
        about="Gemini",
    ),
    Provider(
        "mistral",
        "Mistral",
        "chat",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        price_name="mistral",
        seed_word="random_seed",
        asks_usage=False,  # it tells the usage unasked, and refuses words that it does not know
        about="Mistral, Codestral",
    ),
    Provider(
        "groq",
        "Groq",
        "chat",
        "https://api.groq.com/openai/v1",
        "GROQ_API_KEY",
        price_name="groq",
        limit_word="max_completion_tokens",
        about="open models, fast",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "chat",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        price_name="openrouter",
        key_path="/key",
        about="many providers behind one key",
    ),
    Provider(
        "deepseek",
        "DeepSeek",
        "chat",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
        price_name="deepseek",
        about="DeepSeek",
    ),
    Provider("xai", "xAI", "chat", "https://api.x.ai/v1", "XAI_API_KEY", price_name="x-ai", about="Grok"),
    Provider(
        "together",
        "Together",
        "chat",
        "https://api.together.xyz/v1",
        "TOGETHER_API_KEY",
        price_name="together",
        about="open models",
    ),
    Provider(
        "fireworks",
        "Fireworks",
        "chat",
        "https://api.fireworks.ai/inference/v1",
        "FIREWORKS_API_KEY",
        price_name="fireworks",
        about="open models",
    ),
)


def find(name: str, addresses: Mapping[str, str] | None = None) -> Provider | None:
    """The catalogue's row of this name, at the operator's address for it if there is one; None: no such row."""
    return next((row for row in rows(addresses or {}) if row.name == name), None)


def rows(addresses: Mapping[str, str]) -> tuple[Provider, ...]:
    """All rows of the catalogue, with the operator's addresses (``Settings.provider_addresses``) in their place."""
    return tuple(_placed(row, addresses) for row in PROVIDERS)


def host_of(provider: Provider) -> str:
    """Where a request goes, as a user reads it: ``api.openai.com``, ``localhost:11434``, ``this machine``."""
    return urlsplit(provider.base_url).netloc.rpartition("@")[2] or "this machine"


def stays_here(provider: Provider, model: str) -> bool:
    """Whether a question to this model stays on this machine. Ollama passes what its ``cloud`` models are asked on."""
    return provider.local and not (provider.protocol == "ollama" and model.endswith((":cloud", "-cloud")))


def is_loopback(host: str) -> bool:
    """Whether a host, name or number, is this very machine. No name is looked up."""
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _placed(row: Provider, addresses: Mapping[str, str]) -> Provider:
    given = addresses.get(row.address_name, "").strip().rstrip("/")
    if not given:
        return row
    return replace(row, base_url=_ollama_address(given) if row.protocol == "ollama" else given)


def _ollama_address(given: str) -> str:
    """Ollama's own variable may lack scheme and port; what a server binds as 0.0.0.0 is reached as localhost."""
    bare = "://" not in given
    parts = urlsplit(f"http://{given}" if bare else given)
    host = parts.hostname or "localhost"
    host = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104  (compared)
    port = parts.port or (OLLAMA_PORT if bare else None)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
