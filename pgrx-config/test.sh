#!/bin/bash
# test.sh: runs all tests: the unit tests once and, on each PostgreSQL of $PG ("15 18" by default), `cargo pgrx test`,
# pg_regress, and the integration tests on a private server with the release build. With PART=chosen it runs less, on one
# debug build for each PostgreSQL: pg_regress, and the integration tests of tests/integration/support/chosen.py. If a
# suite fails, the others still run; the last lines say what ran, and target/reliability/ keeps it.
. "$(dirname "$0")/common.sh"

read -ra majors <<<"${PG:-15 18}"
need_supported "${majors[@]}"
case ${PART:=all} in
  all) record=suites ;;
  chosen) record=suites-chosen ;;
  *) fail "PART is all or chosen, and not \"$PART\"" ;;
esac
passed=0 failed=0
summary=()

# suite NAME COMMAND…: runs tests and adds a line to the summary, with the counts that the test runner prints. They are
# left in `good` and `bad`.
suite() {
  local title=$1 log
  log=$(log_of "$title")
  if step "$@"; then status=ok; else status=FAILED; fi
  read -r good bad < <(count "$log")
  if [ "$((good + bad))" = 0 ]; then status="FAILED (ran no test)"; fi
  if [ "$status" != ok ] && [ "$bad" = 0 ]; then bad=1; fi
  passed=$((passed + good)) failed=$((failed + bad))
  summary+=("$(printf '%-44s %5d passed %5d failed   %s' "$title" "$good" "$bad" "$status")")
}

# Counts the passed and the failed tests in the output of cargo (`5 passed; 0 failed`), cargo pgrx regress
# (`passed=5 failed=0`; it skips a test without expected output, which counts as failed), pg_regress
# (`All 5 tests passed.`, `2 of 5 tests failed.`) and pytest (`2 failed, 5 passed`, `1 error`).
count() {
  awk '
    /^test result: / { for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) good += $i; if ($(i + 1) ~ /^failed/) bad += $i } }
    /^passed=[0-9]+ failed=/ { split($0, part, /[= ]/); good += part[2]; bad += part[4] + part[6] }
    /^[# ]*All [0-9]+ tests passed/ { sub(/^[# ]*All /, ""); good += $1 }
    /^[# ]*[0-9]+ of [0-9]+ tests failed/ { sub(/^[# ]*/, ""); bad += $1; good += $3 - $1 }
    /^(=+ )?[0-9]+ [a-z]+.* in [0-9.]+s/ {
      for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) good += $i; if ($(i + 1) ~ /^(failed|errors?)/) bad += $i }
    }
    END { print good + 0, bad + 0 }' "$1"
}

# cargo pgrx puts sockets below target/, and the path of a socket may have at most 107 bytes.
[[ ${#root} -le 70 && $root != *[[:space:]]* ]] ||
  fail "the tests need a checkout whose path is at most 70 bytes long and has no spaces: $root"
for major in "${majors[@]}"; do need_cargo "$major"; done

say "Preparing (what exists already is kept):"
pgrx-config/system-packages.sh --tests
declare -A cargo_pgrx
for major in "${majors[@]}"; do
  pgrx-config/get-postgresql.sh "$major" >/dev/null
  [ "$PART" = chosen ] || cargo_pgrx[$major]=$(pgrx-config/get-cargo-pgrx.sh "$major")
done
python=$(pgrx-config/venv.sh tests tests/integration/requirements.txt)

export PGRX_HOME
export CARGO_TARGET_DIR=$root/target
# Debug information and a linker setting of cargo-pgrx only cost time here.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND=1
export PYTHONDONTWRITEBYTECODE=1

stop_servers() {
  for major in "${!cargo_pgrx[@]}"; do
    PGRX_HOME=$root/target/pgrx/$major run_cargo pgrx stop "pg$major" >/dev/null 2>&1 || true
  done
}

# run_cargo ARG…: runs `cargo pgrx` for PostgreSQL $major, where its Cargo.toml is. PostgreSQL does not run as root.
run_cargo() {
  (
    cd "$(pgrx-config/manifest.sh "$major")"
    PATH=${cargo_pgrx[$major]}:$PATH exec "$root/pgrx-config/as-user.sh" cargo "$@"
  )
}

manifest() { echo "$(pgrx-config/manifest.sh "$major")/Cargo.toml"; }

trap stop_servers EXIT
stop_servers

# run_pytest ARG…: runs the integration tests on the PostgreSQL of `prefix`.
run_pytest() {
  PG_GUARDRAIL_PGBIN=$prefix/bin "$python" -m pytest -p no:cacheprovider --quiet --numprocesses auto --dist loadfile \
    tests/integration "$@"
}

run_all() {
  suite "PostgreSQL $major, cargo pgrx test" run_cargo pgrx test "pg$major"
  keep in_server
  suite "PostgreSQL $major, pg_regress" run_cargo pgrx regress "pg$major" --resetdb --psql-verbosity default \
    --postgresql-conf listen_addresses=localhost
  keep pg_regress
  if PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief; then
    suite "PostgreSQL $major, integration tests" run_pytest
    keep integration
  else
    did_not_build "PostgreSQL $major, integration tests"
  fi
}

run_chosen() {
  if step "Building for PostgreSQL $major, unoptimized" \
    cargo build --manifest-path "$(manifest)" --lib --no-default-features --features "pg$major" &&
    LIBRARY=target/debug/libpg_guardrail.so PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief; then
    suite "PostgreSQL $major, pg_regress" "$python" tests/pg_regress/on_private_server.py "$prefix/bin"
    keep pg_regress
    suite "PostgreSQL $major, chosen integration tests" run_pytest --chosen
    keep integration
  else
    did_not_build "PostgreSQL $major, chosen integration tests"
  fi
}

did_not_build() {
  failed=$((failed + 1))
  summary+=("$(printf '%-44s did not build' "$1")")
}

# keep SUITE: notes what the suite that has just run has shown.
keep() { figures+=("$1_passed=$good" "$1_failed=$bad"); }

say "Testing on PostgreSQL ${majors[*]}:"
PGRX_HOME=$root/target/pgrx/${majors[0]}
units=()
if [ "$PART" = all ]; then
  major=${majors[0]}
  suite "unit tests" cargo test --manifest-path "$(manifest)" --lib --no-default-features --features "pg$major"
  units=("unit_passed=$good" "unit_failed=$bad")
fi
for major in "${majors[@]}"; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  PGRX_HOME=$root/target/pgrx/$major
  start=$SECONDS
  figures=("${units[@]}")
  "run_$PART"
  read -r _ version _ < <("$prefix/bin/pg_config" --version)
  "$python" tests/reliability/record.py "$record" "$version" $((SECONDS - start)) "${figures[@]}"
done

echo
printf '%s\n' "${summary[@]}"
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
