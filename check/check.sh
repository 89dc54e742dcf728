#!/bin/bash
# check.sh: runs the SQL files of the folder $SQL_DIR, in the order of their names, on a fresh database of a private
# server of PostgreSQL ${PG:-18} under target/, and reports each violation with its file and line.
#
#   SQL_DIR   the folder; the paths are those of the folder that the caller is in
#   PRESET    which rules are on (default: recommended)
#   SETTINGS  a file with the project's settings of pg_guardrail, as in postgresql.conf
#   FORMAT    text (default), json, markdown, html, junit, sarif, gitlab, github; baseline: the lines for BASELINE
#   OUT       the file of the report (default: the standard output, which gets nothing else)
#   BASELINE  the file of the violations that are accepted as old
#   FAIL_ON   the mildest level that fails the check: error (default), warning, notice; never: none does
#
# Status: 0 nothing of FAIL_ON or above is open, 1 something is, 2 something failed. (make turns every status but 0
# into 2.)
caller=$PWD
. "$(dirname "$0")/../pgrx-config/common.sh"

# Whatever the preparation fails with is no violation.
trap 'status=$?; [ "$status" != 1 ] || exit 2' EXIT

export PYTHONDONTWRITEBYTECODE=1

# Bad arguments are told before the preparation, which takes minutes the first time.
if command -v python3 >/dev/null; then
  (cd "$caller" && python3 "$root/check/main.py" --inputs) || exit 2
fi

PG=${PG:-18}
export PG
need_cargo
{
  pgrx-config/system-packages.sh
  prefix=$(pgrx-config/get-postgresql.sh "$PG")
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
  python=$(pgrx-config/venv.sh check check/requirements.txt)
  pgrx-config/server.sh start
  pgrx-config/server.sh fresh check
  PGHOST=$(pgrx-config/server.sh socket)
} >&2

trap - EXIT
export PGHOST PGUSER=postgres PGDATABASE=check
cd "$caller"
exec "$python" "$root/check/main.py"
