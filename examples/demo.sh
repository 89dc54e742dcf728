#!/bin/bash
# demo.sh: shows the extension at work on a machine that has nothing but Rust. Installs what is missing, starts a
# private server of PostgreSQL ${PG:-18} under target/, and runs the shop's migrations on a fresh database there, or
# the file that $SQL names, under $PRESET (default: recommended) and in mode $MODE (default: enforce).
. "$(dirname "$0")/../pgrx-config/common.sh"

sql=${SQL:-}
if [ -n "$sql" ]; then
  [ -e "$sql" ] || fail "no such file: $sql (looked for it from $root)"
  { [ -f "$sql" ] && [ -r "$sql" ]; } || fail "not a file that can be read: $sql"
elif [ -n "${PRESET:-}${MODE:-}" ]; then
  fail "PRESET and MODE are for \`make demo SQL=file.sql\`; the shop's own migrations run under house, enforced"
fi

PG=${PG:-18}
export PG
need_cargo
say "Preparing PostgreSQL $PG with pg_guardrail (what exists already is kept):"
pgrx-config/system-packages.sh
prefix=$(pgrx-config/get-postgresql.sh "$PG")
PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
python=$(pgrx-config/venv.sh shop examples/shop/requirements.txt)
pgrx-config/server.sh start

export PYTHONDONTWRITEBYTECODE=1 PGUSER=postgres PGHOST
PGHOST=$(pgrx-config/server.sh socket)
if [ -n "$sql" ]; then
  pgrx-config/server.sh fresh trial mode="${MODE:-enforce}" preset="${PRESET:-recommended}"
  exec "$python" examples/check_sql.py "$prefix/bin/psql" trial "$sql" target/log/trial.txt
else
  # The shop follows the conventions of house, the strictest preset.
  pgrx-config/server.sh fresh shop mode=enforce preset=house
  exec "$python" examples/shop_demo.py
fi
