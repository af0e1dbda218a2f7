# Everything a newcomer needs: `make demo`, then `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Many tests wait for a server or a process: three workers keep two cores busy.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(max(3, (os.cpu_count() or 2) * 3 // 2))')
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# How long `make fuzz` looks at each of the readers.
FUZZ_SECONDS ?= 60
# What `make politeness` measures: 200 hosts, these pages of each, seconds between requests, processes.
POLITENESS ?= --pages 30 --delay 2 --processes 4

# How often `make chaos` kills a crawl and looks at what it left.
CHAOS_TRIALS ?= 500

# What `make bench` runs, e.g. --quick, or "--sites py,pg --rounds 3 --only ours,wget2"; --help has them all.
BENCH ?=

# What `make test` runs; without the long ones it takes less than three minutes on two cores.
MARKS ?= not system and not long
# How many URLs `make bench-frontier` puts through the frontier; 10 million take 12 GB for the while.
URLS ?= 10000000

.PHONY: help venv demo test test-all fuzz chaos chaos-shared politeness bench bench-budget bench-rules bench-frontier check format clean screenshots

help:
	@echo "make demo      install into $(VENV) and crawl a practice site on loopback"
	@echo "make test      the tests that pip alone can set up, without the long ones (under 3 minutes)"
	@echo "make test-all  every test; needs the packages that .ci/run installs"
	@echo "make fuzz      feed the readers damaged input, FUZZ_SECONDS=$(FUZZ_SECONDS) each"
	@echo "make politeness  how long 200 hosts are left alone, measured at the servers"
	@echo "make chaos     kill crawls at CHAOS_TRIALS=$(CHAOS_TRIALS) moments and look at what they leave (strace, Linux)"
	@echo "make chaos-shared  the same for a crawl that workers share: workers killed, the server started again (redis-server)"
	@echo "make bench     our crawl and its peers over the same sites, about an hour; BENCH=--quick"
	@echo "make bench-budget  milliseconds of a page by stage, into docs/performance.md"
	@echo "make bench-rules  what each rule costs for a page, a URL, a file (pytest-benchmark)"
	@echo "make bench-frontier  URLS=$(URLS) URLs through the frontier: speed, memory, disk"
	@echo "make screenshots  pictures of the views of crawler serve, for docs/pictures"
	@echo "make check     format, lint, strict types"

venv: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; say which: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --editable '.[fast]' --group test --group lint
	@touch $@

demo: venv
	$(BIN)/crawler demo

test: venv
	$(PYTEST) -m "$(MARKS)"
	@echo "Left out: all but \"$(MARKS)\" (long: crawls in processes of their own; system: nginx, documentation, Chromium, strace, Redis): make test-all"

# What reads our archives in tests; pywb brings gevent, and none of it belongs beside the crawler.
$(VENV)/tools/.installed: $(VENV)/.installed
	$(PYTHON) -m venv $(VENV)/tools
	$(VENV)/tools/bin/pip install --quiet --disable-pip-version-check 'fastwarc>=2' 'pywb>=2.8' 'wacz>=0.6'
	mkdir -p $(VENV)/tools/replaywebpage
	npm pack --silent --pack-destination $(VENV)/tools replaywebpage
	tar -xzf $(VENV)/tools/replaywebpage-*.tgz -C $(VENV)/tools/replaywebpage --strip-components 1
	@touch $@

test-all: venv $(VENV)/tools/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --group browser --group notify
	$(PYTEST)

fuzz: venv
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTEST) tests/fuzz

politeness: venv
	@$(BIN)/python -m tests.politeness $(POLITENESS)

chaos: venv
	$(BIN)/python -m tests.chaos --trials $(CHAOS_TRIALS)

# What `make chaos-shared` runs; python -m tests.fleet --help has them all.
SHARED ?= --hosts 60 --pages 100 --workers 4 --delay-seconds 0.3 --kill-seconds 6 --restarts 5 --stills 2

chaos-shared: venv
	$(BIN)/python -m tests.fleet $(SHARED)

bench: venv
	@$(BIN)/python -m benchmarks.speed $(BENCH)

bench-budget: venv
	$(BIN)/python -m benchmarks.speed.budget --publish

bench-rules: venv
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --group bench
	$(BIN)/python -m pytest benchmarks/rules --benchmark-columns=min,median,rounds --benchmark-sort=name

bench-frontier: venv
	$(BIN)/python -m benchmarks.frontier_scale --urls $(URLS)

screenshots: venv
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --group browser
	mkdir -p docs/pictures
	CRAWLER_PICTURES=docs/pictures $(BIN)/python -m pytest tests/system/test_serve.py -k "started or compared"

check: venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: venv
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache demo-output
