# The two commands: `make lab` to read and run the notebooks, `make test` to prove them.
# LAB_ARGS goes to JupyterLab, PYTEST_ARGS to pytest: make test PYTEST_ARGS="-k train"
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: lab test soak bench record lock clean

lab: .venv/ready ## JupyterLab on the first notebook
	@$(BIN)/python -m workbook.lab $(LAB_ARGS)

test: .venv/ready ## every notebook and module, as CI runs them
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

soak: .venv/ready ## the repeated, interrupted and long runs
	@$(BIN)/python -m pytest -m soak $(PYTEST_ARGS)

bench: .venv/ready ## the figures under bench/, measured again
	@$(BIN)/python -m bench $(BENCH_ARGS)

record: .venv/ready ## run a notebook and keep its outputs: make record NOTEBOOK=notebooks/01_train.ipynb
	@$(BIN)/jupyter nbconvert --to notebook --inplace --execute --ExecutePreprocessor.record_timing=False $(NOTEBOOK)
	@$(BIN)/jupyter nbconvert --coalesce-streams $(NOTEBOOK) # in a second step: in one, it would come before the run
	@$(BIN)/python tools/pictures.py

lock: .venv/ready ## requirements.lock anew from pyproject.toml; make lock UPGRADE=yes takes what is newest
	@$(BIN)/python tools/lock.py

clean: ## what the commands above made, the cluster excepted (python -m workbook down)
	rm -rf .venv .pytest_cache

.venv/ready: FORCE
	@$(PYTHON) tools/environment.py

FORCE:
