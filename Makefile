# Todoke: every target does its own set-up. `make run` needs Python >= 3.11 and make, nothing else.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8080
DATA ?= data
ONLY ?=
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
# install exactly what the lock names, and nothing from anywhere else
INSTALL := $(PIP) install --require-hashes --no-deps
EDITABLE := $(PIP) install --no-deps --no-build-isolation --no-index -e .

.PHONY: run test check bench soak package lock docs help

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/'

run: $(VENV)/.run ## a running city on http://localhost:$(PORT) (PORT=8123 DATA=folder)
	@exec $(VENV)/bin/todoke serve --port $(PORT) --data $(DATA)

check: $(VENV)/.dev node_modules/.ready ## lint, types, arrows, fast tests
	@sh tools/check.sh

test: $(VENV)/.dev ## every test, with real browsers
	@sh tools/system_packages.sh
	@sh tools/card_reader.sh
	@$(MAKE) --no-print-directory node_modules/.ready
	@sh tools/check.sh lint
	@$(VENV)/bin/python -m pytest -m "not soak" -n 2 --dist worksteal

soak: $(VENV)/.dev ## the full-size proofs (long)
	@sh tools/system_packages.sh
	@sh tools/card_reader.sh
	@$(MAKE) --no-print-directory node_modules/.ready
	@TODOKE_SOAK=1 $(VENV)/bin/python -m pytest -m soak -vv -n 2 --dist worksteal --durations=60

bench: $(VENV)/.peers node_modules/.ready ## measured figures as JSON lines (ONLY=prefix)
	@$(VENV)/bin/python -m tools.bench "$(ONLY)"

docs: $(VENV)/.dev ## regenerate docs/reference.md
	@$(VENV)/bin/python -m tools.reference --write

package: $(VENV)/.dev ## wheels of the service and of the card bridge into dist/
	@rm -rf dist && $(VENV)/bin/python -m hatchling build -t wheel -d dist
	@cd card_bridge && ../$(VENV)/bin/python -m hatchling build -t wheel -d ../dist
	@ls -l dist

lock: ## resolve the locks again (the only place where versions change)
	@sh tools/lock.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Todoke needs Python 3.11 or newer. Install it, then: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (about half a minute, once) ..."
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "This Python lacks its venv module (Debian keeps it apart: python3-venv)."; exit 1; }

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the lock names ..."
	@$(INSTALL) -r requirements/run.txt
	@$(EDITABLE)
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/bridge.txt requirements/bridge-build.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the development tools the lock names ..."
	@$(INSTALL) -r requirements/dev.txt
	@$(EDITABLE)
	@sh tools/card_reader.sh
	@touch $@ $(VENV)/.run

$(VENV)/.peers: requirements/peers.txt pyproject.toml $(VENV)/.dev
	@echo "Installing the peers that figures are measured beside ..."
	@$(INSTALL) -r requirements/peers.txt
	@touch $@

node_modules/.ready: package.json package-lock.json
	@command -v npm >/dev/null || { echo "The tests need Node.js 20 or newer with npm: install nodejs and npm."; exit 1; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
