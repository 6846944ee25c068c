# make test | demo | bench | panel | lint | docs | wheel | coverage: each first makes .venv, with the pinned packages of Testing/requirements.txt.
# make venv PYTHON=python3.12     chooses the interpreter (3.10 to 3.13); delete .venv first to change it.
# make panel PANEL_ARGS="ct.nrrd"  opens the module's panel without Slicer; without a display it draws output/panel/*.png.
# make test shares the files of tests out to two processes; PYTEST_ARGS="-k pose" passes other arguments to pytest.
# make wheel WHEEL_ARGS=--linked  links what the wheel asks for from .venv, in place of installing it: a minute less.
# make test-long  runs the long form of the tests that have one: more rounds, more random clicks.
# make test SLICER_BASE_PYTHON=Slicer/Base/Python  tests the panel on Slicer's own Python base, too, from its sources.
# make test-pythons  runs the quick tests on every Python of version 3.10 to 3.13 that is at hand; make test-oldest with the
# oldest packages that pyproject.toml allows.
# pip's own variables work: PIP_EXTRA_INDEX_URL with an index of CPU builds of PyTorch saves the CUDA libraries.

PYTHON ?=
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder
PANEL_ARGS ?=
WHEEL_ARGS ?=
SLICER_BASE_PYTHON ?=
LONG_TESTS = $(shell grep -l '^from long_form import' Testing/Python/test_*.py)
PANEL_TESTS := $(wildcard Testing/Python/test_panel*.py) Testing/Python/test_module_logic.py Testing/Python/test_fresh_install.py
VENV_PYTHON := .venv/bin/python
VENV_STAMP := .venv/complete

.PHONY: help venv test test-long demo bench panel lint docs wheel coverage test-pythons test-oldest clean

help:
	@sed -n '/^#/!q;s/^# //p' Makefile

venv: $(VENV_STAMP)

$(VENV_STAMP): Testing/make_venv.sh Testing/requirements.txt Testing/requirements-no-deps.txt
	@rm -f $@
	@PYTHON="$(PYTHON)" Testing/make_venv.sh
	@touch $@

test: $(VENV_STAMP)
	@env -u SLICER_BASE_PYTHON $(VENV_PYTHON) -m pytest $(PYTEST_ARGS)
	@test -z "$(SLICER_BASE_PYTHON)" || SLICER_BASE_PYTHON="$(SLICER_BASE_PYTHON)" $(VENV_PYTHON) -m pytest $(PANEL_TESTS)

test-long: $(VENV_STAMP)
	@env -u SLICER_BASE_PYTHON RAYEMB_LONG_TESTS=1 $(VENV_PYTHON) -m pytest $(PYTEST_ARGS) $(LONG_TESTS)

demo: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/demo.py --output output/demo

bench: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/bench/run.py

panel: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/host/panel.py --output output/panel $(PANEL_ARGS)

lint: $(VENV_STAMP)
	@status=0; \
	$(VENV_PYTHON) -m ruff check . || status=1; \
	$(VENV_PYTHON) -m ruff format --check . || status=1; \
	$(VENV_PYTHON) -m mypy || status=1; \
	if $(VENV_PYTHON) -c 'import check_jsonschema' 2>/dev/null; then \
		$(VENV_PYTHON) -m check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml || status=1; \
	fi; \
	exit $$status

docs: $(VENV_STAMP)
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=RayEmbRegistration $(VENV_PYTHON) -m mkdocs build --strict --quiet
	@echo "the site is in build/site: open build/site/index.html"

wheel: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/wheel_test.py $(WHEEL_ARGS)

coverage: $(VENV_STAMP)
	@$(VENV_PYTHON) -m pytest $(PYTEST_ARGS) --cov --cov-report=term --cov-report=html:build/coverage

test-pythons: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/test_pythons.py

test-oldest: $(VENV_STAMP)
	@$(VENV_PYTHON) Testing/test_pythons.py --oldest

clean:
	rm -rf build dist output .pytest_cache .ruff_cache .mypy_cache .coverage*
	find RayEmbRegistration Testing -name __pycache__ -type d -prune -exec rm -rf {} +
