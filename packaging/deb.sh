#!/bin/bash
# deb.sh NN…: makes target/packages/postgresql-NN-pg-guardrail_VERSION_ARCH.deb for each PostgreSQL NN, by the folder
# debian/, and has lintian look at it. It runs on Debian and Ubuntu, and the packages run on the same release or a
# newer one.
. "$(dirname "$0")/../pgrx-config/common.sh"

[ $# -gt 0 ] || fail "make deb needs the major version of PostgreSQL: make deb PG=15"
need_supported "$@"
need_plain_path debhelper
need_cargo
pgrx-config/system-packages.sh --deb

# Copies the source, and debian/control for this version of PostgreSQL alone, to the folder in which it is packaged.
copy_source() {
  rm -rf "$folder"
  mkdir -p "$source"
  tar -c --exclude=./target --exclude=./.git . | tar -x -C "$source"
  cd "$source"
  pg_buildext updatecontrol
}

# pg_buildext asks only /usr/lib/postgresql/NN/bin/pg_config for the folders. Where the headers of this version are not
# installed, it finds one there that knows Debian's folders, in a namespace that nobody else sees. The package then
# depends on the release whose headers there were.
with_pg_config() {
  local prefix=/usr/lib/postgresql/$major as_root=() bin=$root/$folder/bin
  if [ -x "$prefix/bin/pg_config" ]; then
    "$@"
    return
  fi
  echo "$major $(cat "$stage/postgresql-version")" >debian/minor_versions
  mkdir -p "$bin"
  cat >"$bin/pg_config" <<END
#!/bin/sh
case \$1 in
  --version) echo "PostgreSQL $major" ;;
  --bindir) echo $prefix/bin ;;
  --pkglibdir) echo $prefix/lib ;;
  --sharedir) echo /usr/share/postgresql/$major ;;
  *) exit 1 ;;
esac
END
  chmod +x "$bin/pg_config"
  [ "$(id -u)" = 0 ] || as_root=(--user --map-root-user)
  # shellcheck disable=SC2016
  unshare "${as_root[@]}" --mount bash -c '
    set -e
    mount -t tmpfs tmpfs /usr/lib/postgresql
    mkdir "$1"
    ln -s "$2" "$1/bin"
    shift 2
    "$@"' with_pg_config "$prefix" "$bin" "$@"
}

package() {
  copy_source
  # Rust comes from rustup, so that Debian's own packages of it are not asked for. The tests run elsewhere, on the
  # finished package.
  DEB_BUILD_OPTIONS=nocheck LIBRARY=$stage/lib/pg_guardrail.so with_pg_config \
    dpkg-buildpackage --build=binary --no-check-builddeps --no-sign
  lintian --fail-on error,warning --info ../*.deb
}

export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
mkdir -p target/packages
take_turn
for major; do
  stage=$(packaging/stage.sh "$major")
  folder=target/deb/$major
  source=$folder/pg-guardrail-$(crate_version)
  PG_SUPPORTED_VERSIONS=$major step "Making the Debian package for PostgreSQL $major" package
  # Nobody should install an older one by mistake.
  rm -f "target/packages/postgresql-$major-pg-guardrail_"*"_$(dpkg --print-architecture).deb"
  for file in "$folder"/*.deb; do
    mv "$file" target/packages
    echo "$root/target/packages/${file##*/}"
  done
done
