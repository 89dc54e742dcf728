#!/bin/bash
# test-fixes.sh: makes faults of every rule in every situation and runs the fixes (tests/fixes/) on each PostgreSQL of
# $PG ("15 18" by default), on a private server with the release build. SEED draws other cases. With --write, the counts
# go into docs/fixes.md.
. "$(dirname "$0")/common.sh"

python=$(prepare_tests --tests)

read -ra majors <<<"${PG:-15 18}"
status=0
for major in "${majors[@]}"; do
  prefix=$(install_for_tests "$major")
  say "Running the fixes on PostgreSQL $major:"
  PG_GUARDRAIL_PGBIN=$prefix/bin "$python" -m pytest -p no:cacheprovider --quiet --tb=short tests/fixes || status=1
done
command=check
[ "${1:-}" != --write ] || command="write"
PYTHONDONTWRITEBYTECODE=1 "$python" tests/fixes/report.py "$command" "${majors[@]}" || status=1
exit "$status"
