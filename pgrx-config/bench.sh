#!/bin/bash
# bench.sh run|audit|reports|shapes|instructions [ARG…]: measures what the guard costs on PostgreSQL ${PG:-18}, with the
# release build on a private server. `run` compares its processor time with that of other guards (ROUNDS: how often each
# statement is measured); `audit` measures the audit of many tables (TABLES: how many); `reports` measures the formats of
# the report (VIOLATIONS: how many); `shapes` tries statements of extreme shapes; `instructions` counts instructions by
# callgrind (`--write` keeps the counts).
. "$(dirname "$0")/common.sh"

program=$1
shift
[ "$program" != instructions ] || command -v valgrind >/dev/null ||
  fail "callgrind is missing (Debian: apt-get install valgrind)"
# callgrind begins and ends to count at functions of the guard, which it knows by their symbols.
[ "$program" != instructions ] || export CARGO_PROFILE_RELEASE_STRIP=none
pgrx-config/system-packages.sh
prefix=$(pgrx-config/get-postgresql.sh "${PG:-18}")
python=$(pgrx-config/venv.sh tests tests/integration/requirements.txt)
PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
PG_GUARDRAIL_PGBIN=$prefix/bin PYTHONDONTWRITEBYTECODE=1 exec "$python" "bench/$program.py" "$@"
