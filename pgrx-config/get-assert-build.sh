#!/bin/bash
# get-assert-build.sh NN: builds PostgreSQL NN from its source with assertions and contrib, under target/assert/NN,
# installs the release build of the extension there, and prints the folder. What is built is kept; it takes some minutes.
. "$(dirname "$0")/common.sh"

[ $# = 1 ] || fail "usage: get-assert-build.sh NN"
major=$1
prefix=$root/target/assert/$major
need_cargo
pgrx-config/system-packages.sh --assert
source=$(pgrx-config/get-source.sh "$major")

build_server() {
  rm -rf "$prefix" "$prefix.build"
  mkdir -p "$prefix.build"
  cd "$prefix.build" || return
  # PostgreSQL's Makefiles make its headers only where they are not called by another make.
  unset MAKELEVEL MAKEFLAGS MFLAGS
  "$source/configure" --quiet --prefix="$prefix" --enable-cassert --enable-debug --without-icu CFLAGS=-O1
  nice make --silent --jobs 2
  nice make --silent --jobs 2 --directory contrib
  make --silent install
  make --silent --directory contrib install
  touch "$prefix/complete"
}

[ -f "$prefix/complete" ] || step "Building PostgreSQL $major with assertions" build_server
# The build of the extension that users have: only the server is another one.
relocatable=$(pgrx-config/get-postgresql.sh "$major")
PG_CONFIG=$relocatable/bin/pg_config pgrx-config/install.sh --brief
library=$("$relocatable/bin/pg_config" --pkglibdir)/pg_guardrail.so
PG_CONFIG=$prefix/bin/pg_config LIBRARY=$library pgrx-config/install.sh --brief
echo "$prefix"
