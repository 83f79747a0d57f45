# Every target sets up what it needs first; the set-up is done again only when the dependencies change.

PYTHON ?=
AUDIO ?=
MODEL ?=
WORKERS ?=
PORT ?=
EMULATOR_PORT ?=
JSON ?=
# The desktop's own LANGUAGE (gettext's list of locales) is not meant: only the command line counts.
ifneq ($(origin LANGUAGE),command line)
LANGUAGE :=
endif

UV_VERSION := 0.13.8
VENV_PYTHON := .venv/bin/python
READY := .venv/.escriba-ready

# Options travel as environment variables, unexpanded: no shell ever reads what a file name holds.
export ESCRIBA_AUDIO = $(value AUDIO)
export ESCRIBA_MODEL = $(value MODEL)
export ESCRIBA_LANGUAGE = $(value LANGUAGE)
export ESCRIBA_WORKERS = $(value WORKERS)
export ESCRIBA_PORT = $(value PORT)
export ESCRIBA_EMULATOR_PORT = $(value EMULATOR_PORT)
export ESCRIBA_JSON = $(value JSON)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test check format lock docs fixture-model clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'Options, after the target:'
	@echo '  AUDIO=talk.mp3      demo: a recording or video of your own, any format FFmpeg reads'
	@echo '  LANGUAGE=es         demo: its language (default: found from the audio)'
	@echo '  JSON=1              demo: print JSON only'
	@echo '  MODEL=small         demo, up: a faster-whisper model or a directory (default: the bundled model)'
	@echo '  WORKERS=2           demo, up: how many transcribers'
	@echo '  PORT=8000           up: the port of the API'
	@echo '  EMULATOR_PORT=4566  up: the port of the AWS emulator (default: a free one)'
	@echo '  PYTHON=python3.12   the Python to set up with, 3.11 or later'

setup: $(READY) ## Create .venv with the pinned dependencies (every other target does it by itself)
	@:

$(READY): constraints.txt pyproject.toml local/setup.sh
	@PYTHON='$(PYTHON)' sh local/setup.sh
	@touch $@

demo: $(READY) ## Transcribe the bundled samples, or AUDIO=…, through the whole system
	@exec $(VENV_PYTHON) -m local.demo

up: $(READY) ## Run the platform on this machine until Ctrl-C
	@exec $(VENV_PYTHON) -m local.up

test: $(READY) ## Run every test
	@$(VENV_PYTHON) -m pytest

check: $(READY) ## Lint, format, types, imports and unit tests, in seconds and without network
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(VENV_PYTHON) -m pytest -q --numprocesses auto --dist loadfile tests/unit tests/architecture

format: $(READY) ## Format the code and fix what ruff can fix
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

# Stands without .venv: a dependency that is not locked yet can't be installed.
lock: ## Resolve constraints.txt anew from pyproject.toml
	@test -x build/uv/bin/pip || $(or $(PYTHON),python3) -m venv --clear build/uv
	@build/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@build/uv/bin/uv pip compile --quiet --universal --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --group dev --output-file constraints.txt

docs: $(READY) ## Write the generated pages of docs/ anew
	@$(VENV_PYTHON) -m tools.docs

fixture-model: $(READY) ## Train the bundled model anew
	@$(VENV_PYTHON) -m tools.fixture_model

clean: ## Remove everything that these targets made, .venv included
	@rm -rf .venv .local build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
