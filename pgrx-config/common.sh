# shellcheck shell=bash
# common.sh: what the scripts share. A script sources it, and is then in the project's root folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

# The caller's own PostgreSQL and pgrx settings (PGHOST, PGOPTIONS, PGRX_HOME, …) must not affect the private servers
# and the builds for them. PG and PG_CONFIG are this project's own arguments.
for variable in "${!PG@}"; do
  case $variable in PG | PG_CONFIG) ;; *) unset "$variable" ;; esac
done

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# step TITLE COMMAND…: runs a long command, writes its output to target/log/ and shows that it is still running: on a
# terminal by a line with the seconds and the last line of the output, elsewhere by a line every 30 seconds. If the
# command fails, the end of the output is shown.
step() {
  local title=$1 log ticker status start=$SECONDS
  shift
  mkdir -p target/log
  log=$(log_of "$title")
  : >"$log"
  if [ -t 2 ]; then tick_on_terminal "$title" "$log" >&2 & else tick_in_lines "$title" "$log" >&2 & fi
  ticker=$!
  # Not `COMMAND || status=$?`: that would switch off `set -e` inside a function.
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if [ "$status" = 0 ]; then
    printf '  %-44s %4d s\n' "$title" $((SECONDS - start)) >&2
  else
    printf '  %-44s FAILED after %d s; the end of %s:\n\n' "$title" $((SECONDS - start)) "$log" >&2
    grep -v ' \.\.\. ok$' "$log" | tail -n 80 >&2 || true
    say
  fi
  return "$status"
}

log_of() { echo "target/log/$(tr -cs 'A-Za-z0-9.\n' - <<<"$1").log"; }

tick_on_terminal() {
  local start=$SECONDS width
  while kill -0 $$ 2>/dev/null; do
    width=$(($(tput cols 2>/dev/null || echo 80) - 54))
    [ "$width" -gt 0 ] || width=1
    printf '\r\033[K  %-44s %4d s  %.*s' "$1" $((SECONDS - start)) "$width" "$(last_line "$2")" >&2
    pause 1
  done
}

tick_in_lines() {
  local start=$SECONDS
  while pause 30 && kill -0 $$ 2>/dev/null; do
    printf '  %-44s %4d s  %.100s\n' "$1" $((SECONDS - start)) "$(last_line "$2")" >&2
  done
}

# The sleep may outlive its loop by a moment; without output it keeps no pipe open.
pause() { sleep "$1" >/dev/null 2>&1 </dev/null; }

last_line() { tail -n 1 "$1" | tr '\r' '\n' | tail -n 1 | sed 's/^ *//'; }

# The version of this crate, and the one of pgrx that it is built with.
crate_version() { sed -n '/^\[package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' Cargo.toml; }
pgrx_version() { sed -n 's/^pgrx *=.*"=\([0-9.]*\)".*/\1/p' Cargo.toml; }

need_cargo() {
  command -v cargo >/dev/null || fail "cargo is not on PATH: install Rust first (Debian's own version is too old; use rustup)."
}
