#!/bin/sh
# Resolves the locks. No index URL, find-links or absolute path may end up in them.
set -eu
python=${PYTHON:-python3}
[ -x .venv-lock/bin/uv ] || { $python -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv; }
# CONSTANT names only: a path or URL in a lock would name the machine that made it.
compile() { # output, source, extra arguments
    out=$1; shift
    .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" -o "$out" "$@"
}
compile requirements/run.txt pyproject.toml --extra run
compile requirements/dev.txt pyproject.toml --extra run --extra dev
compile requirements/peers.txt pyproject.toml --extra run --extra dev --extra peers
compile requirements/bridge.txt card_bridge/pyproject.toml --extra pcsc
compile requirements/bridge-build.txt --group card_bridge/pyproject.toml:build
npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error
if grep -nE 'index-url|find-links|https?://|^/| /[a-z]+/' requirements/*.txt; then
    echo "A lock names a host or a path (above); nothing may." >&2
    exit 1
fi
