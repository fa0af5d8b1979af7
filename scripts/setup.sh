#!/bin/sh
# Make .venv and install a requirements file into it, once for each content of that file.
#   sh scripts/setup.sh requirements.txt
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-requirements.txt}

all=120 megabytes=1100  # packages and their size, for who waits; what is counted may differ a little

fail() { echo "groundwork: $*" >&2; exit 1; }

newest() {  # print the first Python that is new enough
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' >/dev/null 2>&1; then
            echo "$name"; return
        fi
    done
}

show() {  # a line that the next one replaces, where somebody watches
    if [ -t 1 ]; then printf '\r\033[K%s' "$*"; else echo "$*"; fi
}

far() {  # how far pip is, by its log
    if grep -q '^Installing collected' .venv/.pip.log 2>/dev/null; then
        echo "unpacking, $(du -sm .venv | cut -f1) of about $megabytes MB"
    else
        echo "fetching, $(grep -c '^Collecting' .venv/.pip.log 2>/dev/null || true) of about $all packages"
    fi
}

install() {  # pip, with a sign of life every few seconds
    .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off --no-color \
        --requirement "$1" >.venv/.pip.log 2>&1 &
    pip=$!
    trap 'kill "$pip" 2>/dev/null; exit 130' INT TERM
    ticks=0
    while kill -0 "$pip" 2>/dev/null; do
        sleep 1
        ticks=$((ticks + 1))
        if [ -t 1 ] || [ $((ticks % 15)) = 0 ]; then show "        $(($(date +%s) - started)) s: $(far)"; fi
    done
    if [ -t 1 ]; then printf '\r\033[K'; fi
    trap - INT TERM
    wait "$pip"
}

[ -w . ] || fail "the folder $(pwd) is not writable. Copy the project to a folder of your own and start again."
stamp=".venv/.installed-$(cat requirements.txt "$wanted" | cksum | tr ' ' '-')"
[ -f "$stamp" ] && exit 0

started=$(date +%s)
python=$(newest)
if [ -z "$python" ]; then
    found=$(python3 --version 2>&1 || echo "no python3")
    fail "Python 3.11 or newer is needed; here is $found. Install one, or name it: make run PYTHON=/path/to/python3.11"
fi
free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
[ "$free" -ge 2000 ] || [ -d .venv ] || fail "the disk has $free MB free here; the installation needs 2,000. Make room and start again."

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    echo "1 of 2  Making the environment .venv with $("$python" --version), about 5 s ..."
    rm -rf .venv
    "$python" -m venv .venv >.venv.log 2>&1 || {
        cat .venv.log >&2; rm -rf .venv .venv.log
        fail "$python cannot make an environment. On Debian and Ubuntu: apt install python3-venv"
    }
    rm -f .venv.log
fi
echo "2 of 2  Installing what $wanted lists, about 1.1 GB: one to five minutes, the first time only ..."
install "$wanted" || {
    tail -n 20 .venv/.pip.log >&2
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge 200 ] || fail "the disk is full ($free MB left). Make room and start again; nothing is lost."
    fail "the installation did not finish. The lines above say why; start again to go on where it stopped."
}
rm -f .venv/.installed-* .venv/.pip.log
touch "$stamp"
# whoever has the development tools has what the app needs too
touch ".venv/.installed-$(cat requirements.txt requirements.txt | cksum | tr ' ' '-')"
echo "Installed in $(($(date +%s) - started)) s, $(du -sm .venv | cut -f1) MB."
