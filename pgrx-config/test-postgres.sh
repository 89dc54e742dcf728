#!/bin/bash
# test-postgres.sh: runs PostgreSQL's own suites (regress, isolation, contrib) on each PostgreSQL of $PG ("15 18" by
# default) three times: without the extension, with the preset `none`, and with every rule at `warning`, and compares
# what they print (tests/postgres/). SUITE chooses one of them, and ONLY some of its tests.
. "$(dirname "$0")/common.sh"

case ${SUITE:-} in
  '' | regress | isolation | contrib) ;;
  *) fail "SUITE is one of regress, isolation and contrib, and not \"$SUITE\"" ;;
esac
need_cargo
say "Preparing (what exists already is kept):"
pgrx-config/system-packages.sh
python=$(pgrx-config/venv.sh tests tests/integration/requirements.txt)

status=0
for major in ${PG:-15 18}; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  source=$(pgrx-config/get-source.sh "$major")
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
  say "Running PostgreSQL's own suites on PostgreSQL $major:"
  # shellcheck disable=SC2086 # Without SUITE there is no argument.
  "$python" tests/postgres/run.py "$prefix/bin" "$source" ${SUITE:-} || status=1
done
exit "$status"
