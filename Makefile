# QuickCart's commands. `make` lists them.

# The first Python here that is new enough; `make PYTHON=…` names another.
PYTHON ?= $(firstword $(shell for python in python3 python3.11 python3.12 python3.13 \
	python3.14; do $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$python; done; true) python3)
ARGS ?=
export PYTHONPATH := $(CURDIR)/platform:$(CURDIR)

BIN := .venv/bin
# Modules, not scripts: a script's first line cannot carry every path.
RUN := $(BIN)/python -m
MANAGE := $(BIN)/python manage.py
LAUNCHER = command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: \
	sudo apt install python3 python3-venv" >&2; exit 1; }; exec $(PYTHON) -m quickcart.launcher
PACKAGES := platform tenants storefront pickup notifications
CODE := $(PACKAGES) tests manage.py $(wildcard benchmarks)
TEMPLATES := $(wildcard platform/*/templates tenants/templates storefront/templates \
	storefront/*/templates pickup/templates notifications/templates)
# Tests run in as many processes as there are cores; a group stays in one of them.
PARALLEL ?= -n auto --dist loadgroup
COMPILE := $(RUN) uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make requirements'

.DEFAULT_GOAL := help
.PHONY: help up down restart status reset setup test-tools test test-fast test-e2e check lint \
	format types arch django chaos attack bench bench-report requirements migrate shell

help: ## List these commands
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run

up: ## Start everything and follow the logs (ARGS=--detach: return when ready)
	@$(LAUNCHER) up $(ARGS)

down: ## Stop everything
	@$(LAUNCHER) down

restart: ## Replace the programs one by one, without a pause
	@$(LAUNCHER) restart $(ARGS)

status: ## Show what runs, where, and whether it is well
	@$(LAUNCHER) status

reset: ## Delete all data, after asking (ARGS=--yes: without asking)
	@$(LAUNCHER) reset $(ARGS)

setup: ## Make the virtual environment and install requirements.txt
	@$(LAUNCHER) setup

migrate: setup ## Migrate the hub, the template and every shop
	@$(MANAGE) migrate

shell: setup ## Open a Python shell with Django
	@$(MANAGE) shell

##@ Check

test: test-tools ## Run the whole test suite (ARGS=… goes to pytest)
	@$(RUN) pytest $(PARALLEL) $(ARGS)

test-fast: test-tools ## Run the tests that need no browser
	@$(RUN) pytest tests/unit tests/integration tests/functional tests/architecture \
		$(PARALLEL) $(ARGS)

test-e2e: test-tools ## Run the browser tests
	@$(RUN) pytest tests/e2e $(ARGS)

test-tools: ## Install what tests need: packages, Chromium, nginx, PgBouncer, promtool
	@$(LAUNCHER) test-tools

check: lint types arch django test ## Run all that CI runs

lint: test-tools ## Check code and templates
	@$(RUN) ruff check $(CODE)
	@$(RUN) ruff format --check $(CODE)
	@$(RUN) bandit -q -c pyproject.toml -r $(PACKAGES)
	@find $(TEMPLATES) -name '*.html' -print0 | xargs -0 -r $(RUN) djhtml --check
	@$(RUN) djlint --lint --quiet $(TEMPLATES)

format: test-tools ## Format code and templates
	@$(RUN) ruff check --fix $(CODE)
	@$(RUN) ruff format $(CODE)
	@find $(TEMPLATES) -name '*.html' -print0 | xargs -0 -r $(RUN) djhtml

types: test-tools ## Check types
	@$(RUN) mypy $(PACKAGES)

arch: test-tools ## Check that imports point down only
	@$(BIN)/python -c 'from importlinter.cli import lint_imports_command as run; run()'

django: test-tools ## Check Django's settings and that no migration is missing
	@$(MANAGE) check
	@$(MANAGE) makemigrations --check --dry-run

##@ Under fire (ARGS='--list', '--only=WORDS', '--small')

chaos: export PYTHONPATH := $(PYTHONPATH):$(CURDIR)/tests
chaos: test-tools ## Break services and kill processes under load; nothing may be lost
	@$(RUN) chaos $(ARGS)

attack: export PYTHONPATH := $(PYTHONPATH):$(CURDIR)/tests
attack: test-tools ## Try to see, change and break what is not one's own
	@$(RUN) attack $(ARGS)

bench: export PYTHONPATH := $(PYTHONPATH):$(CURDIR)/tests
bench: test-tools ## Measure against baselines taken in the same run
	@$(RUN) benchmarks $(ARGS)

bench-report: export PYTHONPATH := $(PYTHONPATH):$(CURDIR)/tests
bench-report: test-tools ## Write docs/benchmarks.md from what a run printed (FILE=…)
	@$(RUN) benchmarks.report $(FILE)

##@ Upkeep

requirements: setup ## Compile the hashed requirements (ARGS=--upgrade: newer ones)
	@$(COMPILE) $(ARGS) requirements.in --output-file requirements.txt
	@$(COMPILE) $(ARGS) requirements-dev.in --output-file requirements-dev.txt
	@for list in installer building; do $(COMPILE) --no-annotate \
		platform/quickcart/launcher/$$list.in \
		--output-file platform/quickcart/launcher/$$list.txt || exit 1; done
