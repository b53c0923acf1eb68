# The interface to everything one does here; the work is done by swift and the scripts in .ci/.

PREFIX ?= /usr/local
SEALPIPE = .build/release/sealpipe
# Swift's libraries within the program: it starts faster, and runs where no Swift is installed.
RELEASE = --static-swift-stdlib
OKMSD = .build/release/okmsd
UNITS = $(PREFIX)/lib/systemd/system

.PHONY: build build-okmsd test check fmt demo bench bench-okmsd bench-pieces torture scale fuzz tsan memcheck packages install install-okmsd clean

build: ## builds the program: .build/release/sealpipe
	@.ci/packages build
	swift build -c release --product sealpipe $(RELEASE)

build-okmsd: ## builds the key service: .build/release/okmsd
	@.ci/packages build
	swift build -c release --product okmsd $(RELEASE)

demo: build ## seals samples/, verifies, restores and compares
	@.ci/demo

test: ## builds and runs all tests
	@.ci/packages test
	@.ci/test

check: ## format, imports, forbidden words, links; the compiler treats warnings as errors
	@.ci/packages test
	swift format lint --strict -r Sources Tests Benchmarks Package.swift
	@.ci/check-imports
	@.ci/check-sources
	@.ci/check-links

fmt: ## formats all Swift files
	swift format -i -r Sources Tests Benchmarks Package.swift

bench: build bench-okmsd bench-pieces ## measures against other tools, where ../shared/bench and they are
	@.ci/bench

bench-pieces: packages ## measures each piece of the work by itself; AGAINST=COMMIT compares
	@.ci/bench-pieces $(AGAINST)

bench-okmsd: build-okmsd ## measures the key service under load, on loopback
	@.ci/bench-okmsd

torture: ## kills the programs at every call, lets every call fail, damages every field, fails their services: minutes
	@.ci/packages test
	SEALPIPE_TORTURE=1 swift test --filter 'CrashTests|FaultTests|FaultMatrixTests|DamageMatrixTests|OutageTests|LostServiceTests'

fuzz: ## lets libFuzzer look for inputs that break a reader, FUZZ_SECONDS (60) for each
	@.ci/packages build
	@.ci/fuzz

scale: build ## a million files, 200 GiB and a file of 5 TiB through it, with the memory that takes
	@.ci/scale

tsan: ## runs the tests under the thread sanitizer
	@.ci/packages test
	TSAN_OPTIONS=suppressions=$(CURDIR)/.ci/tsan-suppressions \
	  swift test --sanitize=thread --scratch-path .build/tsan --skip InteropTests

memcheck: build ## seals and restores under Valgrind: lost and misused memory
	@.ci/memcheck

packages: ## installs the Debian packages that building and testing need
	@.ci/packages test

install: build ## installs program, manual page, completions and systemd units below PREFIX
	install -D -s -m 755 $(SEALPIPE) $(DESTDIR)$(PREFIX)/bin/sealpipe
	install -D -m 644 docs/man/sealpipe.1 $(DESTDIR)$(PREFIX)/share/man/man1/sealpipe.1
	install -D -m 644 -t $(DESTDIR)$(UNITS) packaging/sealpipe@.service packaging/sealpipe@.timer
	sed -i 's|/usr/local/bin/sealpipe|$(PREFIX)/bin/sealpipe|' $(DESTDIR)$(UNITS)/sealpipe@.service
	@.ci/completions $(SEALPIPE) $(DESTDIR)$(PREFIX)/share

install-okmsd: build-okmsd ## installs the key service, its manual page, completions and systemd unit below PREFIX
	install -D -s -m 755 $(OKMSD) $(DESTDIR)$(PREFIX)/bin/okmsd
	install -D -m 644 docs/man/okmsd.1 $(DESTDIR)$(PREFIX)/share/man/man1/okmsd.1
	install -D -m 644 packaging/okmsd.service $(DESTDIR)$(UNITS)/okmsd.service
	sed -i 's|/usr/local/bin/okmsd|$(PREFIX)/bin/okmsd|' $(DESTDIR)$(UNITS)/okmsd.service
	@.ci/completions $(OKMSD) $(DESTDIR)$(PREFIX)/share

clean: ## removes what was built
	rm -rf .build
