# SPDX-License-Identifier: MIT
# `make help` lists what there is. Everything happens in .venv; nothing is installed elsewhere.

SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
# The newest of the Pythons that are new enough; PYTHON=… names another one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
# How long `make fuzz` runs each target; and the number of the inputs, from 1 on, if they are to be the same each time.
SECONDS ?= 60
SEED ?=

.PHONY: help setup demo test coverage pythons lint format types layers aliases docs examples interop chaos bench fuzz clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

setup: $(STAMP) ## make .venv with xmppkit and its tools

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) tools/make_venv.py $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	@touch $@

demo: $(STAMP) ## a server, two bots and a user talk; ends by itself
	@$(BIN)/python examples/demo.py

test: $(STAMP) ## all tests; those that need an installed server say so and skip
	$(BIN)/python -m pytest -q tests interop

coverage: $(STAMP) ## all tests of tests/, and the coverage each module must have
	$(BIN)/python tools/coverage_gate.py

pythons: $(STAMP) ## the tests of parser and engine on the other Pythons that there are
	$(BIN)/python tools/other_pythons.py

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## let ruff put the format right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## mypy --strict on the library; mypy and pyright on what programs look like
	$(BIN)/mypy
	$(BIN)/python tools/check_types.py

layers: $(STAMP) ## each module imports lower floors only
	$(BIN)/python tools/layers.py

aliases: $(STAMP) ## generated files are right: import paths, types of plugins and events, tables and pages of the docs
	$(BIN)/python tools/aliases.py --check
	$(BIN)/python tools/pluginsdict.py --check
	$(BIN)/python tools/events.py --check
	$(BIN)/python tools/manifest.py --check
	$(BIN)/python tools/xep_tables.py --check
	$(BIN)/python tools/plugin_pages.py --check
	$(BIN)/python tools/security_table.py --check
	$(BIN)/python tools/reliability_table.py --check

docs: $(STAMP) ## the documentation, in docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

examples: $(STAMP) ## run the examples; interop runs those that need a server
	$(BIN)/python -m pytest -q tests/examples

interop: $(STAMP) ## against Prosody and ejabberd, where they are installed
	$(BIN)/python -m pytest -q interop

chaos: $(STAMP) ## connections that break, servers that are killed: the figures of docs/reliability.md, briefly
	$(BIN)/python interop/chaos.py run all --quick

bench: $(STAMP) ## speed beside other libraries, in an environment of its own; ARGS="--quick echo" for less
	$(BIN)/python bench/run.py $(ARGS)

fuzz: $(STAMP) ## each fuzz target for a minute; SECONDS=n for another time, SEED=n for the same inputs each time
	@for target in fuzz/fuzz_*.py; do $(BIN)/python $$target --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) || exit 1; done

clean: ## remove what the other commands made
	rm -rf $(VENV) .venv-* docs/_build .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
