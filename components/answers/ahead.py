"""Reading ahead: the built-in model reads the tables before the question comes.

What stands before a question never varies, and its server keeps what it has read: a first question then costs its own
words only, not the seconds that hundreds of column names take.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import replace

from components.answers.prompt import request, system_text
from components.answers.schema import Schema
from components.errors import AppError
from components.llm.vocabulary import Model

LOG = logging.getLogger(__name__)


async def read_ahead(model: Model, schema: Schema) -> None:
    """Let the built-in model read the columns of some tables, and say one token of nothing.

    A model that is not there now says so when it is asked: here it is only noted. Cancel it when the question comes:
    the server keeps what it has read so far.
    """
    system, _ = system_text(schema, "", drafts=True)
    try:
        async with aclosing(model(replace(request(system, "", drafts=True), limit=1))) as pieces:  # type: ignore[type-var]
            async for _piece in pieces:
                pass
    except AppError as error:
        LOG.info("the tables were not read ahead: %s", error)
