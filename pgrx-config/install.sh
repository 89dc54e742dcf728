#!/bin/bash
# install.sh [--brief]: builds the extension in release mode for the server of PG_CONFIG (default: the pg_config on
# PATH) and copies it there, below DESTDIR if that is set. Ends with what is where and what to do next, unless `--brief`
# is given. LIBRARY is a library that is built already, to be copied instead. `--build` only builds. `--can-build` tells
# by its status whether there is a server to build for. `--uninstall` removes what was copied.
. "$(dirname "$0")/common.sh"

# Prints the names of the Debian packages that any build needs and that are missing.
missing_tools() {
  command -v cc >/dev/null || echo gcc
  cc -E -include stdio.h -x c /dev/null >/dev/null 2>&1 || [ -e /usr/include/stdio.h ] || echo libc6-dev
  has_libclang || echo libclang-dev
}

# Whether there is a libclang with its own headers. Only Debian's places are known; elsewhere the build itself looks.
has_libclang() {
  local folder
  if [ -n "${LIBCLANG_PATH:-}" ] || ! command -v dpkg-query >/dev/null; then return; fi
  for folder in /usr/lib/llvm-*; do
    if compgen -G "$folder/lib/libclang[.-][0-9s]*" && compgen -G "$folder/lib/clang/*/include/stddef.h"; then
      return
    fi
  done >/dev/null
  return 1
}

# fail_without PACKAGE…: says which packages are missing, together with the tools, so that one command gets them all.
fail_without() {
  fail "the build needs what is missing here (Debian: apt-get install $(missing_tools | xargs echo "$@"))"
}

if [ "${1:-}" = --can-build ]; then
  [ -n "${PG_CONFIG:-}" ] || { pg_config=$(command -v pg_config) && [ -f "$("$pg_config" --includedir-server)/postgres.h" ]; }
  exit
fi

if ! pg_config=$(command -v "${PG_CONFIG:-pg_config}"); then
  [ -z "${PG_CONFIG:-}" ] || fail "no such program: PG_CONFIG=$PG_CONFIG"
  [ "${1:-}" != --uninstall ] || fail "no pg_config is on PATH: make uninstall PG_CONFIG=/path/to/pg_config"
  say "No pg_config is on PATH. If it is elsewhere: \`make install PG_CONFIG=/path/to/pg_config\`."
  fail_without postgresql-server-dev-NN
fi
# One server may be reached by several paths: links, and Debian's /usr/bin/pg_config, which calls the newest one.
# pgrx would build everything again for another path.
real=$("$pg_config" --bindir)/pg_config
[ ! -x "$real" ] || pg_config=$real
pg_config=$(realpath "$pg_config")
major=$("$pg_config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
libdir=${DESTDIR:-}$("$pg_config" --pkglibdir)
extdir=${DESTDIR:-}$("$pg_config" --sharedir)/extension
library=${LIBRARY:-target/release/libpg_guardrail.so}
built_for=target/install/built-for.txt # the pg_config that the library was built for

# Whether only root may write to the server's folders.
needs_root() { [ "$(id -u)" != 0 ] && [ -z "${DESTDIR:-}" ] && ! { [ -w "$libdir" ] && [ -w "$extdir" ]; }; }

as_owner() {
  if needs_root; then sudo "$@"; else "$@"; fi
}

# Whether `make` has built what is here for this server. Then root, who often has no Rust, only copies it.
is_built() {
  [ "$(cat "$built_for" 2>/dev/null)" = "$pg_config" ] &&
    [ -z "$(find src templates Cargo.toml Cargo.lock -newer "$library" -print -quit)" ]
}

# Stops before the build, which takes minutes, if something is missing.
check_build() {
  (need_supported "$major") 2>/dev/null || fail "the extension does not support PostgreSQL $major ($pg_config)"
  need_cargo "$major"
  rustfmt --version >/dev/null 2>&1 || fail "the build needs rustfmt, which is not there: rustup component add rustfmt"
  [ -f "$("$pg_config" --includedir-server)/postgres.h" ] || fail_without "postgresql-server-dev-$major"
  [ -z "$(missing_tools)" ] || fail_without
}

check_install() {
  if needs_root && ! command -v sudo >/dev/null; then
    fail "only root may write to $libdir and $extdir, and there is no sudo: run \`make install\` as root"
  fi
}

# RUSTFLAGS, and the arguments by which the library names its sources without the folders of this machine, so that it is
# the same wherever it is built. What lies between them is a character that no path has.
rust_flags() {
  local folder flags=()
  read -ra flags <<<"${RUSTFLAGS:-}"
  for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do flags+=("--remap-path-prefix=$folder=crates"); done
  flags+=("--remap-path-prefix=$root=pg_guardrail")
  (
    IFS=$'\x1f'
    printf %s "${flags[*]}"
  )
}

build() {
  local manifest
  # cargo puts it back, unless some setting of its user has it build elsewhere.
  rm -f "$built_for" "$library"
  manifest=$(pgrx-config/manifest.sh "$major")/Cargo.toml
  step "Fetching the sources of the libraries" cargo fetch --locked --manifest-path "$manifest"
  CARGO_ENCODED_RUSTFLAGS=$(rust_flags)
  export CARGO_ENCODED_RUSTFLAGS
  # pgrx finds PostgreSQL by PGRX_PG_CONFIG_PATH and builds its bindings again when that changes.
  PGRX_PG_CONFIG_PATH=$pg_config PGRX_HOME=$root/target/pgrx/$major \
    step "Building the extension for PostgreSQL $major" \
    cargo build --release --lib --manifest-path "$manifest" --target-dir target --no-default-features \
    --features "pg$major"
  [ -f "$library" ] || fail "cargo has not built $library: is build.target set for it (CARGO_BUILD_TARGET)?"
  mkdir -p target/install
  echo "$pg_config" >"$built_for"
}

# The scripts of this version, of released ones, and those that lead from one to the next.
list_scripts() {
  local name
  { echo "pg_guardrail--$version.sql" && find sql -name 'pg_guardrail--*.sql' -printf '%f\n'; } | LC_ALL=C sort -u |
    while read -r name; do echo "  $extdir/$name"; done
}

say_what_next() {
  cat <<END

pg_guardrail $version for PostgreSQL $major is installed:
  $libdir/pg_guardrail.so
  $extdir/pg_guardrail.control
$(list_scripts)

What to do next, as a superuser, in each database that it should check:
  CREATE EXTENSION pg_guardrail;
  ALTER DATABASE name SET session_preload_libraries = 'pg_guardrail';
To load it in all databases, put this into postgresql.conf instead of the second line, and restart the server:
  shared_preload_libraries = 'pg_guardrail'

Violations are then reported as warnings; README.md says how to have them refused.
END
}

if [ "${1:-}" = --uninstall ]; then
  as_owner rm -fv "$libdir/pg_guardrail.so" "$extdir/pg_guardrail.control" "$extdir"/pg_guardrail--*.sql
  exit
fi

[ -z "${LIBRARY:-}" ] || [ -f "$LIBRARY" ] || fail "no such file: LIBRARY=$LIBRARY"
[ "${1:-}" = --build ] || check_install
take_turn
if [ -z "${LIBRARY:-}" ] && { command -v cargo >/dev/null || ! is_built; }; then
  check_build
  build
fi
[ "${1:-}" != --build ] || exit 0

version=$(crate_version)
mkdir -p target/install
rm -f target/install/pg_guardrail.control "target/install/pg_guardrail--$version.sql" # root's, after `sudo make install`
sed "s/@CARGO_VERSION@/$version/" pg_guardrail.control >target/install/pg_guardrail.control
cp sql/pg_guardrail.sql "target/install/pg_guardrail--$version.sql"

# -C does not touch a file that has not changed, so that server.sh sees by the time of the library whether it is new.
as_owner install -d "$libdir" "$extdir"
as_owner install -C -m 755 "$library" "$libdir/pg_guardrail.so"
as_owner install -C -m 644 target/install/pg_guardrail.control "target/install/pg_guardrail--$version.sql" "$extdir"
as_owner find sql -name 'pg_guardrail--*.sql' -exec install -C -m 644 -t "$extdir" {} +

[ "${1:-}" = --brief ] || say_what_next
