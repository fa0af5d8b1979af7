"""Say when the app answers, and after how long: ``python scripts/ready.py PORT PID STARTED`` beside the server.

It ends with the server (whose process id is PID and who started it), or once it has said it. STARTED is in seconds
since 1970. Needs nothing but Python.
"""

import http.client
import os
import sys
import time

TRIES = 1200  # at a tenth of a second; where the app answers another address or speaks TLS, nothing is said


def answers(port: int) -> bool:
    """Whether the app on this machine gives its page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(port: int, server: int, started: float) -> None:
    """Look until it answers."""
    for _ in range(TRIES):
        if os.getppid() != server:
            return
        if answers(port):
            passed = max(0.0, time.time() - started)
            stop = "Ctrl+C stops it; what you made is kept."
            print(f"Ready in {passed:.0f} s: http://localhost:{port}  {stop}", flush=True)  # noqa: T201
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
