# From a bare Debian with Python >= 3.11, git, make and apt. `make help` lists what there is.

PYTHON ?= python3
PORT   ?= 8000
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)

VENV := .venv
BIN  := $(VENV)/bin
CATALOGUES := $(shell find qiaojie -name '*.po')

# The address of a package index, a constraint or a folder of wheels may come from the machine's own pip settings;
# what is installed is decided by the hashes of the lock file alone.
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-long coverage lint bench lock messages screens services package

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set up ----------------------------------------------------------------------------------------------------------
# Each step leaves a stamp in .venv and is repeated only when what it was made from has changed.

setup: $(VENV)/.installed $(VENV)/.messages ## Make .venv with what the product runs on

$(BIN)/python:
	@scripts/venv.sh $(PYTHON) $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the product runs on ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what checks and tests it ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.messages: $(CATALOGUES) scripts/messages.py | $(VENV)/.installed
	@$(BIN)/python scripts/messages.py compile
	@touch $@

services: # What the tests need besides Python: a browser, a database server, an office program, fonts
	@scripts/services.sh

# --- use -------------------------------------------------------------------------------------------------------------

demo: setup ## Load the made-up programme into the database (once)
	@$(BIN)/qiaojie demo --once

run: demo ## Set up, load the demo once, and serve on 127.0.0.1:8000 (or PORT=...), practice beside it
	@exec $(BIN)/qiaojie serve --port $(PORT) --practice

# --- check -----------------------------------------------------------------------------------------------------------

lint: $(VENV)/.development $(VENV)/.messages ## Check style, imports and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports
	@$(BIN)/mypy

# Two tiers. The first shows everything once; the second shows some of it again with many rounds, large files, several
# servers (marked long) and ten times the examples of made-up input, and on PostgreSQL what is marked later, which the
# first tier runs on SQLite only. On SQLite only run those of the browser (what differs between the databases lies beneath
# the screens) and those marked once, which ask no database or one that they name themselves.
PYTEST   := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
POSTGRES := $(BIN)/python -m tests.postgres --

test: services lint ## Lint, then the tests on SQLite and on a throw-away PostgreSQL
	@echo "--- tests on SQLite"
	@$(PYTEST) -m "not long"
	@echo "--- tests on PostgreSQL"
	@$(POSTGRES) $(PYTEST) -m "not long and not later and not browser and not once"

test-long: services $(VENV)/.development $(VENV)/.messages ## What takes longer: kills, large files, tampering, several servers
	@echo "--- long tests on SQLite"
	@TEST_ROUNDS=10 $(PYTEST) -m "long or hypothesis"
	@echo "--- long tests on PostgreSQL"
	@TEST_ROUNDS=10 $(POSTGRES) $(PYTEST) -m "(long or later or hypothesis) and not browser and not once"

coverage: services $(VENV)/.development $(VENV)/.messages ## Print how much of each room the tests on SQLite run
	@$(PYTEST) -m "not long" --cov --cov-report=
	@$(BIN)/python scripts/covered.py

bench: $(VENV)/.development $(VENV)/.messages ## Measure, as ratios of runs made side by side
	@scripts/apt.sh postgresql
	@$(BIN)/python -m tests.postgres -- $(BIN)/python -m qiaojie.bench

# --- maintain --------------------------------------------------------------------------------------------------------

messages: $(VENV)/.development ## Bring the English catalogue up to date with the source (new entries stay empty)
	@$(BIN)/python scripts/messages.py update

screens: $(VENV)/.development $(VENV)/.messages ## Take the pictures of docs/images anew
	@$(BIN)/python scripts/screens.py

package: setup ## Build one file that installs and upgrades without a network (into dist/)
	@scripts/package.sh

lock: $(BIN)/python ## Resolve requirements*.in anew into lock files with hashes
	@scripts/lock.sh $(BIN)/python
