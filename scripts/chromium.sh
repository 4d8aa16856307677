#!/usr/bin/env bash
# Installs Chromium for `npm run test:web` where it is not there: Debian and Ubuntu, as root or with sudo.
set -euo pipefail
command -v chromium >/dev/null && exit 0
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
as_root apt-get update -q
as_root apt-get install -y -q chromium
