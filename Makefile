# Every target sets up what it needs first; the set-up is done again only when the dependencies change.

PYTHON ?=
AUDIO ?=
MODEL ?=
TAG ?=
PLATFORM ?=
WORKERS ?=
PORT ?=
EMULATOR_PORT ?=
JSON ?=
JOBS ?=
SECONDS ?=
SEED ?=
QUICK ?=
SWEEP ?=
ONLY ?=
STRICT ?=
USER_ID ?=
SPEED ?=
START_SECONDS ?=
MAX_TASKS ?=
ENV ?=
TERRAFORM ?=
# Of dead letters only the command line counts, not what a shell happens to export.
QUEUE :=
REASON :=
ID :=
DRY_RUN :=
YES :=
# The desktop's own LANGUAGE (gettext's list of locales) is not meant: only the command line counts.
ifneq ($(origin LANGUAGE),command line)
LANGUAGE :=
endif

UV_VERSION := 0.13.8
VENV_PYTHON := .venv/bin/python
READY := .venv/.escriba-ready

# Options travel as environment variables, unexpanded: no shell ever reads what a file name holds.
export ESCRIBA_AUDIO = $(value AUDIO)
export ESCRIBA_MODEL = $(value MODEL)
export ESCRIBA_TAG = $(value TAG)
export ESCRIBA_PLATFORM = $(value PLATFORM)
export ESCRIBA_LANGUAGE = $(value LANGUAGE)
export ESCRIBA_WORKERS = $(value WORKERS)
export ESCRIBA_PORT = $(value PORT)
export ESCRIBA_EMULATOR_PORT = $(value EMULATOR_PORT)
export ESCRIBA_JSON = $(value JSON)
export ESCRIBA_QUEUE = $(value QUEUE)
export ESCRIBA_REASON = $(value REASON)
export ESCRIBA_ID = $(value ID)
export ESCRIBA_DRY_RUN = $(value DRY_RUN)
export ESCRIBA_YES = $(value YES)
export ESCRIBA_JOBS = $(value JOBS)
export ESCRIBA_SECONDS = $(value SECONDS)
export ESCRIBA_USER = $(value USER_ID)
export ESCRIBA_SEED = $(value SEED)
export ESCRIBA_QUICK = $(value QUICK)
export ESCRIBA_SWEEP = $(value SWEEP)
export ESCRIBA_STRICT = $(value STRICT)
export ESCRIBA_ONLY = $(value ONLY)
export ESCRIBA_HOURS = $(value HOURS)
export ESCRIBA_SPEECH = $(value SPEECH)

export ESCRIBA_SPEED = $(value SPEED)
export ESCRIBA_START_SECONDS = $(value START_SECONDS)
export ESCRIBA_MAX_TASKS = $(value MAX_TASKS)
export ESCRIBA_TERRAFORM = $(value TERRAFORM)
export ESCRIBA_ENV = $(value ENV)

.DEFAULT_GOAL := help
.PHONY: help setup demo up submit token chaos bench bench-api loadtest autoscale-sim test lint check deadletters deadletters-show deadletters-replay deadletters-purge format lock docs fixture-model bench-converter terraform-test plan apply clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'Options, after the target:'
	@echo '  AUDIO=talk.mp3      demo, submit: a recording or video of your own, any format FFmpeg reads'
	@echo '  LANGUAGE=es         demo, submit: its language (default: found from the audio)'
	@echo '  JSON=1              demo, deadletters: print JSON only'
	@echo '  MODEL=small         demo, up: a faster-whisper model or a directory (default: the bundled model)'
	@echo '  WORKERS=2           demo, up, chaos, loadtest: how many transcribers'
	@echo '  JOBS=400            chaos, loadtest: how many jobs'
	@echo '  SECONDS=120         chaos: for how long they come, and processes are killed'
	@echo '  USER_ID=somebody    token: whose (default: the development user)'
	@echo '  QUICK=1             bench: fewer and shorter recordings'
	@echo '  SWEEP=1             bench: also find the best threads, streams and batch size'
	@echo '  ONLY=engine,memory  bench: these parts alone (benchmarks/README.md)'
	@echo '  HOURS=8             bench: so much speech for word errors (default 1), to see smaller differences'
	@echo '  SPEECH=folder       bench: other sentences for word errors (benchmarks/README.md)'
	@echo '  STRICT=1            bench: status 1 if a goal is missed'
	@echo '  SEED=7              chaos: repeats a schedule (default: a new one); autoscale-sim: another day'
	@echo '  SPEED=0.5           autoscale-sim: seconds of audio that one vCPU hears in a second'
	@echo '  START_SECONDS=90    autoscale-sim: how long a worker takes to start'
	@echo '  MAX_TASKS=2000      autoscale-sim: the most workers, instead of those of the plan'
	@echo '  PORT=8000           up: the port of the API'
	@echo '  TAG=1.0             images: their tag (default: the commit); MODEL is baked into the transcriber'
	@echo '  PLATFORM=linux/arm64  images: what they run on (default: what this machine is)'
	@echo '  EMULATOR_PORT=4566  up: the port of the AWS emulator (default: a free one)'
	@echo '  QUEUE=notification  deadletters: of one queue: uploads, transcription, transcription_priority, conversion,'
	@echo '                      conversion_priority or notification (default: of all)'
	@echo '  REASON=text         deadletters: only those whose reason holds the text'
	@echo '  ID=01K…             deadletters-show: the id of a message or of a job'
	@echo '  DRY_RUN=1           deadletters-replay, -purge: only say what would be done'
	@echo '  YES=1               deadletters-purge: do not ask'
	@echo '  TERRAFORM=1         up: Terraform creates the resources (a minute or two)'
	@echo '  ENV=dev             plan, apply: dev, staging or prod'
	@echo '  PYTHON=python3.12   the Python to set up with, 3.11 or later'

setup: $(READY) ## Create .venv with the pinned dependencies (every other target does it by itself)
	@wanted='$(PYTHON)'; has=$$($(VENV_PYTHON) --version); \
	if [ -n "$$wanted" ] && [ "$$("$$wanted" --version 2>&1)" != "$$has" ]; then \
		echo ".venv runs $$has, not $$wanted: to set it up anew, remove .venv first"; \
	fi

$(READY): constraints.txt pyproject.toml local/setup.sh
	@PYTHON='$(PYTHON)' sh local/setup.sh
	@touch $@

demo: $(READY) ## Transcribe the bundled samples, or AUDIO=…, through the whole system
	@exec $(VENV_PYTHON) -m local.demo

up: $(READY) ## Run the platform on this machine until Ctrl-C
	@exec $(VENV_PYTHON) -m local.up

submit: $(READY) ## Transcribe AUDIO=… on the platform that `make up` keeps running
	@exec $(VENV_PYTHON) -m local.submit

token: $(READY) ## Print a token (JWT) for the platform that `make up` keeps running
	@exec $(VENV_PYTHON) -m local.token

chaos: $(READY) ## Prove that nothing is lost: kills, copies, an outage, then a count (three minutes)
	@exec $(VENV_PYTHON) -m benchmarks.chaos

bench: $(READY) ## Measure speed, memory and word errors against the peers, on this machine
	@exec $(VENV_PYTHON) -m benchmarks.speed

loadtest: $(READY) ## Thousands of tiny jobs: rate, waits, AWS calls a job, memory
	@exec $(VENV_PYTHON) -m benchmarks.load

bench-api: $(READY) ## Measure the API beside a bare FastAPI route, and its cold start (one minute)
	@exec $(VENV_PYTHON) -m benchmarks.api

# Those of the platform of `make up` where one runs, else of the AWS that the environment names.
deadletters = @if [ -r .local/env ]; then . ./.local/env; fi; exec $(VENV_PYTHON) -m tools.deadletters $(1) \
	--queue="$${ESCRIBA_QUEUE:-all}" $${ESCRIBA_REASON:+--reason="$$ESCRIBA_REASON"} $${ESCRIBA_JSON:+--json}

deadletters: $(READY) ## List dead letters: messages that nobody could do anything with
	$(call deadletters,list)

deadletters-show: $(READY) ## Show one dead letter (ID=…) whole, with its job
	$(call deadletters,show) -- "$${ESCRIBA_ID:?say which: ID=…}"

deadletters-replay: $(READY) ## Set FAILED jobs going again, and send other dead letters again
	$(call deadletters,replay) $${ESCRIBA_DRY_RUN:+--dry-run}

deadletters-purge: $(READY) ## Delete dead letters for good; asks first
	$(call deadletters,purge) $${ESCRIBA_DRY_RUN:+--dry-run} $${ESCRIBA_YES:+--yes}

bench-converter: $(READY) ## Measure the audio toolbox beside ffmpeg, pyloudnorm and librosa (some minutes)
	@exec $(VENV_PYTHON) -m benchmarks.converter

test: $(READY) ## Run every test
	@$(VENV_PYTHON) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: $(READY) ## Lint, format, types and imports
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

check: lint ## The same and the unit tests; no network
	@ESCRIBA_EXAMPLES=quick $(VENV_PYTHON) -m pytest -q --numprocesses auto --dist loadfile -m "not heavy" tests/unit tests/architecture

.PHONY: localstack-up localstack-down images lint-images package

localstack-up: $(READY) ## Run the platform's processes against LocalStack (Docker) until Ctrl-C
	@exec $(VENV_PYTHON) -m local.localstack up

localstack-down: $(READY) ## End LocalStack, with all that it holds
	@exec $(VENV_PYTHON) -m local.localstack down

images: $(READY) ## Build the services' images (Docker)
	@exec $(VENV_PYTHON) -m tools.images build

lint-images: build/hadolint/.ready $(READY) ## Lint the Dockerfiles
	@exec $(VENV_PYTHON) -m tools.images lint

build/hadolint/.ready: tools/hadolint.txt $(READY)
	@$(VENV_PYTHON) -m venv build/hadolint
	@build/hadolint/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/hadolint.txt
	@touch $@

package: $(READY) ## Make the zip of the Lambda functions: build/package/api_lambda.zip
	@exec $(VENV_PYTHON) -m tools.package

format: $(READY) ## Format the code and fix what ruff can fix
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

# Stands without .venv: a dependency that is not locked yet can't be installed.
lock: ## Resolve constraints.txt anew from pyproject.toml
	@test -x build/uv/bin/pip || $(or $(PYTHON),python3) -m venv --clear build/uv
	@build/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@build/uv/bin/uv pip compile --quiet --universal --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --group dev --output-file constraints.txt

autoscale-sim: $(READY) ## Replay a day through the scaling rules of prod's plan: workers, waiting, dollars
	@exec $(VENV_PYTHON) -m benchmarks.autoscale_sim

docs: $(READY) ## Write the generated pages of docs/ anew
	@$(VENV_PYTHON) -m tools.docs

# Needs the system package espeak-ng. `python -m tools.fixture_model install` then puts the result in place.
fixture-model: ## Train the bundled model on for MINUTES=60, in an environment of its own
	@$(or $(PYTHON),python3) -m venv build/fixture-venv
	@build/fixture-venv/bin/pip install --quiet --disable-pip-version-check --requirement tools/fixture_model/requirements.txt
	@build/fixture-venv/bin/python -m tools.fixture_model build --work-dir build/fixture-model --minutes $(or $(MINUTES),60)

terraform-test: $(READY) ## Prove the Terraform code: checks, plans, and the main job on what it creates
	@exec $(VENV_PYTHON) -m tools.terraform.proof

# The state's bucket is named in the environment's backend.hcl, sizes and addresses in its terraform.tfvars.
terraform = @case "$$ESCRIBA_ENV" in dev|staging|prod) ;; *) echo 'say which: ENV=dev, staging or prod' >&2; exit 2;; esac; \
	cd "terraform/environments/$$ESCRIBA_ENV" && terraform init -input=false -backend-config=backend.hcl && terraform $(1)

plan: ## Show what Terraform would change in ENV=…
	$(call terraform,plan)

apply: ## Have Terraform change ENV=…; asks first
	$(call terraform,apply)

clean: ## Remove everything that these targets made, .venv included
	@rm -rf .venv .local build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
