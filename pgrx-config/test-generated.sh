#!/bin/bash
# test-generated.sh: makes programs of DDL and runs each with the guard and without it (tests/generated/), on each
# PostgreSQL of $PG ("15 18" by default), on a private server with the release build. N programs (10000) are drawn from
# SEED (1), and counts by kind of statement and by rule are printed; PROGRAM=123 runs that one again, FILE=path one as
# it was printed. Fails at a hole, at a wrong refusal, and where a kind of statement never passes.
. "$(dirname "$0")/common.sh"

python=$(prepare_tests --tests)

status=0
for major in ${PG:-15 18}; do
  prefix=$(install_for_tests "$major")
  say "Running programs on PostgreSQL $major:"
  PG_GUARDRAIL_PGBIN=$prefix/bin "$python" tests/generated/run.py || status=1
done
exit "$status"
