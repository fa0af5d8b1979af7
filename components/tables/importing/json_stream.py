"""JSON one value at a time, so that a large file never lies in memory whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

BLOCK = 1 << 20
SPACE = re.compile(r"[\s\ufeff]*")


def exact_number(digits: str) -> float | Decimal:
    """A number that is not whole, as a double where that keeps every digit, else exactly."""
    value = float(digits)
    return value if len(digits) < 17 or repr(value) == digits else Decimal(digits)


DECODER = json.JSONDecoder(parse_float=exact_number, strict=False)


class JsonStream:
    """A text stream read as a sequence of JSON values and the marks between them.

    Raises:
        ValueError: From every method, where the text is not JSON; ``line`` says where.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._text, self._at, self.line = stream, "", 0, 1

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            assert match
            self._move(match.end())
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, mark: str) -> bool:
        """Go over ``mark`` if it comes next."""
        if self.peek() != mark:
            return False
        self._move(self._at + 1)
        return True

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise ValueError("its values are nested too deeply") from error
            except ValueError:
                if not self._more():
                    raise
                continue
            if end < len(self._text) or not self._more():  # a number may go on in the next block
                self._move(end)
                return value

    def items(self) -> Iterator[Any]:
        """The values of a list, whose opening bracket comes next."""
        if not self.take("["):
            raise ValueError("no list")
        if self.take("]"):
            return
        while True:
            yield self.value()
            if self.take("]"):
                return
            if not self.take(","):
                raise ValueError("a list goes on without a comma")

    def lines(self) -> Iterator[Any]:
        """Values one after the other, as in JSON Lines."""
        while self.peek():
            yield self.value()
            self.take(",")

    def _move(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        block = self._stream.read(max(BLOCK, len(self._text) - self._at))
        self._text, self._at = self._text[self._at :] + block, 0
        return bool(block)
