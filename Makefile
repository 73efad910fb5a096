# On a new machine, `make demo` and `make test` install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Stand-ins for secrets in docs and tests.
NO_SECRETS := user:password@|u:p%40@|canary|CANARY|LOOKS_SECRET|0123456789|a1B2c3D4|MTk4NjIyN|5ec2e7|3f786850
# All versions are pinned, so there are no dependencies to look for. Python compiles what it imports.
PIP := $(BIN)/python -m pip install --quiet --no-deps --no-compile --requirement
# uv needs seconds where pip needs a minute. Where it doesn't run, or can't reach its index, pip does it.
INSTALL = $(BIN)/uv pip install --quiet --no-deps --require-hashes --python $(BIN)/python --requirement $(1) || $(PIP) $(1)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE  # where it's set, each process would compile everything again

.DEFAULT_GOAL := help
.PHONY: help demo pictures bench soak test install run check audit format map texts release lock fuzz clean

help:  ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run: requirements-install.txt requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Thingamabot needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Choose another one with: make PYTHON=python3.12 ...")'
	@echo "Creating $(VENV) and installing what the bot needs..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) requirements-install.txt || true
	@$(call INSTALL,requirements.txt)
	@touch $@

$(VENV)/demo: $(VENV)/run requirements-demo.txt
	@echo "Installing what the demo needs..."
	@$(call INSTALL,requirements-demo.txt)
	@touch $@

$(VENV)/dev: $(VENV)/demo requirements-dev.txt
	@echo "Installing what the tests need..."
	@$(call INSTALL,requirements-dev.txt)
	@touch $@

demo: $(VENV)/$(if $(CHECK),dev,demo)  ## try the bot in your browser, no account needed (KEEP=1 keeps its data, CHECK=1 plays it through)
	$(BIN)/python -m demo $(if $(KEEP),--keep) $(if $(CHECK),--check)

pictures: $(VENV)/dev  ## play the demo and update the screenshots in docs/images
	$(BIN)/python -m demo --check
	$(BIN)/python -m demo.setup_picture docs/images/init.svg
	cp $(foreach scene,popular confirm dm-confirm search thing maker share top preview feed feeds settings doctor,build/demo/$(scene).png) docs/images/

bench: $(VENV)/dev  ## measure the bot against a bare discord.py bot
	$(BIN)/python -m bench

soak: $(VENV)/dev  ## load test: 500 interactions per second for two minutes while a tenth of Thingiverse's replies fail (OVER=2 offers twice as many likes as go)
	$(BIN)/python -m bench.soak $(if $(OVER),--over $(OVER))

install: $(VENV)/run  ## install what the bot needs to run into .venv

run: $(VENV)/run  ## run the bot with the settings in .env
	$(BIN)/python bot.py run

test: $(VENV)/dev  ## run the tests, without those that only repeat or last for long
	$(BIN)/python -m pytest -m "not slow"

check: $(VENV)/dev audit  ## run everything CI runs: format, lint, types, audit, all tests with branch coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/python -m tests.shape
	FUZZ_TIMES=8 $(BIN)/python -m pytest --cov --cov-branch --cov-report=term:skip-covered
	$(BIN)/python -m demo --check
	$(BIN)/python -m tools.catalogs missing

audit: $(VENV)/dev  ## look for known vulnerabilities, committed secrets, and weak workflow files
	$(BIN)/pip check
	$(BIN)/pip-audit --progress-spinner off --desc off --no-deps --disable-pip --requirement requirements.txt
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --exclude-files 'requirements.*\.txt' --exclude-lines '$(NO_SECRETS)'
	$(BIN)/zizmor --quiet --offline .github/workflows

format: $(VENV)/dev  ## format the code and fix what can be fixed automatically
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

map:  ## list every file of the bot with what it's for
	@git ls-files '*.py' ':!tests' ':!bench' ':!storage/migrations/versions' | xargs awk 'FNR == 1 {gsub(/"""/, ""); printf "%-32s %s\n", FILENAME, $$0}'

texts: $(VENV)/run  ## collect user-facing text into locales/ and merge it into each language
	$(BIN)/python -m tools.catalogs update

release: $(VENV)/run  ## check, set the version, date the changelog, commit and tag (VERSION=1.2.3)
	@$(BIN)/python -m tools.release $(VERSION)

lock: $(VENV)/run  ## pin all packages by version and hash for every system and Python (UPGRADE=1 takes newer ones)
	for name in requirements-install requirements requirements-demo requirements-dev; do \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt || exit; \
	done

fuzz: $(VENV)/dev  ## fuzz 50 times longer than the tests do (TIMES=50)
	FUZZ_TIMES=$(or $(TIMES),50) $(BIN)/python -m pytest tests/fuzz

clean:  ## remove everything that was installed and built
	rm -rf $(VENV) build .pytest_cache .ruff_cache .coverage*
