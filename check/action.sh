#!/bin/bash
# action.sh: the work of action.yml, the action for GitHub. Its inputs come through the environment:
#
#   INPUT_SQL_DIR   a folder of SQL files, which check.sh judges, or
#   INPUT_RUN       a command that runs the migrations on a fresh database, which is audited afterwards (action.py)
#   INPUT_POSTGRES  the major version of the private server (default: 18)
#   INPUT_PRESET, INPUT_SETTINGS, INPUT_FORMAT (default: github), INPUT_OUT, INPUT_BASELINE, INPUT_FAIL_ON
#                   those of check.sh
#   INPUT_URI       with INPUT_RUN: the file that stands for the database
#
# Paths are those of the folder that the caller is in. The report is appended in Markdown to the file
# $GITHUB_STEP_SUMMARY, and the outputs (`status`: passed, violations or failed; `report`: the file of INPUT_OUT, if it
# has been written) to the file $GITHUB_OUTPUT.
#
# Status: that of check.sh. With `--key` it only writes the output `key`, by which the build can be kept.
PG=${INPUT_POSTGRES:-18}
. "$(dirname "$0")/prepare.sh"

# The same for the same sources, compiler and version of PostgreSQL.
key() {
  local sum
  sum=$({ rustc --version && cat pgrx-config/* && find Cargo.* pg_guardrail.control sql src templates -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum)
  echo "pg_guardrail-$(uname -sm | tr ' ' -)-$PG-${sum%% *}"
}

check_version() {
  local majors
  majors=$(sed -n 's/^\([0-9]*\) .*/\1/p' pgrx-config/postgresql.list)
  [[ $PG =~ ^[0-9]+$ ]] && grep -qxF "$PG" <<<"$majors" ||
    fail "POSTGRES=$(printf %q "$PG"): there is no such version here; choose one of $(xargs <<<"$majors")"
}

if [ "${1:-}" = --key ]; then
  check_version
  echo "key=$(key)" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
  exit
fi

finish() {
  local status=$? word=failed
  # The script itself fails with 1, and that is no violation.
  if [ "$status" = 1 ] && [ -z "${judged:-}" ]; then status=2; fi
  case $status in 0) word=passed ;; 1) word=violations ;; esac
  rm -f "${start:-}"
  [ -z "${GITHUB_OUTPUT:-}" ] || {
    echo "status=$word"
    [ -z "${report:-}" ] || echo "report=$report"
  } >>"$GITHUB_OUTPUT"
  exit "$status"
}
trap finish EXIT

# A line break would end a value in the file of the outputs, and forge another one.
for name in SQL_DIR PRESET SETTINGS FORMAT OUT BASELINE FAIL_ON URI; do
  input=INPUT_$name
  [[ ${!input:-} != *[[:cntrl:]]* ]] ||
    fail "$name has a line break or another control character: $(printf %q "${!input}")"
done
if [ -n "${INPUT_SQL_DIR:-}" ] && [ -n "${INPUT_RUN:-}" ]; then
  fail "there are both sql-dir and run: choose the one that makes the database"
fi
[ -n "${INPUT_SQL_DIR:-}${INPUT_RUN:-}" ] ||
  fail "sql-dir or run is missing: a folder of SQL files, or a command that runs the migrations"
[ -z "${INPUT_URI:-}" ] || [ -n "${INPUT_RUN:-}" ] ||
  fail "uri goes with run only: sql-dir tells the file of each violation"
check_version

# The command of INPUT_RUN gets none of these names, which may mean something else to it.
arguments=(SQL_DIR="${INPUT_SQL_DIR:-}" PRESET="${INPUT_PRESET:-}" SETTINGS="${INPUT_SETTINGS:-}"
  FORMAT="${INPUT_FORMAT:-github}" OUT="${INPUT_OUT:-}" BASELINE="${INPUT_BASELINE:-}" FAIL_ON="${INPUT_FAIL_ON:-}"
  SUMMARY="${GITHUB_STEP_SUMMARY:-}")

start=$(mktemp)
judged=yes status=0
if [ -n "${INPUT_SQL_DIR:-}" ]; then
  (cd "$caller" && env "${arguments[@]}" "$root/check/check.sh") || status=$?
else
  judged=
  examine action.py
  prepare
  judged=yes
  # A tool of the migrations may need psql.
  (cd "$caller" && PATH=$PATH:$prefix/bin env -u PG "$python" "$root/check/action.py") || status=$?
fi

cd "$caller"
if [ -n "${INPUT_OUT:-}" ] && [ "$INPUT_OUT" -nt "$start" ]; then
  report=$INPUT_OUT
  # Only in the log they are annotations.
  [ "${INPUT_FORMAT:-github}" != github ] || cat -- "$report"
fi
exit "$status"
