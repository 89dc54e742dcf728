#!/bin/bash
# test-stress.sh: puts the guard under stress (tests/stress/) on each PostgreSQL of $PG ("18" by default), on private
# servers: one has the release build, another one a build whose checks fail where a test wants it. QUICK=1 is a short
# form, which shows that the tests work. ONLY="sessions or length" runs a part, SEED draws
# other moments and statements; MINUTES, SESSIONS, STATEMENTS and TABLES say how much is done. What a whole run has shown is
# kept for `make reliability`.
. "$(dirname "$0")/common.sh"

python=$(prepare_tests --tests)

# The server with the other build, a copy of the one whose folder is given. Prints its folder.
make_faulty_server() {
  local faulty=$1-fault
  [ -d "$faulty" ] || cp -a "$1" "$faulty"
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND=1 PGRX_HOME=$root/target/pgrx/$major \
    step "Building with faults for PostgreSQL $major" \
    cargo build --lib --target-dir target --no-default-features --features "pg$major fault_injection"
  cp -a "$("$1/bin/pg_config" --sharedir)"/extension/pg_guardrail* "$("$faulty/bin/pg_config" --sharedir)/extension/"
  install -m 755 target/debug/libpg_guardrail.so "$("$faulty/bin/pg_config" --pkglibdir)/pg_guardrail.so"
  echo "$faulty"
}

status=0
for major in ${PG:-18}; do
  prefix=$(install_for_tests "$major")
  faulty=$(make_faulty_server "$prefix")
  say "Putting the guard under stress on PostgreSQL $major:"
  # A backtrace would follow every error.
  env --unset RUST_BACKTRACE PG_GUARDRAIL_PGBIN="$prefix/bin" PG_GUARDRAIL_FAULT_PGBIN="$faulty/bin" \
    "$python" -m pytest -p no:cacheprovider --quiet --tb=short -rP ${ONLY:+-k "$ONLY"} tests/stress || status=1
done
exit "$status"
