# Two commands: `make run` opens the app, `make test` runs every test. ARGS passes flags on.
PYTHON ?= python3
BIN := .venv/bin
CARD := $(shell nvidia-smi -L >/dev/null 2>&1 && echo requirements-cuda.txt)

.PHONY: run test

run: .venv/run.done
	@$(BIN)/python app.py $(ARGS)

test: .venv/test.done
	@sh tests/machine.sh $(BIN)/python
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.venv/run.done: requirements.txt $(CARD) | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check $(addprefix -r ,$^)
	@touch $@

.venv/test.done: requirements-test.txt requirements.txt $(CARD) | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-test.txt $(addprefix -r ,$(CARD))
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "qsql needs Python 3.11 or later: make run PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
