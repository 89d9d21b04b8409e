# Everything one does with this tree. `make` alone lists it.
#
# A machine needs Go, Node with npm, a C compiler and git; scripts/setup.sh installs the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

ATTUNE    := bin/attune
LINT      := .tools/bin/golangci-lint
FUZZTIME  ?= 30s
# What make bench measures: PACKAGES narrows it, BENCH is a pattern of benchmark names.
PACKAGES  ?= ./...
BENCH     ?= .

.PHONY: help run build console test-console test check lint golden bench fuzz generate docs sim worlds coverage planted torture clean distclean \
	setup vuln fast-lint test-clients test-go test-machines test-e2e

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z][a-z0-9-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Start a living demonstration on http://localhost:8080
	@exec $(ATTUNE) demo

build: ## Build bin/attune, with the console where Node is installed
	@scripts/console.sh --if-possible
	@go build -o $(ATTUNE) ./cmd/attune

console: ## Build the console alone, into internal/console/dist
	@scripts/console.sh

test: setup lint test-clients test-console test-go test-machines test-e2e ## The whole suite; installs what it needs first
	@echo "== all passed"

check: fast-lint ## What to run before every commit: lint and short tests, a couple of minutes
	@echo "== short tests"
	@go test -short ./... | { grep -v 'no test files' || true; }

lint: fast-lint ## Formatting, vet, every linter, and proof that the import rules bite
	@echo "== import rules bite"
	@scripts/lint_selftest.sh

golden: ## Rewrite golden files from what the code does now; review the diff
	@scripts/golden.sh

bench: build ## Measure: Go benchmarks, and the whole path where tools/bench is there
	@go test -run='^$$' -bench='$(BENCH)' -benchmem $(PACKAGES) | { grep -v 'no test files' || true; }
	@if [ -d tools/bench ]; then go run ./tools/bench; fi
	@if [ -d e2e/node_modules ]; then cd e2e && node canvas.bench.mjs; else echo "the canvas was not measured: make test-e2e installs what it needs"; fi

fuzz: ## Fuzz each target for FUZZTIME (30s)
	@scripts/fuzz.sh $(FUZZTIME)

generate: ## Generate wire forms, reference documentation and clients of the API; all are committed
	@scripts/generate.sh

docs: ## Generate the reference documentation only
	@go generate ./internal/eventdocs ./internal/exprdocs ./internal/formdocs

sim: ## Live two months through crashes and faults: SEED=42 for one, SEEDS=500 for many from 1 on
	@ATTUNE_SEED=$(SEED) ATTUNE_SEEDS=$(SEEDS) go test ./internal/app -count=1 -timeout=6h -run "Faults.*BreakNoPromise" $(if $(SEED),-v,)

worlds: ## Let the decision engine live in made-up worlds and write docs/proof/decide.md, some minutes
	@ATTUNE_WORLDS=3 go test ./internal/decide -count=1 -timeout=60m -run TheReportIsTrue -update

coverage: ## Try intervals of gains on made-up transitions and write docs/proof/leverage-coverage.md, some minutes
	@go test ./internal/leverage -count=1 -timeout=60m -run TheReportIsTrue -update

planted: ## Try whether what 200 simulated worlds hide is found, and its size told right, and write docs/proof/planted.md, ten minutes
	@go run ./tools/planted -seeds 200 -out docs/proof/planted.md

torture: ## The long one: races, properties with many more cases, five minutes of fuzzing per target
	@echo "== race, ten times shuffled"
	@go test -race -shuffle=on -count=10 -timeout=60m ./...
	@echo "== every planted mistake"
	@ATTUNE_MUTANTS=1 go test -count=1 -timeout=60m -run='Mistakes' ./...
	@echo "== properties, 5000 cases each"
	@go test -timeout=60m $$(scripts/property_packages.sh) -rapid.checks=5000
	@echo "== approvals, every change of every byte"
	@ATTUNE_MUTATIONS=1000000 go test ./internal/programdir -count=1 -timeout=60m -run=EveryByteCounts
	@echo "== erasure, a thousand people"
	@ATTUNE_CANARIES=1000 go test ./internal/app -count=1 -timeout=60m -run=NothingIsLeft
	@echo "== the whole core on other machines"
	@scripts/machines.sh -short=false
	@echo "== quiet hours, every change of clocks in every zone"
	@ATTUNE_QUIET_HOURS=all go test ./core/policy -count=1 -timeout=60m -run=QuietHoursOfTheWholeWorld
	@echo "== coverage of intervals, 1000 worlds"
	@ATTUNE_COVERAGE=1000 go test ./internal/estimate -count=1 -run='Cover'
	@echo "== leverage: coverage of gains in every kind of transition, 200 permutations"
	@ATTUNE_COVERAGE=1 go test ./internal/leverage -count=1 -timeout=60m -run='TheReportIsTrue|Permuted'
	@echo "== what 200 worlds hide"
	@ATTUNE_PLANTED=200 go test ./tools/planted -count=1 -timeout=120m -run=ManyWorlds
	@echo "== faults, 2000 seeds"
	@$(MAKE) sim SEEDS=2000
	@echo "== stages of change, 20 seeds in every world"
	@ATTUNE_RECOVERY=1 go test ./core/stage -count=1 -run=TheReportIsTrue
	@echo "== decisions, three seeds in every world"
	@ATTUNE_WORLDS=3 go test ./internal/decide -count=1 -timeout=60m -run=TheReportIsTrue
	@echo "== every hostile text in every field, in a browser"
	@$(MAKE) build && cd e2e && ATTUNE_HOSTILE=all node --test hostile.test.mjs
	@scripts/fuzz.sh 5m

vuln: ## Ask the Go project's database for known faults in what Attune uses, where it can be reached
	@scripts/setup.sh vuln
	@scripts/vuln.sh

clean: ## Take away what was built and what tests left
	@rm -rf bin e2e/shots console/dist *.test *.prof
	@find internal/console/dist -mindepth 1 ! -name README.md -delete
	@go clean -testcache

distclean: clean ## Take away installed tools and the demonstration's data too
	@rm -rf .tools e2e/node_modules console/node_modules clients/typescript/node_modules data/demo

setup: ## Install what the suite needs and this machine lacks
	@scripts/setup.sh

fast-lint:
	@echo "== lint"
	@scripts/setup.sh lint
	@unformatted=$$(git ls-files '*.go' | grep -v '\.pb\.go$$' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	@go vet ./...
	@$(LINT) run ./...
	@scripts/no-stray-words.sh
	@for f in scripts/*.sh .ci/run; do bash -n "$$f"; done

test-go: ## Go tests, whole, and shorter with the race detector, in random order
	@echo "== tests"
	@go test -shuffle=on -timeout=20m ./... | { grep -v 'no test files' || true; }
	@echo "== tests of what does several things at a time in short, with the race detector"
	@go test -race -short -shuffle=on -timeout=20m $$(scripts/raced_packages.sh) | { grep -v 'no test files' || true; }
	@go test -race -short -shuffle=on -timeout=20m -run='Server|Pause|Stopping|Closing|RealMail|AtOnce' ./internal/app

test-clients: ## The clients of the API are what its contract makes of them, and compile
	@echo "== clients of the API"
	@scripts/clients.sh --check
	@cd clients/go && go vet ./...
	@cd clients/typescript && npm run --silent build

test-console: ## The console: types, rules of its code, what its parts do, and what they weigh
	@echo "== console"
	@scripts/setup.sh console
	@cd console && npm run --silent types && npm run --silent lint && npm test --silent
	@scripts/console.sh

test-machines: ## The core's golden bytes on 32 bits and on newer processors
	@scripts/machines.sh

test-e2e: build ## The real binary from outside: SDKs, records, the page in a browser
	@scripts/setup.sh e2e clients
	@echo "== end to end"
	@cd e2e && npm test --silent
