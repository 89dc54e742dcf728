#!/bin/bash
# test-histories.sh: runs the migrations of real tools (tests/histories/) on each PostgreSQL of $PG ("15 18" by default),
# on a private server with the release build, and prints how many messages each migration gets.
. "$(dirname "$0")/common.sh"

python=$(prepare_tests --tests)

status=0
for major in ${PG:-15 18}; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh
  say "Running the histories on PostgreSQL $major:"
  PG_GUARDRAIL_PGBIN=$prefix/bin "$python" -m pytest --verbose --durations 0 tests/histories || status=1
done
exit "$status"
