# SPDX-License-Identifier: Apache-2.0
# The front door; meson does the work behind it.  HACKING.md explains the targets.
PREFIX ?= /usr/local
SEED ?= 1
FUZZ_SECONDS ?= 60
DIR ?=
sanitize = -Ddebug_checks=true -Db_lundef=false -Db_sanitize

all: build/build.ninja
	ninja -C build

build/build.ninja:
	tools/install-deps build
	meson setup build --prefix=$(PREFIX)

# Serves DIR, or a directory made for the occasion, until interrupted.
serve: all
	dir='$(DIR)'; [ -n "$$dir" ] || { demo=$$(mktemp -d /tmp/braid-demo.XXXXXX) && \
	    chmod 755 "$$demo" && dir=$$demo/demo && mkdir "$$dir" && \
	    cp -r README.md docs "$$dir"; } && exec build/braid serve "$$dir"

check:
	tools/install-deps check
	tools/check

tidy:
	tools/tidy.py

fuzz:
	tools/install-deps check
	tools/check --suite fuzz --fuzz-seconds $(FUZZ_SECONDS)

# The same tests under a sanitizer, each in a build directory of its own.
asan: san = address
ubsan: san = undefined
tsan: san = thread
asan ubsan tsan:
	tools/install-deps check
	[ -e build-$@/build.ninja ] || meson setup build-$@ $(sanitize)=$(san)
	tools/check --build build-$@ --suite unit --suite e2e

sim: all
	BRAID_SEED=$(SEED) meson test -C build --suite sim --print-errorlogs

install: all
	meson configure build -Dprefix=$(abspath $(PREFIX))
	meson install -C build

clean:
	rm -rf build build-asan build-ubsan build-tsan build-fuzz

.PHONY: all serve check tidy fuzz asan ubsan tsan sim install clean
