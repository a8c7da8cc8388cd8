# Two commands matter: `make demo` and `make test`. Both set up everything they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip --disable-pip-version-check

# Compiled once instead of at every start: a run starts some hundred processes, each with 300 modules of ours.
unexport PYTHONDONTWRITEBYTECODE

# Other people's clients, pinned by version and hash; node itself is a wheel of the test set.
CLIENTS := tests/clients/node_modules/.ready
# What checks the pages' scripts: eslint and the TypeScript compiler, pinned in the same way.
JAVASCRIPT := tests/javascript/node_modules/.ready
SCRIPTS := gateway/web/static/js

.PHONY: demo test test-shifted clocks clients scripts journeys storm pages first-pages later-pages check bench shots clean lock

demo: $(READY)  ## run everything on this machine; ONCE=1 runs one whole consultation by itself and checks it
	$(BIN)/laegebro demo $(if $(ONCE),--once)

# A module's tests stay together. Not the modules with most tests first: a long one of few tests would come last and
# leave two of three workers idle for minutes.
SPREAD := --dist loadfile --no-loadscope-reorder

test: $(READY) $(CLIENTS) check  ## lint, types, import law, and every test
	$(BIN)/python -m tests.support.pages.browser
	$(BIN)/pytest -n 3 $(SPREAD) -m "not journey"
	$(MAKE) --no-print-directory --output-sync=target -j 2 later-pages journeys first-pages

clients: $(CLIENTS)  ## npm packages that the tests let speak to the product

$(CLIENTS): tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc $(READY)
	cd tests/clients && PATH="$(abspath $(BIN)):$$PATH" $(abspath $(BIN))/npm ci --loglevel=error
	touch $@

# The short storm strikes one database each day, in turn; STORM= strikes both. Of the mutants each day has three.
STORMS := sqlite postgres
STORM ?= $(word $(shell expr $$(date +%j) % 2 + 1),$(STORMS))
SHORT_STORM := tests/storm/test_storm.py::test_a_short_storm_loses_doubles_and_sticks_nothing
CALM := $(foreach each,$(if $(STORM),$(filter-out $(STORM),$(STORMS))),--deselect "$(SHORT_STORM)[$(each)-gp]")

# Of the slowest journeys, in which processes are killed, each day has one half; KILLS=all runs both.
MATRIX := tests/journey/test_kill_matrix.py::test_
BLAME := tests/integration/processes/test_crash_blame.py::test_
RESTING_0 := tests/journey/test_kill_matrix_sees.py $(MATRIX)killed_between_every_two_steps_changes_nothing[redis] \
  tests/journey/test_once.py::test_one_consultation_is_filed_once_and_both_saw_each_other[postgres]
RESTING_1 := $(BLAME)a_row_that_ends_its_process_is_set_aside_and_its_neighbours_are_done \
  $(addprefix $(MATRIX),killed_between_every_two_steps_changes_nothing[web] killed_between_every_two_steps_changes_nothing[relay] \
  an_answer_that_never_came_and_a_death_in_that_moment_double_nothing[late-apply])
KILLS ?= $(shell expr $$(date +%j) % 2)
RESTING := $(foreach each,$(RESTING_$(KILLS)),--deselect "$(each)")

# Journeys mostly wait for processes and clocks, so two rows of them run side by side; browsers, which cannot wait, first.
journeys: $(READY)
	nice -n 5 $(BIN)/pytest -m journey tests/journey tests/integration/processes/test_crash_blame.py tests/storm/test_storm.py tests/storm/test_mutants.py --ignore-glob='*/test_browser_*' $(CALM) $(RESTING)

storm: $(READY)  ## a short storm on each database, and each promise of the design taken away in turn: a quarter of an hour
	MUTANTS=all $(BIN)/pytest -m journey tests/storm

# A working day in a browser with each other way to a record or a room: one of them each day, in turn; DAYS= runs them all.
ALL_DAYS := nexus vdx medcom_municipality
DAYS ?= $(word $(shell expr $$(date +%j) % 3 + 1),$(ALL_DAYS))
LATER := $(if $(DAYS),$(patsubst %,tests/journey/test_browser_%.py,$(filter-out $(DAYS),$(ALL_DAYS))))

# FAULTS=all: every fault of docs/waiting.md while two people wait and talk; each day has a third of them.
# Playwright keeps an event loop running in its process, so these have processes of their own; a fresh world for each.
pages: first-pages later-pages

first-pages: $(READY)
	$(BIN)/pytest -m journey tests/journey/test_browser_[a-d]*.py

later-pages: $(READY)
	$(BIN)/pytest -m journey $(filter-out $(LATER),$(wildcard tests/journey/test_browser_[!a-d]*.py)) tests/journey/pages tests/journey/connecting

# Which tests read a clock is found in the source; making the environment takes no notice of the day.
READERS := -p tests.support.clocks.readers --reads-a-clock --ignore tests/integration/test_environment.py
SHIFT ?= todays
# Each day the other half of the modules, and of a test's many cases some; TURN= (empty) runs them all.
TURN ?= $(shell date +%j)
# Seconds after which no further test begins; WITHIN= (empty) runs all of the turn.
WITHIN ?=
SHIFTED = $(BIN)/python -m tests.support.clocks.shift $(SHIFT)

test-shifted: $(READY) $(CLIENTS)  ## what reads a clock, with every clock moved: each day another of the moments; SHIFT=leap-day chooses one
	$(SHIFTED) $(BIN)/python -m pytest -n 3 $(SPREAD) -m "not journey" $(READERS) $(if $(TURN),--turn $(TURN)) $(if $(WITHIN),--within $(WITHIN)) tests/unit tests/contract tests/integration

clocks: $(READY) $(CLIENTS)  ## every test and journey at each of the moments: two hours and more
	for shift in later leap-day spring-night autumn-night late-evening last-minutes first-minutes; do \
	  $(MAKE) --no-print-directory test-shifted SHIFT=$$shift TURN= || exit 1; \
	  $(BIN)/python -m tests.support.clocks.shift $$shift $(MAKE) --no-print-directory journeys pages DAYS= STORM= KILLS=all || exit 1; done

check: $(READY) scripts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy gateway adapters video workers
	$(BIN)/lint-imports

scripts: $(JAVASCRIPT)  ## the pages' scripts: eslint with our sizes, types from JSDoc, unit tests by node's own runner
	$(BIN)/node tests/javascript/node_modules/eslint/bin/eslint.js --config tests/javascript/eslint.config.mjs $(SCRIPTS)
	$(BIN)/node tests/javascript/node_modules/typescript/bin/tsc -p tests/javascript/tsconfig.json
	$(BIN)/node --test 'tests/javascript/*.test.mjs'

$(JAVASCRIPT): tests/javascript/package.json tests/javascript/package-lock.json tests/javascript/.npmrc $(READY)
	cd tests/javascript && PATH="$(abspath $(BIN)):$$PATH" $(abspath $(BIN))/npm ci --silent
	touch $@

# Every program under bench/ that can be quick.
BENCHES = $(subst /,.,$(basename $(shell grep -rl --include='*.py' -e '"--quick"' bench | sort)))

bench: $(READY)
	missed=0; for b in $(BENCHES); do $(BIN)/python -m $$b --quick || missed=1; done; exit $$missed

shots: $(READY)  ## the pictures of the README, taken anew, and every state of every page on one sheet (var/contact-sheet)
	$(BIN)/python -m tests.support.pages.pictures docs/pictures
	$(BIN)/python -m tests.support.pages.console_pictures docs/pictures
	$(BIN)/python -m tests.support.pages.sheet var/contact-sheet

# Exactly the lock: with --no-deps pip resolves nothing, so a package's later release cannot change the set or refuse it.
$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	$(PIP) check
	touch $(READY)

clean:
	rm -rf $(VENV) var

lock: ## pin every dependency with its hashes; no registry is named in the file
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --no-header --allow-unsafe --strip-extras --extra test --extra simulators -o requirements.lock pyproject.toml
