# make install | run | test | check | audit | sbom | bench | lock: every target works on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 4

.PHONY: install run test check audit sbom bench browser postgres explore screens format lock
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

# Tests wait for half of their time, so there are more workers than cores. tests/order.py starts the longest files first;
# pytest-xdist would start the files with the most tests. Bytecode is kept, whatever the shell says: without it every worker
# compiles every test again, 8 s of CPU for each.
test: install browser postgres
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# The console's tests need a real Chromium: the one that M2T_CHROMIUM names, else Debian's headless shell, installed if we may
# (it takes about half of the CPU of a Chromium with windows), else the Chromium that is there.
browser:
	@if [ -n "$$M2T_CHROMIUM" ] || command -v chromium-headless-shell >/dev/null; then exit 0; fi; \
	packages="chromium-headless-shell fonts-dejavu-core libatomic1"; \
	if [ "$$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo -n"; \
	elif command -v chromium >/dev/null; then exit 0; else \
	echo "The browser tests need: $$packages. You are not root; ask an administrator to run: apt-get install $$packages" >&2; \
	echo "(or set M2T_CHROMIUM to the path of a Chromium; everything else works without)" >&2; exit 3; fi; \
	echo "Installing $$packages (once; about a minute) ..."; \
	{ $$as timeout 60 apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as timeout 300 apt-get install -y -qq --no-install-recommends $$packages >/dev/null; } \
	|| { command -v chromium >/dev/null && echo "Not installed; the tests use the Chromium that is there."; }

# The tests start their own PostgreSQL: M2T_TEST_POSTGRES names a folder with its programs or the URL of a running server;
# else Debian's package is installed if we may, without creating a server on the machine.
postgres:
	@if [ -n "$$M2T_TEST_POSTGRES" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo -n"; else \
	echo "The database tests need: postgresql. You are not root; ask an administrator to run: apt-get install postgresql" >&2; \
	echo "(or set M2T_TEST_POSTGRES to a folder with initdb and postgres, or to the URL of a server; everything else works without)" >&2; exit 3; fi; \
	echo "Installing postgresql (once; a quarter of a minute) ..."; \
	$$as mkdir -p /etc/postgresql-common && { grep -qs '^ *create_main_cluster' /etc/postgresql-common/createcluster.conf || \
	echo "create_main_cluster = false" | $$as tee -a /etc/postgresql-common/createcluster.conf >/dev/null; } && \
	$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends postgresql >/dev/null

# Take a picture of every screen of the demo in docs/screens/all/, which Git ignores, and replace those that documents link.
screens: install browser
	@$(BIN)/python -m tests.console.screenshots

# Test every property with new and more examples than the fixed ones of `make test`.
explore: install
	@M2T_HYPOTHESIS=explore $(BIN)/python -m pytest tests/policies tests/schemas tests/tiktok tests/records tests/webhooks tests/sync/test_seed_model.py tests/sync/test_magento_store.py

check: install
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/mypy .ci/audit.py .ci/sbom.py .ci/plain_names.py .ci/dead_code.py
	@$(BIN)/python .ci/plain_names.py
	@$(BIN)/python .ci/dead_code.py

# Look for known vulnerabilities of pinned packages. .ci/audit.py exits with 1 if there is one, with 3 if it can't tell.
audit: .venv/audit/.installed
	@.venv/audit/bin/python .ci/audit.py requirements.lock bench/requirements.lock .ci/requirements.lock

# Write an SBOM: every pinned package with its hashes, in the CycloneDX format.
sbom: .venv/audit/.installed
	@.venv/audit/bin/python .ci/sbom.py requirements.lock setup.cfg dist/sbom.cdx.json

.venv/audit/.installed: .ci/requirements.lock
	@test -x .venv/audit/bin/python || $(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement .ci/requirements.lock
	@touch $@

# Needs also what it compares with: gunicorn, FastStream. Takes half an hour on two cores.
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
	@.venv/lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
		--no-annotate --no-header --no-emit-index-url .ci/requirements.in --output-file .ci/requirements.lock
