"""One llama.cpp server, as a script in a process of its own: in the app it would hold the interpreter's lock.

It reads one line of JSON from standard input, prints one line of JSON (``url`` or ``error``), and ends as soon as
standard input ends, that is when its parent is gone, whatever way it went. Nothing imports this file.
"""

import json
import os
import sys
from typing import Any, TextIO


def params(choices: dict[str, Any]) -> Any:
    """llama.cpp's parameters: bounded in memory, closed to everybody without the key."""
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = choices["file"]
    wanted.model_alias = {choices["alias"]}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0  # the kernel picks a free one
    wanted.api_keys = [choices["key"]]
    wanted.cors_origins = ""  # no web page has business here
    wanted.ui = False
    wanted.endpoint_slots = True  # says which slots are busy
    wanted.use_jinja = True
    wanted.n_ctx = choices["context"] * choices["slots"]  # divided among the slots; 0 would take all that the model can
    wanted.n_parallel = choices["slots"]
    wanted.cache_prompt = True  # what two questions share at their beginning is read once
    wanted.cache_ram_mib = choices["cache_mb"]  # 8 GB by default
    wanted.fit_params = False  # it would change what is said above
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = choices["threads"]
    wanted.sleep_idle_seconds = choices["idle_seconds"]  # then its memory goes back; the next question loads it again
    wanted.verbosity = 1  # errors
    return wanted


def main(said: TextIO) -> None:
    """Serve until standard input ends."""
    import xllamacpp

    choices = json.loads(sys.stdin.readline())
    try:
        server = xllamacpp.Server(params(choices))  # returns once the model is loaded
    except RuntimeError as error:  # one text for a broken file, no memory and a port in use
        said.write(json.dumps({"error": str(error)}) + "\n")
        said.flush()
        os._exit(2)
    said.write(json.dumps({"url": server.listening_address}) + "\n")
    said.flush()
    sys.stdin.read()
    os._exit(0)  # the server's threads would keep the process


if __name__ == "__main__":
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the library prints is log, not answer
    main(answer)
