# Torikomi: `make demo` shows it at work, `make test` is the whole gate. Both set themselves up on first use.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
STAMP := $(VENV)/.torikomi-installed
ROOMS := torikomi records ocr connectors initiatives desk flows

export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint wheel bench bench-accuracy bench-speed bench-excel bench-letters bench-stray clean kills storm system-demo system-test setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## the virtual environment with pinned dependencies

$(STAMP): pyproject.toml constraints.txt tools/make_venv.sh
	@tools/make_venv.sh "$(PYTHON)" "$(VENV)"
	@touch $@

system-demo:
	@tools/system_packages.sh reading

system-test:
	@tools/system_packages.sh reading writing browser sharing workbooks

wheel: $(STAMP) ## dist/torikomi-….whl, for pipx install
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@echo 'pipx install --pip-args="-c constraints.txt" '"$$(ls -t dist/torikomi-*.whl | head -1)"

demo: system-demo $(STAMP) ## about fifty sheets and letters through a sample office, with what came out and what it saved
	@$(BIN)/torikomi demo

lint: $(STAMP) ## formatter, ruff, mypy --strict and the rules about who may import whom
	$(BIN)/ruff format --check --quiet . || { echo 'Not formatted. Type: $(BIN)/ruff format .' >&2; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: system-test $(STAMP) ## lint, then every test
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

bench: bench-speed bench-accuracy ## both benchmarks

bench-speed: system-test $(STAMP) ## sheets a minute against Tesseract and RapidOCR on the same sheets
	$(BIN)/python -m benchmarks.speed

bench-accuracy: system-test $(STAMP) ## fields right, share unseen, wrong among unseen
	$(BIN)/python -m benchmarks.accuracy

bench-excel: $(STAMP) ## a row onto 1,000, 100,000 and 1,000,000 rows beside openpyxl: processor time and memory
	$(BIN)/python -m benchmarks.excel_rows

bench-stray: system-test $(STAMP) ## notes found outside all fields, false alarms, and the cost
	$(BIN)/python -m benchmarks.stray

bench-letters: system-test $(STAMP) ## letters: error rate, order and processor time beside RapidOCR and Tesseract
	OMP_THREAD_LIMIT=1 OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.letters

storm: system-test $(STAMP) ## 5,000 interleavings of writers, sweeps and kills; goes on where it stopped
	$(BIN)/python -m tests.flows.storm --count 5000 --state .storm.json

kills: system-test $(STAMP) ## 300 kills while real sheets are being read; goes on where it stopped
	$(BIN)/python -m tests.flows.killing --kills 300 --site .killing

clean: ## what the other commands made, the virtual environment included
	rm -rf $(VENV) build dist *.egg-info demo-site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(ROOMS) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
