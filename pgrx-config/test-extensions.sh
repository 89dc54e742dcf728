#!/bin/bash
# test-extensions.sh: creates and uses other people's extensions of Debian's packages beside the guard, under the preset
# `house` in mode `enforce` (tests/extensions/), on whole systems that it makes under target/systems/, one for each
# PostgreSQL of $PG ("15" by default). As root.
. "$(dirname "$0")/common.sh"

# sudo gives root a PATH and a HOME without Rust.
# shellcheck disable=SC2016 # The caller's shell expands them.
[ "$(id -u)" = 0 ] || fail 'whole systems can only be made by root: sudo env PATH="$PATH" HOME="$HOME" make test-extensions'
python=$(prepare_tests --systems)

status=0
for major in ${PG:-15}; do
  prefix=$(install_for_tests "$major")
  say "Trying other extensions on PostgreSQL $major:"
  PG=$major PG_GUARDRAIL_PGBIN=$prefix/bin PYTHONDONTWRITEBYTECODE=1 \
    "$python" -m pytest -p no:cacheprovider --quiet --tb=short tests/extensions || status=1
done
exit "$status"
