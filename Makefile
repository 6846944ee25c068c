# make test | demo | bench | panel | lint: each first makes .venv, with the pinned packages of Testing/requirements.txt.
# make venv PYTHON=python3.12     chooses the interpreter (3.10 to 3.13); delete .venv first to change it.
# make panel PANEL_ARGS="ct.nrrd"  opens the module's panel without Slicer; without a display it draws output/panel/*.png.
# make test shares the files of tests out to two processes; PYTEST_ARGS="-k pose" passes other arguments to pytest.
# make test SLICER_BASE_PYTHON=Slicer/Base/Python  tests the panel on Slicer's own Python base, too, from its sources.
# pip's own variables work: PIP_EXTRA_INDEX_URL with an index of CPU builds of PyTorch saves the CUDA libraries.

PYTHON ?=
PYTEST_ARGS ?= -n 2 --dist loadfile
PANEL_ARGS ?=
SLICER_BASE_PYTHON ?=
PANEL_TESTS := $(wildcard Testing/Python/test_panel*.py) Testing/Python/test_module_logic.py
VENV_PYTHON := .venv/bin/python
VENV_STAMP := .venv/complete

.PHONY: help venv test demo bench panel lint clean

help:
	@sed -n '1,6s/^# //p' Makefile

venv: $(VENV_STAMP)

$(VENV_STAMP): Testing/make_venv.sh Testing/requirements.txt Testing/requirements-no-deps.txt
	@rm -f $@
	@PYTHON="$(PYTHON)" Testing/make_venv.sh
	@touch $@

test: $(VENV_STAMP)
	@env -u SLICER_BASE_PYTHON $(VENV_PYTHON) -m pytest $(PYTEST_ARGS)
	@test -z "$(SLICER_BASE_PYTHON)" || SLICER_BASE_PYTHON="$(SLICER_BASE_PYTHON)" $(VENV_PYTHON) -m pytest $(PANEL_TESTS)

demo: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/demo.py --output output/demo

bench: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/bench/run.py

panel: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/host/panel.py --output output/panel $(PANEL_ARGS)

lint: $(VENV_STAMP)
	@$(VENV_PYTHON) -m ruff check .; checked=$$?; $(VENV_PYTHON) -m ruff format --check . && exit $$checked

clean:
	rm -rf build output .pytest_cache .ruff_cache
	find RayEmbRegistration Testing -name __pycache__ -type d -prune -exec rm -rf {} +
