"""Every error that a user can meet, as one tree.

AppError                        its text is shown to the user as it stands
├── ConfigurationError          a setting is missing or malformed; the app does not start
├── StoreError                  what lasts cannot be read or written
│   ├── StoreInUseError         another copy of the app holds the data folder
│   └── StorageFullError        no room left on the disk
├── ProviderError               a model provider refused, failed, or is away
│   ├── KeyRejectedError        ├── NotAllowedError      ├── ModelNotFoundError   ├── RateLimitedError
│   ├── QuotaSpentError         ├── OverloadedError      ├── ContextTooLongError  ├── FilteredError
│   ├── BadRequestError         ├── UnreachableError     ├── SilentError          ├── CutOffError
│   ├── GarbledError            └── KeyMissingError
├── BuiltInModelError           the built-in model is not here, or cannot run
├── FileError                   an upload was refused, or cannot be read
├── QueryError                  a SQL query was refused, stopped, or failed
│   ├── QueryRefusedError       the guard let it not through
│   ├── QueryFailedError        the engine's own words
│   └── QueryStoppedError       too long or too much memory
├── JobError                    long work failed
└── AccessError                 the user may not see or do this, or it does not exist: the two look alike
    └── SignInRequiredError     nobody is admitted yet

A subject may derive an error of its own from these, which stands beside what raises it.
Anything else that is raised is a bug: it is logged whole, the user reads that it is one, and it is never swallowed.
"""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """What a user reads: what happened, what was kept, what to do.

    Args:
        what: One or two sentences: what happened, naming the file, row, setting or host.
        kept: One sentence: what was kept. Empty where nothing was at stake.
        todo: One sentence: what the user can do now.
    """

    kept = ""
    todo = ""

    def __init__(self, what: str, *, kept: str | None = None, todo: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.kept = self.kept if kept is None else kept
        self.todo = self.todo if todo is None else todo

    @property
    def code(self) -> str:
        """The class's name: what is stored with a failed reply or job."""
        return type(self).__name__

    def facts(self) -> dict[str, Any]:
        """What is stored with a failed reply or job: code, what, kept, todo; retry_after where a provider said it."""
        facts = {"code": self.code, "what": self.what, "kept": self.kept, "todo": self.todo}
        retry_after = getattr(self, "retry_after", None)
        return facts if retry_after is None else facts | {"retry_after": retry_after}


class ConfigurationError(AppError):
    """A setting is missing or malformed; the message names it."""


class StoreError(AppError):
    """What lasts cannot be read or written."""

    todo = "Try again. If it stays, look into the server's log."


class StoreInUseError(StoreError):
    """Another copy of the app holds the data folder."""

    kept = "The other copy goes on."
    todo = "Close the other copy, or set GROUNDWORK_HOME to another folder."


class StorageFullError(StoreError):
    """No room is left where the data lies."""

    kept = "What was there before is untouched."
    todo = "Free some space, then try again."


class ProviderError(AppError):
    """A model provider refused, failed, or is away. What it had said before is kept.

    Attributes:
        retry_after: Seconds that the provider asks to wait, if it said so.
    """

    kept = "Your question is kept."
    todo = "Ask again, or choose another model."
    retry_after: float | None = None


class KeyRejectedError(ProviderError):
    """The provider does not accept the key (401)."""

    todo = "Check the key on the Models page, or choose another model."


class KeyMissingError(ProviderError):
    """No key is known for a provider that needs one."""

    todo = "Add a key on the Models page, or choose another model."


class NotAllowedError(ProviderError):
    """The key is known but may not do this (403)."""

    todo = "Ask the owner of the key for access, or choose another model."


class ModelNotFoundError(ProviderError):
    """The provider does not serve a model of this name (404)."""

    todo = "Choose another model."


class RateLimitedError(ProviderError):
    """Too many requests for now (429)."""

    todo = "Wait a little, then ask again, or choose another model."


class QuotaSpentError(ProviderError):
    """The account has no money left (402, or a 429 that says so)."""

    todo = "Top up the account with the provider, or choose another model."


class OverloadedError(ProviderError):
    """The provider has a fault or too much to do (5xx)."""


class ContextTooLongError(ProviderError):
    """Question and conversation do not fit into the model's context."""

    todo = "Start a new conversation, shorten the question, or choose a model with a larger context."


class FilteredError(ProviderError):
    """The provider's content filter refused."""

    todo = "Put the question differently, or choose another model."


class BadRequestError(ProviderError):
    """The provider did not understand the request (400)."""


class UnreachableError(ProviderError):
    """No connection could be made."""

    todo = "Check the network and that the server runs, or choose another model."


class SilentError(ProviderError):
    """The connection stands, but nothing comes."""


class CutOffError(ProviderError):
    """The reply ended without its last word."""

    kept = "What had arrived is kept."


class GarbledError(ProviderError):
    """What came cannot be read: a web page, broken JSON."""

    todo = "Check the address of the server: a proxy may answer in its place."


class BuiltInModelError(AppError):
    """The built-in model is not here, or cannot run."""

    kept = "Everything else works without it."
    todo = "See the home page for its download, or add a key on the Models page."


class FileError(AppError):
    """An upload was refused, or cannot be read."""

    kept = "Your other files are untouched."


class QueryError(AppError):
    """A SQL query was refused, stopped, or failed."""

    kept = "Your tables are untouched."


class QueryRefusedError(QueryError):
    """The guard did not let the query through; nothing was run."""

    todo = "Write one SELECT over your own tables."


class QueryFailedError(QueryError):
    """The engine could not run the query; the text is the engine's own."""

    todo = "Mend the query and run it again."


class QueryStoppedError(QueryError):
    """The query took too long or too much memory and was stopped."""

    todo = "Filter or aggregate first, then run it again."


class JobError(AppError):
    """Long work failed."""

    kept = "What was there before is untouched."
    todo = "Start it again."


class AccessError(AppError):
    """The user may not see or do this, or it does not exist: the two look alike on purpose."""


class SignInRequiredError(AccessError):
    """Nobody is admitted yet: the door is shown."""
