#!/bin/sh
# Every check and every test, with the parts they need: a Chromium, a PostgreSQL, the light built-in model.
set -eu
cd "$(dirname "$0")/.."
. .venv/bin/activate

step() { printf '\n== %s\n' "$*"; }

step "lint and types"
ruff check .
ruff format --check .
mypy

step "a browser"
GROUNDWORK_TEST_CHROMIUM=$(sh scripts/chromium.sh)
export GROUNDWORK_TEST_CHROMIUM
echo "$GROUNDWORK_TEST_CHROMIUM"

step "nginx, and a provider under Node"
GROUNDWORK_TEST_NGINX=$(sh scripts/nginx.sh) && export GROUNDWORK_TEST_NGINX && echo "$GROUNDWORK_TEST_NGINX" || true
python -m tests.servers.node

step "the light built-in model and the embeddings"
if [ "${GROUNDWORK_TEST_MODEL:-light}" = none ]; then
    echo "left out (GROUNDWORK_TEST_MODEL=none)"
else
    python -m components.llm.builtin light embeddings
fi

step "tests"
python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder "$@" && exit 0
step "what failed, once more and alone: a busy machine drops a key now and then, a fault stays"
exec python -m pytest --last-failed --last-failed-no-failures none
