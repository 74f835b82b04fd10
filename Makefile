# Everything here works on a bare machine: the targets set up .venv themselves.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PINS := server/requirements.txt server/requirements-dev.txt
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make requirements" ../$(BIN)/uv pip compile --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup serve demo test check format generate migration bench dist site requirements clean

help:  ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: $(READY)  ## Make .venv with the server, the SDK and the development tools

$(READY): $(PINS) server/pyproject.toml sdk/python/pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
		{ python=$$(sh tools/find_python.sh) && "$$python" -m venv --clear $(VENV); }
	@echo "Installing the packages into $(VENV) (a few minutes where nothing is cached) ..."
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r server/requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e server -e sdk/python
	@$(BIN)/python -m compileall -q server/aionserver sdk/python/aion
	@touch $@

serve: $(READY)  ## Run everything: database, API and workers, until Ctrl-C
	@exec $(BIN)/aionvision serve

demo: $(READY)  ## Serve, upload the sample photos and show what is found in them (DEMO_EXIT=1: then end)
	@exec $(BIN)/python examples/demo.py

test: $(READY)  ## Run all tests
	$(BIN)/pytest -n auto --maxprocesses 4

check: $(READY)  ## Check format, lint, types, imports and generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/generate.py --check

format: $(READY)  ## Put the code into the common format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

generate: $(READY)  ## Write the generated files anew: the sync client, openapi.json, reference pages
	$(BIN)/python tools/generate.py

migration: $(READY)  ## Write a migration from the changed tables: make migration M="add albums"
	@test -n "$(M)" || { echo 'Say what changes: make migration M="add albums"'; exit 2; }
	$(BIN)/python tools/migration.py "$(M)"

bench: $(READY)  ## Run every benchmark: an hour
	@failed=; for benchmark in benchmarks/[a-z]*.py; do \
		echo "== $$benchmark"; OPENBLAS_NUM_THREADS=1 $(BIN)/python "$$benchmark" || failed="$$failed $$benchmark"; \
	done; if test -n "$$failed"; then echo "could not measure:$$failed"; exit 1; fi

dist: $(READY)  ## Build both wheels into dist/, byte for byte the same for the same commit
	$(BIN)/python tools/dist.py

site: $(READY)  ## Build the documents as a site into site/, and fail where a link or a page is lost
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --clean

requirements: $(READY)  ## Pin the newest allowed versions of all packages, with their hashes
	cd server && $(COMPILE) --upgrade pyproject.toml -o requirements.txt
	cd server && $(COMPILE) --upgrade pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean:  ## Remove .venv and caches, but no data
	rm -rf $(VENV) .ruff_cache .pytest_cache .hypothesis .import_linter_cache
