# The interface to everything one does here; the work is done by swift and the scripts in .ci/.

PREFIX ?= /usr/local
SEALPIPE = .build/release/sealpipe
# Swift's libraries within the program: it starts faster, and runs where no Swift is installed.
RELEASE = --static-swift-stdlib

.PHONY: build test check fmt demo bench tsan packages install clean

build: ## builds the program: .build/release/sealpipe
	@.ci/packages build
	swift build -c release --product sealpipe $(RELEASE)

demo: build ## seals samples/, verifies, restores and compares
	@.ci/demo

test: ## builds and runs all tests
	@.ci/packages test
	@.ci/test

check: ## format, imports, forbidden words, links; the compiler treats warnings as errors
	@.ci/packages test
	swift format lint --strict -r Sources Tests Package.swift
	@.ci/check-imports
	@.ci/check-sources
	@.ci/check-links

fmt: ## formats all Swift files
	swift format -i -r Sources Tests Package.swift

bench: build ## measures against other tools, where ../shared/bench and they are
	@.ci/bench

tsan: ## runs the tests under the thread sanitizer
	@.ci/packages test
	TSAN_OPTIONS=suppressions=$(CURDIR)/.ci/tsan-suppressions \
	  swift test --sanitize=thread --scratch-path .build/tsan --skip InteropTests

packages: ## installs the Debian packages that building and testing need
	@.ci/packages test

install: build ## installs program, manual page and completions below PREFIX
	install -D -s -m 755 $(SEALPIPE) $(DESTDIR)$(PREFIX)/bin/sealpipe
	install -D -m 644 docs/man/sealpipe.1 $(DESTDIR)$(PREFIX)/share/man/man1/sealpipe.1
	@.ci/completions $(SEALPIPE) $(DESTDIR)$(PREFIX)/share

clean: ## removes what was built
	rm -rf .build
