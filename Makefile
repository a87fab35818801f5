# netlab: make run is the main job, make test runs every test. Both need Go and make, nothing else.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: run build test race lint bench bench-load clean

run: build
	bin/netlab run scenarios/frankfurt.yaml

build:
	CGO_ENABLED=0 $(GO) build -ldflags "-s -w -X main.version=$(VERSION)" -o bin/netlab ./cmd/netlab

test:
	$(GO) test -timeout 30m ./...

# The race detector needs a C compiler. Packages that are pure or that share memory between goroutines, without
# what takes minutes; tests of memory bounds don't hold under it.
RACE := ./analysis ./scenarios/... ./sim/... ./results/... ./loadgen ./loadgen/record ./drill ./drill/idealworld ./drill/loadtest \
	./netlab/console ./netlab/dns ./netlab/http1 ./netlab/impair ./netlab/service ./netlab/workload

race:
	CGO_ENABLED=1 $(GO) test -race -short -vet=off -skip Hostile $(RACE)

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GO="$(GO)" .ci/deadcode
	.ci/lines

# Figures are ratios against a peer or the bare kernel in the same run; see docs.
bench:
	$(GO) test -run '^$$' -bench . ./netlab/... ./analysis/... ./results/...

bench-load: build
	$(GO) run ./loadgen/bench

clean:
	rm -rf bin
