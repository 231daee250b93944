# make install | run | test | check | bench | lock: every target works on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install run test check bench format lock
install: .venv/.installed

.venv/.installed: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "Installing into .venv (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: install
	@$(BIN)/m2t up --demo

test: install
	@$(BIN)/python -m pytest

check: install
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# Some of it needs what is measured beside us: gunicorn, FastStream. Half an hour on two cores.
bench: install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement bench/requirements.lock
	@$(BIN)/python -m bench

format: install
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock:
	@$(PYTHON) -m venv .venv/lock && .venv/lock/bin/python -m pip install --quiet uv
	@.venv/lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --all-extras \
		--no-annotate --no-header --no-emit-index-url setup.cfg --output-file requirements.lock
