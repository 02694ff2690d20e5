# One word for each thing to do. `make demo` and `make test` work alone on a fresh clone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements-installed
PROJECT_STAMP := $(VENV)/.project-installed
COMPILED_STAMP := .compiled/.stamp
FOLDERS := router scoring queues adapters benchmarks tests
# more tests at once than processors: some of the time goes into waiting for real servers
PYTEST_WORKERS ?= 4

# the tests start hundreds of processes, and each would compile the project anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup compiled demo bench surge chaos quality test check lint types imports pytest deep format lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PROJECT_STAMP) ## Create the environment in .venv

compiled: $(COMPILED_STAMP) ## Compile the core by mypyc, as a wheel has it, into .compiled

demo: setup ## Route a compressed hour of a mixed contact center, within a minute
	$(BIN)/onequeue demo

bench: compiled ## Measure the engine at its limits, row by row (half an hour); BENCH_ARGS="--row full"
	PYTHONPATH=.compiled $(BIN)/onequeue bench engine --suite --json bench.json $(BENCH_ARGS)

surge: compiled ## Play a surge against a real router, compiled core; SURGE_ARGS="--scenario sustained"
	PYTHONPATH=.compiled $(BIN)/onequeue bench surge --json surge.json --report surge.html $(SURGE_ARGS)

chaos: setup ## Break everything for five minutes, and prove that nothing is lost; CHAOS_ARGS="--minutes 60"
	$(BIN)/onequeue bench chaos --json chaos.json $(CHAOS_ARGS)

quality: setup ## Judge routing quality on every published instance (15 minutes); QUALITY_ARGS="--calls 50000"
	$(BIN)/onequeue quality all $(QUALITY_ARGS)

# mypy has one processor for the better part of a minute: the tests begin on the other
test: setup ## Every check and test
	@$(MAKE) --no-print-directory -j2 types lint imports pytest

check: lint types imports

lint: setup ## Style (ruff)
	$(BIN)/ruff check $(FOLDERS)
	$(BIN)/ruff format --check $(FOLDERS)

types: setup ## Types (mypy, strict)
	$(BIN)/mypy

imports: setup ## Which folder may import which (import-linter)
	$(BIN)/lint-imports

pytest: setup ## Tests alone; PYTEST_ARGS="tests/router -k offer" narrows them
	@# compiles the tests once, which each worker would do by itself; the workers say what is wrong
	@-$(BIN)/python -m pytest --collect-only --quiet $(PYTEST_ARGS) >/dev/null 2>&1
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

deep: setup ## Tests that search deeper, for new examples in every run (half an hour); PYTEST_ARGS as above
	ONEQUEUE_HYPOTHESIS=deep $(MAKE) pytest

format: setup ## Format the code, fix what can be fixed
	$(BIN)/ruff format $(FOLDERS)
	$(BIN)/ruff check --fix $(FOLDERS)

lock: setup ## Resolve requirements.lock anew from pyproject.toml
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	PATH="$(CURDIR)/$(BIN):$$PATH" uv pip compile pyproject.toml --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --upgrade --quiet --output-file requirements.lock

$(COMPILED_STAMP): $(PROJECT_STAMP) $(shell find router scoring queues adapters benchmarks -name '*.py')
	rm -rf .compiled
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --target .compiled .
	@touch $@

clean: ## Remove the environment and every cache
	rm -rf $(VENV) .compiled dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(FOLDERS) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "make: OneQueue needs Python 3.11 or newer as $(PYTHON)" \
	    "(found: $$($(PYTHON) --version 2>/dev/null || echo none));" \
	    "install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "make: $(PYTHON) lacks the module venv; on Debian: apt-get install python3-venv" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(STAMP): requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.lock
	@touch $@

$(PROJECT_STAMP): pyproject.toml hatch_build.py scoring/native/choices.c $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation -e .
	@touch $@
