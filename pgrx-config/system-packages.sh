#!/bin/bash
# system-packages.sh: installs the missing ones of the Debian packages that the build, the private PostgreSQL and the
# Python programs need; with `--tests` also those for the tests' npm programs and the browser in which they look at
# pages, with `--deb`, `--rpm` and `--oci` those for making such packages, with `--systems` those for making systems to
# try them in, and with `--assert` those for building PostgreSQL itself. `--check` only names them.
. "$(dirname "$0")/common.sh"

packages=(
  gcc libc6-dev libclang-dev                       # the compiler's linker; PostgreSQL's headers are read by libclang
  python3 python3-venv                             # PostgreSQL's wheels, the integration tests, the demo
  libgssapi-krb5-2 liblz4-1 libreadline8 libssl3 libxml2 libzstd1 tzdata # what the relocatable PostgreSQL loads
  util-linux                                       # unshare, setpriv
)
check=no
for argument; do
  case $argument in
    --check) check=yes ;;
    # Node.js may have been installed in another way, with its own npm.
    --tests)
      command -v npm >/dev/null || packages+=(nodejs npm)
      command -v chromium >/dev/null || packages+=(chromium)
      ;;
    --deb) packages+=(debhelper dpkg-dev fakeroot lintian postgresql-server-dev-all) ;;
    --systems) packages+=(mmdebstrap) ;;
    --rpm) packages+=(rpm rpmlint) ;;
    --oci) packages+=(umoci) ;;
    --assert) packages+=(bison flex make perl libreadline-dev zlib1g-dev) ;;
    *) fail "no such argument: $argument" ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  say "  This is not Debian: please install the equivalents of these packages: ${packages[*]}"
  exit 0
fi

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' | sed -n 's/^installed //p' | tr -s ', ' '\n')
missing=()
for package in "${packages[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$check" = no ] || fail "missing packages: apt-get install ${missing[*]}"
sudo=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || fail "missing packages, and no sudo to install them. As root: apt-get install ${missing[*]}"
  say "  Missing packages: ${missing[*]}"
  sudo -v || fail "missing packages. As root: apt-get install ${missing[*]}"
  sudo=(sudo)
fi
apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
install=("${apt[@]}" install --yes --no-install-recommends "${missing[@]}")
step "Reading Debian's package lists" "${apt[@]}" update

# Those that the missing ones need are new, too. (The line of a package that is only upgraded has the old version in
# brackets.)
list=target/debian-packages.txt
new=$("${install[@]}" --simulate | sed -n 's/^Inst \([^ ]*\) (.*/\1/p')
say "  These packages will be installed (they are added to $list):"
xargs <<<"$new" | fold -s -w $(($(columns) - 4)) | sed 's/^/    /' >&2
step "Installing $(wc -w <<<"$new") Debian packages" "${install[@]}"
echo "$new" >>"$list"
