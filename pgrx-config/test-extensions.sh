#!/bin/bash
# test-extensions.sh: creates and uses other people's extensions of Debian's packages beside the guard, under the preset
# `house` in mode `enforce` (tests/extensions/), on whole systems that it makes under target/systems/, one for each
# PostgreSQL of $PG ("15" by default). As root.
. "$(dirname "$0")/common.sh"

# sudo gives root a PATH and a HOME without Rust.
# shellcheck disable=SC2016 # The caller's shell expands them.
[ "$(id -u)" = 0 ] || fail 'whole systems can only be made by root: sudo env PATH="$PATH" HOME="$HOME" make test-extensions'
need_cargo
say "Preparing (what exists already is kept):"
pgrx-config/system-packages.sh --systems
python=$(pgrx-config/venv.sh tests tests/integration/requirements.txt)

status=0
for major in ${PG:-15}; do
  prefix=$(pgrx-config/get-postgresql.sh "$major")
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
  say "Trying other extensions on PostgreSQL $major:"
  PG=$major PG_GUARDRAIL_PGBIN=$prefix/bin PYTHONDONTWRITEBYTECODE=1 \
    "$python" -m pytest -p no:cacheprovider --quiet --tb=short tests/extensions || status=1
done
exit "$status"
