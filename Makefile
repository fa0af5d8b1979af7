# Groundwork. `make run` starts the app, `make test` runs every test; each sets up all that it needs.
.DEFAULT_GOAL := help
PORT ?= 8501
RUN_IN = . .venv/bin/activate &&

.PHONY: help run dev setup setup-dev test lint check bench eval-tables eval-documents backup restore walk screenshots clean

help:  ## List the commands.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: STARTED := $(shell date +%s)
run: setup  ## Set up, then start the app (PORT=8501).
	@STARTED=$(STARTED) PORT=$(PORT) sh scripts/run.sh

dev: setup-dev  ## Start the app and watch the source.
	@PORT=$(PORT) sh scripts/run.sh --server.fileWatcherType auto --server.runOnSave true

setup:  ## Make the environment and install what the app needs.
	@sh scripts/setup.sh requirements.txt

setup-dev:
	@sh scripts/setup.sh requirements-dev.txt

test: setup-dev  ## Set up, then run lint, types and every test.
	@sh scripts/test.sh

lint: setup-dev  ## Lint, format check and types alone.
	@$(RUN_IN) ruff check . && ruff format --check . && mypy

bench: setup-dev  ## Print every figure beside its goal.
	@$(RUN_IN) python -m benchmarks

eval-tables: setup-dev  ## Ask the questions of a folder (QUESTIONS=...) and count right, wrong and silent.
	@$(RUN_IN) python -m benchmarks.eval_tables $(QUESTIONS)

eval-documents: setup-dev  ## Search the questions of a folder (FOLDER=...) and count right documents and pages.
	@$(RUN_IN) python -m benchmarks.eval_documents $(FOLDER)

backup: setup  ## Save everything into one file, also while the app runs (FILE=...).
	@$(RUN_IN) python -m components.store backup $(if $(FILE),"$(FILE)")

restore: setup  ## Put a backup back while the app is stopped (FILE=...).
	@$(RUN_IN) python -m components.store restore $(if $(FILE),"$(FILE)")

walk: setup-dev  ## Walk a newcomer's first half hour from a fresh clone, timed (FROM=commit).
	@$(RUN_IN) GROUNDWORK_TEST_CHROMIUM=$$(sh scripts/chromium.sh) python scripts/walk.py $(if $(FROM),--commit $(FROM))

screenshots: setup-dev  ## Photograph every page (artifacts/screenshots, docs/pictures) and keep the outlines.
	@$(RUN_IN) GROUNDWORK_TEST_CHROMIUM=$$(sh scripts/chromium.sh) python scripts/screenshots.py

clean:  ## Remove the environment and what tests left.
	rm -rf .venv artifacts .mypy_cache .ruff_cache .pytest_cache
