# make run: the app. make test: lint and all tests. make lint: style and types. make bench: what docs/measurements.md
# says of speed. All set up what they need; nothing is installed outside this folder, except that `make test` installs
# Debian's Chromium when it is missing and it may.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run demo lint test texts bench detector identity device clean

run: $(VENV)/app detector
	@$(BIN)/python -m fer serve

# The same with a demo lesson of made-up students, to try everything alone.
demo: $(VENV)/app detector
	@$(BIN)/python -m fer serve --demo

lint: $(VENV)/tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint detector
	@$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

# New and changed texts of the code, into the catalogues in fer/locale.
texts: $(VENV)/tests
	$(BIN)/python -m tests.catalogues

# About ten minutes; on a machine that does nothing else.
bench: $(VENV)/tests detector
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m tests.benchmarks

# Without internet the app runs with the Haar detector, so a failed download stops nothing.
detector: $(VENV)/app
	@$(BIN)/python -m fer fetch || true

# dlib's face recognition network for FER_IDENTITY: 100 MB are downloaded, 6 MB stay in models/identity/.
identity: $(VENV)/tests
	@$(BIN)/python -m train.dlib_network

# What runs in the students' browsers, from device/ into fer/web/device. Needs npm; who runs or tests the app does not.
device:
	cd device && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build

# What serving needs: requirements.txt without what only training and evaluation need (setup.py).
$(VENV)/app: requirements.txt pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. Received: " + sys.version.split()[0] + ". Try: make $(MAKECMDGOALS) PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "On Debian: apt install python3-venv"; exit 1; }
	@echo "Installing (some minutes the first time) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/tests: $(VENV)/app tests/requirements.txt train/requirements.txt
	@echo "Installing what tests and training need ..."
	@$(PIP) -r requirements.txt -r tests/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV)
