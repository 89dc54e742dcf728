# shellcheck shell=bash
# prepare.sh: what check.sh and action.sh share. They source it, and are then in the project's root folder with
# `caller`, the folder that they were called from.
caller=$PWD
. "$(dirname "${BASH_SOURCE[0]}")/../pgrx-config/common.sh"

export PYTHONDONTWRITEBYTECODE=1
PG=${PG:-18}
export PG

# examine PROGRAM: bad arguments are told before the preparation, which takes minutes the first time.
examine() {
  ! command -v python3 >/dev/null || (cd "$caller" && python3 "$root/check/$1" --inputs) || exit 2
}

# Builds what is missing and makes a fresh database on the private server. Then libpq's environment names it, `python`
# is the interpreter for the programs, and `prefix` the folder of PostgreSQL.
prepare() {
  need_cargo
  pgrx-config/system-packages.sh
  prefix=$(pgrx-config/get-postgresql.sh "$PG")
  PG_CONFIG=$prefix/bin/pg_config pgrx-config/install.sh --brief
  # shellcheck disable=SC2034 # It is for the scripts.
  python=$(pgrx-config/venv.sh check check/requirements.txt)
  pgrx-config/server.sh start
  pgrx-config/server.sh fresh check
  PGHOST=$(pgrx-config/server.sh socket)
  export PGHOST PGUSER=postgres PGDATABASE=check
} >&2
