#!/bin/bash
# test-packages.sh: makes the packages and tries each as a user would (tests/packages/): those for Debian on bare
# systems of the releases that have PostgreSQL 15, 17 and 18, which it makes under target/systems/. ONLY is one of deb,
# rpm, oci, docker and dist; PG has the versions of PostgreSQL ("15 17 18" by default). PACKAGES is a folder that has the
# packages for Debian already.
. "$(dirname "$0")/common.sh"

tests=tests/packages
case ${ONLY:-} in
  '') ;;
  deb | rpm | oci | docker | dist) tests=tests/packages/test_$ONLY.py ;;
  *) fail "ONLY is one of deb, rpm, oci, docker and dist, and not \"$ONLY\"" ;;
esac
# sudo gives root a PATH and a HOME without Rust.
# shellcheck disable=SC2016 # The caller's shell expands them.
[ "$(id -u)" = 0 ] || fail 'whole systems can only be made by root: sudo env PATH="$PATH" HOME="$HOME" make test-packages'
need_cargo
say "Preparing (what exists already is kept):"
pgrx-config/system-packages.sh --systems
python=$(pgrx-config/venv.sh tests tests/integration/requirements.txt)
say "Trying the packages:"
PYTHONDONTWRITEBYTECODE=1 exec "$python" -m pytest -p no:cacheprovider --quiet --tb=short "$tests"
