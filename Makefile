# Words for people; Meson does the building. `make help` explains each.

BUILD ?= build
PREFIX ?= /usr/local

.PHONY: help demo build test quick bench failure-matrix install deb clean
.DEFAULT_GOAL := help

help: ## what you see
	@echo 'hubauth: OAuth tokens and contacts from HubSpot.'
	@echo
	@echo '  make demo      see it work: builds, starts a HubSpot of your own on localhost, logs in,'
	@echo '                 shows the token, exports 10,000 contacts; cleans up (20 s when built)'
	@echo '  make build     put hubauth and hubauth-emulator into $(BUILD)/'
	@echo '  make test      prove it: every check there is; ends with "N passed, N failed" (21 minutes)'
	@echo '  make quick     while you work: one build, unit, contract and end-to-end tests (3 minutes)'
	@echo '  make bench     measure it against others: start, JSON, exports (an hour); BENCH="json export-speed" for some'
	@echo '  make failure-matrix  what survives which fault, all of it, into docs/failure-matrix.md (15 minutes)'
	@echo '  make install   build and install below PREFIX ($(PREFIX)); DESTDIR is respected'
	@echo '  make deb       a Debian package: not yet'
	@echo '  make clean     remove $(BUILD)/ and build-test/'
	@echo
	@echo 'demo, build, test and bench install the Debian packages that are missing, with sudo when you are'
	@echo 'not root, and say which. Everything else: README.md, CONTRIBUTING.md.'

demo:
	@tools/install-packages demo
	@$(MAKE) --no-print-directory build
	@tools/demo $(BUILD)

# The packages first: Meson itself may be one of them. The tests have build folders of their own.
build:
	@tools/install-packages build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix=$(PREFIX) -Dtests=false
	@ninja -C $(BUILD)

test:
	@tools/install-packages test
	@tests/run

quick:
	@tests/run quick

BENCH ?= token-start json tls export-speed export-under-limit
bench:
	@tools/install-packages bench
	@$(MAKE) --no-print-directory build
	@for name in $(BENCH); do bench/$$name $(BUILD) || exit; done

failure-matrix:
	@tools/install-packages test
	@tests/run failure-matrix

install: build
	@meson install -C $(BUILD) --no-rebuild

deb:
	@echo 'make deb: not yet. Use: make install DESTDIR=...' >&2; exit 1

clean:
	rm -rf $(BUILD) build-test
