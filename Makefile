# Every target installs what it needs and the machine lacks (Debian packages; scripts/install).
# `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help build tuned test soak demo bench fuzz planted tsan format lint clean install-deps

EXAMPLE ?= restore-services
export EXAMPLE KEEP FILTER RUN CHANGED MINUTES

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the program: build/release/evener
	@scripts/install build test
	@scripts/build release evener example_service

tuned: ## Build it a tenth faster, by a profile of its own work: build/tuned/evener (long)
	@scripts/install build test bench
	@scripts/tune

test: ## Run all checks and tests; PARTS="format layers release dev" picks some
	@scripts/test $(PARTS)

soak: ## Run the simulator on new seeds for MINUTES=10; then histories, and fuzzing
	@scripts/install build test fuzz
	@scripts/soak

demo: build ## Play an example; EXAMPLE=NAME picks one, KEEP=1 leaves its dashboard up
	@scripts/install demo
	@scripts/demo

bench: ## Run the benchmarks; FILTER=REGEX picks some, RUN="run peer" measures beside others
	@scripts/install build test bench $(if $(filter peer% flushes% smallest% all,$(RUN)),peers)
	@scripts/bench

fuzz: ## Look for bytes that break our readers; SECONDS=60 for each
	@scripts/fuzz $(or $(SECONDS),60)

planted: ## Plant bugs into a copy of the tree, and see each of them caught (long)
	@scripts/install build test
	@scripts/planted

tsan: ## Run what has threads under the thread sanitizer (long)
	@scripts/install build test
	@scripts/tsan

format: ## Rewrite the C++ sources as .clang-format says
	@scripts/install format
	@scripts/format

lint: ## Read the code with clang-tidy and others; CHANGED=1 only what differs from HEAD
	@scripts/lint

install-deps: ## Install every Debian package that the targets above need
	@scripts/install build test lint

clean: ## Remove what was built
	@rm -rf build
