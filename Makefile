# Every target sets up what it needs. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check up down compiled test-compiled bench score fuzz faults contracts directory lock clean

PYTHON ?= python3
SHARED ?= ../shared
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COPY := build/compiled
COMPILE := $(BIN)/python -m deploy.compiled $(COPY) --whole
# `bench` runs in the tree where there is no copy; `test-compiled` passes where this machine cannot compile (status 3).
IN_COPY = cd $(COPY); export NOTICES_DIR="$${NOTICES_DIR:-$(abspath $(SHARED))/seeds}"
BENCH = if $(COMPILE); then $(IN_COPY) BENCH_RESULTS="$(abspath bench/results)"; fi; $(abspath $(BIN))/python -m bench
# What stands on compiled modules; QUICK=1 takes the most telling part of it.
COMPILED_TESTS := tests/deploy/test_compiled.py \
	$(if $(QUICK),tests/notifier/test_ledger.py tests/notifier/test_deliver.py tests/notifier/test_webhook.py \
	tests/ingest/test_reader_pool.py tests/ingest/reading,\
	tests/ingest tests/notifier tests/runtime tests/contracts)

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

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

compiled: setup ## Compile the hot modules, in a copy of the tree: build/compiled
	$(COMPILE)

test-compiled: setup ## Run the tests of what is compiled in the compiled copy (QUICK=1: the most telling ones)
	@$(COMPILE); case $$? in 0) ;; 3) exit 0;; *) exit 1;; esac; \
		$(IN_COPY); $(abspath $(BIN))/python -m pytest $(COMPILED_TESTS)

bench: setup ## Measure the journey, upload and fan-out, each beside its limit; compiled where this machine can
	@$(BENCH) journey upload fanout broker

bench-%: setup ## Measure one of them (see bench/)
	@$(BENCH) $*

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
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--constraint requirements.lock --group build -o requirements-build.lock

clean: ## Remove what was installed and measured here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache bench/results build
