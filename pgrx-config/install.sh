#!/bin/bash
# install.sh: builds the extension in release mode for the server of PG_CONFIG (default: the pg_config on PATH)
# and copies it there, below DESTDIR if that is set. `--uninstall` removes it instead.
. "$(dirname "$0")/common.sh"

pg_config=$(command -v "${PG_CONFIG:-pg_config}") ||
  fail "no ${PG_CONFIG:-pg_config}: run \`make install PG_CONFIG=/path/to/pg_config\` (Debian: postgresql-server-dev-NN has one)"
pg_config=$(realpath "$pg_config")
major=$("$pg_config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
libdir=${DESTDIR:-}$("$pg_config" --pkglibdir)
extdir=${DESTDIR:-}$("$pg_config" --sharedir)/extension

# Runs a command as root if only root may write to the server's folders.
as_owner() {
  if [ "$(id -u)" = 0 ] || [ -n "${DESTDIR:-}" ] || [ -w "$libdir" ]; then
    "$@"
  else
    sudo "$@"
  fi
}

if [ "${1:-}" = --uninstall ]; then
  as_owner rm -fv "$libdir/pg_guardrail.so" "$extdir/pg_guardrail.control" "$extdir"/pg_guardrail--*.sql
  exit
fi

grep -q "^pg$major *=" Cargo.toml || fail "the extension does not support PostgreSQL $major ($pg_config)"
[ -f "$("$pg_config" --includedir-server)/postgres.h" ] ||
  fail "the headers of PostgreSQL $major are missing (Debian: apt-get install postgresql-server-dev-$major)"
need_cargo

# pgrx finds PostgreSQL by PGRX_PG_CONFIG_PATH and builds its bindings again when that changes.
PGRX_PG_CONFIG_PATH=$pg_config PGRX_HOME=$root/target/pgrx/$major \
  step "Building the extension for PostgreSQL $major" \
  cargo build --release --lib --target-dir target --no-default-features --features "pg$major"

version=$(crate_version)
mkdir -p target/install
sed "s/@CARGO_VERSION@/$version/" pg_guardrail.control >target/install/pg_guardrail.control
cp sql/pg_guardrail.sql "target/install/pg_guardrail--$version.sql"

# -C does not touch a file that has not changed, so that server.sh sees by the time of the library whether it is new.
as_owner install -d "$libdir" "$extdir"
as_owner install -C -m 755 target/release/libpg_guardrail.so "$libdir/pg_guardrail.so"
as_owner install -C -m 644 target/install/pg_guardrail.control "target/install/pg_guardrail--$version.sql" "$extdir"
as_owner find sql -name 'pg_guardrail--*--*.sql' -exec install -C -m 644 -t "$extdir" {} +
