#!/bin/sh
# Resolves every image's requirements.in anew into its requirements.lock, for all platforms and Python 3.10 and later.
# Needs uv (or UV=path) and the package index. Existing pins stay where they still fit; `sh images/lock.sh --upgrade` moves them all.
set -eu
cd "$(dirname "$0")"

lock() { # NAME [uv's options]
  name=$1
  shift
  "${UV:-uv}" pip compile --quiet --universal --python-version 3.10 --generate-hashes --override overrides.txt \
    --custom-compile-command 'sh images/lock.sh' "$@" "$name/requirements.in" --output-file "$name/requirements.lock"
}

# The others take the workspace's versions: what was tried in a notebook behaves the same as a job and as a service.
lock workspace "$@"
lock python --constraint workspace/requirements.lock "$@"
lock model-server --constraint workspace/requirements.lock "$@"
