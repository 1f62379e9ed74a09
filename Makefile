# Everything here needs Python 3.11 or newer and make; the rest is fetched, pinned by hash, into .venv and .tools.
# `make build` needs Python 3.13 besides, the version of the Lambda runtime.

PYTHON ?= python3
PYTHON313 ?= python3.13
PORT ?= 9000
STAGE ?= dev
EVENT ?=
FUNCTION ?=
MISSES ?=
CHAOS_SEED ?=

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
PY := $(BIN)/python
UV := $(CURDIR)/$(BIN)/uv
SAM := .tools/sam/bin/sam
CHECKOV := .tools/checkov/bin/checkov

# Where pyenv hides python3.13 behind a shim, name it next to the version in use. Recursive: only asked by what builds.
PYENV_313 = $(shell $(PYTHON313) --version >/dev/null 2>&1 || tools/pyenv313)
HAVE_313 = $(shell $(PYENV_313) $(PYTHON313) --version 2>/dev/null)

export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= eu-central-1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHON313 UV

##@ Use

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: .venv/.run ## The whole stack on this machine, at http://127.0.0.1:9000 (PORT moves it)
	@PORT=$(PORT) exec $(PY) -m local

##@ Change

.PHONY: test
test: .venv/.dev ## Unit, property and end-to-end tests
	$(PY) -m pytest -n auto --dist loadfile

.PHONY: test-faults
test-faults: .venv/.dev ## Every fault of the vendor's wire, every death of a worker: nothing lost, nothing paid twice
	$(PY) -m pytest -n auto --dist loadgroup -m faults tests/jobs tests/vendor tests/e2e

.PHONY: test-money
test-money: .venv/.dev ## A day of 2,000 calls, added up three ways: receipts, usage, the vendor's own count
	$(PY) -m pytest -n 0 -m money tests/money

.PHONY: test-chaos
test-chaos: .venv/.dev ## 500 jobs while workers die, messages and webhooks get lost, receivers are down (CHAOS_SEED= repeats it)
	CHAOS_SEED=$(CHAOS_SEED) $(PY) -m pytest -n 0 -m chaos tests/chaos

.PHONY: check
check: .venv/.dev .tools/sam/.stamp .tools/checkov/.stamp ## Format, lint, types, import contracts, template, generated files
	@$(MAKE) --no-print-directory -j4 -k --output-sync=target $(CHECKS)

CHECKS := check-format check-lint check-types check-imports check-template check-security check-requirements check-openapi \
  check-tables
.PHONY: $(CHECKS)
check-format:
	@$(BIN)/ruff format --check .
check-lint:
	@$(BIN)/ruff check .
check-types:
	@$(BIN)/basedpyright
check-imports:
	@$(BIN)/lint-imports --no-cache
check-template:
	@$(SAM) validate --lint --template template.yaml
check-security:
	@LOG_LEVEL=ERROR $(CHECKOV) --config-file .checkov.yaml --file template.yaml
check-requirements:
	@$(PY) -m tools.requirements --check
check-openapi:
	@$(PY) -m tools.openapi --check
check-tables:
	@$(PY) -m tools.tables --check

.PHONY: format
format: .venv/.dev ## Put the code in its one form
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

.PHONY: openapi
openapi: .venv/.dev ## Write functions/system/openapi.json from the code
	$(PY) -m tools.openapi

.PHONY: tables
tables: .venv/.dev ## Write the tables of docs/ that list what the code reads: settings, limits, prices
	$(PY) -m tools.tables

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --custom-compile-command 'make lock'
.PHONY: lock
lock: .venv/.uv ## Pin and hash every dependency anew, at the newest versions pyproject.toml allows
	$(LOCK) --upgrade --python-version 3.11 pyproject.toml --group dev -o requirements/dev.txt
	$(LOCK) --upgrade --python-version 3.11 pyproject.toml --group run -c requirements/dev.txt -o requirements/run.txt
	for tool in uv sam checkov; do \
	  $(LOCK) --upgrade --python-version 3.11 --group $$tool -o requirements/$$tool.txt; done
	$(LOCK) --upgrade --python-version 3.13 --group lambda -c requirements/dev.txt -o requirements/lambda.txt
	$(MAKE) .venv/.dev
	$(PY) -m tools.requirements

##@ Measure

.PHONY: bench
bench: .venv/.dev ## Latency of the local stack
	$(PY) -m bench

.PHONY: bench-cost
bench-cost: .venv/.dev ## What each operation uses of DynamoDB, SQS, S3 and Lambda, counted
	$(PY) -m bench.cost

.PHONY: turkish
turkish: .venv/.dev ## The Turkish engine against its labelled corpora, naive baselines and the clock (MISSES=1: every miss)
	$(PY) -m bench.turkish $(if $(MISSES),--misses)

##@ Ship

.PHONY: build
build: .venv/.uv .tools/sam/.stamp ## Build the deployment into .aws-sam/build: arm64 wheels, hash-checked bytecode
	@[ -n "$(HAVE_313)" ] || { echo "make build needs $(PYTHON313), the version of the Lambda runtime" >&2; exit 1; }
	$(PYENV_313) $(SAM) build --build-in-source --template template.yaml

.PHONY: test-build
test-build: .venv/.dev ## Run every entry point of the build under the Lambda runtime emulator (after make build)
	@if [ -z "$(HAVE_313)" ]; then \
	  echo "test-build SKIPPED: there is no $(PYTHON313) here, the version of the Lambda runtime"; \
	else \
	  $(MAKE) --no-print-directory emulator && $(PY) -m pytest tests/build; \
	fi

.PHONY: invoke
invoke: .venv/.dev emulator ## One built function, one event: make invoke FUNCTION=SystemApi EVENT=events/system-api.json
	@$(PY) -m tools.invoke "$(FUNCTION)" "$(EVENT)"

.PHONY: emulator
emulator: .tools/sam/.stamp .tools/lambda/.stamp
	@test -d .aws-sam/build/CommonLayer || { echo "nothing is built; run: make build" >&2; exit 1; }
	@rm -rf build/host-layer
	@$(PYENV_313) ARTIFACTS_DIR=$(CURDIR)/build/host-layer PLATFORM=$$(uname -m)-manylinux_2_28 \
	  $(MAKE) --no-print-directory -C layers build-CommonLayer

.PHONY: test-dynamodb-local
test-dynamodb-local: .venv/.dev .tools/dynamodb-local/.stamp ## Repositories and conditional writes on AWS's own engine (needs Java 17 and Maven)
	DYNAMODB=local $(PY) -m pytest -n 2 --dist loadfile -m dynamodb

.PHONY: deploy
deploy: build ## Put it on AWS: make deploy STAGE=dev, with your own credentials
	$(SAM) deploy --stack-name meddah-$(STAGE) --parameter-overrides Stage=$(STAGE) --capabilities CAPABILITY_IAM \
	  --resolve-s3 --no-fail-on-empty-changeset

.PHONY: clean
clean: ## Remove everything that was built or fetched
	rm -rf .aws-sam .hypothesis .import_linter_cache .pytest_cache .ruff_cache .tools .venv build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── Environments ─────────────────────────────────────────────────────────────────────────────────────────────────────
# Each has a stamp that is younger than its lock file, so that asking for it again costs nothing.

.venv/.uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.run: .venv/.uv requirements/run.txt pyproject.toml
	$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements/run.txt
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --offline -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements/dev.txt
	@touch $@

.tools/dynamodb-local/.stamp: tools/dynamodb-local.pom.xml
	mvn --batch-mode --no-transfer-progress --quiet --file $< dependency:copy-dependencies -DincludeScope=runtime \
	  -DoutputDirectory=$(CURDIR)/.tools/dynamodb-local
	@touch $@

.tools/lambda/.stamp: requirements/lambda.txt .venv/.uv
	$(PYENV_313) $(PYTHON313) -m venv --clear --without-pip .tools/lambda
	$(UV) pip install --quiet --python .tools/lambda/bin/python --require-hashes -r $<
	@touch $@

.tools/sam/.stamp .tools/checkov/.stamp: .tools/%/.stamp: requirements/%.txt .venv/.uv
	$(UV) venv --quiet --clear --python $(PY) .tools/$*
	$(UV) pip install --quiet --python .tools/$*/bin/python --require-hashes -r $<
	@touch $@
