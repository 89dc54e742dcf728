#!/bin/bash
# get-assert-build.sh NN: builds PostgreSQL NN from its source with assertions and contrib, under target/assert/NN, with
# a debug build of the extension for it, and prints the folder. The build of PostgreSQL is kept; it takes some minutes.
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
  "$source/configure" --quiet --prefix="$prefix" --enable-cassert --enable-debug --without-icu CFLAGS=-O1
  nice make --silent --jobs 2
  nice make --silent --jobs 2 --directory contrib
  make --silent install
  make --silent --directory contrib install
  touch "$prefix/complete"
}

build_extension() {
  mkdir -p "$prefix/pgrx"
  printf '[configs]\npg%s = "%s/bin/pg_config"\n' "$major" "$prefix" >"$prefix/pgrx/config.toml"
  PGRX_PG_CONFIG_PATH=$prefix/bin/pg_config PGRX_HOME=$prefix/pgrx CARGO_PROFILE_DEV_DEBUG=0 \
    nice cargo build --locked --lib --target-dir "$root/target/assert/cargo" --no-default-features --features "pg$major"
}

[ -f "$prefix/complete" ] || step "Building PostgreSQL $major with assertions" build_server
step "Building the extension for it" build_extension
library=$root/target/assert/cargo/debug/libpg_guardrail.so
PG_CONFIG=$prefix/bin/pg_config LIBRARY=$library pgrx-config/install.sh --brief
echo "$prefix"
