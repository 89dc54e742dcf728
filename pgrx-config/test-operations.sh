#!/bin/bash
# test-operations.sh: dumps, upgrades, replicates and breaks private servers that have the extension (tests/operations/),
# on each PostgreSQL of $PG ("15 18" by default), with the release build. What is upgraded comes from the
# oldest one that has the same build. ONLY="expression" runs only the tests that pytest's -k chooses.
. "$(dirname "$0")/common.sh"

need_cargo
say "Preparing (what exists already is kept):"
pgrx-config/system-packages.sh --tests
python=$(pgrx-config/venv.sh tests tests/integration/requirements.txt)

read -ra majors <<<"${PG:-15 18}"
chosen=()
[ -z "${ONLY:-}" ] || chosen=(-k "$ONLY")
status=0
for major in "${majors[@]}"; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
done
for major in "${majors[@]}"; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  say "Dumping, upgrading, replicating and breaking PostgreSQL $major:"
  run=("$python" -m pytest -p no:cacheprovider --quiet --tb=short "${chosen[@]}")
  PG_GUARDRAIL_PGBIN=$prefix/bin "${run[@]}" tests/operations || status=1
done
exit "$status"
