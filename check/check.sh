#!/bin/bash
# check.sh: runs the SQL files of the folder $SQL_DIR, in the order of their names, on a fresh database of a private
# server of PostgreSQL ${PG:-18} under target/, and reports each violation with its file and line.
#
#   SQL_DIR   the folder; the paths are those of the folder that the caller is in
#   PRESET    which rules are on (default: recommended)
#   SETTINGS  a file with the project's settings of pg_guardrail, as in postgresql.conf
#   FORMAT    text (default), json, markdown, html, junit, sarif, gitlab, github; baseline: the lines for BASELINE
#   OUT       the file of the report (default: the standard output, which gets nothing else)
#   SUMMARY   a file to which the report is appended in Markdown as well
#   BASELINE  the file of the violations that are accepted as old
#   FAIL_ON   the mildest level that fails the check: error (default), warning, notice; never: none does
#
# Status: 0 nothing of FAIL_ON or above is open, 1 something is, 2 something failed. (make turns every status but 0
# into 2.)
. "$(dirname "$0")/prepare.sh"

# Whatever the preparation fails with is no violation.
trap 'status=$?; [ "$status" != 1 ] || exit 2' EXIT
examine main.py
prepare

trap - EXIT
cd "$caller"
exec "$python" "$root/check/main.py"
