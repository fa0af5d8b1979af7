#!/bin/sh
# Print the path of a Chromium for the tests: an installed one, else the system's package, else Playwright's own.
# The shell is the same engine without the browser's own windows, at half the work.
set -eu
for name in ${GROUNDWORK_TEST_CHROMIUM:-} chromium-headless-shell chromium chromium-browser google-chrome-stable google-chrome; do
    found=$(command -v "$name" 2>/dev/null || true)
    if [ -n "$found" ]; then echo "$found"; exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq >&2 || true
    for name in chromium-headless-shell chromium; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$name" >&2 || continue
        if command -v "$name"; then exit 0; fi
    done
fi
if python -m playwright install chromium >&2; then
    python -c 'from playwright.sync_api import sync_playwright as p
with p() as play: print(play.chromium.executable_path)'
    exit 0
fi
echo "groundwork: no Chromium. Install one (on Debian: apt install chromium), or name it in GROUNDWORK_TEST_CHROMIUM." >&2
exit 1
