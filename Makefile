# Every target sets up what it needs. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check up down bench score fuzz faults contracts directory lock clean

PYTHON ?= python3
SHARED ?= ../shared
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## Install the locked packages into .venv

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup ## Run the main job on this machine: samples in, deliveries and receipts out
	$(BIN)/python -m demo

test: setup ## Run every test, with a real broker
	$(BIN)/python -m pytest

check: setup ## Prove layers, types, style and contract compatibility
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m contracts.generate --check
	$(BIN)/python -m services.notifier.openapi --check
	$(BIN)/python -m deploy.validate

up: setup ## Start Kafka and the services in the background
	$(BIN)/noinhan up

down: setup ## Stop them
	$(BIN)/noinhan down

bench: setup ## Measure the journey, upload and fan-out, each beside its limit
	$(BIN)/python -m bench journey upload fanout broker

bench-%: setup ## Measure one of them (see bench/)
	$(BIN)/python -m bench $*

score: setup ## Hold what is read in the shared notices against their gold (SHARED=../shared)
	@mkdir -p bench/results
	$(BIN)/noinhan parse --json $(SHARED)/seeds > bench/results/seeds.jsonl
	$(BIN)/noinhan parse --json $(SHARED)/notices > bench/results/notices.jsonl
	$(BIN)/noinhan plan --json $(SHARED)/seeds $(SHARED)/notices > bench/results/plan.jsonl
	$(PYTHON) $(SHARED)/score.py parse bench/results/seeds.jsonl
	$(PYTHON) $(SHARED)/score.py notices bench/results/notices.jsonl
	$(PYTHON) $(SHARED)/score.py plan bench/results/plan.jsonl

fuzz: setup ## Damage documents in every way and read them (FUZZ_SECONDS=600)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m bench.fuzzing

faults: setup ## Kill services in mid-run, and ledgers in mid-write (FAULTS_ROUNDS=20 LEDGER_HISTORIES=1000)
	FAULTS_ROUNDS=$${FAULTS_ROUNDS:-20} $(BIN)/python -m pytest -m e2e
	LEDGER_HISTORIES=$${LEDGER_HISTORIES:-1000} $(BIN)/python -m pytest tests/notifier/test_ledger_machine.py

contracts: setup ## Write the schemas, the AsyncAPI and the OpenAPI document anew
	$(BIN)/python -m contracts.generate
	$(BIN)/python -m services.notifier.openapi

directory: setup ## Make the directory of offices anew from its sources
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-directory.lock
	$(BIN)/python -m services.router.directory.generate

lock: setup ## Pin the packages anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--all-extras --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--all-extras pyproject.toml -o requirements-services.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--no-deps --group directory -o requirements-directory.lock

clean: ## Remove what was installed and measured here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache bench/results
