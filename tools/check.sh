#!/bin/sh
# Lint, types and arrows; with no argument also the fast tests.
set -eu
bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports --no-cache >/dev/null || { $bin/lint-imports --no-cache; exit 1; }
node_modules/.bin/tsc --noEmit -p tsconfig.json
[ "${1:-}" = lint ] || $bin/python -m pytest -m "not real and not soak"
