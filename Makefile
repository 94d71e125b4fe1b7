# Two commands matter: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
export FLASK_APP := wsgi
export PYTHONPATH := .
# Where it is set, each of the many processes that tests start would compile all of the code again.
unexport PYTHONDONTWRITEBYTECODE
DEMO_ENV := DEMO=1 INSTANCE_DIR=$(CURDIR)/instance

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports format translations images run bench bench-writes bench-queue bench-mining bench-topics bench-disguises bench-report bench-upkeep clean

help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.tested: pyproject.toml $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	@touch $@

TRANSLATIONS := translations/zh_Hans_CN/LC_MESSAGES/messages.mo
translations: $(TRANSLATIONS)  ## Compile the Chinese texts
$(TRANSLATIONS): translations/zh_Hans_CN/LC_MESSAGES/messages.po $(VENV)/.installed
	$(BIN)/pybabel --quiet compile -d translations

demo: $(VENV)/.installed $(TRANSLATIONS)  ## Install, load the demo community, mine it, print the report, serve (SERVE=0: do not serve)
	@mkdir -p instance
	$(DEMO_ENV) $(BIN)/flask db upgrade
	$(DEMO_ENV) $(BIN)/flask demo load
	$(DEMO_ENV) $(BIN)/python -m mining run
	$(DEMO_ENV) $(BIN)/flask demo act
	$(DEMO_ENV) $(BIN)/python -m mining run
	$(DEMO_ENV) $(BIN)/python -m mining report --period 30d --format terminal
	@if [ "$(SERVE)" = 1 ]; then \
	  echo "Open http://localhost:8000  - accounts in README.md"; \
	  $(DEMO_ENV) $(BIN)/honcho start; fi

run: $(VENV)/.installed $(TRANSLATIONS)  ## Migrate, then serve web and worker
	$(BIN)/flask db upgrade
	$(BIN)/honcho start

# Three at a time on two cores: browsers, servers and killed processes are waited for. Each of thousands of tests has its database in a file: in memory, where there is room, they do not wait for the disk.
MEMORY := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null && [ -w /dev/shm ] && echo TMPDIR=/dev/shm)
test: $(TRANSLATIONS) lint types imports  ## Check style, types and imports; run the tests on SQLite and on PostgreSQL
	$(MEMORY) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.tested  ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested  ## Check types
	$(BIN)/mypy

imports: $(VENV)/.tested  ## Check who imports whom
	$(BIN)/lint-imports

format: $(VENV)/.tested  ## Mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

images: $(VENV)/.tested $(TRANSLATIONS)  ## Make the pictures in docs/images of the demo, anew
	$(BIN)/python docs/make_images.py

SIZES ?= 1000 10000 100000
bench: $(VENV)/.tested $(TRANSLATIONS)  ## Measure the forum: pages, search, index (SIZES="1000 10000": numbers of questions)
	$(BIN)/python -m community.bench.pages --sizes $(SIZES)

bench-writes: $(VENV)/.tested $(TRANSLATIONS)  ## Measure 200 people who write at once for a minute; nothing may be lost
	$(BIN)/python -m community.bench.writes

bench-queue: $(VENV)/.tested $(TRANSLATIONS)  ## Measure the moderators' queue with 10,000 open rows: 100 ms at most, constant statements
	$(BIN)/python -m community.bench.queue

bench-mining: $(VENV)/.tested  ## Measure the miner, on a quiet machine: speed, memory, a million mentions; into docs/performance.md
	$(BIN)/python -m mining.bench

DATA ?= data
bench-report: $(VENV)/.tested  ## Measure how long a report of a million generated mentions takes, and how themes cover labels (DATA=folder of the sets)
	$(BIN)/python -m mining.bench_report
	$(BIN)/python -m mining.bench_labels --data $(DATA)

bench-upkeep: $(VENV)/.tested  ## Measure what noting changed days costs those who write, on SQLite and PostgreSQL
	$(BIN)/python -m mining.bench_upkeep

bench-disguises: $(VENV)/.tested  ## Measure how often homoglyphs, invisible characters and typos change a text's topic
	$(BIN)/python -m mining.bench_disguises

BENCH_VENV := .venv-bench
$(BENCH_VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet torch==2.13.0
	$(BENCH_VENV)/bin/python -m pip install --quiet $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"])')
	@touch $@

bench-topics: $(VENV)/.tested $(BENCH_VENV)/.installed  ## Measure the finding of topics on labelled sets, beside BERTopic, and their names (DATA=their folder)
	$(BIN)/python -m mining.bench_topics --data $(DATA)
	$(BENCH_VENV)/bin/python mining/bench_bertopic.py instance/bench/topics
	$(BIN)/python -m mining.bench_topics --data $(DATA) --compare
	$(BIN)/python -m mining.bench_names --data $(DATA) $(if $(JUDGE),--judge $(JUDGE))

clean:  ## Throw away the virtual environment and the instance folder with its database
	rm -rf $(VENV) $(BENCH_VENV) instance
