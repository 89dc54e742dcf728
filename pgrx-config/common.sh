# shellcheck shell=bash
# common.sh: what the scripts share. A script sources it, and is then in the project's root folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck disable=SC2034 # It is for the scripts.
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
  if on_terminal; then tick_on_terminal "$title" "$log" >&2 & else tick_in_lines "$title" "$log" >&2 & fi
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
  ! on_terminal || printf '\r\033[K' >&2
  if [ "$status" = 0 ]; then
    say "$(title_and_time "$title" "$start")"
  else
    printf '  %-44s FAILED after %d s; the end of %s:\n\n' "$title" $((SECONDS - start)) "$log" >&2
    grep -v ' \.\.\. ok$' "$log" | tail -n 80 >&2 || true
    say
  fi
  return "$status"
}

log_of() { echo "target/log/$(tr -cs 'A-Za-z0-9.\n' - <<<"$1").log"; }

# Whether a line can be written anew.
on_terminal() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }

# The width of the terminal, which may change at any time; 80 where there is none, or it does not say.
columns() {
  local columns=0
  if [ -t 2 ]; then read -r _ columns < <(stty size <&2 2>/dev/null) || true; fi
  echo $((columns > 0 ? columns : 80))
}

# title_and_time TITLE START: in a column of its own on a terminal that is wide enough, cut on one that is too narrow.
title_and_time() {
  local title=$1 width=44 columns
  columns=$(columns)
  if [ "$columns" -lt 80 ]; then
    title=${title:0:$((columns > 12 ? columns - 12 : 0))}
    width=${#title}
  fi
  printf '  %-*s %4d s' "$width" "$title" $((SECONDS - $2))
}

tick_on_terminal() {
  local start=$SECONDS line
  while kill -0 $$ 2>/dev/null; do
    line="$(title_and_time "$1" "$start")  $(last_words "$2")"
    # Some terminals scroll when their last column is written.
    printf '\r\033[K%s' "${line:0:$(($(columns) - 1))}"
    pause 1
  done
}

tick_in_lines() {
  local start=$SECONDS
  while pause 30 && kill -0 $$ 2>/dev/null; do
    printf '%s  %.100s\n' "$(title_and_time "$1" "$start")" "$(last_words "$2")"
  done
}

# The sleep may outlive its loop by a moment; it must keep no pipe open, and no lock.
pause() { sleep "$1" >/dev/null 2>&1 8>&- 9>&-; }

# The last line of the log that has any words. Lines of apt and dpkg end in CR LF, those of progress bars in CR.
last_words() {
  local words
  words=$(tail -c 4000 "$1" | tr '\r\t' '\n ' | tr -d '\000-\011\013-\037' | sed 's/^ *//; /^$/d' | tail -n 1)
  echo "${words:-starting}"
}

# prepare_tests [OPTION]: gets what the suites on private servers need; OPTION is one of system-packages.sh. Prints the
# Python that runs them.
prepare_tests() {
  need_cargo
  say "Preparing (what exists already is kept):"
  pgrx-config/system-packages.sh "$@" >&2 || return
  pgrx-config/venv.sh tests tests/integration/requirements.txt
}

# install_for_tests NN: installs the release build into the tests' PostgreSQL NN, and prints its folder.
install_for_tests() {
  local prefix
  prefix=$(pgrx-config/get-postgresql.sh "$1") || return
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief >&2 || return
  echo "$prefix"
}

# take_turn: waits until no other script builds or packages in this checkout. All have one library for all versions of
# PostgreSQL in target/release/. What a script calls itself does not wait for it.
take_turn() {
  [ "${TURN_IN:-}" != "$root" ] || return 0
  # The folder serves as the lock, as it may be read by everybody.
  exec 8<"$root/pgrx-config"
  flock --nonblock 8 || {
    say "  Waiting for another build in this checkout."
    flock 8 || true
  }
  export TURN_IN=$root
}

# crate_field NAME: a field of this crate in Cargo.toml, such as description; of authors it is the first.
crate_field() { sed -n "/^\[package\]/,/^\[/s/^$1 *= *\[*\"\([^\"]*\)\".*/\1/p" Cargo.toml; }

# The version of this crate, and those of pgrx and Rust that it is built with: in general, and for PostgreSQL NN.
crate_version() { crate_field version; }
pgrx_version() {
  if needs_newer_pgrx "${1:-}"; then
    awk -v major="$1" '$1 == major { print $2 }' pgrx-config/newer-pgrx.list
  else
    sed -n 's/^pgrx *=.*"=\([0-9.]*\)".*/\1/p' Cargo.toml
  fi
}
rust_version() {
  if needs_newer_pgrx "${1:-}"; then
    awk -v major="$1" '$1 == major { print $3 }' pgrx-config/newer-pgrx.list
  else
    crate_field rust-version
  fi
}

# Whether PostgreSQL NN is one that the pgrx of Cargo.toml does not know yet.
needs_newer_pgrx() { [ -n "$1" ] && grep -q "^$1 " pgrx-config/newer-pgrx.list; }

# The address of the project, if PROJECT_URL or Cargo.toml has it: in a workflow it is that of the repository.
project_url() {
  local url=${PROJECT_URL:-$(crate_field repository)}
  echo "${url:-${GITHUB_REPOSITORY:+${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY}}"
}

# last_commit FORMAT: what git says of the last commit; nothing where there is no git or no repository. In a container
# the checkout may belong to somebody else.
last_commit() { git -c safe.directory="$root" log -1 --format="$1" 2>/dev/null || true; }

# The time that a package is stamped with, so that the same input gives the same package: that of the last commit.
source_date_epoch() {
  [ -n "${SOURCE_DATE_EPOCH:-}" ] || SOURCE_DATE_EPOCH=$(last_commit %ct)
  echo "${SOURCE_DATE_EPOCH:-$(stat -c %Y Cargo.toml)}"
}

# need_supported NN…: stops unless the extension supports these versions of PostgreSQL.
need_supported() {
  local major
  for major; do
    grep -q "^pg$major *=" Cargo.toml || needs_newer_pgrx "$major" ||
      fail "the extension does not support PostgreSQL \"$major\""
  done
}

# need_plain_path PROGRAM: stops where the program would take the folder of the project for two. Some then empty a
# folder that has the name of the first part.
need_plain_path() { [[ $root != *[[:space:]]* ]] || fail "$1 needs a folder without spaces in its path: $root"; }

# need_cargo [NN]: stops unless Rust is there, at the version that the build asks for, or that for PostgreSQL NN.
need_cargo() {
  local wanted found reason=
  wanted=$(rust_version "${1:-}")
  if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
    [ -z "${SUDO_USER:-}" ] || fail "cargo is not on root's PATH: run make without sudo, which it calls itself where it must"
    fail "cargo is not on PATH: install Rust $wanted or newer, by rustup (https://rustup.rs)"
  fi
  # rustup's programs are there before the Rust that they call.
  found=$(rustc --version 2>&1) || fail "rustc does not run: ${found%%$'\n'*}"
  found=${found#rustc }
  found=${found%% *}
  # A pre-release (1.97.0-nightly) has what its version has.
  if ! printf '%s\n' "$wanted" "${found%%-*}" | sort --check=silent --version-sort; then
    if needs_newer_pgrx "${1:-}"; then
      reason=" for PostgreSQL $1 (put RUSTUP_TOOLCHAIN=name in front if rustup has it under a name)"
    fi
    fail "this is Rust $found, and $wanted or newer is needed$reason: install it by rustup (https://rustup.rs)"
  fi
}
