# What a fresh machine needs first: Python 3.11 or later, make, git, and a package registry that pip can reach.
#
#   make run      environment, dependencies, database, sample town, then the service on 127.0.0.1:$(PORT);
#                 a new demonstration begins with CASES=150 invented requests, and families
#   make setup    the first half: everything but the service
#   make test     the tests, on SQLite, and on PostgreSQL too when TEST_POSTGRES_URL is set
#   make lint     style, types, layers, migrations, translations, templates
#   make format   lays out Python, templates, CSS and JavaScript as lint wants them
#   make schema   writes the schema of a new SQLite database anew, after a migration was added
#   make soak     the heavy proofs, by part: PART=journeys, PART=all; PART=--list tells them, and when each last passed
#   make bench    measures Parvis against its goals; BENCH="--peers --quick" and the like: docs/build/measuring.md
#   make shots    takes the screenshots of the documentation

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Where this is set, every process of the tests would compile the code, and rewrite the tests, anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup run test test-sqlite test-postgres soak schema check-schema lint format bench shots clean

PORT ?= 8000
TOWN ?= towns/carignan
PART ?=
CASES ?= 150
BIN := .venv/bin
RUN_STAMP := .venv/installed-$(shell cat requirements.txt pyproject.toml | cksum | tr -d ' ')
DEV_STAMP := .venv/installed-dev-$(shell cat requirements-dev.txt pyproject.toml | cksum | tr -d ' ')
WORKERS ?= 3
SHEETS_AND_SCRIPTS := 'src/parvis/**/static/**/*.css' 'src/parvis/**/static/**/*.js' 'tests/js/**/*.js' '!**/vendor/**'

help:
	@sed -n 's/^#   //p' Makefile

# A recent Python answers faster: 3.13 opens a third more cases a second than 3.11 (docs/build/measuring.md).
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.14 python3.12 python3 python3.11; do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
	    exec $$python -m venv .venv; fi; done; \
	  echo "Python 3.11 to 3.14 is needed, with its venv module; name one with make PYTHON=..." >&2; exit 1

# Nothing is compiled in advance: Python compiles what it imports, a small part of what is installed.
$(RUN_STAMP): | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --only-binary :all: --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(RUN_STAMP)
	@$(BIN)/parvis --demo setup --town $(TOWN)

run: $(RUN_STAMP)
	@PORT=$(PORT) exec $(BIN)/parvis --demo run --town $(TOWN) --cases $(CASES)

# The browser is the system's. CI never runs without it; elsewhere its absence is said, and the rest is tested.
test: $(DEV_STAMP)
	@bash tools/browser
	@bash tools/pango
	@bash tools/node_tests
	@$(MAKE) --no-print-directory test-sqlite
	@if [ -n "$${TEST_POSTGRES_URL:-}" ]; then $(MAKE) --no-print-directory test-postgres; \
	else echo "PostgreSQL: not tested; set TEST_POSTGRES_URL=postgres://user:password@host:5432/name to test it too."; fi
	@$(BIN)/python -m tools.minutes
	@bash tools/browser --remind

test-sqlite: $(DEV_STAMP)
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup --minutes=var/tests/minutes-sqlite.json $$(bash tools/browser --select)

test-postgres: $(DEV_STAMP)
	$(BIN)/pytest -q --pg -n $(WORKERS) --dist loadgroup --minutes=var/tests/minutes-postgresql.json $$(bash tools/browser --select)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djangofmt check src/parvis
	$(BIN)/djangofmt --check src/parvis
	$(BIN)/oxfmt --check $(SHEETS_AND_SCRIPTS)
	PARVIS_DEMO=1 PARVIS_DATA=var/lint $(BIN)/mypy
	$(BIN)/lint-imports
	PARVIS_DEMO=1 PARVIS_DATA=var/lint $(BIN)/python -m tools.checks

schema: $(DEV_STAMP)
	$(BIN)/python -m tools.schema

check-schema: $(DEV_STAMP)
	$(BIN)/python -m tools.schema --check

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/djangofmt check --fix src/parvis
	$(BIN)/djangofmt src/parvis
	$(BIN)/oxfmt $(SHEETS_AND_SCRIPTS)

# The heavy proofs: make soak PART=journeys, ...; PART=--list says what each proves and when it last passed.
soak: $(DEV_STAMP)
	@$(BIN)/python -m tools.soak $(PART)

bench: $(DEV_STAMP)
	$(BIN)/python -m bench $(BENCH)

shots: $(DEV_STAMP)
	$(BIN)/python -m tools.shots

clean:
	rm -rf .venv var/lint var/tests var/journeys .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
