# Every target sets up what it needs: Python 3.11 or newer and make are enough.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo studio test lint format bench clean
PORT ?= 2024

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/installed ## run one task without and with the expert, side by side (no key, no network)
	@$(BIN)/awm-langgraph demo

studio: .venv/installed-studio ## serve the graphs and print the link to LangGraph Studio
	@LANGGRAPH_CLI_NO_ANALYTICS=1 LANGGRAPH_NO_VERSION_CHECK=true LOG_LEVEL=$${LOG_LEVEL:-warning} $(BIN)/langgraph dev --no-browser --no-reload --port $(PORT) --n-jobs-per-worker 10

test: lint ## run every check: ruff, mypy --strict, import-linter, pytest
	$(BIN)/pytest -n auto

lint: .venv/installed-test ## run ruff, mypy --strict and import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-test ## rewrite the code the way ruff wants it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/installed-test ## print the figures beside their targets
	$(BIN)/python -m benchmarks.environment

clean: ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build

.venv/installed: pyproject.toml uv.lock
ifdef UV
	@$(UV) sync --quiet --locked --inexact --no-default-groups
else
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, found %s: set PYTHON=python3.x" % sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
endif
	@touch $@

.venv/installed-studio: .venv/installed
ifdef UV
	@$(UV) sync --quiet --locked --inexact --no-default-groups --extra studio
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[studio]'
endif
	@touch $@

.venv/installed-test: .venv/installed
ifdef UV
	@$(UV) sync --quiet --locked --inexact --no-default-groups --group test
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test
endif
	@touch $@
