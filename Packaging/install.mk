# SPDX-License-Identifier: Apache-2.0
# Builds and installs the C core: libraries, header, manual, and files for pkg-config, CMake and Swift. The Makefile includes this.

PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
MANDIR = $(PREFIX)/share/man
# For packagers: `make install` puts DESTDIR before every path.
DESTDIR =
INSTALL = install

PACKAGING := Packaging
VERSION := $(shell awk '/^\#define SENDV_VERSION_/ { printf "%s%s", dot, $$3; dot = "." }' $(SHIM)/include/csendshim.h)
SONAME := libcsendshim.so.$(firstword $(subst ., ,$(VERSION)))
# The page sendv_all(3) describes these functions too.
MANUAL_LINKS := sendv_all_within sendv_seek sendv_perform sendv_perform_parts sendv_file_part sendv_version sendv_stack_bytes

LIB_BUILD := build/lib
FROM_TEMPLATES := csendshim.pc csendshim-config.cmake csendshim-config-version.cmake
LIB_FILES := $(addprefix $(LIB_BUILD)/,libcsendshim.a libcsendshim.so.$(VERSION))

.PHONY: amalgamation install uninstall packaging

amalgamation: dist/csendshim.c

dist/csendshim.c: $(SHIM_SOURCES) $(SHIM_HEADERS) $(PACKAGING)/amalgamate
	$(PACKAGING)/amalgamate dist

# A call's frame is larger than a guard page. Without this option, a thread with too little stack may write below its guard
# page. With it, SIGSEGV ends the process at the guard page.
PROBED_STACK := $(shell $(CC) -Werror -fstack-clash-protection -c -x c -o /dev/null /dev/null 2> /dev/null \
  && echo -fstack-clash-protection)

# Both libraries are compiled from the amalgamation, so that they export the public functions and no other names.
$(LIB_BUILD)/csendshim.o: dist/csendshim.c
	@mkdir -p $(@D)
	$(CC) $(PROBED_STACK) $(CFLAGS) -std=c11 -fPIC -fno-semantic-interposition -c -o $@ $<

$(LIB_BUILD)/libcsendshim.a: $(LIB_BUILD)/csendshim.o
	rm -f $@
	$(AR) rcs $@ $<

$(LIB_BUILD)/libcsendshim.so.$(VERSION): $(LIB_BUILD)/csendshim.o $(PACKAGING)/csendshim.map
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,--version-script=$(PACKAGING)/csendshim.map -o $@ $<

# Writes paths and version into a template.
FILL = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
  -e 's|@VERSION@|$(VERSION)|' -e 's|@SONAME@|$(SONAME)|'

install: $(LIB_FILES)
	$(INSTALL) -d "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(LIBDIR)/cmake/csendshim" \
	  "$(DESTDIR)$(INCLUDEDIR)/csendshim" "$(DESTDIR)$(MANDIR)/man3"
	$(INSTALL) -m 644 dist/csendshim.h "$(DESTDIR)$(INCLUDEDIR)"
	$(INSTALL) -m 644 $(PACKAGING)/module.modulemap "$(DESTDIR)$(INCLUDEDIR)/csendshim"
	$(INSTALL) -m 644 $(LIB_BUILD)/libcsendshim.a "$(DESTDIR)$(LIBDIR)"
	$(INSTALL) -m 755 $(LIB_BUILD)/libcsendshim.so.$(VERSION) "$(DESTDIR)$(LIBDIR)"
	ln -sf libcsendshim.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$(SONAME)"
	ln -sf $(SONAME) "$(DESTDIR)$(LIBDIR)/libcsendshim.so"
	for file in $(FROM_TEMPLATES); do $(FILL) $(PACKAGING)/$$file.in > $(LIB_BUILD)/$$file || exit 1; done
	$(INSTALL) -m 644 $(LIB_BUILD)/csendshim.pc "$(DESTDIR)$(LIBDIR)/pkgconfig"
	$(INSTALL) -m 644 $(LIB_BUILD)/csendshim-config.cmake $(LIB_BUILD)/csendshim-config-version.cmake \
	  "$(DESTDIR)$(LIBDIR)/cmake/csendshim"
	$(INSTALL) -m 644 Docs/man/sendv_all.3 "$(DESTDIR)$(MANDIR)/man3"
	for name in $(MANUAL_LINKS); do ln -sf sendv_all.3 "$(DESTDIR)$(MANDIR)/man3/$$name.3" || exit 1; done

# Folders that other packages use too are left in place.
uninstall:
	rm -f "$(DESTDIR)$(INCLUDEDIR)/csendshim.h" "$(DESTDIR)$(LIBDIR)/libcsendshim.a" \
	  "$(DESTDIR)$(LIBDIR)/libcsendshim.so" "$(DESTDIR)$(LIBDIR)/$(SONAME)" "$(DESTDIR)$(LIBDIR)/libcsendshim.so.$(VERSION)" \
	  "$(DESTDIR)$(LIBDIR)/pkgconfig/csendshim.pc"
	for name in sendv_all $(MANUAL_LINKS); do rm -f "$(DESTDIR)$(MANDIR)/man3/$$name.3" || exit 1; done
	rm -rf "$(DESTDIR)$(LIBDIR)/cmake/csendshim" "$(DESTDIR)$(INCLUDEDIR)/csendshim"

packaging:
	Tests/Packaging/run
