# make train     trains on the built-in data and compares the losses (about 8 minutes)
# make test      builds and runs the tests, without the slow ones
# make test-all  builds and runs all tests (about half an hour)
# make sanitize  runs the C++ tests under sanitizers (about 12 minutes)
# make campaign  tries to break the package for 20 minutes (docs/reliability.md)
# make lint      checks style and format
# make docs      writes the documentation as a site to site/
# make build     builds the op library of this checkout
# make wheel     builds a wheel for the TensorFlow of the environment into dist/
# make wheels    builds the wheel for all supported TensorFlows, and a source archive
# make clean     removes what was built; make distclean also the virtual environment
#
# PYTHON= is the Python to make the environment with, VENV= the environment's folder
# (an existing one is used as it is, with the TensorFlow that it has),
# TRAIN_FLAGS=, TEST_FLAGS= and CAMPAIGN_FLAGS= are passed on to trainers.compare, to
# pytest and to tests.campaign.

PYTHON ?= python3
VENV ?= .venv
TRAIN_FLAGS ?=
TEST_FLAGS ?= -n 2 --dist worksteal
CAMPAIGN_FLAGS ?= --minutes=20
BIN := $(VENV)/bin
STAMP := $(VENV)/.tf_rloss
TOOLS := $(VENV)/.tf_rloss_tools
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: train test test-all sanitize campaign lint docs build wheel wheels clean distclean

train: $(STAMP)
	$(BIN)/python -m build_tools.library
	$(BIN)/python -m trainers.compare --output_dir=runs/compare $(TRAIN_FLAGS)

test: build
	$(BIN)/python -m build_tools.cpp_tests
	$(BIN)/python -m pytest $(TEST_FLAGS)

test-all: TEST_FLAGS += -m "not large"
test-all: test

sanitize: $(STAMP)
	$(BIN)/python -m build_tools.sanitized_tests address,undefined
	$(BIN)/python -m build_tools.sanitized_tests thread

campaign: build
	$(BIN)/python -m tests.campaign $(CAMPAIGN_FLAGS)

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(TOOLS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet
	@echo "The site: site/index.html"

build: $(TOOLS)
	$(BIN)/python -m build_tools.library

wheel: $(STAMP)
	$(BIN)/python -m pip wheel --no-build-isolation --no-deps -w dist .

wheels: $(TOOLS)
	$(BIN)/python -m build_tools.wheels

# TensorFlow comes first, so that the package is built against it right there
# rather than in an isolated environment with another copy.
$(STAMP): setup.py pyproject.toml build_tools/find_tensorflow.py
	@command -v $${CXX:-g++} >/dev/null || { \
	  echo "No C++ compiler: install g++ (apt-get install g++) or set CXX."; exit 1; }
	@command -v $(PYTHON) >/dev/null || { \
	  echo "No $(PYTHON): install Python 3.10 to 3.13, or name one with PYTHON=."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || { \
	  echo "$(PYTHON) is not Python 3.10 to 3.13, for which TensorFlow has wheels:" \
	    "name another with PYTHON=."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install its venv module" \
	    "(apt-get install python3-venv)."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install "setuptools>=70.1"
	$(BIN)/python -m pip install "$$($(BIN)/python -m build_tools.find_tensorflow)"
	$(BIN)/python -m pip install --no-build-isolation -e .
	@touch $@

# `make train` does without these, and so starts earlier.
$(TOOLS): $(STAMP)
	$(BIN)/python -m pip install --no-build-isolation -e ".[lint,test,wheels]"
	@touch $@

clean:
	rm -rf build dist site tf_rloss.egg-info .pytest_cache .ruff_cache
	rm -f tf_rloss/ops/librloss_*.so
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv
