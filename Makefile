# make setup | demo | test | test-fast | lint | bench | soak     (SLIM=1 leaves torch and sentence-transformers out)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pip compiles what it installs on one core; COMPILE does it on all of them, and says nothing of files for other Pythons
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
COMPILE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
# Once chosen, the slim set stays until SLIM= or rm -rf .venv says otherwise.
SLIM ?= $(if $(wildcard $(VENV)/.qunzhi-full),,$(wildcard $(VENV)/.qunzhi-slim))
SET := $(if $(SLIM),slim,full)
TORCH := torch==2.13.0
# A CPU build saves several GB:  make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
export OMP_NUM_THREADS ?= 1

RUN_STAMP := $(VENV)/.qunzhi-$(SET)
DEV_STAMP := $(VENV)/.qunzhi-dev
MODEL_STAMP := $(VENV)/.qunzhi-encoder

.PHONY: setup setup-dev demo test test-fast lint bench soak browser node-gateway clean

setup: $(MODEL_STAMP)

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo '[1/3] making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'no virtual environment; on Debian: apt-get install python3-venv'; exit 1; }

$(RUN_STAMP): $(VENV)/pyvenv.cfg deploy/requirements-$(SET).txt pyproject.toml
	@echo '[2/3] installing the locked packages ($(SET) set; $(if $(SLIM),about a minute,a few minutes))'
ifeq ($(SET),full)
	@$(PIP) $(TORCH) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
endif
	@$(PIP) --no-deps -r deploy/requirements-$(SET).txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(COMPILE)
	@touch $@

$(MODEL_STAMP): $(RUN_STAMP)
	@echo '[3/3] building the embedded encoder (once, about half a minute)'
	@$(BIN)/python -m bot encoder build
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) deploy/requirements-dev.txt
	@echo '[dev] installing what tests and linters need'
	@$(PIP) --no-deps -r deploy/requirements-dev.txt
	@touch $@

setup-dev: $(MODEL_STAMP) $(DEV_STAMP)

demo: setup
	@$(BIN)/python -m bot demo $(DEMO)

# The encoder is built while the packages of tests are fetched.
test:
	@$(MAKE) --no-print-directory -j 2 setup-dev browser node-gateway
	$(BIN)/python -m tests.run

test-fast: setup-dev
	$(BIN)/python -m tests.run --fast

soak: setup-dev browser node-gateway
	$(BIN)/python -m pytest -m "soak or hypothesis" -s --timeout 3600 --hypothesis-profile fresh

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff . > /dev/null || { echo 'run: $(BIN)/ruff format .'; exit 1; }
	$(BIN)/mypy

bench: setup-dev
	$(BIN)/python -m bot bench storage
	$(BIN)/python -m bot bench pipeline
	$(BIN)/python -m bot bench outbox
	$(BIN)/python -m bot bench ledger
	$(BIN)/python -m bot bench start
	$(BIN)/python -m bot bench ask
	$(BIN)/python -m bot bench ingest

# Chromium and strace come from the system; as root on Debian they are installed here.
browser:
	@command -v chromium >/dev/null && command -v strace >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo '[dev] installing chromium and strace'; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium strace fonts-wqy-microhei >/dev/null; \
	  else echo 'please install: chromium strace (Debian: apt-get install chromium strace fonts-wqy-microhei)'; exit 1; fi; }

# The puppet service on Node that tests talk to; its locked npm packages are fetched once.
node-gateway: $(DEV_STAMP)
	@$(BIN)/python -c 'from tests.gateway.node_gateway import install_harness; install_harness()'

clean:
	rm -rf $(VENV) data tests/node/node_modules
