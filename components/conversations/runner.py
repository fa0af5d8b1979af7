"""The runner: produces replies behind the page, whatever becomes of the page.

The turn is in the store before the model is asked. Each reply is a task on the process's event loop; the pen writes
what it says. Refresh, second tab, lost connection: the reply goes on. Stop cancels the task, which closes the
provider's connection, also when the provider is silent. After a crash the sweep of the next start, or of another
process, calls the half reply interrupted.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from components.conversations.pen import Ending, Pen
from components.conversations.pieces import Answer, Exchange, Found, ReplyPiece, Step
from components.conversations.reading import FOUND, TOOK, history
from components.errors import AppError, CutOffError
from components.jobs.loop import Loop
from components.llm.vocabulary import Finish, Text, Thought, Usage
from components.store import Store, conversations, usage
from components.store.audit import note_work
from components.store.conversations import Reply
from components.store.roles import require

LOG = logging.getLogger(__name__)


@dataclass
class _Outcome:
    """What a reply came to, so far."""

    state: str = "failed"
    finish: str | None = None
    error: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    used: list[Usage] = field(default_factory=list)
    thinks_since: float | None = None  # by the monotonic clock


class Runner:
    """This process's replies."""

    def __init__(self, store: Store, loop: Loop, worker_id: str) -> None:
        self._store, self._loop, self._worker_id = store, loop, worker_id
        self._pen = Pen(store, worker_id, told=self._cancel)
        self._tasks: dict[str, Future[None]] = {}
        self._last_words = ThreadPoolExecutor(2, thread_name_prefix="last-words")  # prices block; the loop must not
        self._closing = False

    def ask(
        self,
        user_id: str,
        conversation_id: str,
        question: str,
        answer: Answer,
        *,
        provider: str,
        model: str,
        attachments: Sequence[Mapping[str, Any]] = (),
    ) -> Reply:
        """Store the question as a new turn and begin to answer it; returns at once.

        Args:
            provider: Name of the provider that is asked, for the record and the price.
            model: The provider's own name of the model.

        Raises:
            AccessError: The conversation is not the user's, or the user may ask nothing.
        """
        require(self._store, user_id, "ask")
        turn, reply = conversations.add_turn(
            self._store,
            user_id,
            conversation_id,
            question,
            attachments,
            provider=provider,
            model=model,
            worker_id=self._worker_id,
        )
        self._begin(user_id, turn, reply, answer)
        return reply

    def again(self, user_id: str, turn_id: str, answer: Answer, *, provider: str, model: str) -> Reply:
        """Begin another reply to a turn; the earlier ones are kept, the newest is shown.

        Raises:
            AccessError: The turn is not the user's, or the user may ask nothing.
        """
        require(self._store, user_id, "ask")
        reply = conversations.add_reply(
            self._store, user_id, turn_id, provider=provider, model=model, worker_id=self._worker_id
        )
        self._begin(user_id, conversations.turn(self._store, user_id, turn_id), reply, answer)
        return reply

    def stop(self, user_id: str, reply_id: str) -> None:
        """Stop a reply: at once in this process, within a second in another. One that has ended stays as it is.

        Raises:
            AccessError: The reply is not the user's.
        """
        conversations.ask_to_stop(self._store, user_id, reply_id)
        self._cancel(reply_id)

    def wait(self, reply_id: str, after: int, timeout: float) -> bool:
        """Wait until more than piece ``after`` is stored or the reply ended; False when neither came in ``timeout`` s.

        A reply of another process is not heard: then this waits 0.25 s and returns True, so look.
        """
        return self._pen.wait(reply_id, after, timeout)

    def running(self) -> int:
        """How many replies this process is making now."""
        return self._pen.running()

    def close(self, seconds: float = 5.0) -> None:
        """End all replies as interrupted, store what they said, and stop, waiting at most ``seconds``."""
        self._closing = True
        for task in list(self._tasks.values()):
            task.cancel()
        self._pen.close(seconds)
        self._last_words.shutdown(wait=True)

    def _begin(self, user_id: str, turn: conversations.Turn, reply: Reply, answer: Answer) -> None:
        exchange = Exchange(
            user_id,
            reply.id,
            turn.question,
            turn.attachments,
            history(self._store, user_id, turn.conversation_id, before=turn.number),
        )
        self._pen.open(reply.id)
        task = self._loop.run(self._make, exchange, answer, reply)
        self._tasks[reply.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(reply.id, None))

    def _cancel(self, reply_id: str) -> None:
        if task := self._tasks.get(reply_id):
            task.cancel()

    async def _make(self, exchange: Exchange, answer: Answer, reply: Reply) -> None:
        outcome = _Outcome()
        try:
            async with aclosing(answer(exchange)) as pieces:  # type: ignore[type-var]
                async for piece in pieces:
                    self._take(reply.id, piece, outcome)
            outcome.state = "complete"
        except asyncio.CancelledError:
            outcome.state = "interrupted" if self._closing else "stopped"
            raise
        except AppError as error:
            outcome.state = "cut_off" if isinstance(error, CutOffError) else "failed"
            outcome.error = error.facts()
        except Exception:  # a bug: logged whole, and its user reads that it is one
            LOG.exception("reply %s failed", reply.id)
            outcome.error = _FAULT.facts()
        finally:
            self._last_words.submit(self._finish, exchange.user_id, reply, outcome)

    def _take(self, reply_id: str, piece: ReplyPiece, outcome: _Outcome) -> None:
        match piece:
            case Text(text):
                self._end_thought(reply_id, outcome)
                self._pen.add(reply_id, "text", text)
            case Thought(text):
                outcome.thinks_since = outcome.thinks_since or time.monotonic()
                self._pen.add(reply_id, "thought", text)
            case Step(text):
                self._pen.add(reply_id, "step", text)
            case Usage():
                outcome.used.append(piece)
            case Found(result):
                outcome.result = dict(result)
                self._pen.add(reply_id, FOUND, json.dumps(outcome.result))
            case Finish(reason):
                outcome.finish = reason

    def _end_thought(self, reply_id: str, outcome: _Outcome) -> None:
        if outcome.thinks_since is not None:
            self._pen.add(reply_id, TOOK, f"{time.monotonic() - outcome.thinks_since:.2f}")
            outcome.thinks_since = None

    def _finish(self, user_id: str, reply: Reply, outcome: _Outcome) -> None:
        """Usage first, so that who sees the reply's end sees its cost too."""
        try:
            self._store_usage(user_id, reply, outcome.used)
        except AppError:
            LOG.exception("the usage of reply %s could not be stored", reply.id)
        finally:
            ending = Ending(outcome.state, outcome.finish, outcome.error, outcome.result)
            self._pen.end(reply.id, ending)
        self._note(user_id, reply, outcome)

    def _note(self, user_id: str, reply: Reply, outcome: _Outcome) -> None:
        """Tell the audit that a question was asked, of whom, and how it ended; not what it was."""
        detail = f"{reply.provider}, {outcome.state.replace('_', ' ')}"
        try:
            note_work(self._store, user_id, "asked a question", thing=reply.model, detail=detail)
        except AppError:
            LOG.exception("reply %s could not be noted in the audit", reply.id)

    def _store_usage(self, user_id: str, reply: Reply, used: Sequence[Usage]) -> None:
        from components.llm.own import row_named
        from components.llm.prices import price

        provider = row_named(self._store, user_id, reply.provider)
        for one in used:
            cost = price(provider, reply.model, one)
            usage.add_usage(self._store, user_id, reply.id, reply.provider, reply.model, one, cost)


_FAULT = AppError(
    "A fault of the app itself ended this reply.",
    kept="Your question is kept.",
    todo="Ask again. The server's log says more.",
)
