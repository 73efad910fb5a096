# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Calls whose first argument is a sentence for people.
KEYWORDS := --no-default-keywords --keyword say --keyword count:1,2 --keyword N_ --keyword BotError --keyword LinkNeeded --keyword LinkRefused --keyword CodeRefused --keyword locale_str
# What stands for a secret in documents and tests.
NO_SECRETS := user:password@|u:p%40@|canary|CANARY|LOOKS_SECRET|0123456789|a1B2c3D4|MTk4NjIyN|5ec2e7
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo pictures bench soak test run check audit format texts lock fuzz clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Thingamabot needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.txt
	$(BIN)/pip install --quiet --requirement requirements-dev.txt
	@touch $@

demo: $(VENV)/dev  ## the whole bot in a browser page, no account needed (KEEP=1 keeps its data, CHECK=1 plays its story)
	$(BIN)/python -m demo $(if $(KEEP),--keep) $(if $(CHECK),--check)

pictures: $(VENV)/dev  ## play the demo's story and keep two of its pictures for the README
	$(BIN)/python -m demo --check
	cp $(foreach scene,popular confirm search thing maker share top preview settings doctor,build/demo/$(scene).png) docs/images/

bench: $(VENV)/dev  ## the bot over the wire beside a bare one, as ratios
	$(BIN)/python -m bench

soak: $(VENV)/dev  ## 500 interactions a second for two minutes, while Thingiverse fails one time in ten
	$(BIN)/python -m bench.soak

run: $(VENV)/run  ## the real bot, with the settings in .env
	$(BIN)/python bot.py run

test: $(VENV)/dev  ## every test
	$(BIN)/python -m pytest

check: $(VENV)/dev audit  ## all of CI: format, lint, types, audit, tests with branch coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	FUZZ_TIMES=2 $(BIN)/python -m pytest --cov --cov-branch --cov-report=term:skip-covered
	$(BIN)/python -m demo --check

audit: $(VENV)/dev  ## known holes in what is installed, secrets written down by mistake, weak workflow files
	$(BIN)/pip check
	$(BIN)/pip-audit --progress-spinner off --desc off --no-deps --disable-pip --requirement requirements.txt
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --exclude-lines '$(NO_SECRETS)'
	$(BIN)/zizmor --quiet --offline .github/workflows

format: $(VENV)/dev  ## lay the code out and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

texts: $(VENV)/run  ## gather the sentences people read into locales/thingamabot.pot
	$(BIN)/pybabel --quiet extract --no-location --sort-output --omit-header --width 110 $(KEYWORDS) --output locales/thingamabot.pot actions cogs operations ui web errors.py

lock: $(VENV)/dev  ## requirements.in -> requirements.txt
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements-dev.txt requirements-dev.in

fuzz: $(VENV)/dev  ## look fifty times as long for what a hostile person or server could send (TIMES=50)
	FUZZ_TIMES=$(or $(TIMES),50) $(BIN)/python -m pytest tests/fuzz

clean:  ## forget what was installed and built
	rm -rf $(VENV) build .pytest_cache .ruff_cache .coverage
