#!/bin/bash
# test-postgres.sh: runs PostgreSQL's own suites (regress, isolation, contrib) on each PostgreSQL of $PG ("15 18" by
# default) three times: without the extension, with the preset `none`, and with every rule at `warning`, and compares
# what they print (tests/postgres/). SUITE chooses one of them, and ONLY some of its tests. With CASSERT=1, PostgreSQL
# is built from its source with assertions, and these suites (but contrib) and the extension's own tests run there, the
# latter also with debug_discard_caches (SUITE=own, SUITE=discarding).
. "$(dirname "$0")/common.sh"

case ${CASSERT:+assertions-}${SUITE:-} in
  '' | regress | isolation | contrib) ;;
  assertions- | assertions-regress | assertions-isolation | assertions-own | assertions-discarding) ;;
  *) fail "no such SUITE: \"$SUITE\" (regress, isolation, contrib; with CASSERT=1 not contrib, but own and discarding)" ;;
esac
python=$(prepare_tests)

status=0
for major in ${PG:-15 18}; do
  if [ -n "${CASSERT:-}" ]; then
    source=$(pgrx-config/get-source.sh "$major")
    prefix=$(pgrx-config/get-assert-build.sh "$major")
    say "Running PostgreSQL's own suites and those of the extension on PostgreSQL $major with assertions:"
    # shellcheck disable=SC2086 # Without SUITE there is no argument.
    "$python" tests/postgres/assertions.py "$prefix" "$source" ${SUITE:-} || status=1
    continue
  fi
  source=$(pgrx-config/get-source.sh "$major")
  prefix=$(install_for_tests "$major")
  say "Running PostgreSQL's own suites on PostgreSQL $major:"
  # shellcheck disable=SC2086 # Without SUITE there is no argument.
  "$python" tests/postgres/run.py "$prefix/bin" "$source" ${SUITE:-} || status=1
done
exit "$status"
