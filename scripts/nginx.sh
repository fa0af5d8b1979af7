#!/bin/sh
# Print the path of an nginx for the tests: an installed one, else the system's package.
set -eu
for name in ${GROUNDWORK_TEST_NGINX:-} nginx /usr/sbin/nginx; do
    found=$(command -v "$name" 2>/dev/null || true)
    if [ -n "$found" ]; then echo "$found"; exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light) >&2
    if command -v /usr/sbin/nginx; then exit 0; fi
fi
echo "groundwork: no nginx, so the tests behind it are left out. On Debian: apt install nginx-light, or name one in GROUNDWORK_TEST_NGINX." >&2
exit 1
