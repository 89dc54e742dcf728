#!/bin/bash
# test-operations.sh: dumps, upgrades, replicates and breaks private servers that have the extension (tests/operations/),
# on each PostgreSQL of $PG ("15 18" by default), with the release build. What is upgraded comes from the first of
# these. ONLY="expression" runs only the tests that pytest's -k chooses.
. "$(dirname "$0")/common.sh"

python=$(prepare_tests --tests)

read -ra majors <<<"${PG:-15 18}"
chosen=()
[ -z "${ONLY:-}" ] || chosen=(-k "$ONLY")
status=0
for major in "${majors[@]}"; do
  prefix=$(install_for_tests "$major")
done
first=$(pgrx-config/get-postgresql.sh "${majors[0]}")
for major in "${majors[@]}"; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  [ "$prefix" = "$first" ] || export PG_GUARDRAIL_OLDER_PGBIN=$first/bin
  say "Dumping, upgrading, replicating and breaking PostgreSQL $major:"
  run=("$python" -m pytest -p no:cacheprovider --quiet --tb=short "${chosen[@]}")
  PG_GUARDRAIL_PGBIN=$prefix/bin "${run[@]}" tests/operations || status=1
done
exit "$status"
