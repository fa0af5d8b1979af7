#!/bin/sh
# Start the app on one port of this machine: PORT=8501 sh scripts/run.sh [more options of streamlit run]
set -eu
cd "$(dirname "$0")/.."
port=${PORT:-8501}
case $port in *[!0-9]* | "") echo "groundwork: PORT is '$port'; it must be a number." >&2; exit 1 ;; esac
.venv/bin/python -c 'import socket, sys
try:
    socket.create_server(("127.0.0.1", int(sys.argv[1]))).close()
except (OSError, OverflowError):
    sys.exit(f"groundwork: port {sys.argv[1]} is taken or cannot be used. Choose another: make run PORT=8600")' "$port"

echo "Starting Groundwork ..."
.venv/bin/python scripts/ready.py "$port" $$ "${STARTED:-$(date +%s)}" &
exec .venv/bin/python -m streamlit run Home.py --server.port "$port" "$@"
