# mailassay - see README.md. Targets: all, check, demo, install, clean; `make help` lists them.

VERSION := 0.1.0
PREFIX ?= /usr/local
CC ?= cc
BUILD ?= build

PACKAGES := gmime-3.0 gio-2.0 ldns libcares libcrypto libxml-2.0 libxslt libexslt libpsl libidn2 jansson
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
OPT ?= -O2 -g
SANITIZE ?=
CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -DMAILASSAY_VERSION='"$(VERSION)"'
# Libraries' headers are system headers: their warnings are not ours to mend.
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
ALL_CFLAGS = -std=c17 $(OPT) $(WARNINGS) $(SANITIZE) $(PKG_CFLAGS) -pthread -MMD -MP $(CFLAGS)
ALL_LDLIBS = $(PKG_LIBS) -lm -pthread

LIB_SRC := $(sort $(wildcard analyzer/*.c analyzer/*/*.c rules/*.c reports/*.c))
CLI_SRC := $(sort $(wildcard cli/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
RES := $(sort $(wildcard analyzer/*.xsd rules/*.xml rules/*.xsd reports/*.xsl reports/*.xsd reports/*.css reports/labels.xml))

LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(BUILD)/data.o
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN := $(UNIT_SRC:%.c=$(BUILD)/%)
LIVE_BIN := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/live/*.c)))

.PHONY: all
all: $(if $(CLI_SRC),$(BUILD)/mailassay,$(BUILD)/libmailassay.a)

$(BUILD)/libmailassay.a: $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/mailassay: $(CLI_OBJ) $(BUILD)/libmailassay.a
	$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Catalogue, schemas and stylesheets are built into the program (GResource, under /mailassay/).
$(BUILD)/data.gresource.xml: $(RES) Makefile
	@mkdir -p $(@D)
	{ echo '<gresources><gresource prefix="/mailassay">'; \
	  for f in $(RES); do echo "<file>$$f</file>"; done; \
	  echo '</gresource></gresources>'; } > $@
$(BUILD)/data.c: $(BUILD)/data.gresource.xml $(RES)
	glib-compile-resources --sourcedir=. --generate-source --c-name mailassay --target=$@ $<
$(BUILD)/data.o: $(BUILD)/data.c
	$(CC) $(CPPFLAGS) -std=c17 $(OPT) $(SANITIZE) $(PKG_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libmailassay.a
	$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS) -lcmocka

.PHONY: unit
unit: $(UNIT_BIN)
	@set -e; for t in $^; do $$t; done

# Everything tests/run.sh needs, in this build folder.
.PHONY: test-programs
test-programs: $(BUILD)/mailassay $(UNIT_BIN) $(LIVE_BIN) $(BUILD)/tests/conformance $(BUILD)/tests/causes \
    $(BUILD)/tests/fixture-sign

# --- what people type ---

SANITIZED := BUILD=build/check OPT='-O1 -g' \
    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'

.PHONY: check
check:
	@.ci/deps check
	$(MAKE) --no-print-directory -s -j$(shell nproc) CC=clang BUILD=build/clang all build/clang/tests/causes
	$(MAKE) --no-print-directory -s -j$(shell nproc) $(SANITIZED) test-programs
	@tests/run.sh build/check build/clang

.PHONY: demo
demo:
	@.ci/deps
	@echo 'Building ...'
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@mkdir -p demo
	@cd fixtures/demo && ../../$(BUILD)/mailassay --profile profile.xml --dns-zone dns.zone --now 2026-11-23T10:05:00Z \
	    --format text -o ../../demo/report.html -o ../../demo/report.xml --fail-on never message.eml
	@echo 'Written: demo/report.html (open it in a browser) and demo/report.xml'

# Ten sample reports in both languages, and a page that leads to them.
.PHONY: gallery
gallery:
	@.ci/deps gallery
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@tests/gallery.py $(BUILD)/mailassay gallery

# The HTML reports in Chromium; tools come from Debian and npm, into $(BUILD)/browser.
.PHONY: check-browser
check-browser:
	@.ci/deps browser
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@tests/browser/run.sh $(BUILD)

# How fast causes are searched, against what the machine hashes.
.PHONY: bench-causes
bench-causes: $(BUILD)/tests/causes
	@[ -d ../shared/forensics ] || { echo 'bench-causes needs messages with known causes in ../shared/forensics'; exit 1; }
	@$(BUILD)/tests/causes ../shared/forensics

# Rewrites every fixture's `expect`, and what tests/compare/, tests/golden/, and fixtures of letters and signing domains
# keep; read the change with git diff.
.PHONY: expect
expect: all
	OUT=$(abspath $(BUILD))/reports tests/fixtures.sh $(BUILD)/mailassay --write
	tests/golden.sh $(BUILD)/mailassay $(BUILD)/reports --write
	tests/compare.sh $(BUILD)/mailassay --write
	tests/letter.sh $(BUILD)/mailassay --write
	tests/domain.sh $(BUILD)/mailassay --write

# Other implementations of DKIM and SPF on thousands of generated cases; see CONFORMANCE.md. No network.
DIFFERENTIAL ?= --dkim 5000 --spf 8000
.PHONY: differential
differential:
	@.ci/deps differential
	@$(MAKE) --no-print-directory -s -j$(shell nproc) $(BUILD)/tests/differential/voice
	/usr/bin/python3 tests/differential/run.py $(DIFFERENTIAL) $(BUILD)/tests/differential/voice

.PHONY: install
install: all
	install -D -m 755 $(BUILD)/mailassay $(DESTDIR)$(PREFIX)/bin/mailassay
	install -D -m 644 cli/mailassay.1 $(DESTDIR)$(PREFIX)/share/man/man1/mailassay.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/mailassay reports/report.xsd reports/report.schema.json analyzer/profile.xsd

.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/mailassay $(DESTDIR)$(PREFIX)/share/man/man1/mailassay.1
	rm -rf $(DESTDIR)$(PREFIX)/share/mailassay

.PHONY: clean
clean:
	rm -rf build demo gallery

.PHONY: help
help:
	@echo 'make           build build/mailassay'
	@echo 'make demo      install what is missing, build, analyse a shipped message, leave demo/report.html'
	@echo 'make check     install what is missing, build with sanitizers, run all tests'
	@echo 'make check-browser  look at the HTML reports in Chromium (installs it, and tools of npm)'
	@echo 'make gallery   write ten sample reports in both languages: gallery/index.html'
	@echo 'make differential  compare DKIM and SPF with five other implementations, on generated cases'
	@echo 'make install   into PREFIX (/usr/local), with DESTDIR'
	@echo 'make bench-causes   measure the search for causes'
	@echo 'make expect    rewrite the expected findings of all fixtures'
	@echo 'make clean     remove what was built'

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(UNIT_BIN:=.d) $(LIVE_BIN:=.d)
