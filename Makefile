# SPDX-License-Identifier: Apache-2.0
# Every command a person needs. demo and test need a Swift toolchain, make and libc6-dev; the others say what else.

# The caller's choice, else cc where there is one, else the clang of the Swift toolchain.
ifeq ($(origin CC),default)
CC := $(shell command -v cc || command -v clang)
endif
# Swift's package manager would take a CC from the environment for its own, and knows clang alone.
unexport CC
# Read by Package@swift-6.2.swift: warnings of the Swift compiler are errors here.
export SOCKETSEND_STRICT := 1
CFLAGS ?= -O2 -g
WARNINGS := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
SHIM := Sources/CSendShim
SHIM_SOURCES := $(wildcard $(SHIM)/*.c)
SHIM_HEADERS := $(wildcard $(SHIM)/*.h $(SHIM)/include/*.h)

# Objects are kept between runs.
.SECONDARY:

# QUICK=1 makes the longer checks short ones.
EFFORT := $(if $(QUICK),quick,full)

.PHONY: help
help:
	@echo "make demo         send real files over TCP, Unix stream and UDP, and show what happened"
	@echo "make test         the C tests, the Swift tests, the diagnostics of calls that would block, the code in the documents"
	@echo "make bench        every way to send side by side, as a table; QUICK=1 for a look"
	@echo "make bench-spread sendv_all to the plain loop and the floor, and Swift to sendv_all: their spread over PROCESSES (5), as tables"
	@echo "make bench-async  sends that wait, to SwiftNIO, epoll and threads: processor use, time-outs, memory, turns; QUICK=1 for a look"
	@echo "make bench-zero-copy  what sendZeroCopy costs over the loopback interface, which copies"
	@echo "make bench-files  a header, a region of a file and a trailer: ways to send them side by side; QUICK=1 for a look"
	@echo "make pictures     the pictures of README and Docs, from the last make bench, bench-async and bench-files"
	@echo "make counts       what a Swift send costs over the C core, and a wait of an async send, against limits: instructions,"
	@echo "                  allocations, system calls"
	@echo "make lint         formatting, shell scripts, workflows, the documents' sentences and links, and the compilers' warnings as"
	@echo "                  errors; make format formats the Swift and the C sources"
	@echo "make install      the C core: libraries, header, manual, for pkg-config, CMake and Swift; PREFIX=, DESTDIR=; uninstall"
	@echo "make amalgamation the C core as two files to copy, in dist"
	@echo "make docs         the documentation of all modules, in build/docs: every symbol documented, every example compiled; its address"
	@echo "make release-check what a release needs, make check and the rest; QUICK=1 for the quick form"
	@echo
	@echo "make check        all the evidence, with a table at its end; QUICK=1 for what a change has to pass. Its stages,"
	@echo "                  beside lint, test, the tests of lists of some GiB and of the tool, demo and counts:"
	@echo "  scripted    the C core on a kernel that answers by a script: all short scripts, a million random ones"
	@echo "  fuzz        the same kernel, driven by a fuzzer, for a minute each way; SECONDS=600 for longer"
	@echo "  coverage    which lines and branches of the C core those tests reach"
	@echo "  sanitizers  all tests under clang's and gcc's sanitizers and in valgrind"
	@echo "  proof       that a batch is what it has to be, by Frama-C"
	@echo "  model       every order of steps in the life of a Socket's descriptor, by Spin"
	@echo "  tampered    the C core against a kernel made hostile"
	@echo "  stress      many threads that send, close, time out and open descriptors at once"
	@echo "  platforms   the C core on other processors and systems, emulated or compiled; the Swift modules type-checked for them"
	@echo "  packaging   installs into empty folders, builds programs from there, checks the manual and the interface"
	@echo "  traits      builds and tests without package traits, with each and with all, and runs the documents' code so"
	@echo "  manifests   packages of older tools versions that depend on this one, one of them for Linux only; and a copy that warns"
	@echo "  docs        builds the documentation, as make docs"
	@echo "  examples    the examples against real servers: Redis, memcached, nginx, PostgreSQL, curl, a browser"
	@echo "  bench       the quick form of make bench: that it works, not how fast it is (make bench-quick)"
	@echo "  bench-async the quick form of make bench-async, likewise (make bench-async-quick)"
	@echo "  bench-files the quick form of make bench-files: that each way sends the right bytes (make bench-files-quick)"
	@echo "  mutants     breaks the code in one place at a time and sees that the tests notice"

include Packaging/install.mk

# The proof is of a copy of the gather with annotations: this fails when the copy is not the source.
.PHONY: same-code
same-code:
	Tests/Proof/same-code

.PHONY: demo test test-c test-pointing test-no-process-vm test-scripted test-swift test-overloads test-docs test-tools test-large
demo:
	swift run --package-path Tools -c release socketsend demo

test: same-code test-c test-pointing test-no-process-vm test-scripted test-swift test-overloads test-docs

# One program a behaviour: Tests/CSendShimTests/NAME_test.c. The other sources there are what the programs share.
C_TESTS := $(patsubst Tests/CSendShimTests/%_test.c,%,$(wildcard Tests/CSendShimTests/*_test.c))
C_FIXTURES := $(filter-out %_test.c,$(wildcard Tests/CSendShimTests/*.c))
C_HEADERS := $(SHIM_HEADERS) $(wildcard Tests/CSendShimTests/*.h)
# Where the programs are built; a run with other flags wants another place.
C_BUILD := build/c
C_OBJECTS := $(patsubst %.c,$(C_BUILD)/%.o,$(SHIM_SOURCES) $(C_FIXTURES))

$(C_BUILD)/%.o: %.c $(C_HEADERS) Makefile
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(WARNINGS) -I$(SHIM)/include -ITests/CSendShimTests -c -o $@ $<

$(C_BUILD)/%_test: $(C_BUILD)/Tests/CSendShimTests/%_test.o $(C_OBJECTS)
	@$(CC) $(CFLAGS) -o $@ $^ -pthread

test-c: $(C_TESTS:%=$(C_BUILD)/%_test)
	Tests/CSendShimTests/run $^

# The build that copies no segment, and so needs no stack for it: a bad pointer is EFAULT at every length.
POINTING := -DSENDV_COPY_SEGMENT=0 -DSENDV_COPY_STACK=64

test-pointing:
	$(MAKE) test-c C_TESTS='fault hostile bits changing datagram empties inputs stack stream' C_BUILD=$(C_BUILD)-pointing \
	  CFLAGS='$(CFLAGS) $(POINTING)'

# The build for a sandbox that forbids process_vm_readv: the program copies the messages that do not fit one batch.
test-no-process-vm:
	$(MAKE) test-c C_TESTS='fault datagram cut' C_BUILD=$(C_BUILD)-no-process-vm CFLAGS='$(CFLAGS) -DSENDV_NO_PROCESS_VM'

# The C core on a kernel that answers by a script.
test-scripted:
	CC=$(CC) Tests/ScriptedKernel/run quick

# One test after the other: suites of several targets would disturb each other's counts of descriptors.
test-swift:
	Tests/swift --no-parallel

# Small modules that are only type-checked: which send each call means, and what the compiler says.
test-overloads:
	swift build
	Tests/Overloads/run

test-tools:
	Tests/need zsh fish
	Tests/swift --package-path Tools

DOCUMENTS := README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md Examples/README.md Tools/README.md $(wildcard Docs/*.md)

test-docs:
	swift build
	CC=$(CC) Tests/DocumentationTests/run $(DOCUMENTS) Sources
	Tests/DocumentationTests/porting/run

# The lists of some GiB, too.
test-large:
	CHECK_LARGE=1 $(MAKE) test-c

.PHONY: check scripted fuzz coverage sanitizers proof model tampered stress platforms traits packaging docs examples mutants
.PHONY: manifests counts release-check
# These install what they need.
check:
	Tests/check $(EFFORT)

scripted:
	CC=$(CC) Tests/ScriptedKernel/run $(EFFORT)

fuzz:
	Tests/ScriptedKernel/fuzz $(or $(SECONDS),$(if $(QUICK),5,60))

coverage:
	Tests/ScriptedKernel/coverage

sanitizers:
	Tests/Sanitizers/run $(EFFORT)

proof:
	Tests/Proof/run $(EFFORT)

model:
	Tests/Model/run $(EFFORT)

# As root: it traces, and makes network namespaces and TUN devices.
tampered:
	Tests/TamperedKernel/run $(EFFORT)

stress:
	Tests/SocketSendTests/Stress/run $(or $(SECONDS),$(if $(QUICK),5,120))
	$(if $(QUICK)$(SECONDS),,Tests/SocketSendTests/Stress/run 120 --sanitize=thread --scratch-path .build/thread)
	$(if $(QUICK)$(SECONDS),,Tests/SocketSendTests/Stress/run 120 --sanitize=address --scratch-path .build/address)

platforms:
	Tests/Platforms/run $(EFFORT)

traits:
	Tests/Traits/run $(EFFORT)

manifests:
	Tests/Manifests/run

# Written to build/docs.
docs:
	CC=$(CC) Tests/DocumentationTests/catalogues

examples:
	CC=$(CC) Examples/run

mutants:
	Tests/need python3
	Tests/Mutants/run

counts:
	Tests/need valgrind strace
	Benchmarks/count
	Benchmarks/count-waits
	Benchmarks/count-long-lists

release-check:
	Tests/Release/run $(EFFORT)

.PHONY: bench bench-quick bench-spread bench-async bench-async-quick bench-zero-copy pictures lint format clean
# Rust's and Python's candidates take part where their tools are installed.
bench:
	@mkdir -p build
	@if command -v rustc > /dev/null; then \
	  rustc -O --crate-type cdylib --edition 2021 -o build/libwrite_vectored.so Benchmarks/Others/write_vectored.rs; fi
	swift build --package-path Benchmarks -c release --product SideBySide
	Benchmarks/.build/release/SideBySide $(if $(QUICK),--quick) --csv build/bench$(if $(QUICK),-quick).csv \
	  --rust build/libwrite_vectored.so --python Benchmarks/Others/sendmsg.py
	$(if $(QUICK),,swift package --package-path Benchmarks benchmark)

# That sendv_all, the Swift call and the loops in C work, and on streams all bytes arrive; the figures are those of a busy machine.
bench-quick:
	$(MAKE) bench QUICK=1

bench-spread:
	swift build --package-path Benchmarks -c release --product SideBySide
	python3 Benchmarks/spread.py Benchmarks/.build/release/SideBySide $(PROCESSES)

bench-async:
	@mkdir -p build
	swift build --package-path Benchmarks -c release --product Waiting
	Benchmarks/.build/release/Waiting $(if $(QUICK),--quick) --csv build/bench-async$(if $(QUICK),-quick).csv

bench-zero-copy:
	swift build --package-path Benchmarks -c release --product ZeroCopy
	Benchmarks/.build/release/ZeroCopy

bench-async-quick:
	$(MAKE) bench-async QUICK=1

.PHONY: bench-files bench-files-quick
FILES_CSV = build/bench-files$(if $(QUICK),-quick).csv
bench-files:
	@mkdir -p build
	swift build --package-path Benchmarks -c release --product Files
	Benchmarks/.build/release/Files build/bench-files.data $(if $(QUICK),1,5) > $(FILES_CSV); status=$$?; rm -f build/bench-files.data; exit $$status

bench-files-quick:
	$(MAKE) bench-files QUICK=1

# Needs Python and matplotlib.
pictures:
	@mkdir -p Docs
	python3 Benchmarks/pictures.py build/bench.csv build/bench-async.csv build/bench-files.csv Docs

lint: same-code
	Tests/need gcc g++ musl-gcc=musl-tools
	for c in $(SHIM_SOURCES) $(wildcard Sources/CSocketEvents/*.c); do for cc in gcc clang musl-gcc; do \
	  $$cc $(WARNINGS) -O2 -c -o /dev/null -I$(SHIM)/include -ISources/CSocketEvents/include $$c || exit 1; done; done
	for c in $(wildcard $(addsuffix /*.c,Tests/CSendShimTests Tests/ScriptedKernel Tests/TamperedKernel Tests/Packaging \
	    Tests/Platforms Tests/Platforms/kqueue Benchmarks/Others Benchmarks/Sources/CFiles Benchmarks/Sources/CSideBySide Benchmarks/Sources/CWaiting Examples/c)); do \
	  for cc in gcc clang; do \
	  $$cc $(WARNINGS) -O2 -c -o /dev/null -I$(SHIM)/include -ISources/CSocketEvents/include -ITests/CSendShimTests \
	    -IBenchmarks/Sources/CFiles/include -IBenchmarks/Sources/CPythonSender/include -IBenchmarks/Sources/CSideBySide/include -IBenchmarks/Sources/CWaiting/include $$c || exit 1; done; done
	for header in $(SHIM)/include/*.h Sources/CSocketEvents/include/*.h; do \
	  for cc in gcc clang musl-gcc; do $$cc $(WARNINGS) -Wno-unused-function -x c -fsyntax-only $$header || exit 1; done; \
	  for cxx in g++ clang++; do for std in c++11 c++20; do \
	  $$cxx -std=$$std -x c++ -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Wno-unused-function \
	    $$header || exit 1; done; done; done
	Tests/Lint/run

format:
	Tests/Lint/run format

clean:
	rm -rf build dist .build .build-* Tools/.build Benchmarks/.build Examples/.build
