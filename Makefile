# `make run` and `make test` do everything from a fresh checkout; the rest is for who works on the code.
# What is missing on the machine comes through apt: deploy/install_packages.sh.

export PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.requirements.installed
DEV_READY := $(VENV)/.requirements-dev.installed
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" pyproject.toml

# Whoever names a broker of their own needs no RabbitMQ here. With a settings file, only
# `python -m deploy` can tell, and sees to it.
BROKER := $(if $(CELEBWIRE_AMQP_URL)$(CELEBWIRE_CONFIG)$(wildcard celebwire.toml),,rabbitmq)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test lint format typecheck bench lock clean run-packages test-packages

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: run-packages $(RUN_READY) ## the whole site on this machine, until Ctrl-C
	@$(BIN)/python -m deploy

# Three at a time, also on two cores: most tests wait, for processes, for RabbitMQ, for a browser.
# Who has done its third takes from who has not. Bytecode is kept, whatever the environment says of
# it: the tests start two hundred programs, and to compile ours took a fifth of each start.
test: test-packages $(DEV_READY) ## install what the tests need, and run them all
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 3 --dist worksteal

lint: $(DEV_READY) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV_READY) ## ruff: rewrite the files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typecheck: $(DEV_READY) ## mypy, strict
	$(BIN)/mypy

bench: $(DEV_READY) ## intake, latency, and fan-out beside nchan and others (12 minutes)
	@deploy/install_packages.sh rabbitmq nchan compiler
	$(BIN)/python -m tests.benchmarks

lock: $(DEV_READY) ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --upgrade --output-file requirements.txt
	$(COMPILE) --upgrade --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean: ## remove the virtual environment and caches; the folder var stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/benchmarks/load/build
	find . -name __pycache__ -prune -exec rm -rf {} +

# All that is missing at once: one apt run, or one line to type for who has no rights.
run-packages:
	@deploy/install_packages.sh python $(BROKER)

test-packages:
	@deploy/install_packages.sh python rabbitmq postgresql chromium nginx compiler

$(RUN_READY): requirements.txt
$(DEV_READY): requirements-dev.txt

# Hashes are checked: what is installed is what was tested. --use-pep517 is what newer pips do by
# themselves with a package that comes as source (txAMQP).
$(RUN_READY) $(DEV_READY):
	@deploy/install_packages.sh python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 is needed")'
	@[ -w . ] || { echo "This folder, $(CURDIR), is another user's: run make as that user," \
		"or in a clone of your own." >&2; exit 1; }
	@echo "Installing $< into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes -r $<
	@touch $@
