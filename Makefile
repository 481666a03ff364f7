# SPDX-License-Identifier: Apache-2.0
# Every command a person needs. Needed: a Swift toolchain, make, libc6-dev.

# cc where there is one, else the clang of the Swift toolchain.
CC := $(shell command -v cc || command -v clang)
CFLAGS ?= -O2 -g
WARNINGS := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
SHIM := Sources/CSendShim
SHIM_SOURCES := $(wildcard $(SHIM)/*.c)
SHIM_HEADERS := $(wildcard $(SHIM)/*.h $(SHIM)/include/*.h)

.PHONY: test test-c test-swift clean

test: test-c test-swift

# One program a behaviour: Tests/CSendShimTests/NAME_test.c. The other sources there are what the programs share.
C_TESTS := $(patsubst Tests/CSendShimTests/%_test.c,build/c/%_test,$(wildcard Tests/CSendShimTests/*_test.c))
C_FIXTURES := $(filter-out %_test.c,$(wildcard Tests/CSendShimTests/*.c)) $(wildcard Tests/CSendShimTests/*.h)

build/c/%_test: Tests/CSendShimTests/%_test.c $(C_FIXTURES) $(SHIM_SOURCES) $(SHIM_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -I$(SHIM)/include -ITests/CSendShimTests -o $@ \
	  $(filter %.c,$^) -pthread $(LDFLAGS)

test-c: $(C_TESTS)
	@Tests/CSendShimTests/run $(C_TESTS)

test-swift:
	swift test

clean:
	rm -rf build .build
