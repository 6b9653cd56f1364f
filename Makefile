# What a newcomer needs: `make demo` and `make test`. Everything that they fetch stays in this folder (node_modules, .cache); no root.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# of Go, from the oldest that memgap was measured on
releases := go1.19 go1.22 go1.24 go1.25 go1.26 go-newest

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## memgap beside Debian's Prometheus, explained every few seconds; Ctrl-C ends it
	@scripts/demo.sh

.PHONY: test
test: node_modules/.package-lock.json programs nodes build ## from clone to green: fetch, build, lint, types, dead code, tests on Node 24 and 26; that the bundle runs, on 20 and 22
	npm run --silent lint
	npm run --silent types
	npm run --silent dead-code
	scripts/test.sh

.PHONY: test-quick
test-quick: node_modules/.package-lock.json ## the pure rooms alone, without bundle and lab: ten seconds
	scripts/test.sh --quick

.PHONY: acceptance
acceptance: accuracy causes alerts ## whether every byte is named, every cause found and every alert right: the three parts by hand, an hour

.PHONY: ci
ci: test coverage fuzz test-hostile test-remedies test-containers test-vm advice-short ## what .ci/run calls: make test and whatever is too slow for it

.PHONY: recipes
recipes: node_modules/.package-lock.json programs ## CONTRIBUTING's recipes carried out in a copy, and without each step: what turns red; a quarter of an hour
	set -e; for recipe in metric page source memory-stat-key cause go-release; do node --import tsx test/recipes/$$recipe.ts; done

.PHONY: coverage
coverage: node_modules/.package-lock.json ## how much of the pure rooms their tests come through
	scripts/test.sh --quick --coverage

.PHONY: fuzz
fuzz: node_modules/.package-lock.json ## 200 000 made inputs for all parsers and the books; SEED=, INPUTS= and KIND= by hand
	SEED=$(SEED) INPUTS=$(INPUTS) KIND=$(KIND) node --import tsx test/fuzz/main.ts

.PHONY: test-vm
test-vm: node_modules/.package-lock.json programs ## memgap on cgroup v2, in a virtual machine with Linux 6.12: a minute or two, no root
	@scripts/toolchain.sh qemu linux-6.12 vm-root || { echo '*** NOT FETCHED: the tests in the virtual machine are SKIPPED, with the reason at the end.' >&2; }
	scripts/test.sh --once test/vm

# Root and cgroup v1 are needed, and podman, which is fetched into .cache; tests that lack one of them are skipped with the reason.
.PHONY: test-containers
test-containers: node_modules/.package-lock.json programs ## memgap in real containers: the rights of a sidecar, a pod under podman, faults
	@scripts/toolchain.sh crun podman || { echo '*** NOT FETCHED: tests in containers are SKIPPED.' >&2; }
	@scripts/hostile.sh || [ $$? = 3 ]
	scripts/test.sh --once test/containers

# Root and cgroup v1 are needed; what lacks them is skipped with the reason.
.PHONY: test-remedies
test-remedies: node_modules/.package-lock.json programs ## what memgap advises, carried out on real programs: it helps; and the room that it tells, eaten until the kill
	scripts/test.sh --once test/remedies

# Root and /dev/fuse are needed for four of its families; without them those are skipped with the reason.
.PHONY: test-hostile
test-hostile: node_modules/.package-lock.json programs ## memgap among a hundred and fifty kinds of hostile targets, and thirty of them at once: two or three minutes
	@scripts/hostile.sh || [ $$? = 3 ]
	scripts/test.sh --once test/hostile

.PHONY: image
image: node_modules/.package-lock.json ## localhost/memgap as an OCI archive in .cache/image, built without a registry
	@scripts/image.sh

.PHONY: bench
bench: node_modules/.package-lock.json programs build ## what memgap costs, as tables; ONLY=before: beside memgap of 6888ee7, by itself
	node --import tsx bench/run.ts $(ONLY)

.PHONY: accuracy
accuracy: node_modules/.package-lock.json ## how well every byte of RSS is named, as tables in docs/accuracy.md; fails where a bound is missed
	@command -v gcc cc >/dev/null || scripts/toolchain.sh cc
	@scripts/toolchain.sh $(releases) prometheus prometheus-2.53 prometheus-3.5 etcd caddy exporters alertmanager influxdb mtail victoria-metrics
	@scripts/lab.sh $(releases) go1.19-pie go1.19-stripped go-newest-pie go-newest-stripped
	node --import tsx acceptance/accuracy.ts

.PHONY: causes
causes: node_modules/.package-lock.json ## whether every cause is named when it is made, as a table in docs/causes/accuracy.md; fails where one is not
	@command -v gcc cc >/dev/null || scripts/toolchain.sh cc
	@scripts/toolchain.sh go1.19 go1.24 go-newest jemalloc prometheus etcd caddy
	@scripts/lab.sh go1.19 go1.24 go-newest
	node --import tsx acceptance/causes.ts

# Root, a memory controller of cgroup v1, and a disk below the cache are needed.
.PHONY: advice
advice: node_modules/.package-lock.json build ## whether what memgap advises neither kills nor starves, as a table in docs/advice.md; ONLY=hot-file,etcd joins these with what was kept
	@command -v gcc cc >/dev/null || scripts/toolchain.sh cc
	@scripts/toolchain.sh go-newest prometheus prometheus-3.5 etcd caddy exporters alertmanager victoria-metrics
	$(if $(VM),@scripts/toolchain.sh go1.19 qemu linux-6.12 vm-root && scripts/lab.sh)
	node --import tsx bench/advice.ts $(if $(VM),--vm) $(ONLY)

.PHONY: advice-short
advice-short: node_modules/.package-lock.json build ## six programs of them, once each: four minutes
	@scripts/toolchain.sh go-newest prometheus || { echo '*** NOT FETCHED: the trial of advised sizes is SKIPPED, with the reason at the end.' >&2; }
	scripts/test.sh --once test/advice

.PHONY: alerts
alerts: node_modules/.package-lock.json ## how well the alerts tell leaks from what is healthy, as a table in docs/alerts.md
	@scripts/toolchain.sh prometheus
	node --import tsx acceptance/alerts.ts
	npm run --silent generate

.PHONY: pictures
pictures: node_modules/.package-lock.json build ## docs/pictures: the dashboards' panels drawn from a story of five minutes; needs Chromium
	@scripts/toolchain.sh go1.22 go-newest prometheus
	@scripts/lab.sh go1.22 go-newest
	node --import tsx scripts/pictures.ts

.PHONY: build
build: node_modules/.package-lock.json ## dist/memgap.cjs, which bin/memgap runs
	npm run --silent build

.PHONY: toolchain
toolchain: ## fetches Go, Prometheus, two exporters, kubectl and jemalloc of Debian into .cache
	@command -v gcc cc >/dev/null || scripts/toolchain.sh cc
	@scripts/toolchain.sh go1.19 go-newest prometheus prometheus-3.5 exporters kubectl jemalloc

.PHONY: lab
lab: toolchain ## builds the Go programs that the tests watch
	@scripts/lab.sh

# The same two, but a machine that cannot have them (exit code 3), or cannot now (1), goes on without: tests skip what is not there.
# A lab that does not compile is a failure.
.PHONY: programs
programs:
	@$(MAKE) --no-print-directory toolchain || { echo '*** NOT FETCHED: tests of what is missing are SKIPPED, each with its reason at the end.' >&2; }
	@scripts/lab.sh || [ $$? = 3 ]

# One that can't be had is skipped by the tests.
.PHONY: nodes
nodes: ## fetches Node 20, 22 and 26 into .cache; 24 comes with npm ci
	@scripts/nodes.sh 26 22 20 || { echo '*** NOT FETCHED: tests on releases of Node that are missing are SKIPPED.' >&2; }

.PHONY: clean
clean: ## removes what was built and fetched, but for node_modules
	rm -rf dist coverage .cache

# npm's own record of what is installed: older than the lockfile means that it is another's
node_modules/.package-lock.json: package-lock.json
	npm ci
	@touch $@
