# Every target sets itself up: `make demo` in a fresh clone needs python3 (3.11 to 3.13) and nothing else.
#   PYTHON=/path/to/python   the Python that .venv is made of
#   ARGS="..."               handed on to the command of test, bench, ui, docs and lock

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Bytecode is kept, whatever an image says: without it every process spends four seconds of its start on compiling.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo dashboard ui test test-slow check docs site bench lock spark-server clean clean-lake

BIN := .venv/bin
# Only files whose hash is in constraints.txt, and wheels but for the client of Spark, which has none. Bytecode is written at first import: half the time.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --no-compile
UV_VERSION := 0.13.8

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

# A lake that has domains of its own, as that of the demo, is shown with those.
DEFS_OF = $(if $(and $(1),$(wildcard $(1)/defs)),ARCANA_DEFS="$(1)/defs" )

# The demo has a lake of its own, so that no sample is ever counted together with a company's files.
demo: .venv/.ready ## make a sample shop of the last six months, and refresh it into data_lake/demo
	@echo "demo: writing six months of sample orders up to today, then refreshing the domain shop into data_lake/demo"
	@ARCANA_LAKE=data_lake/demo ARCANA_DEFS=data_lake/demo/defs ARCANA_LANDING= ARCANA_HOME= $(BIN)/arcana demo

dashboard: .venv/.ready ## the page for the people who decide, on the demo's lake (LAKE=... for another)
	@$(if $(LAKE),ARCANA_LAKE="$(LAKE)",ARCANA_LAKE=data_lake/demo ARCANA_HOME=) $(call DEFS_OF,$(or $(LAKE),data_lake/demo))$(BIN)/arcana dashboard $(ARGS)

ui: .venv/.ready ## the Dagster web page and its daemon, on this machine only (LAKE=data_lake/demo for the demo)
	@echo "ui: starting the Dagster web page and its daemon"
	@$(if $(LAKE),ARCANA_LAKE="$(LAKE)" )$(call DEFS_OF,$(LAKE))$(BIN)/arcana ui $(ARGS)

PYTEST = $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: .venv/.ready ## all tests but those that refresh whole domains: minutes
	@echo "test: running the tests in two processes, without those marked as slow"
	@$(PYTEST) -m "not slow" $(ARGS)

test-slow: .venv/.ready ## the tests that refresh whole domains, a cluster or a browser: half an hour
	@echo "test-slow: running the tests that are marked as slow, in two processes"
	@$(PYTEST) -m slow $(ARGS)

check: .venv/.ready ## style, types, who imports whom, YAML contracts, generated docs
	@echo "check: ruff, lint and format"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "check: mypy, types"
	@$(BIN)/mypy
	@echo "check: import-linter, who imports whom"
	@$(BIN)/lint-imports
	@echo "check: arcana, contracts and generated docs"
	@$(BIN)/arcana check

docs: .venv/.ready ## write the generated pages of docs/ again
	@echo "docs: writing the generated pages"
	@$(BIN)/arcana docs $(ARGS)

site: build/site/.ready ## the documentation as pages that need no server: build/site/html/index.html
	@NO_MKDOCS_2_WARNING=1 build/site/bin/mkdocs build --quiet
	@echo "site: open build/site/html/index.html"

bench: .venv/.ready ## measure the claims of the docs
	@echo "bench: measuring; close other programs for steady numbers"
	@$(BIN)/python -m benchmarks $(ARGS)

lock: build/lock/.ready ## write constraints.txt again from pyproject.toml (newest versions: ARGS=--upgrade)
	@echo "lock: resolving for Python 3.11 to 3.13 on every platform"
	@build/lock/bin/uv --no-config pip compile pyproject.toml --extra dev \
		--universal --python-version 3.11 --fork-strategy fewest --only-binary :all: --no-binary pyspark-client \
		--generate-hashes --no-strip-extras --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --quiet --output-file constraints.txt $(ARGS)
	@printf 'mkdocs-material>=9.7,<10\nmkdocstrings[python]>=1.0,<2\n' | build/lock/bin/uv --no-config pip compile - \
		--universal --python-version 3.11 --only-binary :all: \
		--generate-hashes --no-strip-extras --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --quiet --output-file docs/site.txt $(ARGS)

spark-server: build/spark/.ready ## a server of Spark for its tests and benchmarks (434 MB; it needs Java 17)

build/spark/.ready: arcana_assets_tests/worlds/spark_server.txt
	@$(FIND_PYTHON); \
	echo "setup: installing a server of Spark into build/spark"; \
	"$$python" -m venv --clear build/spark
	@build/spark/bin/python -m pip --disable-pip-version-check --no-input -qq install --no-compile --no-deps \
		--require-hashes --requirement arcana_assets_tests/worlds/spark_server.txt
	@touch $@

build/site/.ready: docs/site.txt
	@$(FIND_PYTHON); \
	echo "setup: installing what makes the site into build/site"; \
	"$$python" -m venv --clear build/site
	@build/site/bin/python -m pip --disable-pip-version-check --no-input -qq install --no-compile --no-deps \
		--require-hashes --only-binary :all: --requirement docs/site.txt
	@touch $@

clean: ## remove .venv, caches and build results; the lake stays
	@echo "clean: removing .venv, caches and build results"
	@rm -rf .venv build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage *.egg-info
	@find arcana_assets arcana_assets_tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

clean-lake: ## empty data_lake/, landing files included (needs CONFIRM=yes)
	@if [ "$(CONFIRM)" != yes ]; then \
		echo "clean-lake: this removes every table, model, run record and landing file in data_lake/."; \
		echo "clean-lake: to do it: make clean-lake CONFIRM=yes"; exit 1; fi
	@echo "clean-lake: emptying data_lake/"
	@find data_lake -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

# Two steps: a change of pyproject.toml costs a second, a change of the pins a fresh .venv.
.venv/.ready: pyproject.toml .venv/.pinned
	@echo "setup: installing arcana_assets into .venv"
	@$(INSTALL) -qq --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/.pinned: constraints.txt
	@$(FIND_PYTHON); \
	echo "setup: making .venv with $$("$$python" --version) and the pinned packages; one to three minutes, once"; \
	"$$python" -m venv --clear .venv
	@{ $(INSTALL) --progress-bar off --require-hashes --only-binary :all: --no-binary pyspark-client --requirement constraints.txt 2>&1; \
	echo "exit $$?"; } | awk -v all="$$(grep -c == constraints.txt)" -v bar="$$(test -t 2 && echo yes)" '$(SETUP_BAR)'
	@$(BIN)/python -m pip --disable-pip-version-check --quiet check
	@touch $@

build/lock/.ready: Makefile
	@$(FIND_PYTHON); \
	echo "setup: installing uv $(UV_VERSION) into build/lock"; \
	"$$python" -m venv --clear build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --no-input -qq install uv==$(UV_VERSION)
	@touch $@

# What pip says of the packages, as a bar that names the one under way; its errors as they are, and its exit code.
define SETUP_BAR
function show(part, doing) { \
	if (bar) printf "\r\033[K%-40s %s%s %3d %%", substr(doing, 1, 40), substr(full, 1, part * 40), \
		substr(empty, 1, 40 - int(part * 40)), part * 100; fflush() } \
BEGIN { full = empty = sprintf("%40s", ""); gsub(/ /, "#", full); gsub(/ /, ".", empty) } \
/^(Collecting|Processing) / { sub(/.*\//, "", $$2); sub(/(-[0-9]|[=<>~!;]).*/, "", $$2); if (got < all) got++; show(0.8 * got / all, "fetching " $$2) } \
/^Installing collected/ { show(0.8, "installing " got " packages") } \
/^ERROR/ || failed { if (bar) printf "\r\033[K"; failed = 1; if (!/^exit /) print > "/dev/stderr" } \
/^exit / { code = $$2 } \
END { if (!code) show(1, "installed " got " packages"); if (bar) print ""; exit code }
endef

# Sets $$python to the first Python that fits, or says what is missing.
define FIND_PYTHON
set -e; python=; found=; \
for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11); do \
	command -v "$$candidate" >/dev/null 2>&1 || continue; \
	version=$$("$$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	found="$$found $$candidate ($$version)"; \
	case "$$version" in 3.11|3.12|3.13) python=$$candidate; break;; esac; \
done; \
if [ -z "$$python" ]; then \
	echo "setup: arcana_assets needs Python 3.11, 3.12 or 3.13; found:$${found:- none}." >&2; \
	echo "setup: install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; \
fi; \
"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "setup: $$python has no venv module; on Debian and Ubuntu: apt-get install python$$version-venv" >&2; exit 1; }
endef
