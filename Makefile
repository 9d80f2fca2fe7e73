# Goals for people; each does what it says from any state of the machine. The work is in scripts/.

.DEFAULT_GOAL := help
.PHONY: help demo serve test console setup

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
trunkline := $(CARGO_TARGET_DIR)/release/trunkline
# The environment script finds the Node that setup fetched, where the system's own is too old.
with := root='$(CURDIR)' && . '$(CURDIR)/scripts/environment.sh' &&

help: ## Say what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

demo: build ## Play sample calls: live, masked transcripts in the terminal and the console (ARGS=--once to end by itself)
	@$(with) exec '$(trunkline)' demo $(ARGS)

serve: build ## Run the server with the embedded profile (ARGS=... are its options)
	@$(with) exec '$(trunkline)' serve $(ARGS)

test: ## Set up and run every check
	@scripts/setup.sh test
	@scripts/test.sh

console: ## Build the console alone
	@scripts/setup.sh demo
	@scripts/console.sh

.PHONY: build
build: console
	@$(with) cargo build --release --locked --package trunkline
