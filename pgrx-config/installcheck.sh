#!/bin/bash
# installcheck.sh: runs the regression tests on the server of PGHOST, PGPORT and PGUSER, which has the extension, with
# the pg_regress of PG_CONFIG (default: the pg_config on PATH). The user is a superuser. What differs is printed, and
# kept in target/installcheck/regression.diffs.
connection=()
for variable in PGHOST PGPORT PGUSER PGPASSWORD; do
  [ -z "${!variable+set}" ] || connection+=("$variable=${!variable}")
done
. "$(dirname "$0")/common.sh"

pg_config=$(command -v "${PG_CONFIG:-pg_config}") || fail "no such program: ${PG_CONFIG:-pg_config}"
pg_regress=$(dirname "$("$pg_config" --pgxs)")/../test/regress/pg_regress
[ -x "$pg_regress" ] || fail "there is no pg_regress at $pg_regress (Debian: apt-get install postgresql-server-dev-NN)"

# setup.sql makes the extension, and no file leaves anything behind.
tests=(setup)
for file in tests/pg_regress/sql/*.sql; do
  name=$(basename "$file" .sql)
  [ "$name" = setup ] || tests+=("$name")
done
mkdir -p target/installcheck
# The expected output is that of `cargo pgrx regress`, which shows no notices.
if ! env "${connection[@]}" PGOPTIONS='-c client_min_messages=warning' "$pg_regress" \
  --bindir="$("$pg_config" --bindir)" --dbname=contrib_regression --inputdir=tests/pg_regress \
  --outputdir=target/installcheck "${tests[@]}"; then
  # Where a package is built, the folder is gone before somebody reads the log.
  [ ! -s target/installcheck/regression.diffs ] || cat target/installcheck/regression.diffs
  exit 1
fi
