# `make lab` to read and run the notebooks, `make test` to prove them, `make help` for the rest.
# LAB_ARGS goes to JupyterLab, PYTEST_ARGS to pytest: make test PYTEST_ARGS="-k train"
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# The notebooks and what the tools print are UTF-8, whatever the locale; what a shell says of other Pythons stays out.
export PYTHONUTF8 := 1
unexport MPLBACKEND $(filter-out PYTHONUTF8,$(filter PYTHON%,$(.VARIABLES)))

.PHONY: help lab differences fresh doctor down test coverage soak bench record minutes solutions house lock update clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

lab: .venv/ready ## JupyterLab on your copy of the first notebook, in my/
	@$(BIN)/python -m workbook.lab $(LAB_ARGS)

differences: .venv/ready ## what you typed in your copies that the notebooks do not have
	@$(BIN)/python -m workbook.copies differences

fresh: .venv/ready ## a fresh copy of a notebook, yours kept beside it: make fresh NOTEBOOK=02_serve
	@$(BIN)/python -m workbook.copies fresh $(NOTEBOOK)

doctor: .venv/ready ## what this machine has for each target, and what it lacks
	@$(BIN)/python -m workbook doctor

down: .venv/ready ## remove what the workbook created, and prove that nothing is left
	@$(BIN)/python -m workbook down

test: .venv/ready ## every notebook and module, as CI runs them
	@$(BIN)/python tools/test.py $(PYTEST_ARGS)

coverage: .venv/ready ## which lines of the packages the tests run; a figure to look at, not a gate
	@$(BIN)/python -m coverage run --source promql,workbook,service -m pytest -q tests/promql tests/workbook tests/service
	@$(BIN)/python -m coverage report --skip-covered --sort cover

soak: .venv/ready ## the repeated, interrupted and long runs
	@$(BIN)/python -m pytest -m "soak or founds_cluster" $(PYTEST_ARGS)

bench: .venv/ready ## the figures under bench/, measured again
	@$(BIN)/python -m bench $(BENCH_ARGS)

record: .venv/ready ## run a notebook and keep its outputs: make record NOTEBOOK=notebooks/01_train.ipynb
	@$(BIN)/jupyter nbconvert --to notebook --inplace --execute --ExecutePreprocessor.record_timing=False $(NOTEBOOK)
	@$(BIN)/jupyter nbconvert --coalesce-streams $(NOTEBOOK) # in a second step: in one, it would come before the run
	@$(BIN)/python tools/pictures.py
	@$(BIN)/python tools/minutes.py

minutes: .venv/ready ## how long 04 takes, counted anew into its head and the README
	@$(BIN)/python tools/minutes.py

solutions: .venv/ready ## the notebooks' folded solutions, from the tested ones
	@$(BIN)/python -m tests.notebooks.solutions

house: .venv/ready ## the picture of the modules in CONTRIBUTING.md, from their imports
	@$(BIN)/python tools/house.py

lock: .venv/ready ## requirements.lock anew from pyproject.toml; make lock UPGRADE=yes takes what is newest
	@$(BIN)/python tools/lock.py

update: .venv/ready ## which pinned versions have newer releases, and which files each one touches
	@$(BIN)/python -m tools.update

clean: ## what the commands above made, except my/ and .workbook/: your copies, logs and clusters (make down)
	rm -rf .coverage .venv .pytest_cache .mypy_cache .ruff_cache build dist

.venv/ready: FORCE
	@$(PYTHON) tools/environment.py

FORCE:
