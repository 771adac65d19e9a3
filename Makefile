# Everything a developer types; `make` alone lists it. Settings are environment or make variables:
#   AUTH_PORT (8001), POSTS_PORT (8002), DATA_DIR (.data), PYTHON (python3), MONGODB_URL and POSTGRES_URL (embedded servers),
#   SUITES of `make test` and `make test-slow`; BENCH, CHAOS and LOCK: options of `make bench`, `make chaos` and `make lock`

SHELL := /bin/sh
PYTHON ?= python3
DATA_DIR ?= .data
SUITES ?= shared auth posts contracts deploy devstack e2e
export DATA_DIR

VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
DEVSTACK := $(PY) -m tools.devstack

.DEFAULT_GOAL := help
.PHONY: help run stop demo test test-slow lint fmt schema lock sbom bench chaos clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s%s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) ## start both databases, services and workers; Ctrl-C stops them
	@$(DEVSTACK) run

stop: $(INSTALLED) ## stop the stack of this DATA_DIR, from another terminal
	@$(DEVSTACK) stop

demo: $(INSTALLED) ## give the running stack a hundred people who follow each other and write
	@$(DEVSTACK) status
	@$(PY) manage_posts.py load_graph --generate 100

test: $(INSTALLED) ## run the tests on throw-away databases, but for the slow ones (SUITES="auth posts" for some)
	@$(DEVSTACK) test $(SUITES)

test-slow: $(INSTALLED) ## run the slow ones: faults, races, hostile values, measures of time (a quarter of an hour)
	@$(DEVSTACK) test --slow $(SUITES)

lint: $(INSTALLED) ## check style, types, layers, migrations, production settings, scripts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports
	$(DEVSTACK) check
	bash -n .ci/run tools/make_venv tools/lock_requirements

fmt: $(INSTALLED) ## format the code
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

schema: $(INSTALLED) ## write both OpenAPI documents anew
	@$(DEVSTACK) exec -- $(PY) manage_auth.py spectacular --validate --fail-on-warn --file auth_project/openapi.yaml
	@$(DEVSTACK) exec -- $(PY) manage_posts.py spectacular --validate --fail-on-warn --file posts_project/openapi.yaml

lock: $(INSTALLED) ## write the images' lock files anew after a change of requirements (LOCK=--upgrade for the newest of what they bring)
	@tools/lock_requirements $(VENV)/bin $(LOCK)

sbom: $(INSTALLED) ## write a bill of materials of each image to deploy/sbom (CycloneDX)
	@$(PY) -m tools.sbom

bench: $(INSTALLED) ## measure, and print each figure beside its target (half an hour; BENCH="--help")
	@$(PY) -m benchmarks $(BENCH)

chaos: $(INSTALLED) ## hurt a system of its own and count what is lost (CHAOS="rolling --times 20")
	@$(PY) -m tools.chaos $(CHAOS)

clean: ## throw away the data, the virtual environment and the caches
	@test ! -e $(INSTALLED) || $(DEVSTACK) stop
	@# By name, and not the folder: DATA_DIR may be one that holds other things.
	test ! -d "$(DATA_DIR)" || (cd "$(DATA_DIR)" && rm -rf mongo postgres keys logs metrics mail media bench stack.env stack.lock)
	@test ! -d "$(DATA_DIR)" || rmdir --ignore-fail-on-non-empty "$(DATA_DIR)"
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(INSTALLED): requirements.txt requirements-otel.txt requirements-s3.txt requirements-redis.txt requirements-dev.txt
	@tools/make_venv "$(PYTHON)" $(VENV)
	@touch $@
