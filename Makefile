# make demo: from nothing to a table of scores, a submission and an image. make test: the quick tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-slow lint format clean
.DEFAULT_GOAL := demo

demo: $(STAMP)
	$(BIN)/jaguar-mm demo

test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

test-slow: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) *.egg-info .pytest_cache .ruff_cache

# OpenMMLab's wheel asks for opencv-python, which wants a screen's libraries; the headless build of the same version
# replaces its files and runs everywhere.
$(STAMP): requirements/runtime.txt requirements/dev.txt requirements/constraints.txt setup.py
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v in ((3, 11), (3, 12)) else "Python 3.11 or 3.12 is needed, this is %d.%d: make PYTHON=python3.12" % v)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements/dev.txt -c requirements/constraints.txt
	$(BIN)/python -m pip install --force-reinstall --no-deps opencv-python-headless==$$(sed -n 's/^opencv-python==//p' requirements/runtime.txt)
	$(BIN)/python -m pip install --no-deps -e .
	touch $@
