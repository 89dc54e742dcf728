#!/bin/bash
# get-source.sh NN: fetches the source of PostgreSQL NN that Debian has in the release for which it is the version,
# unpacks it under target/source/ and prints its folder. apt's own lists are not touched.
. "$(dirname "$0")/common.sh"

[ $# = 1 ] || fail "usage: get-source.sh NN"
major=$1
declare -A suites=([15]=bookworm [17]=trixie [18]=sid)
suite=${suites[$major]:-}
known=$(xargs -n 1 <<<"${!suites[*]}" | sort | xargs)
[ -n "$suite" ] || fail "no release of Debian is known that has the source of PostgreSQL $major: choose one of $known"

fetch() {
  local archive apt
  # shellcheck disable=SC2016 # It is apt that expands it.
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    sed '/security/d' | sort --unique | head -n 1)
  [ -n "$archive" ] || fail "apt knows no archive of Debian here"
  mkdir -p "$place/apt/lists/partial"
  echo "deb-src $archive $suite main" >"$place/apt/source.list"
  apt=(apt-get -o "Dir::Etc::sourcelist=$place/apt/source.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$place/apt/lists" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  # A mirror that is a copy of some weeks ago has an expired list, and its packages all the same.
  (cd "$place" && "${apt[@]}" source --download-only --tar-only "postgresql-$major")
  tar -xf "$place/postgresql-${major}_"*.orig.tar.* --no-same-owner -C "$place"
}

place=$root/target/source/$major
if ! compgen -G "$place/postgresql-$major.*/configure" >/dev/null; then
  command -v apt-get >/dev/null || fail "the source of PostgreSQL is fetched by apt-get, which is not here"
  step "Fetching the source of PostgreSQL $major" fetch
fi
printf '%s\n' "$place/postgresql-$major".*/ | sed 's#/$##'
